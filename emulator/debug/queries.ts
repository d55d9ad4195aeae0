/** The protocol's general queries (GDB manual, appendix E.4). */
import { fromLatin1, parseCount, toHex } from './hex.js';
import { PACKET_SIZE } from './packets.js';
import { STEP_ALL, STEP_ENABLE, STEP_NO_INTERRUPTS, STEP_NO_TIMERS, type DebugTarget } from './target.js';
import { TARGET_DESCRIPTION } from './target-description.js';
import { processorOf, threadName } from './threads.js';

/** What the two sides have agreed on. */
export interface QueryState {
  /** Threads are named with their process. */
  multiprocess: boolean;
}

const FEATURES = [`PacketSize=${PACKET_SIZE.toString(16)}`, 'qXfer:features:read+', 'vContSupported+', 'QStartNoAckMode+'];
const REVERSE = ['ReverseStep+', 'ReverseContinue+'];

/** The answer to a query packet; empty for one that is not known. */
export function answerQuery(packet: string, target: DebugTarget, state: QueryState): string {
  const [name, argument = ''] = split(packet);
  return QUERIES.get(name)?.(argument, target, state) ?? '';
}

type Query = (argument: string, target: DebugTarget, state: QueryState) => string;

const QUERIES: ReadonlyMap<string, Query> = new Map<string, Query>([
  ['qSupported', supported],
  ['qXfer', transfer],
  ['qC', (_, target, { multiprocess }) => `QC${threadName(target.selected, multiprocess)}`],
  [
    'qfThreadInfo',
    (_, target, state) => `m${Array.from({ length: target.processors }, (_, cpu) => threadName(cpu, state.multiprocess)).join(',')}`,
  ],
  ['qsThreadInfo', () => 'l'],
  ['qThreadExtraInfo', threadInformation],
  ['qAttached', () => '1'],
  ['qqemu.sstepbits', () => `ENABLE=${STEP_ENABLE},NOIRQ=${STEP_NO_INTERRUPTS},NOTIMER=${STEP_NO_TIMERS}`],
  // QEMU's description has the small letter, and its program takes either.
  ['qqemu.sstep', stepping],
  ['Qqemu.sstep', stepping],
  ['qqemu.PhyMemMode', (_, target) => (target.physicalAddresses ? '1' : '0')],
  ['Qqemu.PhyMemMode', setPhysicalAddresses],
]);

function supported(argument: string, target: DebugTarget, state: QueryState): string {
  state.multiprocess = argument.split(';').includes('multiprocess+');
  return [...FEATURES, ...(target.reversible ? REVERSE : []), ...(state.multiprocess ? ['multiprocess+'] : [])].join(';');
}

function threadInformation(argument: string, target: DebugTarget): string {
  const cpu = processorOf(argument, target.processors);
  if (typeof cpu !== 'number') return 'E22';
  return toHex(fromLatin1(`CPU#${cpu} [${target.waits(cpu) ? 'halted ' : 'running'}]`));
}

function stepping(argument: string, target: DebugTarget): string {
  if (argument === '') return `0x${target.stepping.toString(16)}`;
  const bits = parseCount(argument.replace(/^0x/i, ''));
  if (bits === undefined || (bits & ~STEP_ALL) !== 0) return 'E22';
  target.stepping = bits;
  return 'OK';
}

function setPhysicalAddresses(argument: string, target: DebugTarget): string {
  target.physicalAddresses = argument !== '0';
  return 'OK';
}

/** A query's name and what follows it. */
function split(packet: string): [string, string?] {
  const end = packet.search(/[:,;=]/);
  return end < 0 ? [packet] : [packet.slice(0, end), packet.slice(end + 1)];
}

/** `qXfer:features:read:ANNEX:OFFSET,LENGTH`: a piece of a document; `l` before the last one, `m` before others. */
function transfer(argument: string): string {
  const [object, operation, annex, range = ''] = argument.split(':');
  if (object !== 'features' || operation !== 'read') return '';
  if (annex !== 'target.xml') return 'E00';
  const [offset, length] = range.split(',').map(parseCount);
  if (offset === undefined || length === undefined || offset > TARGET_DESCRIPTION.length) return 'E22';
  const end = offset + Math.min(length, PACKET_SIZE / 2);
  return `${end >= TARGET_DESCRIPTION.length ? 'l' : 'm'}${TARGET_DESCRIPTION.slice(offset, end)}`;
}
