import { StateReader } from './snapshotable.js';
import { Pl011 } from './pl011.js';

const DR = 0x00;
const RSR = 0x04;
const FR = 0x18;
const LCR_H = 0x2c;
const IMSC = 0x38;
const RIS = 0x3c;
const ICR = 0x44;
const RX = 1 << 4;
const FIFO_ON = 0x70;

describe('PL011', () => {
  let sent: number[];
  let levels: boolean[];
  let uart: Pl011;
  const type = (text: string): void => uart.input(Uint8Array.from(text, (character) => character.charCodeAt(0)));
  const take = (): string => String.fromCharCode(uart.read(DR, 4));
  beforeEach(() => {
    sent = [];
    levels = [];
    uart = new Pl011({ transmit: (byte) => void sent.push(byte), interrupt: { set: (level) => void levels.push(level) } });
  });

  it('sends each byte at once, also by byte accesses', () => {
    uart.write(DR, 0x141, 4);
    uart.write(DR, 0x42, 1);
    expect(sent).toEqual([0x41, 0x42]);
    expect(uart.read(FR, 4)).toBe(0x90);
  });

  it('holds one byte without FIFO and sixteen with, and loses none of a long burst', () => {
    type('abc');
    expect(uart.read(FR, 4)).toBe(0xc0);
    expect([take(), take(), take()]).toEqual(['a', 'b', 'c']);
    expect(uart.read(FR, 4)).toBe(0x90);
    uart.write(LCR_H, FIFO_ON, 4);
    const burst = 'The quick brown fox jumps over the lazy dog.';
    type(burst.slice(0, 16));
    expect(uart.read(FR, 4)).toBe(0xc0);
    type(burst.slice(16));
    let read = '';
    while (!(uart.read(FR, 4) & 0x10)) read += take();
    expect(read).toBe(burst);
    expect(uart.inputWaits).toBe(false);
  });

  it('receives a break after what was typed, and shows it until the next byte', () => {
    uart.write(LCR_H, FIFO_ON, 4);
    type('a');
    uart.sendBreak();
    type('b');
    const state = uart.saveState();
    uart.restoreState(new StateReader(state, 'uart'));
    expect([1, 2, 3].map(() => [uart.read(DR, 4), uart.read(RSR, 4)])).toEqual([
      [0x61, 0],
      [0x400, 4],
      [0x62, 0],
    ]);
    uart.sendBreak();
    uart.read(DR, 4);
    uart.write(RSR, 0, 4);
    expect([uart.read(RSR, 4), uart.inputWaits]).toEqual([0, false]);
  });

  it('raises the receive interrupt with the first byte, and lowers it with the last', () => {
    uart.write(IMSC, RX, 4);
    uart.write(LCR_H, FIFO_ON, 4);
    type('ab');
    expect(levels).toEqual([true]);
    take();
    expect(levels).toEqual([true]);
    take();
    expect(levels).toEqual([true, false]);
  });

  // Serial drivers that take one byte an interrupt and then clear everything never heard of the second in QEMU.
  it('raises the receive interrupt again when it is cleared while bytes wait', () => {
    uart.write(IMSC, RX, 4);
    type('ab');
    expect(take()).toBe('a');
    uart.write(ICR, 0x7f0, 4);
    expect(uart.read(RIS, 4) & RX).toBe(RX);
    expect(levels[levels.length - 1]).toBe(true);
    expect(take()).toBe('b');
    uart.write(ICR, 0x7f0, 4);
    expect(uart.read(RIS, 4)).toBe(0);
    expect(levels[levels.length - 1]).toBe(false);
  });

  it('keeps what is typed before the driver changes the FIFO depth, but for what the FIFO held', () => {
    type('xyz');
    uart.write(LCR_H, FIFO_ON, 4);
    expect(take() + take()).toBe('yz');
  });

  it('comes back from reset empty and quiet, with what is still typed', () => {
    uart.write(IMSC, RX, 4);
    type('ab');
    uart.reset();
    expect(uart.read(IMSC, 4)).toBe(0);
    expect(levels[levels.length - 1]).toBe(false);
    expect(take()).toBe('b');
  });
});
