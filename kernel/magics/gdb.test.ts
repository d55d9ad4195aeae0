import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Machine } from '../../emulator/server/machine.js';
import { FakeMachine, hangingGuest } from '../../emulator/server/testing/fake-machine.js';
import { Session } from '../session/session.js';
import { NotebookEvaluator } from './evaluator.js';
import { RecordingCell } from './recording-cell.js';

let folder: string;
let evaluator: NotebookEvaluator;
let waiting: number;

const unused = (): Promise<never> => Promise.reject(new Error('unused'));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gdb-magic-'));
  waiting = 0;
  const machine: Machine = Object.assign(new FakeMachine(hangingGuest), { openDebugger: () => Promise.reject(new Error('unused')) });
  const output = new Session({
    folder,
    services: { build: unused, startMachine: () => Promise.resolve(machine), restoreMachine: unused },
  }).workspace.outputOf('part4');
  mkdirSync(output, { recursive: true });
  for (const name of ['loader.img', 'client.elf', 'vmm.elf']) writeFileSync(join(output, name), '');
  const session = new Session({
    folder,
    services: {
      build: unused,
      startMachine: () => Promise.resolve(machine),
      restoreMachine: unused,
      debugMachine: () => {
        waiting++;
        return Promise.resolve({ address: '127.0.0.1:5678', close: () => Promise.resolve(void waiting--) });
      },
    },
  });
  evaluator = new NotebookEvaluator(session, {
    evaluate: unused,
    complete: unused,
    inspect: unused,
    isComplete: unused,
    expression: unused,
    shutdown: () => Promise.resolve(),
  });
});
afterEach(async () => {
  await evaluator.shutdown(false);
  rmSync(folder, { recursive: true, force: true });
});

async function run(code: string): Promise<string> {
  const cell = new RecordingCell(code);
  await evaluator.evaluate(cell);
  return cell.text;
}

test('says where to connect and where symbols are, and waits once for each machine', async () => {
  await run('%run part4 --timeout 1ms');
  const text = await run('%gdb');
  expect(text).toContain("gdb-multiarch -ex 'target remote 127.0.0.1:5678'");
  expect(text).toMatch(/add-symbol-file .*client\.elf\n\(or .*vmm\.elf\)/);
  expect([await run('%gdb'), waiting]).toEqual([text, 1]);
  expect([await run('%gdb --close'), waiting, await run('%gdb --close')]).toEqual([
    'Stopped waiting for GDB.\n',
    0,
    'Nothing was waiting for GDB.\n',
  ]);
  await run('%gdb');
  await run('%stop');
  expect(waiting).toBe(0);
});

test('needs a machine', async () => {
  await expect(run('%gdb')).rejects.toThrow('no machine is running');
});
