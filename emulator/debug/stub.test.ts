import type { Watchpoint } from '../cpu/debug-unit.js';
import { fromLatin1, latin1, toHex } from './hex.js';
import { FakeView } from './monitor/fake-view.js';
import { PacketReader, encodePacket } from './packets.js';
import { GdbStub } from './stub.js';
import type { DebugTarget, Movement } from './target.js';
import { TARGET_DESCRIPTION } from './target-description.js';

/** A target that remembers what it is asked for: registers of 8 bytes, 64 KiB of memory at 0. */
class FakeTarget implements DebugTarget {
  readonly asked: string[] = [];
  readonly memory = new Uint8Array(0x1_0000);
  readonly registers = new Map<number, Uint8Array>();
  physicalAddresses = false;
  reversible = true;
  processors = 1;
  current = 0;
  selected = 0;
  stepping = 7;

  readRegister(number: number): Uint8Array | undefined {
    return number > 70 ? undefined : (this.registers.get(number) ?? new Uint8Array(number === 33 ? 4 : 8));
  }
  writeRegister(number: number, bytes: Uint8Array): boolean {
    this.registers.set(number, bytes.slice());
    return number <= 70;
  }
  readMemory(address: bigint, length: number): Uint8Array {
    return address < 0x1_0000n ? this.memory.slice(Number(address), Number(address) + length) : new Uint8Array(0);
  }
  writeMemory(address: bigint, bytes: Uint8Array): boolean {
    if (address + BigInt(bytes.length) > 0x1_0000n) return false;
    this.memory.set(bytes, Number(address));
    return true;
  }
  setBreakpoint(address: bigint, present: boolean): boolean {
    this.asked.push(`${present ? 'set' : 'clear'} ${address.toString(16)}`);
    return true;
  }
  setWatchpoint({ kind, address, length }: Watchpoint, present: boolean): boolean {
    this.asked.push(`${present ? 'set' : 'clear'} ${kind} ${address.toString(16)} ${length}`);
    return true;
  }
  move(movement: Movement): void {
    const range =
      movement.kind === 'step' && movement.range ? ` ${movement.range.start.toString(16)}-${movement.range.end.toString(16)}` : '';
    this.asked.push(movement.kind + (movement.kind === 'step' && movement.cpu > 0 ? ` of ${movement.cpu}` : '') + range);
  }
  waits = (cpu: number): boolean => cpu === 0;
  halt = (): void => void this.asked.push('halt');
  readonly view = new FakeView(this.memory);
  reset = (): void => void this.asked.push('reset');
  powerDown = (): void => void this.asked.push('powerDown');
  detach = (): void => void this.asked.push('detach');
  kill = (): void => void this.asked.push('kill');
}

function session(): { target: FakeTarget; stub: GdbStub; ask: (...packets: string[]) => string[]; raw: (text: string) => string } {
  const target = new FakeTarget();
  let sent = '';
  const stub = new GdbStub(target, (bytes) => (sent += latin1(bytes)));
  const raw = (text: string): string => {
    sent = '';
    stub.receive(fromLatin1(text));
    return sent;
  };
  const ask = (...packets: string[]): string[] => {
    const answers: string[] = [];
    const nothing = (): void => undefined;
    const reader = new PacketReader({
      packet: (content) => answers.push(content),
      damaged: nothing,
      acknowledged: nothing,
      again: nothing,
      interrupt: nothing,
    });
    for (const packet of packets) reader.feed(fromLatin1(raw(latin1(encodePacket(packet)))));
    return answers;
  };
  return { target, stub, ask, raw };
}

test('packets are acknowledged, repeated on demand, and no longer acknowledged once that is agreed', () => {
  const { raw } = session();
  expect(raw('$?#3f')).toBe('+$T05thread:01;#07');
  expect(raw('-')).toBe('$T05thread:01;#07');
  expect(raw('$?#00')).toBe('-');
  expect(raw('$QStartNoAckMode#b0')).toBe('+$OK#9a');
  expect(raw('$?#3f')).toBe('$T05thread:01;#07');
  expect(raw('$?#00')).toBe('');
});

