import { VirtBoard } from '../board/virt.js';
import { EventQueue } from '../board/event-queue.js';
import { PPI } from '../board/memory-map.js';
import { startDate } from '../board/seed.js';
import * as L from '../cpu/layout.js';
import { Processor } from '../cpu/processor.js';
import type { CoreModules, ExitReason } from '../cpu/processor-interfaces.js';
import type { TranslationService } from '../cpu/translator/service.js';
import type { TranslationTuning } from '../cpu/translator/translator.js';
import type { AccessSize } from '../devices/peripheral.js';
import { SnapshotError, type State, type StateReader } from '../devices/snapshotable.js';
import type { GuestEvent, HostAction } from '../network/host-forwarding.js';
import { createHosts } from '../network/host-module.js';
import { UserNetwork } from '../network/user-network.js';
import type { MachineOptions } from './options.js';
import type { MachineStatus, RegisterFile, StopReason } from './status.js';
import type { SnapshotContent } from './snapshot/format.js';
import { Scheduler } from './scheduler.js';
import { Oddities, type Oddity } from './oddities.js';
import { Semihosting } from './semihosting.js';
import { PAGE, usedPages, type PageRun } from './snapshot/pages.js';

/** Instructions between two looks at the wall clock, at most. The interpreter also comes back at every deadline. */
const SLICE = 50_000;
/** Nanoseconds of virtual time between two questions whether to stop: slices may be of a few instructions. */
const LOOK = 1000;

/**
 * A machine is idle when for this long, in virtual nanoseconds, nothing came out of it and its processor mostly
 * waited: a guest that sits at a prompt still serves its timers, so waiting alone cannot say it. Firmware counts five
 * seconds down before it goes on.
 */
const QUIET = 6e9;
const MOSTLY = 0.1;

/** How a machine is executed, and from where on. The translator changes nothing but speed. */
export interface Execution {
  translation?: Partial<TranslationTuning> | undefined;
  /** Absent: in this thread. */
  service?: TranslationService | undefined;
  /** The machine goes on where a snapshot of one with the same options was taken; absent: it is at power-on. */
  snapshot?: Pick<SnapshotContent, 'state' | 'ram'> | undefined;
  /** Told what the guest does with connections and datagrams that the host forwards to it. */
  toHost?: ((event: GuestEvent) => void) | undefined;
}

/** Takes the console's bytes, each with its virtual time. */
export type MachineOutput = (byte: number, time: number) => void;

export interface RunOutcome {
  /** `debug`: before a breakpoint or a watched access; the machine can go on. */
  stop?: StopReason | { kind: 'debug' };
  sleepUntil?: number;
}

/** Processors, board and network of one machine, and the loop that drives them. Knows no wall clock but what it is given. */
export class MachineRunner {
  readonly processor: Processor;
  readonly board: VirtBoard;
  private readonly events: EventQueue;
  readonly network: UserNetwork;
  /** Where there are several processors. */
  private readonly scheduler: Scheduler | undefined;
  /** Where calls to it are answered. */
  private readonly semihosting: Semihosting | undefined;
  private time = 0;
  private instructions = 0;
  /** The resident processor waits; between slices, all of them do. */
  private waiting = false;
  private stop: StopReason | undefined;
  private lastOutput = 0;
  private instructionsAtOutput = 0;
  private readonly oddities = new Oddities();
  /** `endTurn` was called. */
  private turnEnds = false;

