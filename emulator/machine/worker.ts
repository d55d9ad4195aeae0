/** The worker thread that a machine lives in: runs it in short turns, and listens between them. */
import { parentPort } from 'node:worker_threads';
import { backgroundTuning } from '../cpu/translator/translator.js';
import { BackgroundTranslation } from './background-translation.js';
import { loadCoreModules } from './core-modules.js';
import { SnapshotError, type State } from '../devices/snapshotable.js';
import type { MachineEvent, MachineRequest, StopReason } from './protocol.js';
import { MachineRunner, type Execution } from './runner.js';
import { describeMachine, SnapshotMismatch } from './snapshot/description.js';
import { restoreRunner, takeSnapshot } from './snapshot/snapshot.js';
import { openStorage } from './storage.js';

/** Milliseconds of one turn: bounds how long a request waits. */
const TURN = 10;
/** Output goes out when this many bytes wait, and at the end of a turn. */
const BATCH = 32 * 1024;
/** Bytes under way to the owner before the machine waits for it. */
const WINDOW = 1024 * 1024;

const port = parentPort;
if (!port) throw new Error('the machine runs in a worker thread');

/** Compiled while the owner gets its first request ready. */
const modules = loadCoreModules();
let runner: MachineRunner | undefined;
/** What machine it is, for its snapshots. */
let describe: () => State;
let crashed = false;
let running = false;
let limit = Infinity;
let unacknowledged = 0;
const batch = new Uint8Array(BATCH);
let batched = 0;
let batchTime = 0;
/** Wall-clock milliseconds and virtual nanoseconds that belong together, for interactive pacing. */
let anchor: { wall: number; virtual: number } | undefined;
let turnScheduled = false;

function send(event: MachineEvent): void {
  port!.postMessage(event);
}

function flush(): void {
  if (!batched) return;
  unacknowledged += batched;
  send({ type: 'console', bytes: batch.slice(0, batched), time: batchTime });
  batched = 0;
}

function output(byte: number, time: number): void {
  batch[batched++] = byte;
  batchTime = time;
  if (batched === BATCH) flush();
}

function stopped(reason: StopReason): void {
  running = false;
  flush();
  send({ type: 'stopped', reason, status: runner!.status(false) });
}

function schedule(delay = 0): void {
  if (turnScheduled) return;
  turnScheduled = true;
  const go = (): void => {
    turnScheduled = false;
    turn();
  };
  if (delay > 0) setTimeout(go, delay);
  else setImmediate(go);
}

function turn(): void {
  // A reader that does not keep up holds the machine back; nothing is lost.
  if (!running || !runner || unacknowledged > WINDOW) return;
  const end = performance.now() + TURN;
  try {
    const { stop, sleepUntil } = runner.run(limit, () => performance.now() >= end || batched + unacknowledged > WINDOW);
    flush();
    if (stop) return stopped(stop);
    if (sleepUntil === undefined) {
      anchor = undefined;
      return schedule();
    }
    // Everything waits: time passes as it does for the person at the console.
    const { time } = runner.status(true);
    anchor ??= { wall: performance.now(), virtual: time };
    const passed = anchor.virtual + (performance.now() - anchor.wall) * 1e6;
    runner.sleep(Math.min(passed, sleepUntil));
    schedule(passed >= sleepUntil ? 0 : Math.min(20, (sleepUntil - passed) / 1e6));
  } catch (error) {
    crashed = true;
    stopped({ kind: 'crashed', message: error instanceof Error ? error.message : String(error) });
  }
}

/** A thread that translates beside this one. */
const inBackground = (): Execution => ({ translation: backgroundTuning, service: new BackgroundTranslation(modules.features) });

function resume(nanoseconds: number | undefined): void {
  if (!runner!.prepare()) {
    const { stopped: reason } = runner!.status(false);
    return stopped(reason!);
  }
  limit = nanoseconds === undefined ? Infinity : runner!.status(false).time + nanoseconds;
  running = true;
  anchor = undefined;
  schedule();
}

function answer(request: Exclude<MachineRequest, { type: 'input' | 'consumed' }>): unknown {
  switch (request.type) {
    case 'start': {
      // The host's side names its own module; nothing of the guest's reaches this.
      const options = openStorage(request.options, require);
      runner = new MachineRunner(options, modules, output, inBackground());
      let description: State | undefined;
      describe = () => (description ??= describeMachine(options));
      return undefined;
    }
    case 'restore': {
      const restored = restoreRunner(request.snapshot, openStorage(request.options, require), modules, output, inBackground());
      runner = restored.runner;
      describe = () => restored.description;
      return undefined;
    }
    case 'snapshot':
      if (crashed) throw new SnapshotError('the machine has crashed: there is nothing that it could go on from');
      // What was printed before is with the owner before the snapshot is.
      flush();
      return takeSnapshot(runner!, describe());
    case 'pause':
      if (running) stopped({ kind: 'paused' });
      return runner!.status(false);
    case 'resume':
      resume(request.until?.nanoseconds);
      return undefined;
    case 'status':
      return runner!.status(running);
    case 'powerButton':
      return runner!.pressPowerButton();
    case 'readRegisters':
      return runner!.registers();
    case 'readMemory':
      return runner!.readMemory(request.address, request.length, request.space);
  }
}

port.on('message', (request: MachineRequest) => {
  if (request.type === 'input') return runner?.input(request.bytes);
  if (request.type === 'consumed') {
    unacknowledged -= request.length;
    if (running) schedule();
    return;
  }
  try {
    const value = answer(request);
    port.postMessage({ type: 'answer', id: request.id, value }, request.type === 'snapshot' ? [(value as Uint8Array<ArrayBuffer>).buffer] : []);
  } catch (error) {
    const option = error instanceof SnapshotMismatch ? error.option : undefined;
    send({ type: 'failed', id: request.id, message: error instanceof Error ? error.message : String(error), option });
  }
});