test('features are agreed on, and backwards offered only where there is a way', () => {
  const { target, ask } = session();
  expect(ask('qSupported:multiprocess+;swbreak+')[0]).toBe(
    'PacketSize=4000;qXfer:features:read+;vContSupported+;QStartNoAckMode+;ReverseStep+;ReverseContinue+;multiprocess+',
  );
  expect(ask('?', 'qC', 'qfThreadInfo', 'qsThreadInfo', 'qAttached:1', 'Hgp1.1', 'Tp01.01')).toEqual([
    'T05thread:p01.01;',
    'QCp01.01',
    'mp01.01',
    'l',
    '1',
    'OK',
    'OK',
  ]);
  expect(latin1(Buffer.from(ask('qThreadExtraInfo,p01.01')[0]!, 'hex'))).toBe('CPU#0 [halted ]');
  target.reversible = false;
  expect(ask('qSupported', 'bs', 'bc')).toEqual([expect.not.stringContaining('Reverse'), 'E22', 'E22']);
});

test('there is a thread for each processor', () => {
  const { target, stub, ask } = session();
  target.processors = 4;
  target.current = 2;
  expect(ask('qSupported:multiprocess+', '?', 'qfThreadInfo', 'Tp1.4', 'Tp1.5', 'Hgp1.5', 'Hgp2.1')).toEqual([
    expect.any(String),
    'T05thread:p01.03;',
    'mp01.01,p01.02,p01.03,p01.04',
    'OK',
    'E22',
    'E22',
    'E22',
  ]);
  expect(latin1(Buffer.from(ask('qThreadExtraInfo,p01.02')[0]!, 'hex'))).toBe('CPU#1 [running]');
  expect([ask('Hgp1.4', 'qC'), target.selected, ask('Hg0', 'Hg-1', 'Hcp1.1'), target.selected]).toEqual([
    ['OK', 'QCp01.04'],
    3,
    ['OK', 'OK', 'OK'],
    3,
  ]);
  for (const packet of ['s', 'vCont;s:p1.2;c:p1.-1', 'vCont;r10,20:p1.3;c']) {
    stub.receive(encodePacket(packet));
    stub.stopped({ kind: 'step' });
  }
  expect(target.asked).toEqual(['step of 3', 'step of 1', 'step of 2 10-20']);
  expect(ask('vCont;s:p1.9', 'qThreadExtraInfo')).toEqual(['E22', 'E22']);
});

test('the target description comes in pieces', () => {
  const { ask } = session();
  let document = '';
  for (let more = true; more;) {
    const [answer] = ask(`qXfer:features:read:target.xml:${document.length.toString(16)},100`);
    more = answer![0] === 'm';
    document += answer!.slice(1);
  }
  expect(document).toBe(TARGET_DESCRIPTION);
  expect(ask('qXfer:features:read:other.xml:0,100', 'qXfer:memory-map:read::0,100', 'qXfer:features:read:target.xml:0')).toEqual([
    'E00',
    '',
    'E22',
  ]);
});

test('registers and memory are read and written', () => {
  const { target, ask } = session();
  expect(ask('g')[0]).toHaveLength(2 * (33 * 8 + 4));
  expect(ask(`G${'00'.repeat(8)}0102030405060708${'00'.repeat(31 * 8 + 4)}`, 'p1', 'P2=1122334455667788', 'p2')).toEqual([
    'OK',
    '0102030405060708',
    'OK',
    '1122334455667788',
  ]);
  expect(ask('p47', 'P47=00', 'p', 'P2', 'G00')).toEqual(['E14', 'E22', 'E14', 'E22', 'E22']);
  expect(ask('M10,3:aabbcc', 'm10,4', 'X20,4:}#*$', 'm20,4', 'X30,0:', 'X30,1:')).toEqual([
    'OK',
    'aabbcc00',
    'OK',
    '7d232a24',
    'OK',
    'E22',
  ]);
  expect(ask('m10000,4', 'M10000,1:00', 'mfffe,8', 'm0', 'm0,ffffffff', 'mffffffffffffffffff,4', 'M0,2:aa', 'M0,1:zz')).toEqual([
    'E14',
    'E14',
    '0000',
    'E22',
    'E22',
    'E22',
    'E22',
    'E22',
  ]);
  expect(toHex(target.memory.subarray(0x10, 0x13))).toBe('aabbcc');
});