  constructor(
    readonly options: MachineOptions,
    modules: CoreModules,
    private readonly output: MachineOutput,
    { translation, service, snapshot, toHost }: Execution = {},
  ) {
    const privateInterrupts = {
      physical: PPI.PHYSICAL_TIMER,
      virtual: PPI.VIRTUAL_TIMER,
      hypervisor: PPI.HYPERVISOR_TIMER,
      performance: PPI.PMU,
    };
    this.processor = new Processor(
      modules,
      {
        read: (address, size: AccessSize) => {
          if ((address & (size - 1)) !== 0) this.oddities.access(this.processor, address, size, false);
          return this.board.bus.read(address, size);
        },
        write: (address, value, size: AccessSize) => {
          if ((address & (size - 1)) !== 0) this.oddities.access(this.processor, address, size, true);
          return this.board.bus.write(address, value, size);
        },
        directMemory: (address) => this.board.bus.directMemory(address),
        timerOutput: (timer, level) => this.board.ppi(this.processor.current, privateInterrupts[timer]).set(level),
        selected: (cpu) => (this.board.currentCpu = cpu),
      },
      options.ramSize,
      {
        hypervisor: options.virtualization,
        processors: options.processors,
        semihosting: options.semihosting !== undefined,
        translation,
        service,
      },
    );
    if (this.processor.count > 1) this.scheduler = new Scheduler(this.processor, (cpu) => this.board.psci.isOn(cpu));
    this.events = new EventQueue(() => this.processor.now());
    this.network = new UserNetwork({
      clock: this.events,
      hosts: createHosts(options.networkHosts ?? [], options.seed),
      seed: options.seed,
      ...(options.networkSettings && { settings: options.networkSettings }),
      ...(toHost && { toHost }),
    });
    this.board = new VirtBoard({
      options,
      processors: this.processor.count,
      memory: this.processor,
      clock: this.events,
      network: this.network,
      outputs: {
        irq: (cpu, level) => this.setLine(cpu, L.IRQ_PHYSICAL, level),
        fiq: (cpu, level) => this.setLine(cpu, L.FIQ_PHYSICAL, level),
        virtualIrq: (cpu, level) => this.setLine(cpu, L.IRQ_VIRTUAL, level),
        virtualFiq: (cpu, level) => this.setLine(cpu, L.FIQ_VIRTUAL, level),
        console: (byte) => this.transmitted(byte),
        directMemoryChanged: (address, length) => this.processor.directMemoryChanged(address, length),
        powerOff: () => (this.stop = { kind: 'powerOff' }),
        reset: () => (this.stop = { kind: 'reset' }),
        // One processor alone is on: PSCI refuses to start it again before it asks.
        start: (cpu, entry, context) => this.scheduler?.start(cpu, entry, context),
      },
    });
    if (options.semihosting) this.semihosting = this.makeSemihosting(options.semihosting.commandLine);
    if (snapshot) this.restoreState(snapshot.state, snapshot.ram);
    else this.powerOn();
  }

  private makeSemihosting(commandLine: string): Semihosting {
    const { processor } = this;
    const pieces = function* (address: bigint, length: number): Generator<[physical: number | undefined, from: number, length: number]> {
      for (let done = 0; done < length;) {
        const at = address + BigInt(done);
        const piece = Math.min(length - done, PAGE - Number(at % BigInt(PAGE)));
        yield [processor.physicalAddress(at), done, piece];
        done += piece;
      }
    };
    return new Semihosting(
      {
        x: (n) => processor.x(n),
        setX: (n, value) => processor.setX(n, value),
        read(address, length) {
          const result = new Uint8Array(length);
          for (const [physical, from, piece] of pieces(address, length)) {
            const bytes = physical === undefined ? undefined : processor.read(physical, piece);
            if (!bytes) return undefined;
            result.set(bytes, from);
          }
          return result;
        },
        write(address, bytes) {
          for (const [physical, from, piece] of pieces(address, bytes.length)) {
            if (physical === undefined || !processor.write(physical, bytes.subarray(from, from + piece))) return false;
          }
          return true;
        },
        console: (byte) => this.transmitted(byte),
        keys: (most) => (this.board.terminal === this.board.uart ? this.board.uart.takeInput(most) : new Uint8Array(0)),
        now: () => this.time,
      },
      { commandLine, startDate: this.options.startDate ?? startDate(this.options.seed) },
    );
  }

  private setLine(cpu: number, line: number, level: boolean): void {
    if (this.scheduler) this.scheduler.setLine(cpu, line, level);
    else this.processor.setInterruptLine(line, level);
  }

  private powerOn(): void {
    const entry = this.board.reset();
    this.processor.pc = BigInt(entry.pc);
    entry.x.forEach((value, n) => this.processor.setX(n, BigInt(value)));
  }

  /** Everything but RAM, between two calls of `run`. Saving changes nothing. @throws SnapshotError when a device cannot be saved. */
  saveState(): State {
    const { processor, scheduler, board, network, events, time, instructions, waiting, stop, lastOutput, instructionsAtOutput } = this;
    // As `run` would do first: then the outputs follow from the registers, and need not be saved.
    processor.updateTimers(time);
    return {
      time,
      instructions,
      waiting,
      stop: stop?.kind,
      status: stop?.kind === 'powerOff' ? stop.status : undefined,
      lastOutput,
      instructionsAtOutput,
      processor: processor.saveState(),
      scheduler: scheduler?.saveState(),
      board: board.saveState(),
      network: network.saveState(),
      events: events.saveState(),
      semihosting: this.semihosting?.saveState(),
    };
  }

  /** The pages of RAM that are not zero, as they are until the machine goes on. */
  usedPages(): PageRun[] {
    const { processor } = this;
    const ram = new Uint8Array(processor.memory.buffer, L.RAM_HOST, processor.ramSize);
    return usedPages(ram, (offset, zero) => processor.nextPage(offset, zero));
  }

