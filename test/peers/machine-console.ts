import { startMachine } from '../../emulator/host-node/client.js';
import type { Machine } from '../../emulator/server/machine.js';
import type { MachineOptions } from '../../emulator/machine/options.js';
import { WatchedConsole } from './console.js';

/** Our machine in its worker. */
export class MachineConsole extends WatchedConsole {
  private constructor(private readonly machine: Machine) {
    super('our machine');
    machine.onConsole = (bytes) => this.printed(bytes);
    machine.onStopped = (reason) => {
      // An idle machine waits for keys.
      if (reason.kind !== 'idle') this.hasEnded(reason.kind === 'crashed' ? `crashed: ${reason.message}` : reason.kind);
    };
  }

  /** Powers on and runs. `ended` resolves to the kind of the stop. */
  static async start(options: MachineOptions): Promise<MachineConsole> {
    const machine = await startMachine(options);
    const console = new MachineConsole(machine);
    await machine.resume();
    return console;
  }

  type(keys: string): void {
    this.machine.input(Buffer.from(keys, 'latin1'));
    void this.machine.resume().catch(() => undefined);
  }

  async stop(): Promise<void> {
    await this.machine.dispose();
    this.hasEnded('switched off');
  }
}
