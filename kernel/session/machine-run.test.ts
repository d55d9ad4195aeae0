import { type ConsoleSink, MachineRun, MILLISECONDS, SECONDS } from './machine-run.js';
import {
  FakeMachine,
  type FakeGuest,
  floodingGuest,
  hangingGuest,
  printingGuest,
  rowGuest,
} from '../../emulator/server/testing/fake-machine.js';
import { compilePattern } from './pattern.js';
import { until } from '../../test/support/until.js';

const never = () => new AbortController().signal;
const start = (guest: FakeGuest) => {
  const machine = new FakeMachine(guest);
  const run = new MachineRun('hello', 1, machine);
  let text = '';
  const sink: ConsoleSink = { text: (chunk) => (text += chunk), drawing: () => undefined };
  return { machine, run, sink, text: () => text };
};
const limit = { timeout: 10 * SECONDS };

describe('MachineRun', () => {
  test('ends when the machine waits for input, with all its output', async () => {
    const { run, sink, text } = start(printingGuest(['one\r\n', 'two\r\n', 'login: ']));
    expect(await run.advance(limit, sink, never())).toEqual({ kind: 'stopped', reason: { kind: 'idle' } });
    expect(text()).toBe('one\ntwo\nlogin: ');
    expect(run.transcript.text()).toBe(text());
  });

  test('ends at a pattern, also one that is spread over pieces and colours', async () => {
    const { run, sink, machine } = start(printingGuest(['Trans', '\x1b[32mfer\x1b[0m word\r\n', ...Array<string>(500).fill('later\r\n')]));
    expect(await run.advance({ ...limit, pattern: compilePattern('Transfer word') }, sink, never())).toEqual({
      kind: 'pattern',
      match: 'Transfer word',
    });
    expect(machine.time).toBe(10 * MILLISECONDS);
  });

  test('ends after its time, or when the console has been quiet', async () => {
    const hung = start(hangingGuest);
    expect(await hung.run.advance({ timeout: 3 * MILLISECONDS }, hung.sink, never())).toEqual({ kind: 'timeout' });
    const played = start(rowGuest());
    expect(await played.run.advance({ ...limit, quiet: 2 * SECONDS }, played.sink, never())).toEqual({ kind: 'quiet' });
  });

  test('tells power-off and crash, and runs no further after them', async () => {
    const { run, sink } = start({ run: () => ({ kind: 'crashed', message: 'undefined instruction at 0x0' }) });
    expect(await run.advance(limit, sink, never())).toEqual({
      kind: 'stopped',
      reason: { kind: 'crashed', message: 'undefined instruction at 0x0' },
    });
    await expect(run.advance(limit, sink, never())).rejects.toThrow('crashed');
  });

  test('tells of a crash also where the machine is lost before it could answer', async () => {
    const { machine, run, sink } = start(hangingGuest);
    machine.resume = () => {
      machine.onStopped({ kind: 'crashed', message: 'its thread is lost' }, { running: false, time: 0, instructions: 0 });
      return Promise.reject(new Error('the machine was switched off'));
    };
    expect(await run.advance(limit, sink, never())).toEqual({
      kind: 'stopped',
      reason: { kind: 'crashed', message: 'its thread is lost' },
    });
  });

  test.each([
    ['hangs', hangingGuest],
    ['floods the console', floodingGuest()],
  ])('an interrupt stops a guest that %s, and nothing is lost', async (_what, guest) => {
    const { machine, run, sink, text } = start(guest);
    const controller = new AbortController();
    const running = run.advance({ timeout: Infinity }, sink, controller.signal);
    void until(() => machine.time > 0).then(() => controller.abort(new Error('interrupted')));
    await expect(running).rejects.toThrow('interrupted');
    const numbers = [...text().matchAll(/line (\d+)/g)].map((match) => Number(match[1]));
    expect(numbers).toEqual(numbers.map((_, index) => index));
    expect(run.running).toBe(false);
    // The machine is as it was, and goes on where it stood.
    await run.advance({ timeout: 20 * MILLISECONDS }, sink, never());
    const after = [...text().matchAll(/line (\d+)/g)].map((match) => Number(match[1]));
    expect(after).toEqual(after.map((_, index) => index));
  });

  test('waits for a sink that cannot take more', async () => {
    const { run, machine } = start(floodingGuest());
    let open: () => void = () => undefined;
    let taken = 0;
    const sink: ConsoleSink = {
      text: (chunk) => (taken += chunk.length),
      drawing: () => undefined,
      ready: () => new Promise((resolve) => (open = resolve)),
    };
    const running = run.advance({ timeout: 25 * MILLISECONDS }, sink, never());
    await until(() => machine.time === 10 * MILLISECONDS);
    // It would be further soon, unless it is held up.
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(machine.time).toBe(10 * MILLISECONDS);
    const before = taken;
    open();
    await until(() => machine.time === 20 * MILLISECONDS && taken > before);
    const more = setInterval(() => open(), 1);
    expect(await running).toEqual({ kind: 'timeout' });
    clearInterval(more);
  });

  test('keys reach the guest at the same virtual time in every run', async () => {
    const play = async () => {
      const { run, sink, machine } = start(rowGuest());
      await run.advance({ ...limit, quiet: SECONDS }, sink, never());
      run.type('hello\r');
      await run.advance({ ...limit, quiet: 200 * MILLISECONDS }, sink, never());
      run.type('x');
      return machine.typed;
    };
    const first = await play();
    expect(first).toHaveLength(2);
    expect(await play()).toEqual(first);
  });

  test('does not run twice at once', async () => {
    const { run, sink } = start(printingGuest(['a\r\n']));
    const first = run.advance(limit, sink, never());
    await expect(run.advance(limit, sink, never())).rejects.toThrow('running already');
    await first;
  });
});
