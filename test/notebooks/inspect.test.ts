/**
 * What a reader can see of the chapter's system from inside: memory, capabilities, time, what happens between domains.
 *
 * @peers debian
 * @seconds 20
 */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RecordingCell } from '../../kernel/magics/recording-cell.js';
import { buildSystem } from '../../sdk/build/project.js';
import { packageRoot } from '../../sdk/root.js';
import { readReport } from '../../sdk/tool/read-report.js';
import { chapterEvaluator } from './chapter.js';
import { realReport } from './real-report.js';
import { part4Guest } from '../support/guests.js';

const FOLDER = mkdtempSync(join(tmpdir(), 'virtbook-'));
let evaluator: ReturnType<typeof chapterEvaluator>;

beforeAll(async () => {
  const chapter = join(packageRoot(), 'notebooks', 'part4');
  const solution = join(chapter, 'solution');
  mkdirSync(join(FOLDER, '.virtbook'), { recursive: true });
  copyFileSync(join(solution, 'wordle.system'), join(FOLDER, 'wordle.system'));
  await buildSystem({
    systemFile: join(solution, 'wordle.system'),
    sourceDirs: [solution, join(chapter, 'sources')],
    outputDir: join(FOLDER, '.virtbook', 'part4'),
    config: 'debug',
    guest: part4Guest,
  });
  evaluator = chapterEvaluator(FOLDER, 7);
}, 120_000);
afterAll(async () => {
  await evaluator.shutdown(false);
  rmSync(FOLDER, { recursive: true, force: true });
});

async function shown(code: string): Promise<string> {
  const cell = new RecordingCell(code);
  await evaluator.evaluate(cell);
  return cell.displays.join('\n');
}

test("%inspect shows what is planned, and memory through a domain's own map", async () => {
  expect(await shown('%inspect')).toMatch(/client +protection domain +253 +\d+ +\d+ KiB +6/);
  const completion = await evaluator.complete('%inspect client ma', 18);
  expect(completion.matches).toContain('main');
  await expect(shown('%inspect client main')).rejects.toThrow('no machine is running');
  await evaluator.evaluate(new RecordingCell('%run part4 --until "Welcome to the Wordle client"'));
  const client = await shown('%inspect client');
  expect(client).toMatch(/^The processor is in .*, at .*\.$/m);
  expect(client).toMatch(/0x4001000\.\.0x4002000 +4 KiB +client_to_serial +0x[0-9a-f]+ +rw- +cached +4 KiB/);
  expect(client).toMatch(
    /76 +EP: PD=wordle_server +write, grantReply +0x8000000000000001 +microkit_ppcall\(2, \.\.\.\): wordle_server knows it as 1/,
  );
  const name = await shown('%inspect client microkit_name --length 16');
  expect(name).toContain('|client..........|');
  // What is executable is shown as instructions, whichever the compiler chose, and branches say to where.
  const code = await shown('%inspect wordle_server protected');
  expect(code).toMatch(
    /^Code of wordle_server at protected\nIn program, segment \d, r-x, at physical 0x[0-9a-f]+\.\n<protected>\n( +0x[0-9a-f]+  [0-9a-f]{8}  [a-z].*\n)+/m,
  );
  // The loop of the library calls what the program has to define, in another file.
  expect(await shown('%inspect wordle_server main --length 1024')).toMatch(/^  0x[0-9a-f]+  [0-9a-f]{8}  bl?     0x[0-9a-f]+ <init>$/m);
  expect(await shown('%inspect wordle_server protected --length 16 --as bytes')).toMatch(
    /^  0x[0-9a-f]+  ([0-9a-f]{2} {1,2}){16} \|.{16}\|$/m,
  );
  expect(await shown('%inspect client microkit_name --length 4 --as code')).toContain('65696c63');
  await expect(shown('%inspect client microkit_name+1 --as code')).rejects.toThrow('instructions are at multiples of 4');
  await expect(shown('%inspect client microkit_name --as letters')).rejects.toThrow('--as letters: code or bytes');
  await expect(shown('%inspect serial_server 0x2000000')).rejects.toThrow('is a device (uart)');
  await expect(shown('%inspect clent')).rejects.toThrow('there is no protection domain clent');
}, 60_000);

