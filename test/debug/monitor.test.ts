/**
 * The monitor on the terminal says of our machine what QEMU's says of the same.
 *
 * @peers qemu
 * @seconds 10
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireQemu } from '../peers/program-console.js';
import { askMonitor, type MonitorLine } from '../support/monitor-session.js';
import { startMachine, type Which } from './machines.js';
import { COUNTER, PLACES, programImage } from './program.js';

/** Milliseconds, for a busy machine. */
const TIMEOUT = 300_000;

let folder: string;
beforeAll(() => {
  requireQemu();
  folder = mkdtempSync(join(tmpdir(), 'monitor-'));
  writeFileSync(join(folder, 'program'), programImage());
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const answers = async (which: Which, lines: readonly MonitorLine[], more: readonly string[]): Promise<string[]> => {
  const console = startMachine(which, join(folder, 'program'), ['-S', '-serial', 'none', '-monitor', 'stdio', ...more]);
  try {
    return await askMonitor(console, lines, TIMEOUT);
  } finally {
    await console.stop();
  }
};

const both = async (lines: readonly MonitorLine[], more: readonly string[] = []): Promise<{ ours: string[]; theirs: string[] }> => {
  const [ours, theirs] = await Promise.all([answers('ours', lines, more), answers('QEMU', lines, more)]);
  return { ours, theirs };
};

const DUMPS = ['xw', 'xb', 'xh', 'xg', 'dg', 'dh', 'uw', 'ug', 'ob', 'ow', 'og', 'cb', 'cw'].map((format) => `x /5${format} 0x41000100`);

/** Each disassembles in its own manner (test/debug/disassemble.test.ts says in whose). */
const shared = (text: string): string => text.replace(/^(0x[0-9a-f]{8}:  [0-9a-f]{8}).*$/gm, '$1');

test(
  'registers of all processors, memory and expressions',
  async () => {
    const lines: MonitorLine[] = [
      'info status',
      'info registers -a',
      ...DUMPS,
      `x /8i ${PLACES.head}`,
      'xp/2xw 0x41000000+4*2',
      'x',
      'x /2xg 0x7000000000',
      'xp /xw 0x7000000000',
      'p /x 5*(3-1)',
      'p 1/0',
      'help x',
      'cpu 1',
      'info registers',
      'cpu 9',
      'info registers 0',
      'cont',
      { line: 'info registers 0', until: new RegExp(`PC=0*${PLACES.here.toString(16)}`) },
      'stop',
      'info status',
      'info registers 0',
      `xp /2dg ${COUNTER}`,
      'x /2i 0x41000000',
    ];
    const said = await both(lines, ['-smp', '2']);
    // Time and instructions are told besides.
    const plain = said.ours.map((text) => shared(text.replace(/^virtual time .*\n/m, '')));
    const theirs = said.theirs.map(shared);
    const help = lines.indexOf('help x');
    expect(plain[help]).toContain(theirs[help]!.trimEnd());
    expect(plain.filter((_, n) => n !== help)).toEqual(theirs.filter((_, n) => n !== help));
    expect(plain.join('')).toContain('Q31=');
    // The program has run: it counts 33,000 calls.
    expect(plain.join('')).toContain(String(99_000));
  },
  2 * TIMEOUT,
);

test(
  'the map of the board, its devices and its network',
  async () => {
    const more = [
      '-m',
      '256',
      '-netdev',
      'user,id=n',
      '-device',
      'virtio-net-device,netdev=n',
      '-device',
      'virtio-rng-device',
      '-device',
      'virtio-rng-pci',
    ];
    const { ours, theirs } = await both(['info mtree -f', 'info qtree', 'info network'], more);
    const windows = (text: string): string[] => {
      const view = text.split(/^(?=FlatView|address-space)/m).find((part) => part.includes('mach-virt.ram'))!;
      const lines = [...view.matchAll(/^  ([0-9a-f]{16}-[0-9a-f]{16}) \(prio 0, ([^)]*)\): (\S+)/gm)];
      // QEMU has three windows for the configuration device, with holes between them.
      return lines.filter(([, range]) => !range!.startsWith('000000000902')).map(([, range, kind]) => `${range} ${kind}`);
    };
    expect(windows(theirs[0]!).length).toBeGreaterThan(40);
    expect(windows(ours[0]!)).toEqual(windows(theirs[0]!));
    const virtio = (text: string): string[] =>
      [...text.matchAll(/^ *(?:dev: (virtio-(?:net|rng)\S*),|bus: (virtio-mmio-bus\.3[01])$|(addr = 01\.0)$|(mac = \S+)$)/gm)].map(
        (match) => match.slice(1).find(Boolean)!,
      );
    expect(virtio(ours[1]!)).toEqual(virtio(theirs[1]!));
    expect(virtio(ours[1]!)).toHaveLength(8);
    expect(ours[2]!.split('\n')[0]).toBe(theirs[2]!.split('\n')[0]);
  },
  2 * TIMEOUT,
);
