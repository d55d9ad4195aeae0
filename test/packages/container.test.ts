/**
 * The Containerfile, on Debian's own packages in the place of its base image: built, and run without the network as the
 * user that it makes. Where no container can be built, the suite is named among those that were not run.
 *
 * @peers container netns debian
 * @seconds 600
 * @long
 * @apart
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../sdk/root.js';
import { PART4_SHOWS, textsOf, TYPESCRIPT_NOTEBOOK, TYPESCRIPT_OUTPUTS } from './notebooks.js';

jest.setTimeout(3_600_000);

/** What this computer trusts, for what is built on it. */
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';
const SUITE = 'trixie';

const FOLDER = mkdtempSync(join(tmpdir(), 'virtbook-container-'));

function run(program: string, ...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd: packageRoot(), encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (error) throw error;
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}\n${stdout.slice(-4000)}\n${stderr.slice(-4000)}`);
  return stdout.trim();
}

const STORAGE = ['--root', join(FOLDER, 'root'), '--runroot', join(FOLDER, 'run'), '--storage-driver', 'vfs'];
const buildah = (...args: string[]): string => run('buildah', ...STORAGE, ...args);

/** Runs a command as the container does, where nothing but the container can be reached. */
const inside = (container: string, ...command: string[]): string =>
  run(
    ...(['unshare', '--net', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh', 'buildah', ...STORAGE] as [string, ...string[]]),
    ...['run', '--isolation', 'chroot', container, '--', ...command],
  );

beforeAll(() => {
  const base = join(FOLDER, 'base.tar');
  run('mmdebstrap', '--quiet', '--variant=apt', SUITE, base);
  const empty = buildah('from', 'scratch');
  buildah('add', '--quiet', empty, base, '/');
  if (existsSync(CERTIFICATES)) {
    const copy = '/etc/certificates-of-host.crt';
    buildah('add', '--quiet', empty, CERTIFICATES, copy);
    buildah('config', ...['PIP_CERT', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE'].flatMap((name) => ['--env', `${name}=${copy}`]), empty);
  }
  buildah('commit', '--quiet', '--rm', empty, 'base');
  const here = ['--isolation', 'chroot', '--network', 'host', '--build-arg', 'BASE=localhost/base'];
  buildah('bud', '--quiet', ...here, '--file', 'Containerfile', '--tag', 'virtbook', '.');
});
afterAll(() => {
  spawnSync('buildah', [...STORAGE, 'rm', '--all'], { stdio: 'ignore' });
  rmSync(FOLDER, { recursive: true, force: true, maxRetries: 5 });
});

test('its user runs part 4 and cells in Jupyter, without the network', () => {
  const container = buildah('from', 'localhost/virtbook');
  expect(inside(container, 'id', '-u')).toBe('1000');
  expect(inside(container, 'ls')).toContain('part4.ipynb');
  writeFileSync(join(FOLDER, 'cells.ipynb'), TYPESCRIPT_NOTEBOOK);
  buildah('copy', '--quiet', '--chown', '1000', container, join(FOLDER, 'cells.ipynb'), '/home/reader/');
  // The image has the chapters as a reader gets them.
  buildah(
    'copy',
    '--quiet',
    '--chown',
    '1000',
    container,
    join(packageRoot(), 'notebooks', 'part4', 'part4.ipynb'),
    '/home/reader/solved.ipynb',
  );
  inside(container, 'jupyter', 'execute', '--inplace', '--timeout=900', 'cells.ipynb', 'solved.ipynb');
  const read = (name: string): string[] => {
    writeFileSync(join(FOLDER, name), inside(container, 'cat', name));
    return textsOf(join(FOLDER, name));
  };
  expect(read('cells.ipynb')).toEqual(TYPESCRIPT_OUTPUTS);
  const part4 = read('solved.ipynb').join('\n');
  for (const shown of PART4_SHOWS) expect(part4).toMatch(shown);
  expect(inside(container, 'jupyter', 'lab', '--version')).toMatch(/^\d+\.\d+/);
});
