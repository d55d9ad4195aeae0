import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../sdk/root.js';
import { main } from './main.js';

const never = () => new AbortController().signal;

describe('exit status', () => {
  let out: string;
  let err: string;
  beforeEach(() => {
    out = err = '';
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => ((out += String(text)), true));
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => ((err += String(text)), true));
  });
  afterEach(() => jest.restoreAllMocks());

  test('a fetch that is interrupted says how it continues', async () => {
    expect(await main(['sdk', 'fetch', '9.9.9', '--from', 'http://127.0.0.1:1/sdk.tar.gz'], AbortSignal.abort())).toBe(130);
    expect(err).toBe('virtbook: interrupted; the same command continues from here\n');
  });

  test('MICROKIT_SDK=<a real one> virtbook microkit says what it is, and what to type', async () => {
    const sdk = mkdtempSync(join(tmpdir(), 'real sdk '));
    for (const folder of ['bin', 'board']) mkdirSync(join(sdk, folder));
    writeFileSync(join(sdk, 'bin', 'microkit'), '');
    writeFileSync(join(sdk, 'VERSION'), '2.3.0\n');
    const before = process.env.MICROKIT_SDK;
    process.env.MICROKIT_SDK = sdk;
    try {
      expect(await main(['microkit', 'a.system', '--board', 'b'], never())).toBe(1);
    } finally {
      if (before === undefined) delete process.env.MICROKIT_SDK;
      else process.env.MICROKIT_SDK = before;
      rmSync(sdk, { recursive: true });
    }
    expect(err).toContain(`MICROKIT_SDK is '${sdk}', a real Microkit SDK 2.3.0`);
    expect(err).toContain(`'${join(sdk, 'bin', 'microkit')}' a.system --board b`);
    expect(err).toContain('MICROKIT_SDK= virtbook microkit a.system --board b');
    expect(out).toBe('');
  });

  test.each([
    [['--help'], 0, /execute/, /^$/],
    [['--version'], 0, /^\d+\.\d+\.\d+\n$/, /^$/],
    [['execute', '--help'], 0, /--allow-errors/, /^$/],
    [['qemu', '-help'], 0, /virtualization=on/, /^$/],
    [['qemu', '-d', 'help'], 0, /^int +exceptions/m, /^$/],
    [['qemu', '-version'], 0, /with the virt board of QEMU 7\.2/, /^$/],
    [['qemu', '-M', 'virt,dumpdtb=/no/such/folder/tree'], 1, /^$/, /dumpdtb=\/no\/such\/folder\/tree: .*ENOENT/],
    [[], 2, /^$/, /Usage/],
    [['exceute', 'x'], 2, /^$/, /execute/],
    [['execute'], 2, /^$/, /NOTEBOOK/],
    [['execute', 'no.ipynb'], 2, /^$/, /no notebook no\.ipynb/],
    [['grade', '--help'], 0, /--source <RELEASE\.ipynb>[^]*--junit <FILE>/, /^$/],
    [['grade'], 2, /^$/, /HAND-IN/],
    [['grade', 'no.ipynb'], 2, /^$/, /no notebook no\.ipynb/],
    [['grade', __filename, '--source', 'no.ipynb'], 2, /^$/, /no notebook no\.ipynb/],
    [['grade', __filename, '--timeout', '-1'], 2, /^$/, /number of seconds/],
    [['grade', __filename, '--assignment', 'part4', '--source', 'x'], 2, /^$/, /--source runs notebooks, which --assignment does not do/],
    [['lab', '--help'], 0, /--install/, /^$/],
    [['execute', 'x.ipynb', '--seed', 'q'], 2, /^$/, /whole number/],
    [['install', '--usr'], 2, /^$/, /--user/],
    [['qemu', '-machine', 'virt', '-vga', 'std'], 2, /^$/, /-vga/],
    [['qemu', '-machine', 'virt', '-kernel', '/no/such/Image'], 1, /^$/, /Image cannot be read/],
    [
      ['qemu', '-M', 'virt', '-bios', __filename, '-drive', 'file=/no/such.img,if=none,id=d', '-device', 'virtio-blk-device,drive=d'],
      1,
      /^$/,
      /such\.img cannot be used as a drive/,
    ],
    [
      ['qemu', '-M', 'virt', '-drive', `file=${__filename},if=pflash,readonly=on`],
      1,
      /^$/,
      /has \d+ bytes, and a flash bank 67108864: truncate/,
    ],
    [['qemu', '--restore', '/no/such/snapshot'], 1, /^$/, /snapshot cannot be restored: .*ENOENT/],
    [['qemu', '--restore', __filename], 1, /^$/, /this is not a snapshot of a machine/],
    [
      ['qemu', '-M', 'virt', '-kernel', __filename, '--snapshot', '-m', '1'],
      2,
      /^$/,
      /--snapshot needs the name of a file; QEMU's -snapshot/,
    ],
    [
      [
        'qemu',
        '-M',
        'virt',
        '-bios',
        __filename,
        '-drive',
        `file=${__filename},if=none,id=d`,
        '-device',
        'virtio-blk-device,drive=d',
        '--snapshot=s',
      ],
      2,
      /^$/,
      /cli\.test\.ts is attached writable, and disks are not part of a snapshot/,
    ],
    [['kernel', '/no/such/file.json'], 1, /^$/, /file\.json/],
  ])('%j ends with %d', async (argv, status, stdout, stderr) => {
    expect(await main(argv, never())).toBe(status);
    expect(out).toMatch(stdout);
    expect(err).toMatch(stderr);
    expect(err).not.toMatch(/\n\s+at /);
  });
});

test('qemu --stats says at the end, on standard error, how the machine executed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'virtbook-'));
  try {
    const image = join(folder, 'off.bin');
    // movz w0, #0x8400, lsl #16; movk w0, #8; hvc #0: PSCI's SYSTEM_OFF
    writeFileSync(image, Uint32Array.of(0x52b0_8000, 0x7280_0100, 0xd400_0002));
    const qemu = (...args: string[]) =>
      spawnSync(
        process.execPath,
        [
          join(packageRoot(), 'bin', 'virtbook.js'),
          'qemu',
          '-M',
          'virt',
          '-m',
          '64',
          '-nographic',
          '-device',
          `loader,file=${image},addr=0x40200000,cpu-num=0`,
          ...args,
        ],
        { input: '', encoding: 'utf8' },
      );
    const { status, stdout, stderr } = qemu('--stats');
    expect([status, stdout]).toEqual([0, '']);
    expect(stderr).toMatch(
      /^simulated time +0\.000 s\ninstructions executed +3\ntime on this computer .*\n[^]*room for translations +0\.0 % of/,
    );
    expect(qemu()).toMatchObject({ status: 0, stderr: '' });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 60_000);
