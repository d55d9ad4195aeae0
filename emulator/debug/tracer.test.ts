import { HERE, assemble, moveImmediate, msr, toBytes } from '../cpu/testing/assembler.js';
import { RAM, bareProcessor, runFor } from '../cpu/testing/machine.js';
import { Tracer, type AddressRange, type TraceItem } from './tracer.js';

const LOAD = assemble('LDR_STR_unsigned_immediate', { z: 2, o: 1, i: 0, n: 1, t: 0 });

function trace(program: readonly number[], items: TraceItem[], hypervisor = true, ranges?: AddressRange[]): string[] {
  const cpu = bareProcessor(program, { hypervisor });
  let text = '';
  cpu.watch(new Tracer(cpu, { items, ranges }, (piece) => (text += piece)));
  runFor(cpu, 40);
  return text.split('\n').slice(0, -1);
}

test('exceptions and returns are told with their registers, in the words of QEMU', () => {
  const program = [...moveImmediate(1, BigInt(RAM + 0x800)), msr('VBAR_EL2', 1), ...moveImmediate(1, 0x0900_0000n), LOAD];
  expect(trace(program, ['int']).slice(0, 11)).toEqual([
    'Taking exception 4 [Data Abort] on CPU 0',
    '...from EL2 to EL2',
    '...with ESR 0x25/0x96000010',
    '...with FAR 0x9000000',
    `...with ELR 0x${(RAM + 4 * (program.length - 1)).toString(16)}`,
    `...to EL2 PC 0x${(RAM + 0xa00).toString(16)} PSTATE 0x400003c9`,
    // There is nothing at the vector but zeros, which are undefined.
    'Taking exception 1 [Undefined Instruction] on CPU 0',
    '...from EL2 to EL2',
    '...with ESR 0x0/0x2000000',
    `...with ELR 0x${(RAM + 0xa00).toString(16)}`,
    `...to EL2 PC 0x${(RAM + 0xa00).toString(16)} PSTATE 0x400003c9`,
  ]);
  expect(trace([...moveImmediate(0, 0x8400_0000n), assemble('HVC', { i: 0 })], ['int'], false).slice(0, 4)).toEqual([
    'Taking exception 11 [Hypervisor Call] on CPU 0',
    '...from EL1 to EL2',
    '...with ESR 0x16/0x5a000000',
    '...handled as PSCI call',
  ]);
  const down = [
    ...moveImmediate(1, BigInt(RAM + 0x400)),
    msr('ELR_EL2', 1),
    ...moveImmediate(1, 0x3c5n),
    msr('SPSR_EL2', 1),
    assemble('ERET'),
  ];
  expect(trace(down, ['int'])[0]).toBe(`Exception return from AArch64 EL2 to AArch64 EL1 PC 0x${(RAM + 0x400).toString(16)}`);
});

test('guest errors: nothing answers, and returns to nowhere', () => {
  expect(trace([...moveImmediate(1, 0x0a00_0000n), LOAD, HERE], ['guest_errors'])).toContain(
    "Invalid read at addr 0xA000000, size 4, region '(null)', reason: rejected",
  );
  const illegal = [...moveImmediate(1, 0x3cdn), msr('SPSR_EL2', 1), assemble('ERET')];
  expect(trace(illegal, ['guest_errors'])).toContain('Illegal exception return at EL2: resuming execution at 0x0');
});

test('instructions are told once, in assembly; missing system registers by their numbers', () => {
  // MRS x0, S3_7_C15_C2_0
  const program = [
    assemble('ADD_SUB_immediate', { f: 1, o: 0, S: 0, h: 0, i: 16, n: 1, d: 2 }),
    assemble('B_BL', { o: 0, i: -1 & 0x3ffffff }),
  ];
  expect(trace(program, ['in_asm'])).toEqual([
    '0x40000000:  91004022  add      x2, x1, #0x10',
    '0x40000004:  17ffffff  b        0x40000000',
  ]);
  expect(
    trace(program, ['in_asm'], true, [
      { first: 1n, last: 2n },
      { first: 0x4000_0004n, last: 0x4000_0007n },
    ]),
  ).toEqual(['0x40000004:  17ffffff  b        0x40000000']);
  expect(trace([0xd53ff200], ['unimp'])).toContain('read access to unsupported AArch64 system register op0:3 op1:7 crn:15 crm:2 op2:0');
});

test('translations are told when they are made', () => {
  expect(trace([...moveImmediate(1, BigInt(RAM + 0x3008)), LOAD, LOAD, HERE], ['mmu'])).toEqual([
    'EL2 fetch 0x40000000 -> 0x40000000',
    'EL2 read 0x40003000 -> 0x40003000',
  ]);
});

test('a trace changes nothing', () => {
  const program = [...moveImmediate(1, BigInt(RAM + 0x800)), msr('VBAR_EL2', 1), assemble('SVC', { i: 1 }), HERE];
  const plain = bareProcessor(program);
  const watched = bareProcessor(program);
  watched.watch(new Tracer(watched, { items: ['int', 'mmu', 'in_asm', 'guest_errors', 'unimp'] }, () => undefined));
  for (const cpu of [plain, watched]) {
    cpu.write(RAM + 0xa00, toBytes([assemble('ERET')]));
    runFor(cpu, 500);
  }
  expect([watched.pc, watched.digest()]).toEqual([plain.pc, plain.digest()]);
});
