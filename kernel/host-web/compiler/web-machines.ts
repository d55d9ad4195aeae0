import type { OnProgress } from '../../../sdk/progress.js';
import { machineOptions } from '../../../sdk/toolchain/machine/boot.js';
import { Idle } from '../../../sdk/toolchain/machine/idle.js';
import { CompilerServer } from '../../../sdk/toolchain/machine/server.js';
import type { MachineSource } from '../../../sdk/toolchain/machine/toolchain.js';
import { COMPILER, pieceFile } from '../../site/places.js';
import type { CompilerParts } from '../../site/site-compiler.js';
import { load } from '../load.js';
import { restorePageMachine, startPageMachine } from '../machines.js';
import { dropSnapshot, keepSnapshot, keptSnapshot } from './kept-snapshot.js';

/** Milliseconds without a request after which the machine is given back: a tab has little memory. */
const IDLE = 60_000;

/** Starts the compiler's machine in workers of the page: from a snapshot that an earlier page has kept, or from the site's parts. */
export class WebMachines implements MachineSource {
  private readonly idle: Idle;
  /** How many machines it has started. */
  started = 0;

  /** @param end gives the machine back */
  constructor(
    private readonly parts: CompilerParts,
    private readonly onProgress: OnProgress,
    end: () => void,
  ) {
    this.idle = new Idle(IDLE, end);
  }

  used(waits: boolean): void {
    this.idle.used(waits);
  }

  async start(): Promise<CompilerServer> {
    this.started++;
    return (await this.restored()) ?? this.booted();
  }

  private async restored(): Promise<CompilerServer | undefined> {
    const { identity } = this.parts;
    const kept = await keptSnapshot(identity);
    if (!kept) return undefined;
    this.onProgress({ label: 'starting the C compiler', done: 0, total: 0 });
    try {
      return new CompilerServer(await restorePageMachine(() => kept, { pacing: 'simulated' }));
    } catch {
      await dropSnapshot(identity);
      return undefined;
    }
  }

  private async booted(): Promise<CompilerServer> {
    const { identity, kernel: piece, size } = this.parts;
    let bytes = 0;
    const received = (more: number): void => {
      bytes += more;
      this.onProgress({ label: 'MB of the C compiler loaded (once)', done: Math.floor(bytes / 1e6), total: Math.ceil(size / 1e6) });
    };
    const [kernel, initrd] = await Promise.all([load(pieceFile(piece), received), load(COMPILER.disk, received)]);
    this.onProgress({ label: 'starting the C compiler (once)', done: 0, total: 0 });
    const machine = await startPageMachine(machineOptions(kernel, initrd), { transfer: [kernel.buffer, initrd.buffer] });
    const server = new CompilerServer(machine);
    try {
      await server.booted();
      const snapshot = await machine.snapshot();
      void keepSnapshot(identity, snapshot as Uint8Array<ArrayBuffer>);
    } catch (error) {
      await server.dispose();
      throw error;
    }
    return server;
  }
}
