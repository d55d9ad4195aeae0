/** Why a compiler or linker failed, where what it was given is not the reason; and where a source takes more than it may. */
import type { Diagnostic } from '../diagnostic.js';
import type { RunResult } from '../process.js';
import { LIMITS, refusedLimits, type Limit } from './cage.js';
import { ToolchainError } from './toolchain.js';

/** How systems say that they cannot do something now (errno(3), in the C locale), at the end of a message. */
const SYSTEM_SAYS = new RegExp(
  `(?:^|[: ]|: ')(${[
    'No space left on device',
    'Disk quota exceeded',
    'Read-only file system',
    'Permission denied',
    'Cannot allocate memory',
    'Input/output error',
    'Stale file handle',
    'Too many open files(?: in system)?',
    'Resource temporarily unavailable',
    'Text file busy',
  ].join('|')})'?\\.?$`,
  'mi',
);
/** A program of the toolchain was ended: by the system for want of memory, or by a person. */
const ENDED = /\b(Killed|Terminated|Bus error)\b(?: signal terminated program)?/;
/** SIGKILL, SIGTERM, SIGBUS. */
const ENDED_STATUS = [137, 143, 135];

/** By how a program ended or what it said. */
const EXCEEDED: Record<Limit, { says: RegExp; status: number | undefined; message: string }> = {
  seconds: {
    says: /CPU time limit exceeded/,
    status: 152,
    message: `it takes longer than ${LIMITS.seconds} s of processor time to compile`,
  },
  memory: {
    says: /out of memory|virtual memory exhausted|std::bad_alloc/i,
    status: undefined,
    message: `it takes more than ${LIMITS.memory / 1e9} GB of memory to compile`,
  },
  file: {
    says: /File size limit exceeded|File too large/,
    status: 153,
    message: `what it compiles to is larger than ${LIMITS.file / 1e6} MB`,
  },
};

/**
 * What a source took too much of; undefined where it did not.
 * @throws ToolchainError where this computer is the reason: then nothing is known about the source
 */
export function whyFailed({ status, stderr }: RunResult, found: readonly Diagnostic[], caged: boolean): string | undefined {
  const refused = refusedLimits(stderr);
  for (const [limit, { says, status: ended, message }] of Object.entries(EXCEEDED) as [Limit, (typeof EXCEEDED)[Limit]][]) {
    if (status !== ended && !says.test(wordsOfTools(stderr, found))) continue;
    if (caged && !refused.includes(limit)) return message;
    throw new ToolchainError(`the compiler could not do its work here: ${firstLine(stderr) || `it ended with status ${status}`}`);
  }
  const words = wordsOfTools(stderr, found);
  const said = SYSTEM_SAYS.exec(words)?.[0] ?? ENDED.exec(words)?.[0];
  if (said === undefined && !ENDED_STATUS.includes(status)) return undefined;
  const line = words.split('\n').find((each) => said !== undefined && each.includes(said.trim()));
  throw new ToolchainError(`the compiler could not do its work here: ${line?.trim() ?? `it ended with status ${status}`}`);
}

/** What a tool said that is about no line of a source: a source can make the compiler say any other words, with #error. */
function wordsOfTools(stderr: string, found: readonly Diagnostic[]): string {
  const about = found.filter(({ line }) => line !== undefined).map(({ message }) => message.replace(/ \[[^\]]*\]$/, ''));
  return stderr
    .split('\n')
    .filter((line) => !line.startsWith('[{') && !about.some((message) => message !== '' && line.includes(message)))
    .concat(about.filter((message) => /^(error (writing|closing)|can.t (open|write|close)) /i.test(message)))
    .join('\n');
}

const firstLine = (text: string): string => text.trim().split('\n', 1)[0] ?? '';
