import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { until } from '../../test/support/until.js';
import type { Machine } from '../server/machine.js';
import { FakeMachine, floodingGuest, printingGuest } from '../server/testing/fake-machine.js';
import { runOnTerminal } from './terminal.js';

const never = (): AbortSignal => new AbortController().signal;

/** A machine that answers when the test says so. */
class SlowMachine {
  onStopped: Machine['onStopped'] = () => undefined;
  readonly typed: string[] = [];
  private readonly answers: (() => void)[] = [];

  input(bytes: Uint8Array): void {
    this.typed.push(Buffer.from(bytes).toString());
  }

  resume(): Promise<void> {
    return new Promise((resolve) => this.answers.push(resolve));
  }

  tell(kind: 'idle' | 'powerOff'): void {
    this.onStopped({ kind }, { running: false, time: 0, instructions: 0 });
  }

  async answer(): Promise<void> {
    for (const answer of this.answers.splice(0)) answer();
    await new Promise(setImmediate);
  }
}

test('a machine that told of being idle before it got the last keys is not at its end', async () => {
  const machine = new SlowMachine();
  const input = new PassThrough();
  const run = runOnTerminal(machine as unknown as Machine, { input, output: new PassThrough() }, { role: 'console', signal: never() });
  await machine.answer();
  input.end('x');
  await new Promise((resolve) => input.once('end', resolve));
  expect(machine.typed).toEqual(['x']);
  machine.tell('idle');
  await machine.answer();
  machine.tell('powerOff');
  expect(await run).toEqual({ kind: 'stopped', reason: { kind: 'powerOff' } });
});

test('a machine that is idle when there are no more keys is', async () => {
  const machine = new SlowMachine();
  const input = new PassThrough();
  const run = runOnTerminal(machine as unknown as Machine, { input, output: new PassThrough() }, { role: 'console', signal: never() });
  await machine.answer();
  input.end();
  await new Promise((resolve) => input.once('end', resolve));
  machine.tell('idle');
  expect(await run).toEqual({ kind: 'stopped', reason: { kind: 'idle' } });
});

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
    while ((await machine.status()).running) await new Promise(setImmediate);
    const held = machine.time;
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
