import { CALL_BADGE, SLOT } from '../../sdk/tool/cspace.js';
import { ownerOf, type ReportedCapability, type ReportedMapping, type ReportedSpace } from '../../sdk/tool/read-report.js';
import type { MimeBundle } from '../core/evaluator.js';
import { exactSize } from './build.js';
import { escapeHtml } from './html.js';
import { type Table, tableHtml, tableText } from './table.js';

const hex = (value: number | bigint): string => `0x${value.toString(16)}`;

const kinds = { domain: 'protection domain', machine: 'virtual machine', monitor: "Microkit's monitor" } as const;

/** All domains of a system, a line each. `now`: what the processor does. */
export function spacesBundle(title: string, spaces: readonly ReportedSpace[], now: string[]): MimeBundle {
  const rows = spaces.map((space) => [
    space.name,
    kinds[space.kind],
    String(space.priority ?? ''),
    String(space.mappings.length),
    exactSize(space.mappings.reduce((sum, { start, end }) => sum + BigInt(end - start), 0n)),
    space.kind === 'machine' ? '' : String(space.capabilities.length),
  ]);
  return bundle(
    title,
    [{ head: ['Name', 'What', 'Priority', 'Maps', 'Memory', 'Capabilities'], rows, right: [2, 3, 4, 5], code: [0] }],
    now,
  );
}

/** One domain: what it sees at its addresses, and what it may do. */
export function spaceBundle(space: ReportedSpace, now: string[]): MimeBundle {
  const maps: Table = {
    title: 'Memory',
    head: ['Addresses', 'Size', 'What', 'Physical', 'Rights', 'Memory', 'Pages'],
    rows: space.mappings.map((map) => [
      `${hex(map.start)}..${hex(map.end)}`,
      exactSize(BigInt(map.end - map.start)),
      nameOf(map),
      hex(map.physical),
      map.rights,
      map.cached ? 'cached' : 'device',
      map.pageSize,
    ]),
    right: [1],
    code: [0, 3, 4],
  };
  const capabilities: Table = {
    title: 'Capabilities',
    head: ['Slot', 'Object', 'Rights', 'Badge', 'For'],
    rows: space.capabilities.map((cap) => [
      cap.shared === undefined ? String(cap.slot) : `cspace ${cap.shared}`,
      cap.object,
      cap.rights.join(', '),
      cap.badge ? hex(cap.badge) : '',
      space.kind === 'monitor' ? '' : purpose(cap),
    ]),
    right: [0],
    code: [3],
  };
  const title =
    `${kinds[space.kind]} ${space.kind === 'monitor' ? '' : space.name}`.trim() +
    (space.priority === undefined ? '' : `, priority ${space.priority}`);
  return bundle(title, [maps, ...(space.kind === 'machine' ? [] : [capabilities])], now);
}

/** What a mapping is of, as a reader knows it. */
export function nameOf({ name }: ReportedMapping): string {
  const segment = /^ELF:.*?(?:-(\d+))?$/.exec(name);
  if (segment) return segment[1] === undefined ? 'program' : `program, segment ${segment[1]}`;
  if (name.startsWith('STACK:')) return 'stack';
  return name.startsWith('IPC Buffer: ') ? 'IPC buffer' : name;
}

/** What libmicrokit uses a slot for, in the terms of `microkit.h`. */
function purpose({ slot, shared, object, badge }: ReportedCapability): string {
  if (shared !== undefined) return `microkit_cspace_root_slot_to_cptr(${shared})`;
  const owner = ownerOf(object.slice(object.indexOf(': ') + 2)).name;
  // Numbers of children may be higher than those of virtual CPUs are.
  if (slot >= SLOT.childTcb && object.startsWith('TCB: PD=')) return `starts and stops child ${slot - SLOT.childTcb}, ${owner}`;
  if (slot >= SLOT.vcpu) return `virtual CPU ${slot - SLOT.vcpu} of the guest`;
  if (slot >= SLOT.vmTcb) return `starts and stops the guest's virtual CPU ${slot - SLOT.vmTcb}`;
  if (slot >= SLOT.irq) return `microkit_irq_ack(${slot - SLOT.irq})`;
  if (slot >= SLOT.endpoint) return `microkit_ppcall(${slot - SLOT.endpoint}, ...): ${owner} knows it as ${badge - CALL_BADGE}`;
  if (slot >= SLOT.outputNotification)
    return `microkit_notify(${slot - SLOT.outputNotification}): ${owner} knows it as ${badge.toString(2).length - 1}`;
  if (slot === SLOT.input) return 'waits here for all that comes';
  if (slot === SLOT.reply) return 'answers calls and faults';
  if (slot === SLOT.ownTcb) return 'its own thread, for benchmarks';
  return slot === SLOT.monitorEndpoint ? 'tells the monitor that init has ended' : '';
}

