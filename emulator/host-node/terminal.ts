/** A machine on a terminal: its console, the keys of Control-A, and the monitor. */
import type { Machine } from '../server/machine.js';
import type { StopReason } from '../machine/status.js';
import type { ForwardRule } from '../network/settings.js';
import { Timestamps } from '../command-line/timestamps.js';
import { Monitor, type MonitorActions } from '../command-line/monitor.js';
import { keyReader } from '../command-line/keys.js';

/** The part of a terminal's streams that a machine needs. */
export interface TerminalStreams {
  input: NodeJS.ReadableStream & { isTTY?: boolean; setRawMode?(raw: boolean): unknown };
  /** Where the console goes. */
  output: NodeJS.WritableStream;
  /** Where the monitor goes, when that is another place. */
  terminal?: NodeJS.WritableStream;
}

/**
 * What the terminal is: the machine's console; both, with Control-A commands among the keys, and Control-C for the guest; or
 * the monitor alone, while the console is elsewhere.
 */
export type TerminalRole = 'console' | 'multiplexed' | 'monitor';

/** How the machine is to be held. */
export interface Hold {
  /** It is not let go; the monitor's `stop` and `cont` change it. */
  held: boolean;
  /** A machine that is switched off is kept, for as long as somebody may look at it. */
  afterPowerOff?: boolean;
}

export type TerminalEnd = { kind: 'quit' } | { kind: 'stopped'; reason: StopReason };

/** How the terminal is used. */
export interface TerminalUse {
  role: TerminalRole;
  /** Aborted: the person leaves. */
  signal: AbortSignal;
  hold?: Hold | undefined;
  /** What the host listens on for the guest, for the monitor to tell. */
  forwards?: readonly ForwardRule[] | undefined;
  /** What the monitor's `savevm` does. */
  save?: ((file: string) => Promise<void>) | undefined;
}

const KEYS_HELP =
  '\r\nC-a h    this help\r\nC-a x    leave\r\nC-a t    show the time of each line, or stop showing it\r\nC-a b    send a break\r\nC-a c    switch between the machine and the monitor\r\nC-a C-a  type C-a\r\n';

/**
 * Connects a machine's console to a terminal until the machine stops for good or the person leaves by Control-A x, or
 * by Control-C where that is no key of the guest's.
 */
export async function runOnTerminal(machine: Machine, streams: TerminalStreams, use: TerminalUse): Promise<TerminalEnd> {
  return new TerminalSession(machine, streams, use).run();
}

class TerminalSession {
  private readonly timestamps = new Timestamps();
  private readonly hold: Hold;
  private readonly monitor: Monitor;
  /** One line after the other, also when they come in one piece. */
  private monitorWork = Promise.resolve();
  private inMonitor: boolean;
  private end: (how: TerminalEnd) => void = () => undefined;
  private readonly ended = new Promise<TerminalEnd>((resolve) => (this.end = resolve));
  private inputEnded = false;
  private idle = false;
  private off = false;
  private waitingForDrain = false;
  /** Wishes to go on that the machine has not answered: it told of stops before it heard of them. */
  private resuming = 0;

  constructor(
    private readonly machine: Machine,
    private readonly streams: TerminalStreams,
    private readonly use: TerminalUse,
  ) {
    this.hold = use.hold ?? { held: false };
    this.inMonitor = use.role === 'monitor';
    this.monitor = new Monitor(machine, this.monitorActions(), use.forwards);
  }

  async run(): Promise<TerminalEnd> {
    const { machine, use, inMonitor } = this;
    const { input } = this.streams;
    machine.onConsole = (bytes, time) => this.show(bytes, time);
    machine.onStopped = (reason) => this.stopped(reason);
    const read = this.keys();
    const onData = (data: Buffer) => read(data);
    const onEnd = () => this.endOfInput();
    const onAbort = () => this.end({ kind: 'quit' });
    if (use.signal.aborted) onAbort();
    use.signal.addEventListener('abort', onAbort);
    input.on('data', onData);
    input.on('end', onEnd);
    if (input.isTTY) input.setRawMode?.(true);
    input.resume();
    if (inMonitor) this.monitor.enter();
    try {
      await this.resume();
      return await this.ended;
    } finally {
      use.signal.removeEventListener('abort', onAbort);
      input.off('data', onData);
      input.off('end', onEnd);
      if (input.isTTY) input.setRawMode?.(false);
      input.pause();
    }
  }

  private async resume(): Promise<void> {
    if (this.hold.held || this.waitingForDrain || this.off) return;
    this.resuming++;
    try {
      await this.machine.resume();
    } finally {
      this.resuming--;
    }
  }

  private show(bytes: Uint8Array, time: number): void {
    const { output } = this.streams;
    if (output.write(this.timestamps.mark(bytes, time)) || this.waitingForDrain) return;
    // A terminal slower than the guest holds the guest up, so that unread output stays bounded.
    this.waitingForDrain = true;
    void this.machine.pause();
    output.once('drain', () => {
      this.waitingForDrain = false;
      void this.resume();
    });
  }

  private stopped(reason: StopReason): void {
    if (reason.kind === 'paused' || reason.kind === 'limit') return;
    // Typed characters wake an idle machine; where none can come any more, and none are on their way to it, its run is over.
    if (reason.kind === 'idle' && this.resuming > 0) return;
    this.idle = reason.kind === 'idle';
    if (this.idle && !this.inputEnded) return;
    this.off = reason.kind === 'powerOff' && (this.hold.afterPowerOff ?? false);
    if (this.off && !this.inputEnded) return;
    this.end({ kind: 'stopped', reason });
  }

  private endOfInput(): void {
    this.inputEnded = true;
    if (this.idle) this.end({ kind: 'stopped', reason: { kind: 'idle' } });
    else if (this.off) this.end({ kind: 'stopped', reason: { kind: 'powerOff' } });
  }

  private keys(): (data: Uint8Array) => void {
    const { output } = this.streams;
    return keyReader({
      monitor: this.use.role === 'multiplexed',
      type: (bytes) => this.type(bytes),
      switch: () => {
        this.inMonitor = !this.inMonitor;
        if (this.inMonitor) this.monitor.enter();
        else output.write('\r\n');
      },
      timestamps: () => this.timestamps.toggle(),
      sendBreak: () => void this.machine.sendBreak?.(),
      quit: () => this.end({ kind: 'quit' }),
      help: () => void output.write(KEYS_HELP),
    });
  }

  private type(bytes: Uint8Array): void {
    if (this.inMonitor) {
      this.monitorWork = this.monitorWork.then(() => this.monitor.input(bytes));
      return;
    }
    this.idle = false;
    this.machine.input(bytes);
    void this.resume();
  }

  private monitorActions(): MonitorActions {
    // The console may be a file, or nothing.
    const terminal = this.streams.terminal ?? this.streams.output;
    return {
      write: (text) => void terminal.write(text),
      quit: () => this.end({ kind: 'quit' }),
      reset: () => this.end({ kind: 'stopped', reason: { kind: 'reset' } }),
      stop: async () => {
        this.hold.held = true;
        await this.machine.pause();
      },
      cont: async () => {
        this.hold.held = false;
        await this.resume();
      },
      save: this.use.save,
    };
  }
}
