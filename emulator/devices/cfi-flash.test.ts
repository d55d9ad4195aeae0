import { CfiFlash, SECTOR_SIZE } from './cfi-flash.js';
import { memoryStorage, overlay, type BlockBackend } from './storage.js';

const SIZE = 4 * SECTOR_SIZE;
const both = (command: number): number => command * 0x1_0001;

function program(flash: CfiFlash, offset: number, value: number): void {
  flash.write(offset, both(0x40), 4);
  flash.write(offset, value, 4);
}

describe('flash with storage', () => {
  it('keeps what is programmed and erased, and forgets it with an overlay', () => {
    const storage = memoryStorage(SIZE, Uint8Array.of(1, 2, 3, 4));
    for (const kept of [false, true]) {
      const flash = new CfiFlash('flash1', SIZE, { storage: kept ? storage : overlay(storage) });
      expect(flash.read(0, 4)).toBe(0x0403_0201);
      program(flash, SECTOR_SIZE + 8, 0x1234_5678);
      flash.write(2 * SECTOR_SIZE, both(0x20), 4);
      flash.write(2 * SECTOR_SIZE, both(0xd0), 4);
      expect(flash.read(0, 4)).toBe(both(0x80));
      flash.write(0, both(0xff), 4);
      expect([flash.read(SECTOR_SIZE + 8, 4), flash.read(3 * SECTOR_SIZE - 2, 2)]).toEqual([0x1234_5678, 0xffff]);
      const expected = kept ? [[0x78, 0x56, 0x34, 0x12], [0xff]] : [[0, 0, 0, 0], [0]];
      expect([[...storage.read(SECTOR_SIZE + 8, 4)], [...storage.read(3 * SECTOR_SIZE - 1, 1)]]).toEqual(expected);
    }
  });

  it('says that an operation failed when the medium fails', () => {
    const fail = (): never => {
      throw new Error('no space');
    };
    const storage: BlockBackend = {
      ...memoryStorage(SIZE),
      size: SIZE,
      readOnly: false,
      read: (_, length) => new Uint8Array(length),
      write: fail,
      flush: fail,
    };
    const flash = new CfiFlash('flash1', SIZE, { storage });
    program(flash, 0, 1);
    expect(flash.read(0, 4)).toBe(both(0x90));
    flash.write(0, both(0x50), 4);
    flash.write(0, both(0x70), 4);
    expect(flash.read(0, 4)).toBe(both(0x80));
  });

  it('is plain memory while it reads as its array, and says when it no longer is', () => {
    const changes: [number, number][] = [];
    const content = new Uint8Array(SECTOR_SIZE + 4).fill(7);
    const flash = new CfiFlash('flash0', SIZE, { content, onChange: (offset, length) => changes.push([offset, length]) });
    const direct = flash.directMemory(SECTOR_SIZE + 3)!;
    expect([direct.offset, direct.bytes[direct.offset], direct.bytes[direct.offset + 1]]).toEqual([3, 7, 0]);
    flash.write(0, both(0x70), 4);
    expect(flash.directMemory(0)).toBeUndefined();
    program(flash, 0, 9);
    flash.write(0, both(0xff), 4);
    expect(changes).toEqual([[0, SIZE]]);
    expect(flash.directMemory(0)!.bytes[0]).toBe(9);
  });

  it('refuses content or storage that does not fit', () => {
    expect(() => new CfiFlash('flash0', SIZE, { content: new Uint8Array(SIZE + 1) })).toThrow('do not fit flash0');
    expect(() => new CfiFlash('flash0', SIZE, { storage: memoryStorage(SIZE - 1) })).toThrow('and its storage');
  });
});