  private restoreState(state: StateReader, ram: readonly PageRun[]): void {
    const { processor, scheduler, board, network, events } = this;
    this.time = state.integer('time');
    this.instructions = state.integer('instructions');
    this.waiting = state.boolean('waiting');
    const status = state.optional('status', () => state.integer('status', 0, 0xff));
    this.stop = state.optional('stop', () => {
      const kind = state.oneOf('stop', ['powerOff', 'reset', 'idle']);
      return kind === 'powerOff' && status !== undefined ? { kind, status } : { kind };
    });
    this.lastOutput = state.integer('lastOutput');
    this.instructionsAtOutput = state.integer('instructionsAtOutput');
    events.restoreState(state.record('events'));
    processor.restoreState(state.record('processor'));
    scheduler?.restoreState(state.record('scheduler'));
    for (const { first, bytes } of ram) {
      if (processor.write(L.RAM_GUEST + first * PAGE, bytes)) continue;
      throw new SnapshotError('the snapshot is damaged: it has pages past the end of RAM; take a new one');
    }
    board.restoreState(state.record('board'));
    network.restoreState(state.record('network'));
    this.semihosting?.restoreState(state.record('semihosting'));
    processor.updateTimers(this.time);
    events.requireRestored(state.record('events'));
  }

  private transmitted(byte: number): void {
    this.markActive();
    this.output(byte, this.processor.now());
  }

  private markActive(): void {
    this.lastOutput = this.processor.now();
    this.instructionsAtOutput = this.instructions;
  }

  input(bytes: Uint8Array): void {
    this.markActive();
    this.board.terminal.input(bytes);
  }

  /** A break on the serial line. */
  sendBreak(): void {
    this.markActive();
    this.board.uart.sendBreak();
  }

  /** The host forwards something to the guest. */
  fromHost(action: HostAction): void {
    this.markActive();
    this.network.fromHost(action);
  }

  /** Presses and releases the power button: a guest that listens shuts down. */
  pressPowerButton(): void {
    this.markActive();
    this.board.pressPowerButton();
  }

  status(running: boolean): MachineStatus {
    const { time, instructions, stop } = this;
    return { running, time, instructions, ...(stop && { stopped: stop }), translation: { ...this.processor.translation } };
  }

  /** Instructions since power-on, also where the processor is in the middle of a slice. */
  get executed(): number {
    // Between slices, time may have gone on without the processor.
    return this.instructions + Math.max(0, this.processor.now() - this.time);
  }

  /** Whether a processor waits in WFI, or is off; the resident one unless another is named. */
  isWaiting(cpu = this.processor.current): boolean {
    if (!this.scheduler || cpu === this.processor.current) return this.waiting;
    return !this.board.psci.isOn(cpu) || this.scheduler.waits(cpu);
  }

  /** What programs did since power-on that is most likely a mistake, and goes on: the first of each kind and place. */
  noticed(): Oddity[] {
    return this.oddities.all(this.processor);
  }

  /** Equal for equal states of processors and RAM. */
  digest(): bigint {
    return this.processor.digest();
  }

  registers(): RegisterFile {
    const { processor } = this;
    return {
      x: Array.from({ length: 31 }, (_, n) => processor.x(n)),
      sp: processor.sp,
      pc: processor.pc,
      pstate: processor.pstate,
      exceptionLevel: processor.exceptionLevel,
    };
  }

  /** Bytes of RAM; throws a RangeError where an address is none. Numbers are exact up to 2^53: a kernel's own addresses are larger. */
  readMemory(address: number | bigint, length: number, space: 'physical' | 'virtual'): Uint8Array {
    const result = new Uint8Array(length);
    const start = BigInt(address);
    for (let done = 0; done < length;) {
      const at = BigInt.asUintN(64, start + BigInt(done));
      const piece = Math.min(length - done, PAGE - Number(at % BigInt(PAGE)));
      const physical = space === 'physical' ? Number(at) : this.processor.physicalAddress(at);
      const bytes = physical === undefined ? undefined : this.processor.read(physical, piece);
      if (!bytes) throw new RangeError(`0x${at.toString(16)} is not in RAM`);
      result.set(bytes, done);
      done += piece;
    }
    return result;
  }

  /** Before running on: a new quiet period begins, and the reason of the last stop is gone. False: it cannot go on. */
  prepare(): boolean {
    if (this.stop && (this.stop.kind !== 'idle' || !this.waiting)) return false;
    this.stop = undefined;
    this.markActive();
    return true;
  }

