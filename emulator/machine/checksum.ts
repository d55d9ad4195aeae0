/**
 * CRC-32 as in zlib and PNG (reflected, polynomial 0xedb88320), in WebAssembly: by tables for 16 bytes at a time, as fast as
 * the host's own, and there wherever the machine is.
 */
import { Code } from '../wasm/code.js';
import { ModuleBuilder, type Signature } from '../wasm/module.js';
import { opcode } from '../wasm/opcodes.js';

const POLYNOMIAL = 0xedb8_8320;
/** Bytes of one step; there is a table for each. */
const STEP = 16;
const TABLE_BYTES = 256 * 4;
/** Bytes go through the module's memory, which has the tables first, in pieces of this size. */
const BUFFER = STEP * TABLE_BYTES;
const PIECE = 0xc000;
const PAGES = 1;

type Update = (crc: number, length: number) => number;

/** The engine, made when it is first needed. */
let engine: { update: Update; buffer: Uint8Array } | undefined;

/** The checksum of these bytes, as a number without a sign; `before`: of those that they follow. */
export function crc32(bytes: Uint8Array, before = 0): number {
  engine ??= makeEngine();
  const { update, buffer } = engine;
  let crc = ~before;
  for (let at = 0; at < bytes.length; at += PIECE) {
    const piece = bytes.subarray(at, at + PIECE);
    buffer.set(piece);
    crc = update(crc, piece.length);
  }
  return ~crc >>> 0;
}

function makeEngine(): { update: Update; buffer: Uint8Array } {
  const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES });
  new Uint32Array(memory.buffer, 0, STEP * 256).set(tables());
  const module = new WebAssembly.Module(makeModule());
  const { update } = new WebAssembly.Instance(module, { env: { memory } }).exports as { update: Update };
  return { update, buffer: new Uint8Array(memory.buffer, BUFFER, PIECE) };
}

/** Table n says what a byte does to the checksum when n bytes follow it. */
function tables(): Uint32Array {
  const result = new Uint32Array(STEP * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    result[byte] = crc;
  }
  for (let at = 256; at < result.length; at++) {
    const before = result[at - 256] ?? 0;
    result[at] = (before >>> 8) ^ (result[before & 0xff] ?? 0);
  }
  return result;
}

function makeModule(): Uint8Array<ArrayBuffer> {
  const signature: Signature = { params: ['i32', 'i32'], results: ['i32'] };
  const [crc, at, end, word] = [0, 1, 2, 3];
  const code = new Code();
  /** What a byte of the local `word` does when so many bytes follow it. */
  const lookUp = (byte: number, following: number): void => {
    // The address of the entry: the byte, times 4.
    code.localGet(word).i32Const(Math.abs(8 * byte - 2));
    code
      .op(opcode(byte === 0 ? 'i32.shl' : 'i32.shr_u'))
      .i32Const(0x3fc)
      .op(opcode('i32.and'));
    code.memory('i32.load', following * TABLE_BYTES);
  };
  const xor = opcode('i32.xor');
  const add = opcode('i32.add');
  code.localGet(at).i32Const(BUFFER).op(add).localSet(end);
  code.i32Const(BUFFER).localSet(at);
  // Whole steps.
  code.block().loop();
  code.localGet(at).i32Const(STEP).op(add).localGet(end).op(opcode('i32.gt_u')).brIf(1);
  // The word that waits for the step before comes last.
  for (let first = STEP - 4; first >= 0; first -= 4) {
    code.localGet(at).memory('i32.load', first);
    if (first === 0) code.localGet(crc).op(xor);
    code.localSet(word);
    for (let byte = 0; byte < 4; byte++) {
      lookUp(byte, STEP - 1 - first - byte);
      if (byte > 0) code.op(xor);
    }
    if (first < STEP - 4) code.op(xor);
  }
  code.localSet(crc).localGet(at).i32Const(STEP).op(add).localSet(at).br(0).end().end();
  // What is left, byte by byte.
  code.block().loop();
  code.localGet(at).localGet(end).op(opcode('i32.ge_u')).brIf(1);
  code.localGet(at).memory('i32.load8_u', 0).localGet(crc).op(xor).localSet(word);
  lookUp(0, 0);
  code.localGet(crc).i32Const(8).op(opcode('i32.shr_u')).op(xor).localSet(crc);
  code.localGet(at).i32Const(1).op(add).localSet(at).br(0).end().end();
  code.localGet(crc);
  const module = new ModuleBuilder({ module: 'env', name: 'memory', minPages: PAGES, maxPages: PAGES });
  module.exportDefinition('update', signature, ['i32', 'i32'], code);
  return module.toBytes();
}
