/**
 * The whole of part 4 in QEMU, with the tutorial's own command line but for the network's other end, which is ours: the
 * word server answers inside this process, so the test needs no internet and knows the word.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserNetwork } from '../../emulator/network/user-network.js';
import { wordServer } from '../../emulator/network/word-server.js';
import { buildSystem } from '../../sdk/build/project.js';
import { packageRoot } from '../../sdk/root.js';
import { QemuEthernet, WallClock } from './qemu_ethernet.js';
import { QemuMachine, tutorialArguments } from './qemu_machine.js';

const chapter = join(packageRoot(), 'notebooks', 'part4');
const SEED = 4;
const BOOT_MS = 120_000;
const KEY_MS = 30_000;
const NULL_CAP = /<<seL4\(CPU 0\) \[decodeInvocation\/\d+ T0x[0-9a-f]+ "child of: 'rootserver'" @[0-9a-f]+\]: Attempted to invoke a null cap #75\.>>/;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'part4-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Builds one step of the chapter and boots it; `use` gets the machine once the virtual machine's script is through. */
async function run(step: 'no-channel' | 'solution', use: (machine: QemuMachine, words: string[]) => Promise<void>): Promise<void> {
  const outputDir = join(folder, step);
  const { image } = await buildSystem({
    systemFile: join(chapter, step, 'wordle.system'), sourceDirs: [join(chapter, step), chapter], outputDir, config: 'debug',
  });
  const words: string[] = [];
  const hosts = [wordServer({ seed: SEED, onWord: (word) => words.push(word) })];
  const ethernet = new QemuEthernet(join(outputDir, 'net'), new UserNetwork({ clock: new WallClock(), hosts, seed: SEED }));
  await ethernet.listen();
  const machine = new QemuMachine(tutorialArguments(image, ethernet.netdev('mynet0')));
  try {
    await machine.waitFor(/Linux user-space: Finished/, BOOT_MS);
    await use(machine, words);
  } finally {
    await machine.stop();
    await ethernet.close();
  }
}

/** Lines of the chapter that come in this order, whatever stands between them. */
const MILESTONES = [
  'LDR|INFO: jumping to kernel',
  'Bootstrapping kernel',
  'Booting all finished, dropped to user space',
  'SERIAL SERVER: starting',
  'WORDLE SERVER: starting',
  'CLIENT: starting',
  'Welcome to the Wordle client!',
  'vmm|INFO: starting "vmm"',
  'vmm|INFO: initialised virtual GICv2 driver',
  'vmm|INFO: Register passthrough IRQ 79 (channel: 0x2)',
  'vmm|INFO: starting guest at 0x40000000, DTB at 0x4f000000, initial RAM disk at 0x4d700000',
  'Starting network: OK',
  'udhcpc: lease of 10.0.2.15 obtained from 10.0.2.2, lease time 86400',
  'deleting routers',
  'adding dns 10.0.2.3',
  'Linux user-space: Send request to trustworthy.systems/projects/microkit/tutorial/word',
  'Linux user-space: Received word',
  'Linux user-space: Transfer word to virtual-machine monitor',
];

function expectInOrder(text: string, lines: readonly string[]): void {
  let at = 0;
  for (const line of lines) {
    const found = text.indexOf(line, at);
    if (found < 0) throw new Error(`'${line}' is not on the console, or not in its place`);
    at = found + line.length;
  }
}

test('without a channel the word stops at the monitor, and the kernel says why', async () => {
  await run('no-channel', async (machine, words) => {
    expectInOrder(machine.console, MILESTONES);
    expect(words).toHaveLength(1);
    const transfer = machine.console.indexOf('Transfer word');
    expect(machine.console.slice(0, transfer)).not.toMatch(NULL_CAP);
    expect(machine.console.slice(transfer)).toMatch(NULL_CAP);
  });
}, BOOT_MS + 120_000);

test('with the channel the word reaches the Wordle server, and can be guessed', async () => {
  await run('solution', async (machine, [word]) => {
    expectInOrder(machine.console, MILESTONES);
    expect(machine.console).not.toMatch(/null cap|ERROR/);

    const table = (rows: string[]): string => `\x1b[5A\x1b[0J${[...rows, ...Array<string>(5 - rows.length).fill('[ ] '.repeat(5))].join('\n')}\n`;
    const literally = (text: string): RegExp => new RegExp(text.replace(/[[\]()*+?.\\^$|{}]/g, '\\$&'));
    const before = machine.console.length;
    await machine.type('\r');
    const drawn = await machine.waitFor(literally(table([])), KEY_MS, before);
    await machine.type(`${word}\r`);
    const green = [...word].map((letter) => `[\x1b[32;1;40m${letter}\x1b[0m] `).join('');
    await machine.waitFor(literally(table([green])), KEY_MS, drawn);
  });
}, BOOT_MS + 120_000);
