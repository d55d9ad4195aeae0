// `npm test [-- PATHS AND JEST OPTIONS]`: builds what is stale, brings the peers that tests compare with, checks the
// sources, and runs every suite but the long ones. With paths: these suites, and no check.
// `--unit`: the suites beside the code, which need nothing but Node. `--long`: the long ones.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { check } from './check.mjs';
import { ensurePeers, PEERS } from './peers.mjs';
import { buildIfStale } from './stale.mjs';
import { suitesUnder } from './suites.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const own = new Set(['--unit', '--long']);
const args = process.argv.slice(2).filter((arg) => !own.has(arg));
const unit = process.argv.includes('--unit');
const long = process.argv.includes('--long');
const paths = args.filter((arg) => !arg.startsWith('-')).map((path) => path.replaceAll('\\', '/'));
const whole = paths.length === 0 && !unit && !long;
const escape = (path) => path.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** What was not run, each with the reason, in words for the last lines. */
const notRun = [];
/** The same, where nothing could be done about it here: no program is missing. */
const notForHere = [];
const failed = [];

/** Options of Jest that choose the suites, of those that can be run here. */
function choose(missing) {
  const suites = suitesUnder(join(root, 'test'));
  const name = ({ path }) => relative(root, path).replaceAll('\\', '/');
  for (const suite of suites) {
    const unknown = suite.peers.find((peer) => !(peer in PEERS));
    if (unknown) throw new Error(`${name(suite)} names a peer that scripts/peers.mjs does not know: ${unknown}`);
  }
  const wanted = (suite) => paths.length > 0 || (suite.long === long && !suite.apart);
  const runnable = (suite) => !suite.peers.some((peer) => missing.has(peer));
  // With paths, Jest knows which suites are meant: those that cannot be run are found in the list of them.
  for (const suite of suites.filter(
    (each) => wanted(each) && !runnable(each) && (paths.length === 0 || paths.some((path) => each.path.includes(path))),
  )) {
    const peers = suite.peers.filter((peer) => missing.has(peer));
    const list = peers.every((peer) => PEERS[peer].ofMachine) ? notForHere : notRun;
    list.push(`${name(suite)}: ${peers.map((peer) => `no ${peer} (${missing.get(peer)})`).join('; ')}`);
  }
  if (long && paths.length === 0) {
    for (const suite of suites.filter(({ apart }) => apart)) {
      notForHere.push(`${name(suite)}: it takes ${suite.seconds} s or more: npm test -- ${name(suite)}`);
    }
    return ['--runTestsByPath', ...suites.filter((suite) => wanted(suite) && runnable(suite)).map(({ path }) => path)];
  }
  const leftOut = suites.filter((suite) => !wanted(suite) || !runnable(suite));
  return leftOut.map((suite) => `--testPathIgnorePatterns=${escape(suite.path)}$`);
}

/** Runs Jest; gives its count of tests. */
function runJest(options) {
  const report = join(root, 'dist', 'check', 'tests.json');
  mkdirSync(dirname(report), { recursive: true });
  rmSync(report, { force: true });
  const jest = spawnSync(
    process.execPath,
    [require.resolve('jest/bin/jest'), '--json', `--outputFile=${report}`, '--passWithNoTests', ...args, ...options],
    // Paths come first: an option with a list takes all words after it. What Jest says goes to the second stream when there is a report.
    { cwd: root, stdio: ['inherit', 'ignore', 'inherit'] },
  );
  if (jest.status !== 0) failed.push('tests');
  try {
    return JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    return { numPassedTests: 0, numFailedTests: 1, numPendingTests: 0, testResults: [] };
  }
}

// Some tests start the worker, the command line or the kernel as a reader would: from dist/.
buildIfStale(root);
const needPeers = !unit && (paths.length === 0 || paths.some((path) => path.includes('test/')));
const apart = suitesUnder(join(root, 'test')).some(
  (suite) => suite.apart && paths.some((path) => suite.path.replaceAll('\\', '/').includes(path)),
);
const missing = needPeers ? ensurePeers(root, apart) : new Map();
if (whole) {
  for (const { name, end, reason } of await check(root)) {
    if (end === 'failed') failed.push(`check: ${name}`);
    if (end === 'not run') notRun.push(`check: ${name}: ${reason}`);
  }
}
const options = unit ? [`--testPathIgnorePatterns=^${escape(join(root, 'test'))}`] : choose(missing);
const { numPassedTests, numFailedTests, numPendingTests } = runJest(options);

const left = [...notRun, ...notForHere];
if (left.length > 0) console.log(`\nNot run here, and why:\n${left.map((line) => `  ${line}\n`).join('')}`);
if (notRun.length > 0 && process.env.CI) failed.push('something was not run, which CI does not accept');
if (failed.length > 0) console.log(`Failed: ${failed.join(', ')}`);
console.log(`Tests: ${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests} skipped`);
process.exit(failed.length > 0 ? 1 : 0);