test('%profile tells by domain and by symbol where time goes, the same in equal runs', async () => {
  const profile = async (): Promise<string> => {
    await evaluator.evaluate(new RecordingCell('%run part4 --seed 3 --timeout 1ms'));
    return shown('%profile --for 60ms --top 3');
  };
  const first = await profile();
  expect(first).toMatch(/^part4: \d+ samples in 60\.0 ms of simulated time\nBy domain:/);
  expect(first).toMatch(/^ +microkernel +\d+\.\d % +\d+\.\d+ ms +#+$/m);
  expect(first).toMatch(/^ +\w+ +vmm +\d+\.\d % /m);
  expect(first).toMatch(/more symbols: %profile --top \d+$/);
  expect(await profile()).toBe(first);
}, 60_000);

test('%trace tells who called, notified and interrupted whom, and %show system how often', async () => {
  await evaluator.evaluate(new RecordingCell('%run part4 --seed 3 --timeout 1ms'));
  expect(await shown('%trace --until "Booting Linux" ipc faults calls')).toMatch(
    /^ +\d+\.\d{6} ms +vmm +microkernel +TCBWriteRegisters: TCB VM\(VCPU-0\)=linux +2 +guest_start$/m,
  );
  await evaluator.evaluate(new RecordingCell('%expect "Transfer word"'));
  await evaluator.evaluate(new RecordingCell('%send RETURN'));
  await evaluator.evaluate(new RecordingCell('%send crane'));
  const trace = await shown('%trace --send "\\r" --for 1ms ipc interrupts');
  const at = (pattern: RegExp): number => trace.search(pattern);
  const order = [
    /devices +serial_server +interrupt 33, id 1/,
    /serial_server +client +notify, channel 2/,
    /client +wordle_server +ppcall, channel 2, label 0/,
    /wordle_server +client +reply, channel 2/,
    /client +serial_server +notify, channel 1/,
  ];
  expect(order.map(at)).toEqual([...order.map(at)].sort((a, b) => a - b));
  expect(order.every((pattern) => at(pattern) > 0)).toBe(true);
  expect(trace).not.toContain('seL4_Recv');
  const system = await shown('%show system');
  expect(system).toMatch(/client \(id 2\) --calls--> wordle_server \(id 1\) +\(client: 1 call in \d+\.\d{3} us\)/);
  expect(system).toMatch(/vmm \(id 1\) --calls--> wordle_server \(id 2\) +\(not used\)/);
  await expect(shown('%trace ipv')).rejects.toThrow("'ipv' cannot be traced: did you mean ipc?");
  await evaluator.evaluate(new RecordingCell('%stop'));
  expect(await shown('%show system part4')).not.toContain('not used');
}, 60_000);

test("the report of a real SDK's tool serves as well as ours", async () => {
  const path = join(FOLDER, '.virtbook', 'part4', 'report.txt');
  const own = readFileSync(path, 'utf8');
  const looked = async (): Promise<string[]> => {
    await evaluator.evaluate(new RecordingCell('%run part4 --seed 3 --timeout 1ms'));
    return [
      await shown('%profile --for 60ms --top 20'),
      await shown('%trace --for 60ms'),
      await shown('%inspect'),
      await shown('%inspect client microkit_name --length 16'),
    ];
  };
  const before = await looked();
  const spaces = readReport(own);
  // Where the tables of the address spaces are is the kernel's choice, and known by looking.
  await evaluator.evaluate(new RecordingCell('%run part4 --seed 3 --timeout 1ms'));
  const { machine } = evaluator.session.machine.requireRun();
  await machine.observe!({ kind: 'samples', interval: 1000 });
  await evaluator.evaluate(new RecordingCell('%expect "Booting Linux"'));
  const roots = new Map((await machine.observe!())!.samples.map(({ space, root }) => [space, root]));
  expect(roots.size).toBeGreaterThan(4);
  try {
    writeFileSync(
      path,
      realReport(
        spaces,
        spaces.map((_, index) => roots.get(index + 1) ?? index),
      ),
    );
    expect(readReport(readFileSync(path, 'utf8')).filter(({ root }) => root !== undefined)).toHaveLength(spaces.length - 1);
    const after = await looked();
    expect(after.slice(0, 2)).toEqual(before.slice(0, 2));
    expect(after[2]!.split('\n').filter((line) => /^(client|vmm|linux) /.test(line))).toEqual(
      before[2]!.split('\n').filter((line) => /^(client|vmm|linux) /.test(line)),
    );
    expect(after[3]).toBe(before[3]);
  } finally {
    writeFileSync(path, own);
  }
}, 120_000);

test('a run that is looked at is the run that it would have been', async () => {
  const status = async (how: string): Promise<string> => {
    await evaluator.evaluate(new RecordingCell('%run part4 --seed 3 --until "Booting Linux"'));
    await evaluator.evaluate(new RecordingCell(how));
    const cell = new RecordingCell('%status');
    await evaluator.evaluate(cell);
    // What the host gives it is no part of the run.
    return cell.text.replace(/^Memory: .*\n/m, '');
  };
  const plain = await status('%expect "Detected VIPT I-cache"');
  expect(plain).toMatch(/\d+ instructions/);
  expect(await status('%trace --until "Detected VIPT I-cache" ipc mmio guest')).toBe(plain);
}, 60_000);
