import type { AccessSize, GuestMemory, Peripheral } from './peripheral.js';
import type { Snapshotable, State, StateReader } from './snapshotable.js';

// Registers and item keys: QEMU, "QEMU Firmware Configuration (fw_cfg) Device".
const DATA_END = 0x08;
const SELECTOR = 0x08;
const DMA_HIGH = 0x10;
const DMA_LOW = 0x14;

const KEY = {
  SIGNATURE: 0x00,
  ID: 0x01,
  UUID: 0x02,
  NOGRAPHIC: 0x04,
  NB_CPUS: 0x05,
  KERNEL_SIZE: 0x08,
  INITRD_SIZE: 0x0b,
  KERNEL_DATA: 0x11,
  INITRD_DATA: 0x12,
  COMMAND_LINE_SIZE: 0x14,
  COMMAND_LINE_DATA: 0x15,
  FILE_DIR: 0x19,
  FILE_FIRST: 0x20,
} as const;
/** The traditional interface, and DMA. */
const FEATURES = 3;
/** "QEMU CFG": what the DMA register reads as, in two big-endian words. */
const DMA_SIGNATURE = [0x554d_4551, 0x4746_4320] as const;

const DMA = { ERROR: 1, READ: 2, SKIP: 4, SELECT: 8, WRITE: 16 } as const;
const DMA_DESCRIPTOR_SIZE = 16;
/** Most bytes moved in one piece, so that a bad length in a descriptor costs no memory. */
const DMA_CHUNK = 0x1_0000;
const FILE_NAME_SIZE = 56;

const encoder = new TextEncoder();

export interface FwCfgOptions {
  memory: GuestMemory;
  processors: number;
  /** Named items, as firmware finds them in the directory. */
  files?: readonly { name: string; content: Uint8Array }[];
  /** For firmware that boots Linux by itself. */
  linux?: { kernel: Uint8Array; initrd?: Uint8Array | undefined; commandLine: string } | undefined;
}

/** QEMU's firmware configuration device: read-only items that a selector chooses, with a data port and DMA. */
export class FwCfg implements Peripheral, Snapshotable {
  readonly name = 'fw_cfg';
  private readonly items = new Map<number, Uint8Array>();
  private readonly memory: GuestMemory;
  private selectedKey: number = KEY.SIGNATURE;
  private position = 0;
  private dmaHigh = 0;

  constructor(options: FwCfgOptions) {
    this.memory = options.memory;
    const files = options.files ?? [];
    this.items.set(KEY.SIGNATURE, encoder.encode('QEMU'));
    this.items.set(KEY.ID, Uint8Array.of(FEATURES, 0, 0, 0));
    this.items.set(KEY.UUID, new Uint8Array(16));
    this.items.set(KEY.NOGRAPHIC, Uint8Array.of(1, 0));
    this.items.set(KEY.NB_CPUS, Uint8Array.of(options.processors, 0));
    this.items.set(KEY.FILE_DIR, directory(files));
    if (options.linux) this.addLinux(options.linux);
    files.forEach(({ content }, index) => this.items.set(KEY.FILE_FIRST + index, content));
    this.reset();
  }

  reset(): void {
    this.dmaHigh = 0;
    this.select(KEY.SIGNATURE);
  }

  /** The items come along: a kernel among them may not be at hand where the snapshot is restored. */
  saveState(): State {
    const { selectedKey, position, dmaHigh } = this;
    return { items: [...this.items].map(([key, content]) => ({ key, content: content.slice() })), selectedKey, position, dmaHigh };
  }

  restoreState(state: StateReader): void {
    this.items.clear();
    for (const item of state.records('items')) this.items.set(item.integer('key', 0, 0xffff), item.bytes('content'));
    this.selectedKey = state.integer('selectedKey', 0, 0xffff);
    this.position = state.integer('position');
    this.dmaHigh = state.word('dmaHigh');
  }

