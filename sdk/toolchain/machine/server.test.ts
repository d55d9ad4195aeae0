import { ToolchainError } from '../toolchain.js';
import { CompilerServer, TimeExceeded, type CompilerMachine } from './server.js';

/** A machine that does what a test says when it is let go on. */
class FakeMachine implements CompilerMachine {
  onConsole: CompilerMachine['onConsole'] = () => undefined;
  onStopped: CompilerMachine['onStopped'] = () => undefined;
  resumed = 0;
  limits: unknown[] = [];
  typed: Uint8Array[] = [];
  constructor(private readonly act: (machine: FakeMachine, times: number) => void) {}

  input(bytes: Uint8Array): void {
    this.typed.push(bytes);
  }

  async resume(until?: { nanoseconds: number }): Promise<void> {
    this.limits.push(until?.nanoseconds);
    this.act(this, ++this.resumed);
  }

  say(text: string): void {
    this.onConsole(new TextEncoder().encode(text), 0);
  }

  stop(kind: string, message?: string): void {
    this.onStopped(message === undefined ? { kind } : { kind, message }, undefined);
  }

  async dispose(): Promise<void> {}
}

const READ = [{ kind: 'read', path: '/a' }] as const;
const ABSENT = '\xff\xff\xff\xff';
const absent = (machine: FakeMachine): void =>
  machine.onConsole(
    Uint8Array.from(ABSENT, (letter) => letter.charCodeAt(0)),
    0,
  );

test('it is there when it says so, and not when it says something else', async () => {
  await expect(new CompilerServer(new FakeMachine((machine) => machine.say('ready\n'))).booted()).resolves.toBeUndefined();
  await expect(new CompilerServer(new FakeMachine((machine) => machine.say('panic!'))).booted()).rejects.toThrow(/did not start/);
});

test('a machine that sleeps while somebody waits goes on, but not for ever', async () => {
  const patient = new FakeMachine((machine, times) => (times < 4 ? machine.stop('idle') : absent(machine)));
  await expect(new CompilerServer(patient).request(READ)).resolves.toEqual([{ kind: 'file', file: undefined }]);
  const silent = new CompilerServer(new FakeMachine((machine) => machine.stop('idle')));
  await expect(silent.request(READ)).rejects.toThrow(/does not answer/);
  expect(silent.isOver).toBe(true);
});

test('a machine without a request may sleep', async () => {
  const machine = new FakeMachine(absent);
  const server = new CompilerServer(machine);
  await server.request(READ);
  machine.stop('idle');
  expect([server.isOver, machine.resumed]).toEqual([false, 1]);
});

test.each([
  ['reset', undefined, /too little memory/],
  ['crashed', 'a bug', /a bug/],
  ['powerOff', undefined, /powerOff/],
])('a machine that stops (%s) is over, and whoever waits is told', async (kind, message, said) => {
  const server = new CompilerServer(new FakeMachine((machine) => machine.stop(kind, message)));
  const error = await server.request(READ).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ToolchainError);
  expect((error as Error).message).toMatch(said);
  expect(server.isOver).toBe(true);
});

test('a request has a limit in the time of the machine', async () => {
  const machine = new FakeMachine((each) => each.stop('limit'));
  await expect(new CompilerServer(machine).request(READ, 5e9)).rejects.toBeInstanceOf(TimeExceeded);
  expect(machine.limits).toEqual([5e9]);
});

test('whoever waits is told when the machine is switched off', async () => {
  const server = new CompilerServer(new FakeMachine(() => undefined));
  const answer = server.request(READ);
  await server.dispose();
  await expect(answer).rejects.toThrow(/switched off/);
});
