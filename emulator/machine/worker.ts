/** The worker thread that a machine lives in: runs it in short turns, and listens between them. */
import { parentPort } from 'node:worker_threads';
import { CodeCache } from '../cpu/translator/code-cache.js';
import { backgroundTuning } from '../cpu/translator/translator.js';
import { Debugger, type DebuggedOutcome } from '../debug/debugger.js';
import { type Observation, type Observed, type Observer, placeOf } from '../debug/observation.js';
import { MonitorCommands } from '../debug/monitor/commands.js';
import { MachineView } from '../debug/monitor/machine-view.js';
import { Recorder } from '../debug/recorder.js';
import { Sampler } from '../debug/sampler.js';
import { Timeline } from '../debug/timeline.js';
import { Tracer, type TraceRequest } from '../debug/tracer.js';
import type { GuestEvent } from '../network/host-forwarding.js';
import { BackgroundTranslation } from './background-translation.js';
import { readCodeCache, writeCodeCache } from './code-cache-file.js';
import { codeMaker, loadCoreModules } from './core-modules.js';
import { SnapshotError, type State, type StateReader } from '../devices/snapshotable.js';
import type { MachineOptions } from './options.js';
import type { MachineEvent, MachineRequest, StopReason } from './protocol.js';
import { MachineRunner, type Execution, type MachineOutput } from './runner.js';
import { MachineCheckpoints } from './snapshot/checkpoints.js';
import { describeMachine, restoredOptions, SnapshotMismatch, type RestoreOptions } from './snapshot/description.js';
import { readSnapshot } from './snapshot/format.js';
import { restoreRunner, takeSnapshot } from './snapshot/snapshot.js';
import { isRepeatable, loadModules, withFreshStorage } from './storage.js';

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
let timeline: Timeline | undefined;
let debug: Debugger | undefined;
/** What machine it is, for its snapshots. */
let describe: () => State;
let crashed = false;
let codeCache: CodeCache | undefined;
/** Of which so many modules are from earlier runs. */
let knownBatches = 0;
let running = false;
/** The owner has let the machine run, and heard of no stop since. */
let wanted = false;
/** `-no-reboot`, while a debugger is there: otherwise a reset is the owner's business. */
let endAtReset = false;
let limit = Infinity;
let unacknowledged = 0;
const batch = new Uint8Array(BATCH);
let batched = 0;
let batchTime = 0;
let traced = '';
/** Wall-clock milliseconds and virtual nanoseconds that belong together, for interactive pacing. */
let anchor: { wall: number; virtual: number } | undefined;
let turnScheduled = false;
/** Notes what the owner wants to know of the run. */
let observer: Observer | undefined;
/** The owner's monitor, which has a processor of its own in view. */
let monitor: MonitorCommands | undefined;
/** `-d`: there can be no other trace then. */
let traceRequest: TraceRequest = { items: [] };

function send(event: MachineEvent): void {
  port!.postMessage(event);
}

function flush(): void {
  if (!batched) return;
  unacknowledged += batched;
  send({ type: 'console', bytes: batch.slice(0, batched), time: batchTime });
  batched = 0;
}

function flushTrace(): void {
  if (!traced) return;
  unacknowledged += traced.length;
  send({ type: 'trace', text: traced });
  traced = '';
}

function trace(text: string): void {
  // What is run through again has been told.
  if (timeline?.inPast) return;
  traced += text;
  if (traced.length > BATCH) flushTrace();
}

function toHost(event: GuestEvent): void {
  // What is run through again has been told.
  if (!timeline?.inPast) send({ type: 'toHost', event });
}

function output(byte: number, time: number): void {
  batch[batched++] = byte;
  batchTime = time;
  if (batched === BATCH) flush();
}

function stopped(reason: StopReason): void {
  running = wanted = false;
  flush();
  send({ type: 'stopped', reason, status: timeline!.runner.status(false) });
}

/** A stop while there is a debugger: it is not stopped by its owner's limit, nor by a reset, and hears of the end. */
function stoppedWhileDebugged(reason: StopReason): void {
  if (reason.kind === 'reset' && !endAtReset) {
    debug!.restart();
    return schedule();
  }
  stopped(reason);
  if (reason.kind === 'powerOff' || reason.kind === 'reset') debug!.stopped({ kind: 'powerOff' });
  else if (reason.kind === 'limit') go();
}

