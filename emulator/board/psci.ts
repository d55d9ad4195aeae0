import type { Snapshotable, State, StateReader } from '../devices/snapshotable.js';

/** General registers of the processor that makes a firmware call. */
export interface CallRegisters {
  x(n: number): bigint;
  setX(n: number, value: bigint): void;
}

/** What becomes of the calling processor: it goes on, waits as after WFI, or has stopped for good. */
export type PsciOutcome = 'returned' | 'wait' | 'off';

export interface PsciPorts {
  powerOff(): void;
  reset(): void;
  /** Starts processor `cpu` from its reset state at `entry` with `context` in x0, at the highest exception level that there is. */
  start(cpu: number, entry: bigint, context: bigint): void;
}

// Function identifiers, Power State Coordination Interface (DEN 0022D) section 5.1. Bit 30: the 64-bit convention.
const WIDE = 0x4000_0000;
const VERSION = 0x8400_0000;
const CPU_SUSPEND = 0x8400_0001;
const CPU_OFF = 0x8400_0002;
const CPU_ON = 0x8400_0003;
const AFFINITY_INFO = 0x8400_0004;
const MIGRATE_INFO_TYPE = 0x8400_0006;
const SYSTEM_OFF = 0x8400_0008;
const SYSTEM_RESET = 0x8400_0009;
const FEATURES = 0x8400_000a;
/** The identifiers that version 0.1 left to the platform, as QEMU chose them. */
const LEGACY = { CPU_SUSPEND: 0x95c1_ba5e, CPU_OFF: 0x95c1_ba5f, CPU_ON: 0x95c1_ba60 } as const;

const NOT_SUPPORTED = -1n;
const INVALID_PARAMETERS = -2n;
const ALREADY_ON = -4n;
const VERSION_1_1 = 0x1_0001n;
/** MIGRATE_INFO_TYPE: there is no trusted operating system to migrate. */
const NO_TRUSTED_OS = 2n;
const STATE_ON = 0n;
const STATE_OFF = 1n;
/** CPU_SUSPEND's power state: any affinity level above 0 is not offered. */
const AFFINITY_LEVELS = 0xfffe_0000n;

/** Functions that PSCI_FEATURES owns to in the 32-bit convention, and those that exist in the 64-bit one too. */
const NARROW_FUNCTIONS = [VERSION, CPU_OFF, MIGRATE_INFO_TYPE, SYSTEM_OFF, SYSTEM_RESET, FEATURES, ...Object.values<number>(LEGACY)];
const BOTH_FUNCTIONS = [CPU_SUSPEND, CPU_ON, AFFINITY_INFO];

/** The firmware's power control, version 1.1, answering as QEMU 7.2 does. */
export class Psci implements Snapshotable {
  private on: boolean[];

  constructor(
    private readonly processors: number,
    private readonly ports: PsciPorts,
  ) {
    this.on = Array.from({ length: processors }, (_, cpu) => cpu === 0);
  }

  /** Only the boot processor is on. */
  powerOnReset(): void {
    this.on.forEach((_, cpu) => (this.on[cpu] = cpu === 0));
  }

  saveState(): State {
    return { on: this.on.slice() };
  }

  restoreState(state: StateReader): void {
    this.on = state.booleans('on', this.processors);
  }

  isOn(cpu: number): boolean {
    return this.on[cpu] ?? false;
  }

  get anyOn(): boolean {
    return this.on.includes(true);
  }

  /**
   * A firmware call by HVC or SMC from processor `cpu`. Unknown functions answer NOT_SUPPORTED; so does, as in QEMU, an
   * identifier with anything in the upper half of x0.
   */
  // eslint-disable-next-line complexity -- one case for each function of the firmware
  call(cpu: number, registers: CallRegisters): PsciOutcome {
    const id = Number(registers.x(0));
    switch (id) {
      case SYSTEM_OFF:
        this.on[cpu] = false;
        this.ports.powerOff();
        return 'off';
      case SYSTEM_RESET:
        this.on[cpu] = false;
        this.ports.reset();
        return 'off';
      case CPU_OFF:
      case LEGACY.CPU_OFF:
        this.on[cpu] = false;
        return 'off';
      case CPU_SUSPEND:
      case CPU_SUSPEND + WIDE:
      case LEGACY.CPU_SUSPEND:
        if (registers.x(1) & AFFINITY_LEVELS) return answer(registers, INVALID_PARAMETERS);
        answer(registers, 0n);
        return 'wait';
      case CPU_ON:
      case CPU_ON + WIDE:
      case LEGACY.CPU_ON:
        return answer(registers, this.start(registers.x(1), registers.x(2), registers.x(3)));
      case AFFINITY_INFO:
      case AFFINITY_INFO + WIDE:
        return answer(registers, this.affinity(registers.x(1), registers.x(2)));
      case VERSION:
        return answer(registers, VERSION_1_1);
      case MIGRATE_INFO_TYPE:
        return answer(registers, NO_TRUSTED_OS);
      case FEATURES:
        return answer(registers, features(Number(registers.x(1))));
      default:
        return answer(registers, NOT_SUPPORTED);
    }
  }

  private start(mpidr: bigint, entry: bigint, context: bigint): bigint {
    const cpu = this.processorOf(mpidr);
    if (entry & 3n || cpu === undefined) return INVALID_PARAMETERS;
    if (this.on[cpu]) return ALREADY_ON;
    this.on[cpu] = true;
    this.ports.start(cpu, entry, context);
    return 0n;
  }

  /** Everything above the processors themselves is always on. */
  private affinity(mpidr: bigint, level: bigint): bigint {
    if (level !== 0n) return STATE_ON;
    const cpu = this.processorOf(mpidr);
    if (cpu === undefined) return INVALID_PARAMETERS;
    return this.on[cpu] ? STATE_ON : STATE_OFF;
  }

  private processorOf(mpidr: bigint): number | undefined {
    return mpidr >= 0n && mpidr < BigInt(this.processors) ? Number(mpidr) : undefined;
  }
}

function features(id: number): bigint {
  if (id > 0xffff_ffff) return NOT_SUPPORTED;
  const known = NARROW_FUNCTIONS.includes(id) || BOTH_FUNCTIONS.includes((id & ~WIDE) >>> 0);
  return known ? 0n : NOT_SUPPORTED;
}

function answer(registers: CallRegisters, value: bigint): PsciOutcome {
  registers.setX(0, BigInt.asUintN(64, value));
  return 'returned';
}
