/** A machine of a command line, from its start to the end of the command. */
import { readFileSync } from 'node:fs';
import type { Writable } from 'node:stream';
import type { QemuCommandLine } from '../command-line/command-line.js';
import { writtenAs, writtenOptions } from '../command-line/snapshot-options.js';
import type { TraceRequest } from '../debug/tracer.js';
import type { MachineOptions } from '../machine/options.js';
import { SnapshotMismatch } from '../machine/snapshot/description.js';
import { machineStatistics } from '../machine/statistics.js';
import { describeEnd } from '../machine/status.js';
import type { Machine } from '../server/machine.js';
import { restoreMachine } from './client.js';
import { collectGarbage } from './garbage.js';
import { CommandFailure, reasonOf } from './failure.js';
import { GdbServer, parseGdbAddress } from './gdb-server.js';
import { HostForwards } from './host-forward.js';
import { written } from './output-files.js';
import { runOnTerminal, type Hold, type TerminalEnd, type TerminalRole, type TerminalStreams } from './terminal.js';

/** The program around a command line. */
export interface QemuProgram {
  version: string;
  /** What a run without -seed gets; drawn where absent. */
  seed?: number | undefined;
  /** Hosts on the machine's network. */
  networkHosts?: MachineOptions['networkHosts'];
  startMachine(options: MachineOptions, more: { trace: TraceRequest }): Promise<Machine>;
  /** Writes a file that is the old one or the new one, whatever happens. */
  writeFile(file: string, bytes: Uint8Array): Promise<void>;
}

export interface RunSettings {
  line: QemuCommandLine;
  options: MachineOptions;
  /** Where the machine is saved when its run ends. */
  snapshot?: string;
  /** What it goes on from. */
  restore?: string;
  /** How the machine was executed is told at its end. */
  stats: boolean;
}

export class QemuRun {
  private readonly hold: Hold;
  private readonly role: TerminalRole;
  private machine: Machine | undefined;
  private gdb: GdbServer | undefined;
  private forwards: HostForwards | undefined;
  /** The debugger wants the machine's end. */
  private readonly killed = new AbortController();

  constructor(
    private readonly settings: RunSettings,
    private readonly streams: TerminalStreams,
    private readonly log: Writable,
    private readonly program: Pick<QemuProgram, 'startMachine' | 'writeFile'>,
  ) {
    const { line } = settings;
    this.hold = { held: line.held ?? false, afterPowerOff: line.noShutdown ?? false };
    this.role = line.monitor ? (line.console ? 'multiplexed' : 'monitor') : 'console';
  }

  /** Runs the machine, and again after each reset unless the command line forbids it. Resolves to the exit status. */
  async toItsEnd(signal: AbortSignal): Promise<number> {
    this.gdb = await this.gdbServer();
    try {
      this.forwards = await this.hostForwards();
      for (;;) {
        const status = await this.once(signal);
        if (status !== 'again') return status;
      }
    } finally {
      await this.gdb?.close();
      await this.forwards?.close();
    }
  }

  private async once(signal: AbortSignal): Promise<number | 'again'> {
    const machine = await this.start();
    this.machine = machine;
    machine.onTrace = (text) => written(this.log, text);
    this.gdb?.serve(machine);
    this.forwards?.serve(machine);
    try {
      const before = await machine.status();
      const start = performance.now();
      const end = await runOnTerminal(machine, this.streams, {
        role: this.role,
        signal: AbortSignal.any([signal, this.killed.signal]),
        hold: this.hold,
        forwards: this.settings.line.forwards,
        save: (file) => this.save(file, machine),
      });
      // At a reset, too: the machine after it is another one.
      if (this.settings.stats) {
        const status = await machine.status();
        const run = { seconds: (performance.now() - start) / 1000, instructions: status.instructions - before.instructions };
        process.stderr.write(machineStatistics(status, run));
      }
      await this.saveAtEnd(machine, end);
      return this.statusOf(end, signal);
    } finally {
      await machine.dispose();
    }
  }

