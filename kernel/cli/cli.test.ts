import { spawnSync } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { packageRoot } from '../../sdk/root.js';
import { FakeMachine, floodingGuest, printingGuest } from '../session/fake-machine.js';
import { Timestamps } from '../../emulator/command-line/timestamps.js';
import { main } from './main.js';
import { runOnTerminal } from '../../emulator/host-node/terminal.js';
import { keyReader } from '../../emulator/command-line/keys.js';
import { ProgressLine } from './progress.js';
import { until } from '../../test/support/until.js';

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
    [['grade'], 2, /^$/, /NOTEBOOK/],
    [['grade', 'no.ipynb'], 2, /^$/, /no notebook no\.ipynb/],
    [['grade', __filename, '--source', 'no.ipynb'], 2, /^$/, /no notebook no\.ipynb/],
    [['grade', __filename, '--timeout', '-1'], 2, /^$/, /number of seconds/],
    [['grade', __filename, '--json', '--junit', 'x'], 2, /^$/, /--json/],
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

test('without JupyterLab, lab says how to get it, and copies nothing', async () => {
  const folder = join(mkdtempSync(join(tmpdir(), 'virtbook-')), 'chapters');
  const environment = { ...process.env };
  let err = '';
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => ((err += String(text)), true));
  Object.assign(process.env, { PATH: '/nowhere', VIRTBOOK_CACHE: dirname(folder) });
  try {
    expect(await main(['lab', folder], never())).toBe(1);
  } finally {
    process.env = environment;
    jest.restoreAllMocks();
  }
  expect(err).toMatch(/JupyterLab is not installed\n.*virtbook lab --install/);
  expect(existsSync(folder)).toBe(false);
  rmSync(dirname(folder), { recursive: true });
});

