import type { DomainTurn } from './model.js';
import { CAP, type Plan, type Thread } from './plan.js';

/** The format of `sdk/microkernel/include/system_image.h`: sizes in bytes. */
const TABLE_MAGIC = 0x31746d6574737973n;
const TABLE_VERSION = 1;
const TABLE_HEADER_BYTES = 128;
const RECORD_BYTES = {
  cnodes: 16,
  scs: 24,
  vcpus: 8,
  irqs: 24,
  threads: 144,
  caps: 24,
  mappings: 32,
  clears: 16,
  turns: 16,
} as const;
export const THREAD_NAME_BYTES = 64;
const NONE = 0xffffffff;

/** Physical memory that the kernel zeroes at boot. Bytes. */
export interface Clear {
  address: number;
  size: number;
}

/** How many bytes the table of a plan takes with that many records to clear. */
export function tableBytes(plan: Plan, clears: number): number {
  return (
    TABLE_HEADER_BYTES +
    plan.cnodes.length * RECORD_BYTES.cnodes +
    plan.schedulingContexts.length * RECORD_BYTES.scs +
    plan.vcpus.length * RECORD_BYTES.vcpus +
    plan.irqs.length * RECORD_BYTES.irqs +
    plan.threads.length * RECORD_BYTES.threads +
    plan.caps.length * RECORD_BYTES.caps +
    plan.mappings.length * RECORD_BYTES.mappings +
    clears * RECORD_BYTES.clears +
    plan.turns.length * RECORD_BYTES.turns
  );
}

/** Writes the system table. Every frame must have its address. */
export function encodeTable(plan: Plan, clears: readonly Clear[]): Uint8Array {
  const bytes = new Uint8Array(tableBytes(plan, clears.length));
  const out = new Writer(bytes);
  out.u64(TABLE_MAGIC);
  out.u32(TABLE_VERSION, bytes.length);
  out.u64(plan.pool.address, plan.pool.size);
  out.u32(plan.endpoints.length, plan.notifications.length, plan.replies.length, plan.vspaces.length);
  let offset = TABLE_HEADER_BYTES;
  const section = (count: number, recordBytes: number): void => {
    out.u32(offset, count);
    offset += count * recordBytes;
  };
  section(plan.cnodes.length, RECORD_BYTES.cnodes);
  section(plan.schedulingContexts.length, RECORD_BYTES.scs);
  section(plan.vcpus.length, RECORD_BYTES.vcpus);
  section(plan.irqs.length, RECORD_BYTES.irqs);
  section(plan.threads.length, RECORD_BYTES.threads);
  section(plan.caps.length, RECORD_BYTES.caps);
  section(plan.mappings.length, RECORD_BYTES.mappings);
  section(clears.length, RECORD_BYTES.clears);
  out.u32(plan.monitor);
  section(plan.turns.length, RECORD_BYTES.turns);
  out.u32(plan.firstTurn);
  writeObjects(out, plan);
  for (const thread of plan.threads) writeThread(out, thread);
  for (const { cnode, slot, type, rights, object, badge } of plan.caps) {
    out.u32(cnode, slot);
    out.u16(CAP[type], rights);
    out.u32(object);
    out.u64(badge);
  }
  for (const { vspace, flags, vaddr, frame, offset: within, size } of plan.mappings) {
    out.u32(vspace, flags);
    out.u64(vaddr, frame.address + within, size);
  }
  for (const { address, size } of clears) out.u64(address, size);
  for (const { domain, unit, duration } of plan.turns) {
    out.u32(domain, TURN_UNIT[unit]);
    out.u64(duration);
  }
  return bytes;
}

/** Values of `SYSTEM_TURN_*`. */
const TURN_UNIT: Readonly<Record<DomainTurn['unit'], number>> = { end: 0, microseconds: 1, ticks: 2 };

/** The kinds of objects that come before the threads. */
function writeObjects(out: Writer, plan: Plan): void {
  for (const { radix, guard, below = 0 } of plan.cnodes) {
    out.u32(radix, below);
    out.u64(guard);
  }
  for (const { budget, period, badge } of plan.schedulingContexts) out.u64(budget, period, badge);
  for (const { thread } of plan.vcpus) out.u32(thread, 0);
  for (const { irq, edge, notification, badge } of plan.irqs) {
    out.u32(irq, edge ? 1 : 0, notification, 0);
    out.u64(badge);
  }
}

/** `SYSTEM_THREAD_WITHOUT_FPU`. */
const THREAD_WITHOUT_FPU = 1;

function writeThread(out: Writer, thread: Thread): void {
  const { ipcBuffer } = thread;
  out.text(thread.name, THREAD_NAME_BYTES);
  out.u64(thread.entry, thread.stackPointer);
  out.u64(ipcBuffer?.vaddr ?? 0, ipcBuffer ? ipcBuffer.frame.address + ipcBuffer.offset : 0, thread.faultBadge);
  out.u32(thread.cspace ?? NONE, thread.vspace, thread.schedulingContext, thread.faultEndpoint ?? NONE);
  out.u32(thread.notification ?? NONE, thread.vcpu ?? NONE);
  out.u8(thread.priority, thread.maximumPriority, thread.withoutFpu ? THREAD_WITHOUT_FPU : 0, thread.domain ?? 0);
  out.zeros(12);
}

/** The first bytes of a name that fit, in UTF-8, with a NUL after them. */
export function nameBytes(name: string, bytes: number): Uint8Array {
  const field = new Uint8Array(bytes);
  new TextEncoder().encodeInto(name, field.subarray(0, bytes - 1));
  return field;
}

class Writer {
  private readonly view: DataView;
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  u8(...values: number[]): void {
    for (const value of values) this.bytes[this.at++] = value;
  }

  u16(...values: number[]): void {
    for (const value of values) {
      this.view.setUint16(this.at, value, true);
      this.at += 2;
    }
  }

  u32(...values: number[]): void {
    for (const value of values) {
      this.view.setUint32(this.at, value, true);
      this.at += 4;
    }
  }

  u64(...values: (number | bigint)[]): void {
    for (const value of values) {
      this.view.setBigUint64(this.at, BigInt(value), true);
      this.at += 8;
    }
  }

  text(value: string, bytes: number): void {
    this.bytes.set(nameBytes(value, bytes), this.at);
    this.at += bytes;
  }

  zeros(bytes: number): void {
    this.at += bytes;
  }
}