/** The machine runs for the debugger, whether or not its owner has let it. */
function go(): void {
  const { runner } = timeline!;
  if (!runner.prepare()) return stoppedWhileDebugged(runner.status(false).stopped!);
  if (!wanted) limit = Infinity;
  running = true;
  anchor = undefined;
  schedule();
}

function openDebugger(noReboot: boolean): void {
  if (debug!.connected) throw new Error('a debugger is connected already');
  endAtReset = noReboot;
  running = false;
  debug!.connect();
}

function closeDebugger(): void {
  debug!.disconnect();
  if (wanted) go();
  else running = false;
}

/** A machine from where its run began, or from a state of it. */
type Make = (output: MachineOutput, state?: Execution['snapshot']) => MachineRunner;

/** Begins a run, with a machine that `make` can make anew. */
function begin(make: Make, repeatable: boolean, wanted: TraceRequest): void {
  traceRequest = wanted;
  const made: Make = (bytes, state) => {
    const runner = make(bytes, state);
    if (wanted.items.length > 0) runner.processor.watch(new Tracer(runner.processor, wanted, trace));
    // What was translated for the one before is good for this one.
    if (codeCache) runner.processor.useCodeCache(codeCache);
    return runner;
  };
  timeline = new Timeline({
    powerOn: (bytes) => made(bytes),
    repeatable,
    output,
    checkpoints: () => new MachineCheckpoints((state, bytes) => made(bytes, state)),
  });
  monitor = new MonitorCommands(new MachineView(timeline, { selected: 0 }, () => running));
  debug = new Debugger(timeline, {
    send: (bytes) => send({ type: 'debug', bytes }),
    go,
    leave(how) {
      closeDebugger();
      send({ type: 'debugLeft', how });
    },
  });
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
  if (!running || !debug || unacknowledged > WINDOW) return;
  const end = performance.now() + TURN;
  try {
    const expired = (): boolean => performance.now() >= end || batched + unacknowledged > WINDOW;
    const go = (until: number): DebuggedOutcome => debug!.run(until, expired);
    const outcome = observer ? observer.run(limit, go) : go(limit);
    flush();
    flushTrace();
    if (outcome === 'held') return void (running = false);
    const { stop, sleepUntil } = outcome;
    if (stop && stop.kind !== 'debug') return debug.connected ? stoppedWhileDebugged(stop) : stopped(stop);
    if (sleepUntil === undefined) {
      anchor = undefined;
      return schedule();
    }
    // Everything waits: time passes as it does for the person at the console.
    const { runner } = timeline!;
    const { time } = runner.status(true);
    anchor ??= { wall: performance.now(), virtual: time };
    const passed = anchor.virtual + (performance.now() - anchor.wall) * 1e6;
    runner.sleep(Math.min(passed, sleepUntil));
    schedule(passed >= sleepUntil ? 0 : Math.min(20, (sleepUntil - passed) / 1e6));
  } catch (error) {
    crashed = true;
    stopped({ kind: 'crashed', message: error instanceof Error ? error.message : String(error) });
    debug.stopped({ kind: 'powerOff' });
  }
}

function start(options: MachineOptions, wanted: TraceRequest): void {
  const execution = inBackground();
  begin(
    (bytes, snapshot) => new MachineRunner(withFreshStorage(options), modules, bytes, { ...execution, snapshot }),
    isRepeatable(options),
    wanted,
  );
  let description: State | undefined;
  describe = () => (description ??= describeMachine(options));
}

function useCodeCache(bytes: Uint8Array | undefined): void {
  codeCache = (bytes && readCodeCache(bytes, codeMaker(modules))) ?? new CodeCache();
  knownBatches = codeCache.batches.length;
  // In other threads; what is needed before it is there is compiled on the spot.
  for (const batch of codeCache.batches)
    void WebAssembly.compile(batch.bytes).then(
      (module) => (batch.module = module),
      () => undefined,
    );
  timeline!.runner.processor.useCodeCache(codeCache);
}