  private start(): Promise<Machine> {
    const { restore, line, options } = this.settings;
    return restore === undefined ? this.powerOn() : restoreFrom(restore, writtenOptions(line, options));
  }

  /** What cannot be booted is told of by the file that it is in. */
  private async powerOn(): Promise<Machine> {
    const { line, options } = this.settings;
    try {
      const machine = await this.program.startMachine(options, { trace: { items: line.trace ?? [], ranges: line.traceRanges } });
      // Images that were looked at are in the machine now, and this thread makes so little that the engine would keep them to the end.
      collectGarbage();
      return machine;
    } catch (error) {
      if (!(error instanceof Error && error.name === 'BootImageError')) throw error;
      throw new CommandFailure(1, `virtbook qemu: ${line.linux ? `-kernel ${line.linux.kernel}: ` : ''}${error.message}`);
    }
  }

  private async saveAtEnd(machine: Machine, end: TerminalEnd): Promise<void> {
    const { snapshot } = this.settings;
    if (snapshot === undefined || (end.kind === 'stopped' && end.reason.kind === 'crashed')) return;
    if (end.kind === 'quit' || end.reason.kind === 'idle') return this.save(snapshot, machine);
    process.stderr.write(`virtbook qemu: no snapshot: the machine ${describeEnd(end.reason)}\n`);
  }

  /** Holds the machine and writes it to a file. @throws CommandFailure */
  private async save(file: string, machine: Machine): Promise<void> {
    try {
      await machine.pause();
      await this.program.writeFile(file, await machine.snapshot());
    } catch (error) {
      throw new CommandFailure(1, `virtbook qemu: ${file} has not been written: ${reasonOf(error)}`);
    }
  }

  private statusOf(end: TerminalEnd, signal: AbortSignal): number | 'again' {
    if (end.kind === 'quit') return signal.aborted ? 130 : 0;
    const { reason } = end;
    if (reason.kind === 'crashed') throw new CommandFailure(1, `\nvirtbook qemu: the machine crashed: ${reason.message}`);
    if (reason.kind === 'powerOff') return reason.status ?? 0;
    if (reason.kind !== 'reset' || this.settings.line.noReboot) return 0;
    // The snapshot holds what the images have become, and the command line need not name them.
    if (this.settings.restore !== undefined)
      throw new CommandFailure(1, 'virtbook qemu: the machine asked for a reset, and can only be started again without --restore');
    return 'again';
  }

  private async gdbServer(): Promise<GdbServer | undefined> {
    const { gdb, noReboot } = this.settings.line;
    if (gdb === undefined) return undefined;
    const address = parseGdbAddress(gdb);
    if (!address) throw new CommandFailure(2, `virtbook qemu: -gdb ${gdb}: give tcp::PORT or tcp:HOST:PORT`);
    const events = {
      detached: (): void => {
        this.hold.held = false;
        void this.machine?.resume();
      },
      killed: (): void => this.killed.abort(),
    };
    try {
      return await GdbServer.listen(address, events, noReboot);
    } catch (error) {
      throw new CommandFailure(1, `virtbook qemu: -gdb ${gdb}: ${reasonOf(error)}; another port may be free`);
    }
  }

  private async hostForwards(): Promise<HostForwards | undefined> {
    const { forwards } = this.settings.line;
    if (!forwards) return undefined;
    try {
      return await HostForwards.listen(forwards);
    } catch (error) {
      throw new CommandFailure(1, `virtbook qemu: hostfwd=${reasonOf(error)}`);
    }
  }
}

/** The machine of a snapshot's file. @throws CommandFailure that says what is wrong with the file or the options */
async function restoreFrom(file: string, options: ReturnType<typeof writtenOptions>): Promise<Machine> {
  try {
    return await restoreMachine(() => readFileSync(file), options);
  } catch (error) {
    if (error instanceof SnapshotMismatch)
      throw new CommandFailure(2, `virtbook qemu: ${writtenAs(error.option)} differs from the snapshot: ${reasonOf(error)}`);
    throw new CommandFailure(1, `virtbook qemu: ${file} cannot be restored: ${reasonOf(error)}`);
  }
}
