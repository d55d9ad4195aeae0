/**
 * Where a run stops and where it begins: at the very character that a cell waits for, and at the first instruction.
 *
 * @seconds 30
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Notebook } from './cells.js';

const SYSTEM = `<system>
    <protection_domain name="steps" priority="120">
        <program_image path="steps.elf" />
    </protection_domain>
</system>
`;
const STEPS = `#include <microkit.h>
volatile int done;
void init(void)
{
    for (int n = 1; n <= 2000; n++) {
        done = n;
        microkit_dbg_puts("step ");
        microkit_dbg_put32(n);
        microkit_dbg_puts(" of 2000\\n");
    }
}
void notified(microkit_channel ch) { (void)ch; }
`;

let folder: string;
let notebook: Notebook;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'exact here-'));
  writeFileSync(join(folder, 'steps.system'), SYSTEM);
  writeFileSync(join(folder, 'steps.c'), STEPS);
  notebook = await Notebook.open(folder);
  await notebook.ok('%build steps');
}, 60_000);
afterAll(async () => {
  await notebook.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The console. %log ends its line. */
const log = async (): Promise<string> => (await notebook.ok('%log')).text.replace(/\n$/, '');

test('a run, an expectation and a TypeScript cell stop at the character, and go on from there', async () => {
  await notebook.ok('%run steps --seed 1 --until "step 3"');
  expect(await log()).toMatch(/step 2 of 2000\nstep 3$/);
  expect((await notebook.ok('await machine.symbol("steps", "done").then(({ value }) => value)')).text).toBe('3');
  expect((await notebook.ok('const [state] = await machine.states(); [state.domain, state.doing, state.begun]')).text).toMatch(
    /steps', '(runs|ready)'/,
  );
  // The line that goes on counts as a whole.
  await notebook.ok('%expect "step 3 of 2"');
  expect(await log()).toMatch(/step 3 of 2$/);
  await notebook.ok('await machine.console.expect("step 5");');
  expect(await log()).toMatch(/step 4 of 2000\nstep 5$/);
  // What may come after decides: at the end of the line.
  await notebook.ok('%expect "^step 10\\b.*$"');
  expect(await log()).toMatch(/step 10 of 2000$/);
}, 60_000);

test('a machine that is powered on and paused is traced, profiled and looked into from its first instruction', async () => {
  expect((await notebook.ok('%run steps --seed 1 --paused')).text).toContain('paused before its first instruction');
  expect((await notebook.ok('%inspect')).text).toContain('The processor is in loader');
  const started = /monitor +microkernel +TCBResume: TCB PD=steps/;
  const paused = (await notebook.ok('%trace --until "step 1 " calls')).text;
  expect(paused).toMatch(started);
  // The same at once: instants are those of the run.
  const traced = (await notebook.ok('%trace steps --seed 1 --until "step 1 " calls')).text;
  expect(traced.slice(traced.indexOf('steps: '))).toBe(paused.slice(paused.indexOf('steps: ')));
  expect(
    (await notebook.ok('const [first] = await machine.events({ kind: "print" }); [first.time % 1000 > 0, first.domain]')).text,
  ).toContain('[ true,');
  expect((await notebook.ok('%profile steps --seed 1 --for 1ms')).text).toMatch(/loader +\d+\.\d %/);
  for (const [line, why] of [
    ['%run steps --paused --until x', '--paused and --until do not go together'],
    ['%trace --seed 3', '--seed needs NAME'],
    ['%trace stepz', 'did you mean steps?'],
  ] as const)
    expect((await notebook.run(line)).error?.evalue).toContain(why);
}, 60_000);

test('what comes after a stop is what comes without', async () => {
  await notebook.ok('%run steps --seed 1');
  const shown = await log();
  await notebook.ok('%run steps --seed 1 --until "step 7 "');
  await notebook.ok('%expect "step 1900"');
  await notebook.ok('%expect "step 2000 of 2000$"');
  expect(await log()).toBe(shown);
}, 60_000);
