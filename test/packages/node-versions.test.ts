/**
 * The lines of Node that package.json allows, each with the newest version that was tried: npm's `node` packages. On each of them
 * the unit tests pass, and the chapters show the same to the byte.
 *
 * @peers debian
 * @seconds 600
 * @long
 * @apart
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { packageRoot } from '../../sdk/root.js';
import { NODE_VERSIONS, nodeProgram } from '../support/node-versions.js';

jest.setTimeout(3_600_000);

const ROOT = packageRoot();
const WORK = mkdtempSync(join(tmpdir(), 'virtbook node '));

function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd: ROOT, encoding: 'utf8', maxBuffer: 2 ** 28, env });
  if (error) throw error;
  if (status !== 0) throw new Error(`${[program, ...args].join(' ')} ended with ${status}\n${stdout.slice(-4000)}\n${stderr.slice(-8000)}`);
  return stdout;
}

/** What a program sees that was started by this Node: it is the first on the path, too. */
function environmentOf(node: string): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(JEST|npm_|NODE_OPTIONS$)/.test(name));
  return { ...Object.fromEntries(kept), PATH: [dirname(node), process.env.PATH].join(delimiter) };
}

/** Outputs of all cells of code. */
const outputsOf = (path: string): unknown[] =>
  (JSON.parse(readFileSync(path, 'utf8')) as { cells: { outputs?: unknown }[] }).cells.map(({ outputs }) => outputs);

afterAll(() => rmSync(WORK, { recursive: true, force: true }));

describe.each(NODE_VERSIONS)('Node %s', (version) => {
  const node = nodeProgram(version);
  const env = environmentOf(node);

  test('is the version that it is called by', () => expect(run(node, ['--version'])).toBe(`v${version}\n`));

  test('passes the unit tests', () => {
    const notUnit = `^${join(ROOT, 'test').replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}`;
    run(node, [join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js'), `--testPathIgnorePatterns=${notUnit}`], env);
  });

  test.each(['part1', 'part4'])('runs %s, as the first of them does', (chapter) => {
    // A copy in a folder of its own: cells write files beside their notebook, and those of a reader go before those of a chapter.
    const copy = (of: string): string => join(WORK, of, chapter, `${chapter}.ipynb`);
    mkdirSync(dirname(copy(version)), { recursive: true });
    copyFileSync(join(ROOT, 'notebooks', chapter, `${chapter}.ipynb`), copy(version));
    run(node, [join(ROOT, 'bin', 'virtbook.js'), 'execute', copy(version), '-o', copy(version), '--seed', '1'], env);
    expect(outputsOf(copy(version))).toEqual(outputsOf(copy(NODE_VERSIONS[0]!)));
  });
});