  read(offset: number, size: AccessSize): number {
    if (offset < DATA_END) {
      let value = 0;
      for (let i = 0; i < size; i++) value |= this.next() << (i * 8);
      return value >>> 0;
    }
    if (size !== 4) return 0;
    if (offset === DMA_HIGH) return DMA_SIGNATURE[0];
    return offset === DMA_LOW ? DMA_SIGNATURE[1] : 0;
  }

  /** The selector and the DMA address are big-endian, whatever the processor is. Items cannot be written. */
  write(offset: number, value: number, size: AccessSize): void {
    if (offset === SELECTOR && size === 2) this.select(((value & 0xff) << 8) | (value >>> 8));
    else if (offset === DMA_HIGH && size === 4) this.dmaHigh = swap(value);
    else if (offset === DMA_LOW && size === 4) this.transfer(this.dmaHigh * 2 ** 32 + swap(value));
  }

  private addLinux({ kernel, initrd, commandLine }: NonNullable<FwCfgOptions['linux']>): void {
    const text = encoder.encode(`${commandLine}\0`);
    const items = [
      [KEY.KERNEL_SIZE, KEY.KERNEL_DATA, kernel],
      [KEY.COMMAND_LINE_SIZE, KEY.COMMAND_LINE_DATA, text],
      ...(initrd ? [[KEY.INITRD_SIZE, KEY.INITRD_DATA, initrd] as const] : []),
    ] as const;
    for (const [sizeKey, dataKey, content] of items) {
      const size = new DataView(new ArrayBuffer(4));
      size.setUint32(0, content.length, true);
      this.items.set(sizeKey, new Uint8Array(size.buffer));
      this.items.set(dataKey, content);
    }
  }

  private select(key: number): void {
    this.selectedKey = key;
    this.position = 0;
  }

  private get selected(): Uint8Array | undefined {
    return this.items.get(this.selectedKey);
  }

  /** The next byte of the selected item; zero after its end. */
  private next(): number {
    return this.selected?.[this.position++] ?? 0;
  }

  /** Carries out the DMA descriptor at `address`; what became of it is written into its first word. */
  private transfer(address: number): void {
    this.dmaHigh = 0;
    const descriptor = this.memory.read(address, DMA_DESCRIPTOR_SIZE);
    if (!descriptor) return;
    const view = new DataView(descriptor.buffer, descriptor.byteOffset, descriptor.byteLength);
    const control = view.getUint32(0);
    const length = view.getUint32(4);
    const target = view.getUint32(8) * 2 ** 32 + view.getUint32(12);
    if (control & DMA.SELECT) this.select(control >>> 16);
    let failed = false;
    if (control & DMA.READ) failed = !this.copyOut(target, length);
    else if (control & DMA.WRITE) failed = true;
    else if (control & DMA.SKIP) this.position += length;
    this.memory.write(address, Uint8Array.of(0, 0, 0, failed ? DMA.ERROR : 0));
  }

  private copyOut(target: number, length: number): boolean {
    for (let done = 0; done < length; done += DMA_CHUNK) {
      const chunk = new Uint8Array(Math.min(DMA_CHUNK, length - done));
      chunk.set((this.selected ?? chunk).subarray(this.position, this.position + chunk.length));
      if (!this.memory.write(target + done, chunk)) return false;
      this.position += chunk.length;
    }
    return true;
  }
}

function directory(files: readonly { name: string; content: Uint8Array }[]): Uint8Array {
  const entrySize = 8 + FILE_NAME_SIZE;
  const bytes = new Uint8Array(4 + files.length * entrySize);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, files.length);
  files.forEach(({ name, content }, index) => {
    const start = 4 + index * entrySize;
    view.setUint32(start, content.length);
    view.setUint16(start + 4, KEY.FILE_FIRST + index);
    bytes.set(encoder.encode(name).subarray(0, FILE_NAME_SIZE - 1), start + 8);
  });
  return bytes;
}

function swap(value: number): number {
  return (((value & 0xff) << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0;
}