describe('keys of the terminal', () => {
  const reader = (monitor: boolean) => {
    const log: string[] = [];
    const read = keyReader({
      monitor,
      type: (bytes) => log.push(Buffer.from(bytes).toString('latin1')),
      quit: () => log.push('QUIT'),
      help: () => log.push('HELP'),
      switch: () => log.push('SWITCH'),
      timestamps: () => log.push('TIMES'),
      sendBreak: () => log.push('BREAK'),
    });
    return { read: (text: string) => read(Buffer.from(text, 'latin1')), log };
  };

  test('Control-A commands, split anywhere', () => {
    const { read, log } = reader(true);
    for (const piece of ['ab\x01', '\x01c', '\x01h', '\x03', 'e\x01bf\x01t', 'd\x01x']) read(piece);
    expect(log).toEqual(['ab', '\x01c', 'HELP', '\x03', 'e', 'BREAK', 'TIMES', 'f', 'QUIT']);
  });

  test('Control-A c sends what follows it elsewhere', () => {
    const { read, log } = reader(true);
    read('ab\x01cde\x01cf');
    expect(log).toEqual(['ab', 'SWITCH', 'de', 'SWITCH', 'f']);
  });

  test('without a monitor Control-C leaves and Control-A is a key', () => {
    const { read, log } = reader(false);
    read('\x01x');
    read('\x03');
    expect(log).toEqual(['\x01x', 'QUIT']);
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

describe('a machine on a terminal', () => {
  test('shows the console, and ends at power-off', async () => {
    const output = new PassThrough();
    let step = 0;
    const machine = new FakeMachine({
      run(console) {
        if (step++ > 0) return { kind: 'powerOff' };
        console.print('bye\r\n');
        return undefined;
      },
    });
    const end = await runOnTerminal(machine, { input: new PassThrough(), output }, { role: 'multiplexed', signal: never() });
    expect(end).toEqual({ kind: 'stopped', reason: { kind: 'powerOff' } });
    expect(String(output.read())).toBe('bye\r\n');
  });

  test('an idle machine waits for keys while any can come, then ends', async () => {
    const input = new PassThrough();
    const machine = new FakeMachine(printingGuest(['login: ']));
    const running = runOnTerminal(machine, { input, output: new PassThrough() }, { role: 'multiplexed', signal: never() });
    await until(() => machine.time > 0);
    input.write('root\r');
    await until(() => machine.typed.length > 0);
    expect(machine.typed.map((entry) => entry.text)).toEqual(['root\r']);
    input.end();
    expect(await running).toEqual({ kind: 'stopped', reason: { kind: 'idle' } });
  });

  test('Control-A x and an abort leave a guest that floods', async () => {
    const input = new PassThrough();
    const machine = new FakeMachine(floodingGuest());
    const output = new PassThrough();
    output.resume();
    const running = runOnTerminal(machine, { input, output }, { role: 'multiplexed', signal: never() });
    input.write('\x01x');
    expect(await running).toEqual({ kind: 'quit' });
    const controller = new AbortController();
    const before = machine.time;
    void until(() => machine.time > before).then(() => controller.abort());
    expect(await runOnTerminal(machine, { input, output }, { role: 'multiplexed', signal: controller.signal })).toEqual({ kind: 'quit' });
    await machine.dispose();
  });

  test('a terminal that takes nothing holds the machine up', async () => {
    const machine = new FakeMachine(floodingGuest());
    const drains = new EventEmitter();
    let taken = 0;
    const output = Object.assign(drains, {
      write: (bytes: Uint8Array) => ((taken += bytes.length), taken < 10_000),
    }) as unknown as NodeJS.WritableStream;
    const controller = new AbortController();
    const running = runOnTerminal(machine, { input: new PassThrough(), output }, { role: 'multiplexed', signal: controller.signal });
    await until(() => taken >= 10_000);
    // What ran on beside the terminal comes to its end: time stands still from one look to the next.
    let held = -1;
    while (machine.time !== held) {
      held = machine.time;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    taken = 0;
    drains.emit('drain');
    await until(() => machine.time > held);
    controller.abort();
    await running;
    await machine.dispose();
  });
});

describe('the monitor', () => {
  const start = () => {
    const input = new PassThrough();
    const output = new PassThrough();
    const machine = new FakeMachine(floodingGuest());
    const running = runOnTerminal(machine, { input, output }, { role: 'multiplexed', signal: never() });
    return { input, output, machine, running };
  };

  test('answers, stops and goes on, and gives the keys back', async () => {
    const { input, machine, running, output } = start();
    let text = '';
    output.on('data', (bytes: Buffer) => (text += String(bytes)));
    input.write('\x01cstop\r');
    await until(() => text.includes('stop'));
    while ((await machine.status()).running) await new Promise(setImmediate);
    text = '';
    const stopped = machine.time;
    const looked: string[] = [];
    Object.assign(machine, { monitor: async (line: string) => looked.push(line) && 'one\ntwo\n' });
    input.write('infx\x7fo status\rx/4i 0\rnonsense\rsystem_powerdown\rnmi\rhelp\r');
    await until(() => text.includes('xp /fmt addr -- '));
    expect(machine.time).toBe(stopped);
    expect(looked).toEqual(['info status', 'x/4i 0']);
    expect(text).toContain('one\r\ntwo\r\n(virtbook) x/4i 0\r\none\r\n');
    expect(text).toContain("'nmi' is not supported: ");
    expect(text).toContain("unknown command: 'nonsense'");
    expect(text).toContain('this machine has no power button');
    expect(text).toContain('savevm FILE -- save the machine');
    expect(text).toContain('system_reset -- start the machine again');
    expect(text).toContain('xp /fmt addr -- ');
    input.write('cont\r\x01cls\r');
    await until(() => machine.time > stopped && machine.typed.length > 0);
    expect(machine.typed.map((entry) => entry.text).join('')).toBe('ls\r');
    input.write('\x01cquit\r');
    expect(await running).toEqual({ kind: 'quit' });
    await machine.dispose();
  });

  test('system_reset ends the run as a reset, and the power button is pressed where there is one', async () => {
    const { input, machine, running, output } = start();
    output.resume();
    let pressed = 0;
    Object.assign(machine, { pressPowerButton: async () => void pressed++ });
    input.write('\x01csystem_powerdown\rsystem_reset\r');
    expect(await running).toEqual({ kind: 'stopped', reason: { kind: 'reset' } });
    expect(pressed).toBe(1);
    await machine.dispose();
  });
});

test('each line of a console tells its time, once that is asked for', () => {
  const times = new Timestamps();
  const mark = (text: string, time: number): string => String(Buffer.from(times.mark(Buffer.from(text), time)));
  expect(mark('be', 1e9)).toBe('be');
  times.toggle();
  expect(mark('fore\na\nb', 2e9)).toBe('fore\n[2.000000] a\n[2.000000] b');
  expect(mark('c\n', 3e9)).toBe('c\n');
  expect(mark('d', 4_500_000_000)).toBe('[4.500000] d');
  times.toggle();
  expect(mark('\ne', 5e9)).toBe('\ne');
});

test('progress is one line on a terminal and few lines in a log', () => {
  let text = '';
  const terminal = new ProgressLine({ write: (chunk) => (text += chunk), isTTY: true, columns: 20 }, 'SDK');
  terminal.step({ label: 'a very long name of a file', done: 1, total: 4 });
  terminal.end();
  expect(text).toBe('\r\x1b[KSDK: a very long na\r\x1b[K');
  text = '';
  const log = new ProgressLine({ write: (chunk) => (text += chunk) }, 'SDK');
  for (let i = 0; i < 1000; i++) log.step({ label: `file ${i}`, done: i, total: 1000 });
  expect(text.split('\n').length).toBeLessThan(5);
});
