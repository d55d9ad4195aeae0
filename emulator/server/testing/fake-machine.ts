import type { Machine } from '../machine.js';
import type { MachineStatus, RegisterFile, RunLimit, StopReason } from '../../machine/status.js';

/** A guest for tests: given the virtual time it may use, it prints, waits or ends. */
export interface FakeGuest {
  /** Runs up to `until` nanoseconds. Returns why it stopped before, if it did. */
  run(console: FakeConsole, until: number): StopReason | undefined;
}

export interface FakeConsole {
  /** Virtual nanoseconds; the guest moves it on. */
  time: number;
  print(text: string): void;
  /** The next typed character. */
  read(): string | undefined;
}

/** A `Machine` without a processor, for tests of what drives machines: same interface, same virtual-time rules. */
export class FakeMachine implements Machine, FakeConsole {
  onConsole: (bytes: Uint8Array, time: number) => void = () => undefined;
  onStopped: (reason: StopReason, status: MachineStatus) => void = () => undefined;
  time = 0;
  disposed = false;
  /** Everything that was typed, with the virtual time at which it was. */
  readonly typed: { text: string; time: number }[] = [];
  private readonly queue: string[] = [];
  private running = false;
  private pauseWanted = false;
  private stopReason: StopReason | undefined;

  constructor(private readonly guest: FakeGuest) {}

  print(text: string): void {
    this.onConsole(new TextEncoder().encode(text), this.time);
  }

  read(): string | undefined {
    return this.queue.shift();
  }

  input(bytes: Uint8Array): void {
    const text = new TextDecoder().decode(bytes);
    this.typed.push({ text, time: this.time });
    this.queue.push(...text);
  }

  async pause(): Promise<MachineStatus> {
    this.pauseWanted = true;
    return this.current();
  }

  async resume(until?: RunLimit): Promise<void> {
    if (this.disposed) throw new Error('disposed');
    this.running = true;
    this.pauseWanted = false;
    const end = this.time + (until?.nanoseconds ?? Infinity);
    setImmediate(() => this.step(end));
  }

  private step(end: number): void {
    if (this.disposed) return;
    if (this.pauseWanted) return this.stop({ kind: 'paused' });
    const reason = this.guest.run(this, end);
    if (reason) return this.stop(reason);
    if (this.time >= end) return this.stop({ kind: 'limit' });
    setImmediate(() => this.step(end));
  }

  private stop(reason: StopReason): void {
    this.running = false;
    this.stopReason = reason;
    this.onStopped(reason, this.current());
  }

  private current(): MachineStatus {
    return {
      running: this.running,
      time: this.time,
      instructions: this.time,
      ...(!this.running && this.stopReason && { stopped: this.stopReason }),
    };
  }

  async status(): Promise<MachineStatus> {
    return this.current();
  }

  async registers(): Promise<RegisterFile> {
    return { x: Array<bigint>(31).fill(0n), sp: 0n, pc: 0x4000_0000n, pstate: 0, exceptionLevel: 1 };
  }

  async readMemory(_address: number, length: number): Promise<Uint8Array> {
    return new Uint8Array(length);
  }

  /** What was typed, and when: a guest like the first comes to where it was. */
  async snapshot(): Promise<Uint8Array> {
    return Buffer.from(JSON.stringify({ time: this.time, typed: this.typed }));
  }

  /** The machine of a snapshot. `guest` is as the first one was at power-on. */
  static restored(guest: FakeGuest, snapshot: Uint8Array): FakeMachine {
    const { time, typed } = JSON.parse(Buffer.from(snapshot).toString()) as Pick<FakeMachine, 'time' | 'typed'>;
    const machine = new FakeMachine(guest);
    const runTo = (end: number): void => {
      while (machine.time < end && !guest.run(machine, end));
      machine.time = end;
    };
    for (const each of typed) {
      runTo(each.time);
      machine.input(Buffer.from(each.text));
    }
    runTo(time);
    return machine;
  }

  async dispose(): Promise<void> {
    this.disposed = true;
  }
}

/** Prints its lines, one each virtual millisecond, then waits for ever. */
export function printingGuest(lines: readonly string[]): FakeGuest {
  const left = [...lines];
  return {
    run(console, until) {
      while (console.time < until) {
        const line = left.shift();
        if (line === undefined) {
          if (console.read() === undefined) return { kind: 'idle' };
          continue;
        }
        console.time += 1_000_000;
        console.print(line);
      }
      return undefined;
    },
  };
}

/** Prints one line after the other, as fast as virtual time goes by. */
export function floodingGuest(line = (n: number) => `line ${n}\r\n`): FakeGuest {
  let n = 0;
  return {
    run(console, until) {
      for (let i = 0; i < 1000 && console.time < until; i++) {
        console.time += 10_000;
        console.print(line(n++));
      }
      return undefined;
    },
  };
}

/** Computes for ever and says nothing. */
export const hangingGuest: FakeGuest = {
  run(console, until) {
    console.time = Math.min(until, console.time + 1_000);
    return undefined;
  },
};

/**
 * Shows what was typed since the last RETURN in a row `<...>`, which it draws again over itself at each key, and never
 * sleeps for good.
 */
export function rowGuest(): FakeGuest {
  let typed: string | undefined;
  return {
    run(console, until) {
      if (typed === undefined) {
        typed = '';
        console.time += 1_000_000;
        console.print('GUEST: starting\r\n<>\n');
      }
      for (let key = console.read(); key !== undefined; key = console.read()) {
        console.time += 100_000;
        typed = key === '\r' ? '' : typed + key;
        console.print(`\x1b[1A\x1b[0J<${typed}>\n`);
        if (console.time >= until) return undefined;
      }
      console.time = until;
      return undefined;
    },
  };
}
