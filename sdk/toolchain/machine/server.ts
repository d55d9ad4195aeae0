/** The server in the compiler's machine, at the host's end of the console: one request after the other. */
import { ToolchainError } from '../toolchain.js';
import { READY, encodeRequest, ServerBytes, type Answer, type Operation } from './protocol.js';

interface StopReason {
  kind: string;
  /** Where it crashed: why. */
  message?: string;
}

/** The part of the emulator's `Machine` that is needed. */
export interface CompilerMachine {
  onConsole(bytes: Uint8Array, time: number): void;
  onStopped(reason: StopReason, status: unknown): void;
  input(bytes: Uint8Array): void;
  resume(until?: { nanoseconds: number }): Promise<void>;
  dispose(): Promise<void>;
}

/** Whoever waits for the machine lets it go on so often without a byte from it: a virtual minute. */
const PATIENCE = 10;

/** A request took longer than it may. Its machine is over. */
export class TimeExceeded extends Error {}

export class CompilerServer {
  private readonly bytes = new ServerBytes();
  private waits = false;
  private silence = 0;
  private over = false;

  /** @param machine which is powered on or restored, and is not running yet */
  constructor(private readonly machine: CompilerMachine) {
    machine.onConsole = (bytes) => {
      this.silence = 0;
      this.bytes.push(bytes);
    };
    machine.onStopped = (reason) => this.stopped(reason);
  }

  /** The machine has stopped, and answers no more. */
  get isOver(): boolean {
    return this.over;
  }

  private stopped({ kind, message }: StopReason): void {
    // A machine without anything to do sleeps, until there is something.
    if (kind === 'paused' || (kind === 'idle' && !this.waits)) return;
    if (kind === 'idle' && this.silence++ < PATIENCE) return void this.machine.resume();
    this.over = true;
    if (kind === 'limit') return this.bytes.fail(new TimeExceeded('the request takes longer than it may'));
    const why =
      kind === 'idle' ? 'it does not answer' : kind === 'reset' ? 'its Linux gave up: it may have too little memory' : (message ?? kind);
    this.bytes.fail(new ToolchainError(`the compiler's machine has stopped (${why})`));
  }

  private async whileRunning<T>(work: Promise<T>, limit?: number): Promise<T> {
    this.waits = true;
    this.silence = 0;
    try {
      await this.machine.resume(limit === undefined ? undefined : { nanoseconds: limit });
      return await work;
    } finally {
      this.waits = false;
    }
  }

  /** After power-on: boots, until the server is there. */
  async booted(): Promise<void> {
    const said = await this.whileRunning(this.bytes.take(READY.length));
    if (new TextDecoder().decode(said) !== READY)
      throw new ToolchainError("the compiler's machine did not start: it said something else than its server says");
  }

  /**
   * @param limit nanoseconds of the machine's time, which are instructions: the same on every computer
   * @throws TimeExceeded; ToolchainError when the machine stops meanwhile
   */
  request(operations: readonly Operation[], limit?: number): Promise<Answer[]> {
    this.machine.input(encodeRequest(operations));
    return this.whileRunning(this.bytes.answers(operations), limit);
  }

  async dispose(): Promise<void> {
    this.over = true;
    this.bytes.fail(new ToolchainError("the compiler's machine was switched off"));
    await this.machine.dispose();
  }
}
