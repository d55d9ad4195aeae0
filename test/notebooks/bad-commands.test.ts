/**
 * The command line, used wrongly: one message on stderr that says what to do, and exit status 1 or 2.
 *
 * @peers debian
 * @seconds 10
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../sdk/root.js';

const VIRTBOOK = join(packageRoot(), 'bin', 'virtbook.js');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bad commands '));
  const file = (name: string, text: string) => writeFileSync(join(folder, name), text);
  const cell = (id: string, source: string) => ({ cell_type: 'code', id, metadata: {}, source, outputs: [], execution_count: null });
  file('text.ipynb', 'this is no notebook');
  file('old.ipynb', JSON.stringify({ nbformat: 3, worksheets: [] }));
  file(
    'fails.ipynb',
    JSON.stringify({
      nbformat: 4,
      nbformat_minor: 5,
      metadata: {},
      cells: [cell('fine', '%seed 3'), cell('guesses', '%guess crane'), cell('after', '%seed 4')],
    }),
  );
  file(
    'endless.ipynb',
    JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [cell('endless', 'console.log("begun"); while (true) {}')] }),
  );
  file('broken.system', '<system>\n  <memory_region name="a" size="0x1000">\n</system>\n');
  file(
    'wrong.system',
    '<system>\n  <protection_domain name="a">\n    <program_image path="nowhere.elf" />\n  </protection_domain>\n</system>\n',
  );
  file('connection.json', '{"shell_port": "none"}');
  file('readme.txt', 'not an image');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Wanted {
  status: number;
  stderr: RegExp;
  env?: Record<string, string>;
  /** Commands show what runs on stdout; the rest print nothing there when they fail. */
  stdout?: RegExp;
}

const microkit = ['--search-path', '.', '--board', 'qemu_virt_aarch64', '--config', 'debug', '-o', 'loader.img', '-r', 'report.txt'];

const cases: [argv: string[], wanted: Wanted][] = [
  [[], { status: 2, stderr: /Usage: virtbook/ }],
  [['exceute', 'x.ipynb'], { status: 2, stderr: /Did you mean execute/ }],
  [['execute'], { status: 2, stderr: /NOTEBOOK/ }],
  [['execute', 'nowhere.ipynb'], { status: 2, stderr: /no notebook nowhere\.ipynb/ }],
  [['execute', 'fails.ipynb', '--sed', '3'], { status: 2, stderr: /--seed/ }],
  [['execute', 'fails.ipynb', '--seed', 'many'], { status: 2, stderr: /whole number/ }],
  [['execute', 'text.ipynb'], { status: 1, stderr: /text\.ipynb is not a notebook/ }],
  [['execute', 'old.ipynb'], { status: 1, stderr: /format 4/ }],
  [
    ['execute', 'fails.ipynb'],
    {
      status: 1,
      stderr: /cell guesses failed: MagicError: %guess belongs to the chapters part2, part3, part4, part5, none/,
      stdout: /fails\.executed\.ipynb/,
    },
  ],
  [['microkit', 'broken.system', ...microkit], { status: 1, stderr: /broken\.system.* at 3:1/ }],
  [['microkit', 'wrong.system', ...microkit], { status: 1, stderr: /nowhere\.elf/ }],
  [['microkit', 'nowhere.system', ...microkit], { status: 1, stderr: /nowhere\.system/ }],
  [['sdk'], { status: 1, stderr: /nowhere.*SDK/, env: { MICROKIT_SDK: '/nowhere' } }],
  [['sdk'], { status: 1, stderr: /TOOLCHAIN/, env: { TOOLCHAIN: 'no-such-gcc', VIRTBOOK_CACHE: 'FOLDER/cache' } }],
  [['guest', '--kernel', 'nowhere', '--busybox', 'readme.txt'], { status: 1, stderr: /nowhere/ }],
  [['guest', '--busybox', 'readme.txt'], { status: 1, stderr: /readme\.txt/, env: { VIRTBOOK_CACHE: 'FOLDER/cache' } }],
  [['qemu', '-machine', 'virt', '-vga', 'std'], { status: 2, stderr: /-vga/ }],
  [['qemu', '-machine', 'virt', '-cpu', 'cortex-a53', '-kernel', 'nowhere'], { status: 1, stderr: /nowhere/ }],
  [
    ['qemu', '-machine', 'virt', '-cpu', 'cortex-a53', '-kernel', 'readme.txt'],
    { status: 1, stderr: /-kernel readme\.txt: the kernel is text/ },
  ],
  [['kernel', 'nowhere.json'], { status: 1, stderr: /nowhere\.json/ }],
  [['kernel', 'connection.json'], { status: 1, stderr: /connection\.json/ }],
  [['install', '--usr'], { status: 2, stderr: /--user/ }],
  [['install', '--prefix', 'readme.txt'], { status: 1, stderr: /readme\.txt/ }],
];

test.each(cases)(
  'virtbook %j',
  (argv, { status, stderr, env: wantedEnv = {}, stdout }) => {
    const env = Object.fromEntries(Object.entries(wantedEnv).map(([name, value]) => [name, value.replace('FOLDER', folder)]));
    const { MICROKIT_SDK: _sdk, TOOLCHAIN: _toolchain, ...clean } = process.env;
    const result = spawnSync(process.execPath, [VIRTBOOK, ...argv], {
      cwd: folder,
      encoding: 'utf8',
      timeout: 300_000,
      input: '',
      env: { ...clean, ...env },
    });
    expect(result.stderr).toMatch(stderr);
    expect(result.status).toBe(status);
    expect(result.stderr).not.toMatch(/^\s+at .*:\d+|InternalError/m);
    expect(result.stdout).toMatch(stdout ?? /^$/);
    expect(existsSync(join(folder, 'loader.img'))).toBe(false);
  },
  60_000,
);

test('Control-C ends a notebook that loops, keeps what was done, and says so', async () => {
  const child = spawn(process.execPath, [VIRTBOOK, 'execute', 'endless.ipynb'], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (data) => (stderr += String(data)));
  await new Promise<void>((resolve) => child.stdout.on('data', (data) => /begun/.test(String(data)) && resolve()));
  child.kill('SIGINT');
  const status = await new Promise((resolve) => child.on('exit', resolve));
  expect(status).toBe(130);
  expect(stderr).toContain('interrupted');
  expect(existsSync(join(folder, 'endless.executed.ipynb'))).toBe(true);
}, 60_000);
