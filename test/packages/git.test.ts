/**
 * npm installs this repository from its Git address: it builds there, and what is installed is what the tarball holds.
 *
 * @peers netns
 * @seconds 120
 * @apart
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageRoot } from '../../sdk/root.js';
import { TYPESCRIPT_NOTEBOOK, TYPESCRIPT_OUTPUTS, textsOf } from './notebooks.js';
import { filesBelow, Place } from './place.js';

jest.setTimeout(1_800_000);

const place = new Place();
const ADDRESS = `git+${pathToFileURL(join(place.folder, 'repository')).href}`;
const OPTIONS = ['--no-audit', '--no-fund', '--no-update-notifier'];

/** A repository of one commit with the files of this one, as they are in the working tree. */
beforeAll(() => {
  const repository = join(place.folder, 'repository');
  const git = (...args: string[]): string => place.run('git', args, { cwd: repository });
  const { stdout } = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: packageRoot(),
    encoding: 'utf8',
  });
  for (const file of stdout.split('\0').filter((name) => name !== '' && existsSync(join(packageRoot(), name)))) {
    mkdirSync(dirname(join(repository, file)), { recursive: true });
    cpSync(join(packageRoot(), file), join(repository, file));
  }
  git('init', '--quiet');
  git('add', '--all');
  git('-c', 'user.name=Ada', '-c', 'user.email=ada@localhost', 'commit', '--quiet', '--message', 'all');
});
afterAll(() => place.remove());

test('for a folder it is built, and runs', () => {
  place.run('npm', ['install', ...OPTIONS, ADDRESS]);
  const notebook = place.write('cells.ipynb', TYPESCRIPT_NOTEBOOK);
  place.run('npx', ['--no', 'virtbook', 'execute', notebook], { offline: true });
  expect(textsOf(join(place.work, 'cells.executed.ipynb'))).toEqual(TYPESCRIPT_OUTPUTS);
  const installed = join(place.work, 'node_modules', 'virtbook');
  expect(existsSync(join(installed, 'kernel'))).toBe(false);
  const shipped = filesBelow(join(installed, 'dist'));
  expect(shipped).toEqual(expect.arrayContaining([join('emulator', 'wasm-modules', 'runtime.wasm'), join('kernel', 'library.js')]));
  expect(filesBelow(join(installed, 'notebooks'))).toContain(join('part4', 'part4.ipynb'));
});

test('globally, where npm brings nothing that builds it, it says what to type instead', () => {
  const prefix = join(place.folder, 'prefix');
  const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string };
  let said = '';
  try {
    place.run('npm', ['install', '--global', '--prefix', prefix, ...OPTIONS, ADDRESS]);
  } catch (error) {
    said = String(error);
  }
  // An npm that has learnt to build it installs it.
  if (said === '') expect(place.run(join(prefix, 'bin', 'virtbook'), ['--version'])).toContain(version);
  else {
    expect(said).toMatch(/npm pack git\+file:\S+/);
    expect(said).toContain(`npm install --global ./virtbook-${version}.tgz`);
    expect(filesBelow(prefix)).toEqual([]);
  }
});
