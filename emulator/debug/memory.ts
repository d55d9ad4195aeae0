import type { Timeline } from './timeline.js';

const PAGE = 4096;

/**
 * Guest memory as a debugger sees it, by the addresses of the processor as it is now, or physical ones. Devices are read,
 * too, with all that reading them does; as what comes from outside it is part of the run, so it is refused in the past.
 */
export class DebugMemory {
  physical = false;

  constructor(
    private readonly timeline: Timeline,
    /** The processor whose addresses, and private registers of devices, are meant. */
    private readonly cpu: () => number,
  ) {}

  /** As many bytes as there are from `address` on. */
  read(address: bigint, length: number): Uint8Array {
    const pieces: Uint8Array[] = [];
    let done = 0;
    for (const [at, size] of pages(address, length)) {
      const physical = this.translate(at);
      const piece = physical === undefined ? undefined : this.readPhysical(physical, size);
      if (!piece) break;
      pieces.push(piece);
      done += size;
    }
    const bytes = new Uint8Array(done);
    let at = 0;
    for (const piece of pieces) {
      bytes.set(piece, at);
      at += piece.length;
    }
    return bytes;
  }

  /** Writes RAM; false where there is none. */
  write(address: bigint, bytes: Uint8Array): boolean {
    let done = 0;
    for (const [at, size] of pages(address, bytes.length)) {
      const physical = this.translate(at);
      const piece = bytes.slice(done, done + size);
      if (physical === undefined || !this.timeline.runner.processor.read(physical, size)) return false;
      this.timeline.perform(({ processor }) => processor.write(physical, piece));
      done += size;
    }
    return true;
  }

  private translate(address: bigint): number | undefined {
    const { processor } = this.timeline.runner;
    if (!this.physical) return processor.as(this.cpu(), () => processor.physicalAddress(address));
    return address < 1n << 48n ? Number(address) : undefined;
  }

  private readPhysical(address: number, length: number): Uint8Array | undefined {
    const { processor, board } = this.timeline.runner;
    const ram = processor.read(address, length);
    if (ram) return ram;
    const direct = board.bus.directMemory(address);
    if (direct) return direct.bytes.slice(direct.offset, direct.offset + length);
    return board.bus.maps(address) && !this.timeline.inPast ? this.readDevice(address, length) : undefined;
  }

  private readDevice(address: number, length: number): Uint8Array | undefined {
    const bytes = new Uint8Array(length);
    const cpu = this.cpu();
    for (let done = 0; done < length;) {
      const at = address + done;
      const size = at % 4 === 0 && length - done >= 4 ? 4 : at % 2 === 0 && length - done >= 2 ? 2 : 1;
      const value = this.timeline.perform(({ processor, board }) => processor.as(cpu, () => board.bus.read(at, size)));
      if (value < 0) return undefined;
      for (let i = 0; i < size; i++) bytes[done + i] = value >>> (8 * i);
      done += size;
    }
    return bytes;
  }
}

/** Cuts a range at page boundaries. It ends at the end of the address space. */
function* pages(address: bigint, length: number): Generator<[bigint, number]> {
  for (let done = 0; done < length;) {
    const at = address + BigInt(done);
    if (at >> 64n) return;
    const size = Math.min(length - done, PAGE - Number(at & 0xfffn));
    yield [at, size];
    done += size;
  }
}
