/** The toolchain in a machine, with files of the disk and machines of Node's. */
import { createHash } from 'node:crypto';
import { promises as fs } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheDir, temporaryName } from '../../cache.js';
import type { Work } from '../../progress.js';
import { machineOptions } from '../machine/boot.js';
import { Idle } from '../machine/idle.js';
import { CompilerServer } from '../machine/server.js';
import { MachineToolchain, type MachineSource } from '../machine/toolchain.js';
import { DISK } from './disk.js';
import { ensureDebianCompiler, hasDebianCompiler, type CompilerFacts, type DebianCompiler } from './packages.js';

/** Its name in `$TOOLCHAIN`. */
export const MACHINE = 'machine';

/** One machine for a process, which starts with the first request. */
let toolchain: Promise<MachineToolchain> | undefined;

/**
 * Debian's GCC in a machine. The first call brings it.
 * @throws AptError when it cannot be had
 */
export function machineToolchain(work: Work = {}): Promise<MachineToolchain> {
  toolchain ??= make(work);
  return toolchain.catch((error: unknown) => {
    toolchain = undefined;
    throw error;
  });
}

/** Starts the machine while nobody waits for it yet, where builds would use it and it needs no download. */
export async function warmMachineToolchain(env: NodeJS.ProcessEnv = process.env): Promise<void> {
  if (env.TOOLCHAIN?.trim() !== MACHINE || !(await hasDebianCompiler())) return;
  await (await machineToolchain()).warm();
}

async function make(work: Work): Promise<MachineToolchain> {
  const compiler = await ensureDebianCompiler(work);
  const { version } = compiler.about;
  const machines = new NodeMachines(compiler, () => void made.dispose());
  const made: MachineToolchain = new MachineToolchain({
    name: `Debian's gcc ${version} in a machine`,
    identity: `machine gcc ${version} ${compiler.identity}`,
    about: aboutOf(compiler.about),
    files: DISK,
    machines,
    headers: compiler.headers,
  });
  return made;
}

/** What is in the machine, with whose terms and sources. */
const aboutOf = ({ packages, linux }: CompilerFacts): string[] => [
  "It runs in an emulated machine of its own, and compiles C and assembly. From Debian's packages for arm64:",
  `linux-image-${linux}, busybox-static, ${packages.map(({ name, version }) => `${name} ${version}`).join(', ')}`,
  "Their licences are in /usr/share/doc/NAME/copyright of each package; their sources come with 'apt-get source NAME'.",
];

/** In the folder of toolchains. */
const SNAPSHOTS = 'machines';
/** Milliseconds without a request after which the machine is given back. */
const IDLE = 120_000;

/** Starts machines from the snapshot in the cache; the first one boots, and leaves the snapshot. */
class NodeMachines implements MachineSource {
  private readonly idle: Idle;
  private alive: NodeJS.Timeout | undefined;

  /** @param end gives the machine back */
  constructor(
    private readonly compiler: DebianCompiler,
    end: () => void,
  ) {
    this.idle = new Idle(IDLE, end);
  }

  /** The machine's thread does not keep the process alive; whoever waits for it does. */
  used(waits: boolean): void {
    this.idle.used(waits);
    if (this.idle.isUsed) {
      this.alive ??= setInterval(() => undefined, IDLE);
      return;
    }
    clearInterval(this.alive);
    this.alive = undefined;
  }

  async start(): Promise<CompilerServer> {
    const { restoreMachineFile, startMachine } = await import('../../../emulator/library.js');
    const snapshot = this.snapshotFile();
    const thread = { background: true };
    if (await isFile(snapshot)) {
      try {
        return new CompilerServer(await restoreMachineFile(snapshot, { pacing: 'simulated' }, thread));
      } catch {
        // Of another version, or damaged: the next one takes its place.
        await fs.rm(snapshot, { force: true });
      }
    }
    const [kernel, initrd] = await Promise.all([fs.readFile(this.compiler.kernel), this.compiler.initrd()]);
    const machine = await startMachine(machineOptions(kernel, initrd), thread);
    const server = new CompilerServer(machine);
    try {
      await server.booted();
      const temporary = temporaryName(snapshot);
      await fs.mkdir(dirname(snapshot), { recursive: true });
      await machine.saveSnapshot?.(temporary);
      await removeOthers(snapshot);
      await fs.rename(temporary, snapshot);
    } catch (error) {
      await server.dispose();
      throw error;
    }
    return server;
  }

  private snapshotFile(): string {
    const options = JSON.stringify({ ...machineOptions(EMPTY, EMPTY), identity: this.compiler.identity });
    return cacheDir('toolchain', SNAPSHOTS, `${createHash('sha256').update(options).digest('hex').slice(0, 16)}.snapshot`);
  }
}

/** Snapshots of other versions have 120 MB each, and boot again when they are wanted. */
async function removeOthers(snapshot: string): Promise<void> {
  const folder = dirname(snapshot);
  for (const name of await fs.readdir(folder)) if (name.endsWith('.snapshot')) await fs.rm(join(folder, name), { force: true });
}

const EMPTY = new Uint8Array(0);

const isFile = (path: string): Promise<boolean> =>
  fs.stat(path).then(
    (stat) => stat.isFile(),
    () => false,
  );