test('the machine moves, and says where it stopped when it has', () => {
  const { target, stub, ask, raw } = session();
  expect(ask('vCont?', 'vCont;c:p1.-1')).toEqual(['vCont;c;C;s;S;r']);
  // While it runs only an interrupt is heard.
  expect(ask('g')).toEqual([]);
  raw('\x03');
  let answer = '';
  const sender = stub as unknown as { send: (bytes: Uint8Array) => void };
  sender.send = (bytes) => (answer = latin1(bytes));
  stub.stopped({ kind: 'interrupt' });
  expect(answer).toBe('$T02thread:01;#04');
  stub.receive(encodePacket('vCont;s:p1.1;c'));
  stub.stopped({ kind: 'watchpoint', watchpoint: { kind: 'read', address: 0x1234n, length: 4 } });
  expect(answer).toContain('$T05thread:01;rwatch:1234;');
  stub.receive(encodePacket('bc'));
  stub.stopped({ kind: 'start' });
  expect(answer).toContain('$T05thread:01;replaylog:begin;');
  for (const packet of ['vCont;r1000,1010:p1.1', 's', 'c40', 'C05', 'S05;80', 'bs']) {
    stub.receive(encodePacket(packet));
    stub.stopped({ kind: 'step' });
  }
  expect(target.asked).toEqual([
    'continue',
    'halt',
    'step',
    'reverse-continue',
    'step 1000-1010',
    'step',
    'continue',
    'continue',
    'step',
    'reverse-step',
  ]);
  stub.receive(encodePacket('c'));
  stub.stopped({ kind: 'powerOff' });
  expect(answer).toContain('$W00#');
});

test('breakpoints and watchpoints are set, of a size that makes sense', () => {
  const { target, ask } = session();
  expect(ask('Z0,1000,4', 'z0,1000,4', 'Z1,ffff800000001000,4', 'Z2,20,8', 'Z3,20,1', 'z4,20,1000')).toEqual([
    'OK',
    'OK',
    'OK',
    'OK',
    'OK',
    'OK',
  ]);
  expect(ask('Z5,0,4', 'Z2,0,0', 'Z2,0,100000', 'Z0', 'Z0,xyz,4')).toEqual(['', 'E22', 'E22', 'E22', 'E22']);
  expect(target.asked).toEqual([
    'set 1000',
    'clear 1000',
    'set ffff800000001000',
    'set write 20 8',
    'set read 20 1',
    'clear access 20 4096',
  ]);
});

test('monitor commands, detaching and killing', () => {
  const { target, ask } = session();
  const monitor = (line: string): string[] =>
    ask(`qRcmd,${toHex(fromLatin1(line))}`).map((answer) =>
      answer[0] === 'O' && answer !== 'OK' ? latin1(Buffer.from(answer.slice(1), 'hex')) : answer,
    );
  expect(monitor('info status')).toEqual(['VM status: paused\nvirtual time 1.500000000 s, 7 instructions\n', 'OK']);
  expect(monitor('help')).toEqual([expect.stringContaining('system_reset'), 'OK']);
  expect(monitor('toString')).toEqual(["unknown command: 'toString' (monitor help lists the commands)\n", 'OK']);
  expect(monitor('info toString')[0]).toMatch(/^unknown command: 'info toString' \(known: cpus, /);
  expect(monitor('x /2xb 0x10')).toEqual(['0000000000000010: 0x00 0x00\n', 'OK']);
  expect([monitor('system_reset'), monitor('quit')]).toEqual([['OK'], ['OK']]);
  expect(ask('qRcmd,zz', 'D;1', 'vKill;1', 'k', 'vMustReplyEmpty', '!', '', 'qTStatus')).toEqual(['E22', 'OK', 'OK', '', '', '', '']);
  expect(target.asked).toEqual(['reset', 'kill', 'detach', 'kill', 'kill']);
});

test('a debugger may send anything', () => {
  const { stub, target } = session();
  target.move = () => stub.stopped({ kind: 'step' });
  let state = 12345;
  const random = (n: number): number => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) % n;
  const letters = 'gGpPmMXcCsSbzZHTDkvqQ?0123456789abcdef,;:=-+ContrRcmdSupportedXfer';
  for (let i = 0; i < 20_000; i++) {
    const packet = Array.from({ length: random(40) }, () => letters[random(letters.length)]).join('');
    expect(() => stub.receive(encodePacket(packet))).not.toThrow();
  }
});
