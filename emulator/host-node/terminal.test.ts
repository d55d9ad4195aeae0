import { PassThrough } from 'node:stream';
import type { Machine } from '../server/machine.js';
import { runOnTerminal } from './terminal.js';

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
  const run = runOnTerminal(
    machine as unknown as Machine,
    { input, output: new PassThrough() },
    { role: 'console', signal: new AbortController().signal },
  );
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
  const run = runOnTerminal(
    machine as unknown as Machine,
    { input, output: new PassThrough() },
    { role: 'console', signal: new AbortController().signal },
  );
  await machine.answer();
  input.end();
  await new Promise((resolve) => input.once('end', resolve));
  machine.tell('idle');
  expect(await run).toEqual({ kind: 'stopped', reason: { kind: 'idle' } });
});
