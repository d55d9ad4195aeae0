/** From program images to loader.img and report by `bin/microkit` of a real SDK, whose verdict on a description counts. */
import { promises as fs } from 'node:fs';
import { dirname, join } from 'node:path';
import { exists } from '../cache.js';
import { DiagnosticError, type Diagnostic } from '../diagnostic.js';
import { run } from '../process.js';
import { boardDir } from './board.js';
import { BOARD } from './components.js';
import type { SystemDescription } from '../tool/model.js';
import type { BuiltImage } from './image.js';
import { aboutOlderForm } from './older-form.js';
import { aboutPanic } from './tool-panics.js';

export interface SdkToolRequest {
  systemFile: string;
  sdk: string;
  config: string;
  /** Program images, and files of `prefill_path`, by the path that the description gives. */
  programs: ReadonlyMap<string, string>;
  /** Searched besides the programs' own folders. */
  sourceDirs: readonly string[];
  /** The description as our own reader has it, where it takes it. */
  system?: SystemDescription | undefined;
  /** What our own reader has against the description: its hints go with the tool's complaints where they are about the same. */
  refusal?: DiagnosticError | undefined;
  signal?: AbortSignal | undefined;
}

/** Its complaints are lines without a common form; the position is at their end. @throws DiagnosticError */
export async function buildWithSdkTool(request: SdkToolRequest, scratch: string): Promise<BuiltImage> {
  const { sdk, config, systemFile } = request;
  const [image, report, capdl] = [join(scratch, 'loader.img'), join(scratch, 'report.txt'), join(scratch, 'capdl.json')];
  const folders = [...new Set([...[...request.programs.values()].map((file) => dirname(file)), ...request.sourceDirs])];
  const result = await run(
    join(sdk, 'bin', 'microkit'),
    [
      systemFile,
      ...(folders.length > 0 ? ['--search-path', ...folders] : []),
      ...['--board', BOARD, '--config', config, '-o', image, '-r', report],
      // From 2.1 on, the report says nothing of address spaces, and this file does.
      ...((await makesCapdl(sdk, config)) ? ['--capdl-json', capdl] : []),
    ],
    { cwd: scratch, signal: request.signal, env: { ...process.env, MICROKIT_SDK: sdk } },
  );
  if (result.status !== 0) throw new DiagnosticError('SystemDescriptionError', complaints(request, result));
  return {
    image: [await fs.readFile(image)],
    report: await fs.readFile(report, 'utf8'),
    capdl: await fs.readFile(capdl, 'utf8').catch(() => undefined),
    warnings: linesOf(`${result.stdout}\n${result.stderr}`)
      .filter((line) => /^warning:/i.test(line))
      .map((line) => placed('warning', line.replace(/^warning:\s*/i, ''), systemFile)),
  };
}

/** Since 2.1, an image begins with an initialiser that reads a capDL specification. */
const makesCapdl = (sdk: string, config: string): Promise<boolean> => exists(join(boardDir(sdk, config), 'elf', 'initialiser.elf'));

const linesOf = (text: string): string[] => text.split('\n').map((line) => line.trim());

function complaints(request: SdkToolRequest, result: { status: number | null; stdout: string; stderr: string }): Diagnostic[] {
  const { systemFile, system, refusal } = request;
  const ours = refusal?.diagnostics[0];
  const said = result.stderr.trim();
  // A tool that panics was surprised by what it read: all that it says may help.
  if (/\bpanicked at\b/.test(said)) {
    const hint = ours
      ? `virtbook's own reader says${ours.line === undefined ? '' : ` of line ${ours.line}`}: ${ours.message}${ours.hint ? ` (${ours.hint})` : ''}`
      : (aboutPanic(said) ?? 'this is a fault of the tool: something in the description is probably not what it expects');
    return [{ severity: 'error', file: systemFile, message: `the tool of this SDK broke off:\n${said}`, hint }];
  }
  const found = linesOf(`${result.stdout}\n${result.stderr}`).filter((line) => /^(error|could not|invalid|cap type|element)\b/i.test(line));
  const lines = found.length > 0 ? found : [said || `microkit ended with status ${result.status}`];
  return lines.map((line) => {
    const complaint = placed('error', line.replace(/^error:\s*/i, ''), systemFile);
    return aboutOlderForm(complaint, system) ?? withHint(complaint, ours);
  });
}

/** Ours is about the same where it is about the same line, or the tool names none. */
function withHint(complaint: Diagnostic, ours: Diagnostic | undefined): Diagnostic {
  if (!ours?.hint) return complaint;
  if (complaint.line === undefined) {
    const { line, column, length, sourceLine, hint } = ours;
    return ours.message === complaint.message ? { ...complaint, line, column, length, sourceLine, hint } : complaint;
  }
  if (ours.line !== complaint.line) return complaint;
  return { ...complaint, column: ours.column, length: ours.length, sourceLine: ours.sourceLine, hint: ours.hint };
}

/** `message: file:line:column` or `message @ file:line:column`; newer tools put quotes around the place. */
function placed(severity: Diagnostic['severity'], text: string, file: string): Diagnostic {
  const [, message, line, column] = /^(.*?)\s*(?:[:@]| at)\s*'?\S+:(\d+):(\d+)'?$/.exec(text) ?? [];
  return message === undefined
    ? { severity, file, message: text }
    : { severity, file, line: Number(line), column: Number(column), message };
}
