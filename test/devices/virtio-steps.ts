import { read, write, type Step } from './side-by-side.js';

export interface RequestPart {
  bytes?: Uint8Array;
  /** Room that the device writes, in bytes. */
  room?: number | undefined;
}

const QUEUE_SIZE = 16;
const RINGS = 0x4100_0000;
const RING_SPAN = 0x4000;
const DATA = 0x4110_0000;
const DESC_F_NEXT = 1;
const DESC_F_WRITE = 2;

function words(size: 2 | 4, ...values: number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(size * values.length));
  values.forEach((value, i) => (size === 2 ? view.setUint16(i * 2, value, true) : view.setUint32(i * 4, value >>> 0, true)));
  return new Uint8Array(view.buffer);
}

/** A driver of a virtio-mmio device, written as the steps that it would take. */
export class VirtioSteps {
  readonly steps: Step[] = [];
  private readonly made = new Map<number, number>();

  constructor(
    private readonly base: number,
    private readonly modern: boolean,
  ) {}

  /** Negotiates everything that is offered but `without`, sets up queues 0 to `queues` - 1, and starts the device. */
  initialize(offered: number, queues: number, without: number[] = []): void {
    const put = (offset: number, value: number): void => void this.steps.push(write(this.base + offset, value));
    put(0x70, 0);
    put(0x70, 3);
    put(0x24, 0);
    put(
      0x20,
      without.reduce((set, bit) => set & ~(1 << bit), offered),
    );
    if (this.modern) {
      put(0x24, 1);
      put(0x20, 1);
      put(0x70, 11);
    } else put(0x28, 4096);
    for (let queue = 0; queue < queues; queue++) {
      const ring = RINGS + queue * RING_SPAN;
      this.steps.push({ kind: 'store', address: ring, bytes: new Uint8Array(RING_SPAN) });
      put(0x30, queue);
      put(0x38, QUEUE_SIZE);
      if (this.modern) {
        const parts = [
          [0x80, ring],
          [0x90, ring + 16 * QUEUE_SIZE],
          [0xa0, ring + 0x1000],
        ] as const;
        for (const [offset, address] of parts) {
          put(offset, address);
          put(offset + 4, 0);
        }
        put(0x44, 1);
      } else put(0x40, ring / 4096);
      this.made.set(queue, 0);
    }
    put(0x70, this.modern ? 15 : 7);
    this.steps.push(read(this.base + 0x70));
  }

  /**
   * Offers a chain and rings the bell; unless `breaks` (the device stops at such a request) or `waits` (it has nothing
   * to answer yet) waits for it to be used. Then looks at what became of it.
   */
  submit(queue: number, buffers: readonly RequestPart[], { breaks = false, waits = false } = {}): void {
    const ring = RINGS + queue * RING_SPAN;
    const count = this.made.get(queue)!;
    let address = DATA + queue * 0x10_0000;
    const placed = buffers.map(({ bytes, room }) => {
      const at = address;
      const length = bytes?.length ?? room ?? 0;
      address += (length + 63) & ~63;
      this.steps.push({ kind: 'store', address: at, bytes: bytes ?? new Uint8Array(length).fill(0xee) });
      return { at, length };
    });
    placed.forEach(({ at, length }, i) => {
      const flags = (buffers[i]!.bytes ? 0 : DESC_F_WRITE) | (i + 1 < placed.length ? DESC_F_NEXT : 0);
      this.steps.push({ kind: 'store', address: ring + 16 * i, bytes: words(4, at, 0, length, flags | ((i + 1) << 16)) });
    });
    const available = ring + 16 * QUEUE_SIZE;
    this.steps.push({ kind: 'store', address: available + 4 + 2 * (count % QUEUE_SIZE), bytes: words(2, 0) });
    this.steps.push({ kind: 'store', address: available + 2, bytes: words(2, count + 1) });
    this.steps.push(write(this.base + 0x50, queue));
    this.made.set(queue, count + 1);
    if (!breaks && !waits) this.steps.push({ kind: 'until', address: ring + 0x1002, value: count + 1 });
    this.look(queue, placed);
  }

  /** A used element, the buffers, and the interrupt, which is then acknowledged. */
  look(queue: number, placed: readonly { at: number; length: number }[] = []): void {
    const ring = RINGS + queue * RING_SPAN;
    this.steps.push({ kind: 'load', address: ring + 0x1000, length: 4 + 8 * QUEUE_SIZE + 2 });
    for (const { at, length } of placed) this.steps.push({ kind: 'load', address: at, length: Math.max(1, length) });
    this.steps.push(read(this.base + 0x60), read(this.base + 0x70), write(this.base + 0x64, 3), read(this.base + 0x60));
  }
}
