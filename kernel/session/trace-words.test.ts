import { accessOf, describeTrap } from './trace-words.js';

/** A data abort from a lower level, of a write. */
const WRITE = 0x9200_0046;
const trap = (syndrome: number, address: bigint, page = 0n) => ({
  ...{
    kind: 'exception' as const,
    time: 0,
    space: 1,
    root: 0,
    level: 2,
    pc: 0x20_0000n,
    syndrome: syndrome >>> 0,
    address,
    page,
    registers: [],
  },
});

test('an address of 64 bits is written with all its digits', () => {
  expect(describeTrap(trap(WRITE, 0xffff_ffff_ffff_fff8n) as never, false)).toBe('data abort, write 0xfffffffffffffff8');
  expect(describeTrap(trap(0x8200_0006, 0x8000_0000_0020_0004n) as never, false)).toBe('instruction abort, execute 0x8000000000200004');
});

test("a guest's is its physical one, by the page that HPFAR_EL2 has", () => {
  expect(describeTrap(trap(WRITE, 0xffff_8000_0000_0123n, 0x8_0000n) as never, true)).toBe('data abort, write 0x8000123');
  expect(accessOf(trap(WRITE, 0x123n, 0x8_0000n), true)).toEqual({ access: 'write', address: 0x800_0123, exactAddress: 0x800_0123n });
  expect(accessOf(trap(WRITE, 0xffff_ffff_ffff_fff9n) as never, false)?.exactAddress).toBe(0xffff_ffff_ffff_fff9n);
});