/** What an instruction at an address is in words. */
type Disassembler = (word: number, address: bigint) => string;

/**
 * Bytes at an address of a domain, sixteen a line, or with a disassembler instructions, one a line; what the program gives
 * a name begins a line of its own.
 */
export function memoryBundle(
  domain: string,
  address: number,
  bytes: Uint8Array,
  describe: (address: number) => string | undefined,
  notes: string[],
  disassemble?: Disassembler,
): MimeBundle {
  const width = hex(address + bytes.length).length;
  const each = disassemble ? 4 : 16;
  const show = (at: number, end: number): string =>
    disassemble
      ? instruction(bytes.subarray(at, at + 4), address + at, disassemble, describe)
      : dump(bytes.subarray(at, Math.min(at + 16, end)));
  const lines: string[] = [];
  const symbolAt = (at: number): string | undefined => describe(address + at)?.replace(/\+0x[0-9a-f]+$/, '');
  for (let start = 0; start < bytes.length;) {
    const symbol = symbolAt(start);
    let end = start + 1;
    while (end < bytes.length && symbolAt(end) === symbol) end++;
    if (symbol !== undefined) lines.push(`<${describe(address + start)}>`);
    for (let at = start; at < end; at += each) lines.push(`  ${hex(address + at).padEnd(width)}  ${show(at, end)}`);
    start = end;
  }
  const title = `${disassemble ? 'Code' : 'Memory'} of ${domain} at ${describe(address) ?? hex(address)}`;
  return {
    data: {
      'text/plain': [title, ...notes, ...lines].join('\n'),
      'text/html': `<div><strong>${escapeHtml(title)}</strong></div>${notesHtml(notes)}<pre tabindex="0" style="margin:0.3em 0;overflow-x:auto">${escapeHtml(lines.join('\n'))}</pre>`,
    },
  };
}

/** With the name of the address that it means, if it means one that has a name; the last bytes of a range may be none. */
function instruction(
  bytes: Uint8Array,
  address: number,
  disassemble: Disassembler,
  describe: (address: number) => string | undefined,
): string {
  if (bytes.length < 4) return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  const word = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  const [, mnemonic, operands] = /^(\S+) ?(.*)$/.exec(disassemble(word, BigInt(address)))!;
  // Addresses have no number sign, as other numbers have.
  const target = /(?<!#)\b0x([0-9a-f]+)$/.exec(operands!)?.[1];
  const name = target === undefined ? undefined : describe(parseInt(target, 16));
  return `${word.toString(16).padStart(8, '0')}  ${mnemonic!.padEnd(6)} ${operands}${name === undefined ? '' : ` <${name}>`}`.trimEnd();
}

function dump(bytes: Uint8Array): string {
  const digits = Array.from({ length: 16 }, (_, i) => bytes[i]?.toString(16).padStart(2, '0') ?? '  ');
  const letters = Array.from(bytes, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
  return `${digits.slice(0, 8).join(' ')}  ${digits.slice(8).join(' ')}  |${letters}|`;
}

const notesHtml = (notes: readonly string[]): string => notes.map((note) => `<div>${escapeHtml(note)}</div>`).join('');

function bundle(title: string, tables: Table[], notes: string[]): MimeBundle {
  return {
    data: {
      'text/plain': [title, ...notes, ...tables.map(tableText)].join('\n'),
      'text/html': `<div><strong>${escapeHtml(title)}</strong></div>${notesHtml(notes)}${tables.map(tableHtml).join('')}`,
    },
  };
}
