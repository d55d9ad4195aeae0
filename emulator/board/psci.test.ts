import { Psci, type PsciPorts } from './psci.js';

describe('PSCI', () => {
  const events: string[] = [];
  const ports: PsciPorts = {
    powerOff: () => void events.push('off'),
    reset: () => void events.push('reset'),
    start: (cpu, entry, context) => void events.push(`start ${cpu} 0x${entry.toString(16)} ${context}`),
  };
  let psci: Psci;
  beforeEach(() => {
    events.length = 0;
    psci = new Psci(2, ports);
  });

  function call(...args: (number | bigint)[]): [outcome: string, x0: bigint] {
    const x = [0n, 0n, 0n, 0n].map((zero, n) => BigInt(args[n] ?? zero));
    const outcome = psci.call(0, { x: (n) => x[n]!, setX: (n, value) => void (x[n] = value) });
    return [outcome, BigInt.asIntN(64, x[0]!)];
  }

  it('is version 1.1, without a trusted operating system', () => {
    expect(call(0x8400_0000)).toEqual(['returned', 0x1_0001n]);
    expect(call(0x8400_0006)).toEqual(['returned', 2n]);
  });

  it('names its functions', () => {
    for (const id of [0x8400_0000, 0xc400_0001, 0x8400_0002, 0xc400_0003, 0x8400_0008, 0x8400_000a]) {
      expect(call(0x8400_000a, id)[1]).toBe(0n);
    }
    for (const id of [0xc400_0000, 0x8400_0005, 0xc400_0008, 0x8000_0000]) expect(call(0x8400_000a, id)[1]).toBe(-1n);
    expect(call(0x8400_0005)).toEqual(['returned', -1n]);
    expect(call(0x1234)).toEqual(['returned', -1n]);
    expect(call(0xffff_ffff_8400_0000n)).toEqual(['returned', -1n]);
  });

  it('starts a processor once, and knows who is on', () => {
    expect(call(0xc400_0004, 1, 0)[1]).toBe(1n);
    expect(call(0xc400_0003, 1, 0x4020_0000, 42)[1]).toBe(0n);
    expect(events).toEqual(['start 1 0x40200000 42']);
    expect(call(0xc400_0003, 1, 0x4020_0000, 42)[1]).toBe(-4n);
    expect(call(0xc400_0003, 0, 0)[1]).toBe(-4n);
    expect(call(0xc400_0003, 0x100, 0)[1]).toBe(-2n);
    expect(call(0xc400_0004, 1, 0)[1]).toBe(0n);
    expect(call(0xc400_0004, 9, 0)[1]).toBe(-2n);
    expect(call(0xc400_0004, 9, 1)[1]).toBe(0n);
  });

  it('waits for an interrupt in suspend, at the lowest level only', () => {
    expect(call(0xc400_0001, 0)).toEqual(['wait', 0n]);
    expect(call(0xc400_0001, 0x0100_0000)).toEqual(['returned', -2n]);
  });

  it('stops the caller when the system goes off or resets', () => {
    expect(call(0x8400_0008)[0]).toBe('off');
    expect(call(0x8400_0009)[0]).toBe('off');
    expect(call(0x8400_0002)[0]).toBe('off');
    expect(events).toEqual(['off', 'reset']);
    expect(psci.isOn(0)).toBe(false);
    psci.powerOnReset();
    expect(psci.isOn(0)).toBe(true);
  });
});
