/**
 * The npm tarball in an empty prefix: how large it is, that it runs every chapter without the network, and that nothing stays.
 *
 * @peers debian netns
 * @seconds 90
 * @long
 */
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageRoot } from '../../sdk/root.js';
import { PART4_SHOWS, textsOf, TYPESCRIPT_NOTEBOOK, TYPESCRIPT_OUTPUTS } from './notebooks.js';
import { filesBelow, Place, type RunOptions, sizeOf } from './place.js';

jest.setTimeout(1_800_000);

/** What a tarball may have on disk, with all that it depends on, in MB. */
const LIMIT = 100;
/** The chapter that says of itself that a start without a name is for it. */
const FIRST = 'part4';

const place = new Place();
const PREFIX = join(place.folder, 'prefix');
const VIRTBOOK = join(PREFIX, 'bin', 'virtbook');
const INSTALLED = join(PREFIX, 'lib', 'node_modules', 'virtbook');
const npm = (args: string[], options: RunOptions = {}): string =>
  place.run('npm', [...args, '--no-audit', '--no-fund', '--no-update-notifier', '--prefix', PREFIX], options);

let tarball: string;

beforeAll(() => {
  const pack = join(place.folder, 'pack');
  mkdirSync(pack);
  place.run('npm', ['pack', '--ignore-scripts', '--pack-destination', pack], { cwd: packageRoot() });
  tarball = join(pack, readdirSync(pack)[0]!);
  // Neither a compiler nor CMake is on the path: whoever tries to compile fails.
  const tools = join(place.folder, 'tools');
  mkdirSync(tools);
  for (const tool of ['node', 'npm']) place.run('ln', ['-s', join(dirname(process.execPath), tool), tools]);
  place.run('ln', ['-s', '/bin/sh', tools]);
  npm(['install', '--global', tarball], { env: { PATH: tools } });
});
afterAll(() => {
  // npx keeps what it installs beside npm's cache, by the place of the tarball, which is another one each time.
  rmSync(join(place.npmCache, '_npx'), { recursive: true, force: true, maxRetries: 5 });
  place.remove();
});

test('it is small, and brings no package that is for developers', () => {
  expect(sizeOf(PREFIX)).toBeLessThan(LIMIT);
  const modules = readdirSync(join(INSTALLED, 'node_modules'));
  for (const name of ['esbuild', 'jest', 'oxlint', 'assemblyscript', 'tslab', '@jupyterlab', 'highlight.js'])
    expect(modules).not.toContain(name);
  const compilers = filesBelow(PREFIX).filter((path) => /(^|[\\/])lib[\\/]typescript\.js$/.test(path));
  expect(compilers).toHaveLength(1);
});

test('cells of TypeScript know Node, without a registration and without the network', () => {
  const notebook = place.write('cells.ipynb', TYPESCRIPT_NOTEBOOK);
  place.run(VIRTBOOK, ['execute', notebook], { offline: true });
  expect(textsOf(join(place.work, 'cells.executed.ipynb'))).toEqual(TYPESCRIPT_OUTPUTS);
});

test('npx runs the first chapter by name, in an empty folder', () => {
  place.run(VIRTBOOK, ['sdk']);
  place.run(VIRTBOOK, ['guest']);
  const cwd = join(place.folder, 'empty folder');
  mkdirSync(cwd);
  const said = place.run('npx', ['--yes', '--offline', '--package', tarball, 'virtbook', 'start'], { cwd, offline: true });
  expect(said).toContain(join(cwd, `${FIRST}.executed.html`));
  const texts = textsOf(join(cwd, `${FIRST}.executed.ipynb`)).join('\n');
  for (const shown of PART4_SHOWS) expect(texts).toMatch(shown);
  expect(filesBelow(place.home)).toEqual([]);
});

test('every other chapter runs without the network', () => {
  // A folder without a notebook is for chapters that use it.
  const chapters = readdirSync(join(INSTALLED, 'notebooks')).filter((name) =>
    existsSync(join(INSTALLED, 'notebooks', name, `${name}.ipynb`)),
  );
  expect(chapters).toEqual(expect.arrayContaining(['part1', FIRST]));
  const before = filesBelow(INSTALLED);
  for (const chapter of chapters.filter((name) => name !== FIRST)) {
    place.run(VIRTBOOK, ['start', chapter], { offline: true });
    expect(textsOf(join(place.work, `${chapter}.executed.ipynb`)).join('').length).toBeGreaterThan(0);
  }
  // What is installed is not written to.
  expect(filesBelow(INSTALLED)).toEqual(before);
});

test('the kernel is registered and taken away again, and nothing stays', () => {
  place.run(VIRTBOOK, ['install', '--user'], { offline: true });
  expect(place.run(VIRTBOOK, ['list'], { offline: true })).toMatch(/^virtbook {2}.*kernels\/virtbook\n$/);
  place.run(VIRTBOOK, ['uninstall', '--user'], { offline: true });
  npm(['uninstall', '--global', 'virtbook'], { offline: true });
  expect(filesBelow(PREFIX)).toEqual([]);
  expect(filesBelow(place.home)).toEqual([]);
});
