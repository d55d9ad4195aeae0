/** The Cryptographic Extension: AES, SHA-1, SHA-256 (DDI 0487 C4.1.96); PMULL is among the three-different rows. */
import { encoding, vector, type Encoding } from '../../encoding.js';
import type { RuntimeFunction } from '../../runtime-api.js';

const three = { d: vector('d'), n: vector('n'), m: vector('m') };
const two = { d: vector('d'), n: vector('n') };

/** d = f(d, n). */
const withDestination = (name: string, pattern: string, f: RuntimeFunction): Encoding =>
  encoding({ name, pattern, operands: two, fp: true, emit: (b, o) => b.setV(o.d, b.call(f, b.v(o.d), b.v(o.n))) });

/** d = f(n). */
const ofSource = (name: string, pattern: string, f: RuntimeFunction): Encoding =>
  encoding({ name, pattern, operands: two, fp: true, emit: (b, o) => b.setV(o.d, b.call(f, b.v(o.n))) });

/** d = f(d, n, m). */
const threeRegister = (name: string, opcode: string, f: RuntimeFunction): Encoding =>
  encoding({
    name,
    pattern: `01011110 00 0 mmmmm 0 ${opcode} 00 nnnnn ddddd`,
    operands: three,
    fp: true,
    emit: (b, o) => b.setV(o.d, b.call(f, b.v(o.d), b.v(o.n), b.v(o.m))),
  });

export const crypto: Encoding[] = [
  withDestination('AESE', '01001110 00 10100 00100 10 nnnnn ddddd', 'aesEncrypt'),
  withDestination('AESD', '01001110 00 10100 00101 10 nnnnn ddddd', 'aesDecrypt'),
  ofSource('AESMC', '01001110 00 10100 00110 10 nnnnn ddddd', 'aesMixColumns'),
  ofSource('AESIMC', '01001110 00 10100 00111 10 nnnnn ddddd', 'aesInverseMixColumns'),
  threeRegister('SHA1C', '000', 'sha1Choose'),
  threeRegister('SHA1P', '001', 'sha1Parity'),
  threeRegister('SHA1M', '010', 'sha1Majority'),
  threeRegister('SHA1SU0', '011', 'sha1Schedule0'),
  threeRegister('SHA256H', '100', 'sha256Hash'),
  threeRegister('SHA256H2', '101', 'sha256Hash2'),
  threeRegister('SHA256SU1', '110', 'sha256Schedule1'),
  ofSource('SHA1H', '01011110 00 10100 00000 10 nnnnn ddddd', 'sha1FixedRotate'),
  withDestination('SHA1SU1', '01011110 00 10100 00001 10 nnnnn ddddd', 'sha1Schedule1'),
  withDestination('SHA256SU0', '01011110 00 10100 00010 10 nnnnn ddddd', 'sha256Schedule0'),
];
