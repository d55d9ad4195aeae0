import { FakeMachine, rowGuest } from '../../emulator/server/testing/fake-machine.js';
import { MachineControl } from './machine-control.js';
import { MachineRun, silentSink } from './machine-run.js';

const unused = (): never => {
  throw new Error('not in this test');
};

function withMachine(): MachineControl {
  const control = new MachineControl({ machineOptions: unused }, { startMachine: unused });
  control.adopt(new MachineRun('row', 1, new FakeMachine(rowGuest()), []));
  return control;
}

/** Work that the machine stands still for until it is told to end. */
function work(control: MachineControl): { end: () => void; done: Promise<void> } {
  let end = (): void => undefined;
  const done = control.still(() => new Promise<void>((resolve) => (end = resolve)));
  return { end: () => end(), done };
}

const SHORT = { timeout: 1000 };
const never = (): AbortSignal => new AbortController().signal;

test('a machine that stands still for something goes on when that has ended, all of it', async () => {
  const control = withMachine();
  const [first, second] = [work(control), work(control)];
  let ended = false;
  const advanced = control.advance(SHORT, silentSink, never()).finally(() => (ended = true));
  await new Promise(setImmediate);
  second.end();
  await second.done;
  await new Promise(setImmediate);
  expect([ended, control.run?.running]).toEqual([false, false]);
  first.end();
  await advanced;
});

test('a cell that waits for that is interrupted at once', async () => {
  const control = withMachine();
  const { end, done } = work(control);
  const interrupt = new AbortController();
  const advanced = control.advance(SHORT, silentSink, interrupt.signal);
  interrupt.abort(new Error('interrupted'));
  await expect(advanced).rejects.toThrow('interrupted');
  end();
  await done;
  await control.advance(SHORT, silentSink, never());
});

test('work that fails holds nothing up', async () => {
  const control = withMachine();
  await expect(control.still(() => Promise.reject(new Error('no room')))).rejects.toThrow('no room');
  await control.advance(SHORT, silentSink, never());
});

test("a machine is the cell's from its call on, also while the cell waits", async () => {
  const control = withMachine();
  expect(control.driven).toBe(false);
  const { end, done } = work(control);
  const advanced = control.advance(SHORT, silentSink, never());
  expect(control.driven).toBe(true);
  await new Promise(setImmediate);
  end();
  await done;
  await advanced;
  expect(control.driven).toBe(false);
  const again = control.advance(SHORT, silentSink, never());
  await Promise.resolve();
  expect(control.run?.running).toBe(true);
  await again;
});