  /**
   * Runs until `expired()` says so (asked at first, and between slices where some time has passed), virtual time reaches
   * `limit`, so many instructions have been retired since power-on, or the machine stops.
   * With interactive pacing it also returns when nothing is due yet: `sleepUntil` is then the virtual time of what comes.
   */
  run(limit: number, expired: () => boolean, instructions = Infinity, interrupts = true): RunOutcome {
    const { events, scheduler } = this;
    for (let look = this.time; !this.takeTurnEnd();) {
      if (this.time >= look) {
        if (expired()) return {};
        look = this.time + LOOK;
      }
      events.runDue(this.time);
      const atEnd = this.time >= limit || this.instructions >= instructions;
      // At an end, the one that came to it is still resident.
      if (scheduler && !atEnd) this.waiting = scheduler.choose(this.time, this.waiting);
      const deadline = Math.min(this.nextDeadline(), limit);
      if (atEnd) return { stop: { kind: 'limit' } };
      if (this.waiting && !this.wakes) {
        const outcome = this.wait(deadline);
        if (outcome) return outcome;
        continue;
      }
      this.waiting = false;
      const budget = Math.max(1, Math.min(SLICE, Math.ceil(deadline) - this.time, instructions - this.instructions));
      const { executed, reason } = this.execute(budget, interrupts);
      this.time += executed;
      this.instructions += executed;
      if (reason === 'debug') return { stop: { kind: 'debug' } };
      this.attend(reason, executed);
      if (this.stop) return { stop: this.stop };
    }
    return {};
  }

  /** For who takes the output: `run` ends after the present instruction. What runs afterwards is the same as without. */
  endTurn(): void {
    this.turnEnds = true;
    this.processor.endSlice();
  }

  private takeTurnEnd(): boolean {
    const ends = this.turnEnds;
    this.turnEnds = false;
    return ends;
  }

  /** Virtual time at which something is due, or a turn ends. */
  private nextDeadline(): number {
    return Math.min(this.processor.updateTimers(this.time), this.events.nextDeadline(), this.scheduler?.bound ?? Infinity);
  }

  private execute(budget: number, interrupts: boolean): { executed: number; reason: ExitReason } {
    return interrupts ? this.processor.run(this.time, budget) : this.processor.runUninterrupted(this.time);
  }

  /** What ends the wait of all processors has come. */
  private get wakes(): boolean {
    return this.processor.wakePending || this.keyForCall;
  }

  /** All processors wait: time jumps to what comes next. Undefined: the run goes on. */
  private wait(deadline: number): RunOutcome | undefined {
    const idle = this.idleStop(deadline);
    if (idle) return { stop: (this.stop = idle) };
    if (this.options.pacing === 'interactive') return { sleepUntil: deadline };
    this.time = Math.max(this.time + 1, Math.ceil(deadline));
    return undefined;
  }

  /** Does what the processor came back for. */
  private attend(reason: ExitReason, executed: number): void {
    if (reason === 'waiting') this.waiting = true;
    else if (reason === 'firmware') this.firmwareCall();
    else if (reason === 'semihosting') this.semihostingCall();
    else if (reason === 'yield') this.scheduler?.yield();
    else if (executed === 0 && this.processor.now() === this.time) this.time += 1;
  }

  /** One instruction, before which no interrupt is taken, unless there is a debugger's reason to stop before it. */
  stepUninterrupted(): RunOutcome {
    return this.run(Infinity, () => false, this.instructions + 1, false);
  }

  /** Lets virtual time pass while the processor waits; for interactive pacing. */
  sleep(until: number): void {
    if (this.waiting) this.time = Math.max(this.time, Math.floor(until));
  }

  private firmwareCall(): void {
    const { processor, board } = this;
    const outcome = board.psci.call(processor.current, processor);
    if (outcome === 'wait') this.waiting = true;
    // CPU_OFF of the last processor: nothing will ever happen again.
    else if (outcome === 'off' && !board.psci.anyOn) this.stop ??= { kind: 'idle' };
  }

  /** A semihosting call waits for a key, and there is one: it is made again. */
  private get keyForCall(): boolean {
    return this.semihosting?.waits === true && this.board.uart.inputWaits;
  }

  private semihostingCall(): void {
    const { processor } = this;
    const outcome = this.semihosting!.call();
    if (outcome.kind === 'exit') this.stop = { kind: 'powerOff', status: outcome.status };
    if (outcome.kind !== 'wait') return;
    processor.pc -= 4n;
    // With others beside it, this one asks again and again.
    if (!this.scheduler) this.waiting = true;
  }

  private idleStop(deadline: number): StopReason | undefined {
    if (deadline === Infinity && this.options.pacing === 'simulated') return { kind: 'idle' };
    const quiet = this.time - this.lastOutput;
    const busy = this.instructions - this.instructionsAtOutput;
    return this.options.pacing === 'simulated' && quiet > QUIET && busy < quiet * MOSTLY ? { kind: 'idle' } : undefined;
  }
}
