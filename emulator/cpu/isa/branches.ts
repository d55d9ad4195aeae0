/** Branches, exception generation and returns (DDI 0487 C4.1.87). */
import { PRIVILEGED, encoding, field, gpr, signed, small, type Encoding } from '../encoding.js';
import { i64 } from '../value.js';

const SYNDROME = 'the syndrome: here the signal that Linux makes of the exception; test/system has the rest';

export const branches: Encoding[] = [
  encoding({
    name: 'B_BL',
    pattern: 'o 00101 iiiiiiiiiiiiiiiiiiiiiiiiii',
    statics: { o: field('o') },
    immediate: (f) => BigInt(signed(f.i, 26) * 4),
    hot: true,
    emit: (b, _, { o: link }) => {
      if (link) b.setLink(b.add(b.pc(), i64(4n)));
      b.jumpRelative();
    },
  }),
  encoding({
    name: 'B_cond',
    pattern: '01010100 iiiiiiiiiiiiiiiiiii 0 cccc',
    operands: { c: small('c') },
    immediate: (f) => BigInt(signed(f.i, 19) * 4),
    hot: true,
    emit: (b, o) => b.if(b.condition(o.c), () => b.jumpRelative()),
  }),
  encoding({
    name: 'CBZ_CBNZ',
    pattern: 'f 011010 o iiiiiiiiiiiiiiiiiii ttttt',
    operands: { t: gpr('t') },
    statics: { f: field('f'), o: field('o') },
    immediate: (f) => BigInt(signed(f.i, 19) * 4),
    hot: true,
    emit: (b, o, { f, o: nonzero }) => {
      const isZero = b.eqz(b.r(o.t, f));
      b.if(nonzero ? b.eqz(isZero) : isZero, () => b.jumpRelative());
    },
  }),
  encoding({
    name: 'TBZ_TBNZ',
    pattern: 'h 011011 o bbbbb iiiiiiiiiiiiii ttttt',
    operands: { t: gpr('t'), bit: small('b', (low, f) => (f.h << 5) | low) },
    statics: { o: field('o') },
    immediate: (f) => BigInt(signed(f.i, 14) * 4),
    hot: true,
    emit: (b, o, { o: nonzero }) => {
      const bit = b.wrap(b.and(b.shrU(b.x(o.t), b.extendU(b.number(o.bit))), i64(1n)));
      b.if(nonzero ? bit : b.eqz(bit), () => b.jumpRelative());
    },
  }),
  encoding({
    name: 'BR_RET',
    // opc 0000 is BR, 0010 RET: one meaning, two hints for a branch predictor.
    pattern: '1101011 00o0 11111 000000 nnnnn 00000',
    operands: { n: gpr('n') },
    hot: true,
    emit: (b, o) => b.jump(b.x(o.n)),
  }),
  encoding({
    name: 'BLR',
    pattern: '1101011 0001 11111 000000 nnnnn 00000',
    operands: { n: gpr('n') },
    hot: true,
    emit: (b, o) => {
      const target = b.x(o.n);
      b.setLink(b.add(b.pc(), i64(4n)));
      b.jump(target);
    },
  }),
  encoding({
    name: 'ERET',
    notCompared: PRIVILEGED,
    pattern: '1101011 0100 11111 000000 11111 00000',
    emit: (b) => b.attempt('eret'),
  }),
  encoding({
    name: 'SVC',
    notCompared: 'system calls that Linux has: it is asked for one that it does not have; test/system has the exception',
    pattern: '11010100 000 iiiiiiiiiiiiiiii 000 01',
    immediate: (f) => BigInt(f.i),
    emit: (b) => b.raise('raiseSvc', b.immediate32()),
  }),
  encoding({
    name: 'HVC',
    notCompared: PRIVILEGED,
    pattern: '11010100 000 iiiiiiiiiiiiiiii 000 10',
    immediate: (f) => BigInt(f.i),
    emit: (b) => b.raise('raiseHvc', b.immediate32()),
  }),
  encoding({
    name: 'SMC',
    notCompared: 'what it does at EL1 and above: here that EL0 may not; cpu/processor.test.ts has the rest',
    pattern: '11010100 000 iiiiiiiiiiiiiiii 000 11',
    immediate: (f) => BigInt(f.i),
    emit: (b) => b.raise('raiseSmc', b.immediate32()),
  }),
  encoding({
    name: 'BRK',
    notCompared: SYNDROME,
    pattern: '11010100 001 iiiiiiiiiiiiiiii 000 00',
    immediate: (f) => BigInt(f.i),
    emit: (b) => b.raise('raiseBrk', b.immediate32()),
  }),
  encoding({
    name: 'HLT',
    notCompared: 'qemu-aarch64 takes HLT #0xF000 for a semihosting call; test/devices has that',
    pattern: '11010100 010 iiiiiiiiiiiiiiii 000 00',
    immediate: (f) => BigInt(f.i),
    emit: (b) => b.raise('raiseHlt', b.immediate32()),
  }),
  encoding({
    name: 'UNDEFINED',
    notCompared: SYNDROME,
    // What no other row matches. It comes last in the decoder.
    pattern: 'wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww',
    emit: (b) => b.raise('raiseUndefined'),
  }),
];
