/**
 * The same image in QEMU and in our machine prints the same. QEMU gets the tutorial's own command line, but for the
 * other end of the network cable, which is ours: both guests meet the same DHCP, DNS and word server, and no test
 * depends on the internet. Our machine is set up by the same command line.
 *
 * @peers qemu debian
 * @seconds 50
 * @long
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { assembleMachine, parseQemuOptions } from '../../emulator/command-line/options.js';
import { hostEnvironment } from '../../emulator/network/host-module.js';
import { UserNetwork } from '../../emulator/network/user-network.js';
import { wordServer } from '../../notebooks/part4/kit/word-server.js';
import { buildSystem } from '../../sdk/build/project.js';
import { ensureGuest } from '../../sdk/guest/guest.js';
import { packageRoot } from '../../sdk/root.js';
import { wordServerModule } from '../support/word-server.js';
import { QemuEthernet, WallClock } from './qemu-ethernet.js';
import { tutorialArguments } from './qemu-machine.js';
import { expectSameConsole } from './compare.js';
import type { Console } from './console.js';
import { MachineConsole } from './machine-console.js';
import { ProgramConsole, QEMU, requireQemu } from './program-console.js';
import { LINUX, PART4 } from './rules.js';
import { directLinuxArguments } from '../support/direct-linux.js';
import { dhcpGuest, part4Guest } from '../support/guests.js';

const CHAPTER = join(packageRoot(), 'notebooks', 'part4');
const SEED = 4;
/** Milliseconds, for a busy machine. */
const BOOT = 900_000;
const KEY = 20_000;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'peers-'));
  requireQemu();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a reader does at the console. @returns the console from power-on to the end of it. */
type Session = (console: Console, words: readonly string[]) => Promise<string>;

async function inQemu(image: string, socket: string, session: Session): Promise<string> {
  const words: string[] = [];
  const hosts = [wordServer(hostEnvironment(SEED), (word) => words.push(word))];
  const ethernet = new QemuEthernet(socket, new UserNetwork({ clock: new WallClock(), hosts, seed: SEED }));
  await ethernet.listen();
  const console = new ProgramConsole(QEMU, tutorialArguments(image, ethernet.netdev('mynet0')));
  try {
    return await session(console, words);
  } finally {
    await console.stop();
    await ethernet.close();
  }
}

async function inOurMachine(args: readonly string[], session: (console: Console) => Promise<string>): Promise<string> {
  const options = assembleMachine(parseQemuOptions(args), { read: readFileSync, gunzip: gunzipSync }, SEED, 'simulated');
  const console = await MachineConsole.start({ ...options, networkHosts: [wordServerModule()] });
  try {
    return await session(console);
  } finally {
    await console.stop();
  }
}

/** Lines of the chapter, in its order. */
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

/** Builds one step of the chapter, and goes through the session on both machines. */
async function onBoth(step: 'no-channel' | 'solution', session: Session): Promise<void> {
  const outputDir = join(folder, step);
  const { image } = await buildSystem({
    systemFile: join(CHAPTER, step, 'wordle.system'),
    sourceDirs: [join(CHAPTER, step), join(CHAPTER, 'sources')],
    outputDir,
    config: 'debug',
    guest: part4Guest,
  });
  let served: readonly string[] = [];
  const qemu = await inQemu(image, join(outputDir, 'net'), (console, words) => session(console, (served = words)));
  // Both word servers have the same seed, so the word is the same.
  const ours = await inOurMachine(tutorialArguments(image), (console) => session(console, served));
  expectSameConsole(qemu, ours, PART4);
  // On our machine, where programs print in whole lines: in QEMU a slow host may weave them.
  const lines = ours.split(/\r?\n/);
  expect(lines.filter((line) => MILESTONES.includes(line))).toEqual(MILESTONES);
}

const FINISHED = 'Linux user-space: Finished\r\n';
const TRANSFER = 'Linux user-space: Transfer word to virtual-machine monitor\r\n';

test(
  "part 4 without the channel: the same console, down to the kernel's complaint",
  async () => {
    await onBoth('no-channel', async (console) => {
      const end = await console.waitFor(FINISHED, BOOT);
      const text = console.text.slice(0, end);
      const [before, after] = text.split(TRANSFER);
      const nullCap = 'Attempted to invoke a null cap #75.>>';
      expect(before).not.toContain(nullCap);
      expect(after).toContain(nullCap);
      return text;
    });
  },
  2 * BOOT + 120_000,
);

/** The client's table as it is drawn over the one before. */
function drawn(rows: readonly string[]): string {
  const empty = '[ ] '.repeat(5);
  return `\x1b[5A\x1b[0J${Array.from({ length: 5 }, (_, row) => `${rows[row] ?? empty}\n`).join('')}`;
}

test(
  'part 4 with the channel: the same console, down to the guessed word',
  async () => {
    await onBoth('solution', async (console, words) => {
      await console.waitFor(FINISHED, BOOT);
      expect(words).toEqual([expect.stringMatching(/^[a-z]{5}$/)]);
      const word = words[0]!;
      expect(console.text).not.toContain('null cap');
      // The client draws after each key, so each drawing is waited for: a key that came early might share one.
      const plain = (letters: string): string =>
        [...letters].map((letter) => `[${letter}\x1b[0m] `).join('') + '[ ] '.repeat(5 - letters.length);
      const cells = (letters: string): string => [...letters].map((letter) => `[\x1b[32;1;40m${letter}\x1b[0m] `).join('');
      let at = console.text.length;
      const press = async (key: string, rows: string[]): Promise<void> => {
        console.type(key);
        at = await console.waitFor(drawn(rows), KEY, at);
      };
      await press('\r', []);
      for (let n = 1; n <= word.length; n++) await press(word[n - 1]!, [plain(word.slice(0, n))]);
      await press('\r', [cells(word)]);
      return console.text.slice(0, at);
    });
  },
  2 * BOOT + 120_000,
);

/** What the guest's scripts print on the way to the lease, in a machine that is not ours as in ours. */
const LEASE = [
  'Starting network: OK',
  expect.stringMatching(/^udhcpc: started, v\d/),
  'udhcpc: broadcasting discover',
  'udhcpc: broadcasting select for 10.0.2.15, server 10.0.2.2',
  'udhcpc: lease of 10.0.2.15 obtained from 10.0.2.2, lease time 86400',
  'deleting routers',
  'adding dns 10.0.2.3',
];

test(
  'Linux booted directly: the same console from QEMU, our machine and our command line, to power-off',
  async () => {
    const args = directLinuxArguments(await ensureGuest(dhcpGuest));
    const toTheEnd =
      (expected: string) =>
      async (console: Console): Promise<string> => {
        const end = await console.waitFor(/reboot: Power down\r\n/, BOOT);
        expect(await console.ended).toBe(expected);
        expect(console.text.slice(end)).toBe('');
        expect(console.text.split('\r\n').filter((line) => /^(Starting|udhcpc|deleting|adding)/.test(line))).toEqual(LEASE);
        return console.text;
      };
    const program = async (command: string, ...commandArgs: string[]): Promise<string> => {
      const console = new ProgramConsole(command, commandArgs);
      try {
        return await toTheEnd('status 0')(console);
      } finally {
        await console.stop();
      }
    };
    const qemu = await program(QEMU, ...args);
    expectSameConsole(qemu, await inOurMachine(args, toTheEnd('powerOff')), LINUX);
    expectSameConsole(qemu, await program(process.execPath, join(packageRoot(), 'bin', 'virtbook.js'), 'qemu', ...args), LINUX);
  },
  3 * BOOT,
);
