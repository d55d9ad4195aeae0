/**
 * Semihosting calls of a program answer the same on our command line and on QEMU's, and end it with the same status.
 *
 * @peers qemu
 */
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assemble, toBytes } from '../../emulator/cpu/testing/assembler.js';
import { add, and, assembleProgram, load, move, store, storeWord, type Item } from '../../emulator/cpu/testing/program.js';
import { packageRoot } from '../../sdk/root.js';
import { QEMU, requireQemu } from '../peers/program-console.js';

const CODE = 0x4100_0000;
const DATA = 0x4108_0000;
const NOWHERE = 0x2_0000_0000;
const TIMEOUT = 300_000;

let folder: string;
beforeAll(() => {
  requireQemu();
  folder = mkdtempSync(join(tmpdir(), 'semihosting-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Parameter blocks and texts, in the order in which they are asked for. */
class Data {
  readonly bytes: number[] = [];

  text(text: string): number {
    return this.place([...Buffer.from(`${text}\0`)]);
  }

  block(...words: number[]): number {
    return this.place([...new Uint8Array(BigInt64Array.from(words.map(BigInt)).buffer)]);
  }

  private place(bytes: number[]): number {
    while (this.bytes.length % 8 !== 0) this.bytes.push(0);
    this.bytes.push(...bytes);
    return DATA + this.bytes.length - bytes.length;
  }
}

const call = (operation: number, argument: number): Item => [move(0, operation), move(1, argument), assemble('HLT', { i: 0xf000 })];
/** A letter, A to P, for the low four bits of a register. Changes X25 to X27. */
const print = (n: number): Item => [move(25, 15), and(26, n, 25), add(26, 26, 0x41), move(27, 0x0900_0000), storeWord(26, 27)];

function run(
  command: string,
  args: readonly string[],
  image: readonly Item[],
  data: Data,
  input = '',
): { status: number | null; console: string } {
  const [code, blocks] = [join(folder, 'code'), join(folder, 'data')];
  writeFileSync(code, toBytes(assembleProgram(CODE, image)));
  writeFileSync(blocks, Uint8Array.from(data.bytes));
  // QEMU has them on two streams.
  const log = join(folder, 'log');
  const output = openSync(log, 'w');
  const { status } = spawnSync(
    command,
    [
      ...args,
      '-M',
      'virt',
      '-cpu',
      'cortex-a53',
      '-m',
      '128',
      '-nographic',
      '-device',
      `loader,file=${blocks},addr=${DATA}`,
      '-device',
      `loader,file=${code},addr=${CODE},cpu-num=0`,
      '-semihosting-config',
      'enable=on,target=native,arg=one,arg=two',
    ],
    { input, stdio: ['pipe', output, output], timeout: TIMEOUT },
  );
  closeSync(output);
  return { status, console: readFileSync(log, 'utf8') };
}

/** What came over the serial port, and what by semihosting: they overtake each other in QEMU. */
const letters = (console: string): string => console.replace(/[^A-P]/g, '');
const texts = (console: string): string => console.replace(/[A-P]/g, '');
const ours = [join(packageRoot(), 'bin', 'virtbook.js'), 'qemu'];

test(
  'a program writes to the console, asks for its words, and says how it ends',
  () => {
    const data = new Data();
    const [name, text] = [data.text(':tt'), data.text('by length, then the rest')];
    const buffer = data.block(...Array<number>(8).fill(0));
    const line = data.block(buffer, 64);
    const write = data.block(0, text, 9);
    const program: Item[] = [
      move(27, 0x0900_0000),
      move(26, 0x301),
      storeWord(26, 27, 0x30),
      call(0x04, data.text('a text\n')),
      call(0x03, data.text('!')),
      // The console is opened to be written to, and its handle is what WRITE takes.
      call(0x01, data.block(name, 4, 3)),
      move(21, write),
      store(0, 21),
      call(0x05, write),
      print(0),
      call(0x15, line),
      print(0),
      move(21, line),
      load(20, 21, 1),
      print(20),
      call(0x04, buffer),
      call(0x01, data.block(NOWHERE, 0, 3)),
      print(0),
      call(0x08, data.block(5)),
      print(0),
      call(0x08, data.block(-5)),
      print(0),
      call(0x18, data.block(0x2_0026, 42)),
    ];
    const qemu = run(QEMU, [], program, data);
    expect(qemu.status).toBe(42);
    const { status, console } = run(process.execPath, ours, program, data);
    expect(letters(console)).toBe(letters(qemu.console));
    expect(texts(console)).toBe(texts(qemu.console));
    expect(console).toContain('a text\n!by length');
    expect(status).toBe(42);
  },
  2 * TIMEOUT,
);

test(
  'no file of the host is opened or removed, and keys come as they are typed',
  () => {
    const data = new Data();
    const victim = join(folder, 'victim');
    writeFileSync(victim, 'secret');
    const [path, place] = [data.text(victim), data.block(0)];
    const read = data.block(1, place, 4);
    const program: Item[] = [
      move(27, 0x0900_0000),
      move(26, 0x301),
      storeWord(26, 27, 0x30),
      call(0x01, data.block(path, 0, victim.length)),
      print(0),
      call(0x0e, data.block(path, victim.length)),
      print(0),
      call(0x09, read),
      print(0),
      call(0x07, 0),
      print(0),
      call(0x06, read),
      print(0),
      call(0x04, place),
      call(0x18, data.block(0x2_0026, 7)),
    ];
    // READC takes the first key, 'C', whose low four bits are 3; READ the other two, of the four that it would.
    const { status, console } = run(process.execPath, ours, program, data, 'Cxy');
    expect([status, console]).toEqual([7, 'PPBDCxy']);
    expect(existsSync(victim)).toBe(true);
  },
  TIMEOUT,
);
