/** The boots that are timed: the same files on either machine, from the start of its process. */
import { join } from 'node:path';
import { hostEnvironment } from '../../emulator/network/host-module.js';
import { UserNetwork } from '../../emulator/network/user-network.js';
import { wordServer } from '../../notebooks/part4/kit/word-server.js';
import { buildSystem } from '../../sdk/build/project.js';
import { ensureGuest } from '../../sdk/guest/guest.js';
import { packageRoot } from '../../sdk/root.js';
import { ProgramConsole, QEMU } from '../peers/program-console.js';
import { QemuEthernet, WallClock } from '../peers/qemu-ethernet.js';
import { tutorialArguments } from '../peers/qemu-machine.js';
import { qemuWithWords } from '../support/qemu-with-words.js';
import { PeakMemory } from './process-tree.js';
import { directLinuxArguments } from '../support/direct-linux.js';
import { dhcpGuest, part4Guest } from '../support/guests.js';

export type Side = 'qemu' | 'ours';

/** How our machine is started: `cold`, with nothing left of earlier runs, or `warm`, with the code that they translated. */
export type Start = 'cold' | 'warm';

export interface Sample {
  /** Wall-clock seconds. */
  seconds: number;
  /** Bytes, of all processes of the machine; undefined where the host does not say. */
  peakMemory: number | undefined;
}

export interface Boot {
  name: string;
  /** The ways to run ours; each has a row of its own. */
  starts: readonly Start[];
  /** One boot in QEMU, or in our machine. @throws Error with the console's end when it does not get there. */
  run(side: 'qemu' | Start): Promise<Sample>;
}

/** Milliseconds after which a boot counts as failed. */
const LIMIT = 300_000;
const SEED = 4;

const virtbook = (node: string, ...args: string[]): [string, string[]] => [node, [join(packageRoot(), 'bin', 'virtbook.js'), ...args]];

/** Environment of our machine: where its code cache is, or none. */
const environment = (start: 'qemu' | Start): NodeJS.ProcessEnv => ({ ...process.env, VIRTBOOK_CODE_CACHE: start === 'warm' ? '' : 'off' });

/** Leaves the code of a boot for those that are timed warm. A machine keeps it when it is switched off in good order. */
async function warmUp([command, args]: [string, string[]], reached: (console: ProgramConsole) => Promise<void>): Promise<void> {
  const console = new ProgramConsole(command, args, environment('warm'));
  try {
    await reached(console);
    console.type('\x01x');
    await console.ended;
  } finally {
    await console.stop();
  }
}

/** @param reached resolves when what is timed has happened. */
async function time(
  [command, args]: [string, string[]],
  reached: (console: ProgramConsole) => Promise<void>,
  side: 'qemu' | Start,
): Promise<Sample> {
  const start = performance.now();
  const console = new ProgramConsole(command, args, environment(side));
  const memory = console.pid === undefined ? undefined : new PeakMemory(console.pid);
  try {
    await reached(console);
    const seconds = (performance.now() - start) / 1000;
    return { seconds, peakMemory: memory?.stop() };
  } finally {
    memory?.stop();
    await console.stop();
  }
}

/** The chapter's finished system, to the word on its way to the monitor. Both sides get the word from our word server. */
export async function part4Boot(folder: string): Promise<Boot> {
  const chapter = join(packageRoot(), 'notebooks', 'part4');
  const { image } = await buildSystem({
    systemFile: join(chapter, 'solution', 'wordle.system'),
    sourceDirs: [join(chapter, 'solution'), join(chapter, 'sources')],
    outputDir: join(folder, 'part4'),
    config: 'debug',
    guest: part4Guest,
  });
  const reached = async (console: ProgramConsole): Promise<void> => {
    await console.waitFor('Linux user-space: Transfer word to virtual-machine monitor\r\n', LIMIT);
  };
  const ours = qemuWithWords(...tutorialArguments(image));
  await warmUp(ours, reached);
  return {
    name: 'part 4 to "Transfer word"',
    starts: ['cold', 'warm'],
    async run(side) {
      if (side !== 'qemu') return time(ours, reached, side);
      const network = new UserNetwork({ clock: new WallClock(), hosts: [wordServer(hostEnvironment(SEED))], seed: SEED });
      const ethernet = new QemuEthernet(join(folder, 'net'), network);
      await ethernet.listen();
      try {
        return await time([QEMU, tutorialArguments(image, ethernet.netdev('mynet0'))], reached, side);
      } finally {
        await ethernet.close();
      }
    },
  };
}

/**
 * Debian's kernel without anything below it, to the end of its process.
 * @param node the Node that runs our machine, in place of this one
 */
export async function linuxBoot(node?: { version: string; program: string }): Promise<Boot> {
  const args = directLinuxArguments(await ensureGuest(dhcpGuest));
  const reached = async (console: ProgramConsole): Promise<void> => {
    await console.waitFor(/udhcpc: lease of [^]*reboot: Power down/, LIMIT);
    const how = await console.ended;
    if (how !== 'status 0') throw new Error(`the machine ended with ${how}`);
  };
  const ours = virtbook(node?.program ?? process.execPath, 'qemu', ...args);
  await warmUp(ours, reached);
  return {
    name: `Linux to lease and power-off${node ? `, Node ${node.version}` : ''}`,
    starts: ['cold', 'warm'],
    run: (side) => time(side === 'qemu' ? [QEMU, args] : ours, reached, side),
  };
}
