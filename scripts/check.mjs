// `npm run check [-- --fix]`: what programs can say about the sources, in under a minute on two cores. The steps are in checks.mjs.
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { CHECKS, NOT_INSTALLED } from './checks.mjs';
import { capture, inLanes, seconds } from './run.mjs';

/** Runs one step; gives its name, how it ended ('passed', 'failed' or 'not run'), and how long it took. */
async function runStep(step, root, fix) {
  const missing = step.missing?.(root);
  if (missing) return { name: step.name, end: 'not run', reason: missing };
  const start = performance.now();
  const { status, output } = await capture((fix && step.fix) || step.command, root);
  const took = performance.now() - start;
  if (status === 0) {
    console.log(`  ${step.name}: ${seconds(took)}`);
    return { name: step.name, end: 'passed' };
  }
  console.log(`\n${output.trimEnd()}\n\ncheck: ${step.name} failed (${step.about}).\n  ${step.help}\n`);
  return { name: step.name, end: 'failed' };
}

/** Runs every step, the longest first, as many at once as there are cores; with `fix`, what can repair its findings does. */
export async function check(root, { fix = false } = {}) {
  if (NOT_INSTALLED.size > 0) {
    console.log(`check: not installed: ${[...NOT_INSTALLED].join(', ')}. Type: npm install`);
    return [{ name: 'packages', end: 'failed' }];
  }
  const start = performance.now();
  console.log(fix ? 'Checking the sources, and mending what can be mended' : 'Checking the sources');
  const steps = CHECKS.toSorted?.((a, b) => b.seconds - a.seconds) ?? [...CHECKS].sort((a, b) => b.seconds - a.seconds);
  // Two programs that write to the same files take turns.
  const writing = fix ? steps.filter((step) => step.fix) : [];
  const reading = steps.filter((step) => !writing.includes(step));
  const ends = await Promise.all([
    inLanes(reading, (step) => runStep(step, root, false), writing.length > 0 ? 1 : undefined),
    inLanes(writing, (step) => runStep(step, root, true), 1),
  ]);
  console.log(`Checked in ${seconds(performance.now() - start)}`);
  return ends.flat();
}

const USAGE = `Usage: npm run check [-- --fix]

Checks the sources: types, style, layout, unused code, and the rules of who may use what.

Options:
  --fix       mend what a program can mend
  -h, --help  show this help
`;

/** The options of the command line; ends the process where it asks for help, or for what does not exist. */
function readOptions() {
  try {
    const { values } = parseArgs({ options: { fix: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h' } } });
    if (!values.help) return values;
    console.log(USAGE);
    process.exit(0);
  } catch (error) {
    console.error(`check: ${error.message}\n\n${USAGE}`);
    process.exit(2);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const root = join(dirname(fileURLToPath(import.meta.url)), '..');
  const { fix } = readOptions();
  const ends = await check(root, { fix });
  const of = (end) => ends.filter((step) => step.end === end);
  for (const { name, reason } of of('not run')) console.log(`check: ${name} was not run: ${reason}`);
  console.log(`Checks: ${of('passed').length} passed, ${of('failed').length} failed, ${of('not run').length} not run`);
  process.exit(of('failed').length > 0 || (process.env.CI && of('not run').length > 0) ? 1 : 0);
}