function restore(snapshot: Uint8Array, options: RestoreOptions): void {
  const execution = inBackground();
  let whole: StateReader | undefined;
  begin(
    (bytes, state) => {
      if (state) whole ??= readSnapshot(snapshot).description;
      if (state && whole)
        return new MachineRunner(restoredOptions(whole, withFreshStorage(options)), modules, bytes, { ...execution, snapshot: state });
      const { runner, description } = restoreRunner(snapshot, withFreshStorage(options), modules, bytes, execution);
      describe = () => description;
      return runner;
    },
    isRepeatable(options),
    { items: [] },
  );
}

/** One thread translates for all machines of a run: what it finishes for one that is gone, the next one leaves. */
const inBackground = (): Execution => ({ translation: backgroundTuning, service: new BackgroundTranslation(modules.features), toHost });

function resume(nanoseconds: number | undefined): void {
  const { runner } = timeline!;
  if (!runner.prepare()) {
    const { stopped: reason } = runner.status(false);
    return stopped(reason!);
  }
  limit = nanoseconds === undefined ? Infinity : runner.status(false).time + nanoseconds;
  wanted = true;
  // The debugger lets it go.
  if (debug!.holds) return;
  running = true;
  anchor = undefined;
  schedule();
}

function observe(what: Observation | undefined): Observed | undefined {
  if (what && traceRequest.items.length > 0) throw new Error('this machine is traced already');
  const observed = observer?.end();
  observer = what && (what.kind === 'samples' ? new Sampler(timeline!, what.interval) : new Recorder(timeline!, what));
  return observed;
}

function answer(request: Exclude<MachineRequest, { type: 'input' | 'fromHost' | 'consumed' | 'debugInput' }>): unknown {
  switch (request.type) {
    case 'start':
      // The host's side names its own module; nothing of the guest's reaches this.
      return start(loadModules(request.options, require), request.trace);
    case 'restore':
      return restore(request.snapshot, loadModules(request.options, require));
    case 'snapshot':
      if (crashed) throw new SnapshotError('the machine has crashed: there is nothing that it could go on from');
      // What was printed before is with the owner before the snapshot is.
      flush();
      return takeSnapshot(timeline!.runner, describe());
    case 'pause':
      if (running || wanted) stopped({ kind: 'paused' });
      return timeline!.runner.status(false);
    case 'resume':
      resume(request.until?.nanoseconds);
      return undefined;
    case 'status':
      return timeline!.runner.status(running);
    case 'useCodeCache':
      return useCodeCache(request.bytes);
    case 'codeCache':
      return codeCache && codeCache.batches.length > knownBatches ? writeCodeCache(codeCache.batches, codeMaker(modules)) : undefined;
    case 'monitor':
      return monitor!.execute(request.line);
    case 'powerButton':
      return timeline!.perform((runner) => runner.pressPowerButton());
    case 'break':
      return timeline!.perform((runner) => runner.sendBreak());
    case 'readRegisters':
      return timeline!.runner.registers();
    case 'place':
      return placeOf(timeline!.runner);
    case 'observe':
      return observe(request.what);
    case 'readMemory':
      return timeline!.runner.readMemory(request.address, request.length, request.space);
    case 'debugOpen':
      return openDebugger(request.noReboot);
    case 'debugClose':
      return debug!.connected ? closeDebugger() : undefined;
  }
}

port.on('message', (request: MachineRequest) => {
  if (request.type === 'input') return timeline?.perform((runner) => runner.input(request.bytes));
  if (request.type === 'fromHost') return timeline?.perform((runner) => runner.fromHost(request.action));
  if (request.type === 'debugInput') return debug?.receive(request.bytes);
  if (request.type === 'consumed') {
    unacknowledged -= request.length;
    if (running) schedule();
    return;
  }
  try {
    const value = answer(request);
    port.postMessage(
      { type: 'answer', id: request.id, value },
      request.type === 'snapshot' ? [(value as Uint8Array<ArrayBuffer>).buffer] : [],
    );
  } catch (error) {
    const option = error instanceof SnapshotMismatch ? error.option : undefined;
    send({
      type: 'failed',
      id: request.id,
      ...(error instanceof Error ? { message: error.message, name: error.name } : { message: String(error) }),
      option,
    });
  }
});
