/** A machine for an owner in another thread: takes its requests from a port, and answers them there. */
import type { CoreModules } from '../cpu/processor-interfaces.js';
import type { EngineCode } from '../cpu/translator/code-cache.js';
import type { TranslationService } from '../cpu/translator/service.js';
import { backgroundTuning } from '../cpu/translator/translator.js';
import type { MachineOptions } from '../machine/options.js';
import { type RestoreOptions, SnapshotMismatch } from '../machine/snapshot/description.js';
import { SnapshotError } from '../devices/snapshotable.js';
import { checkSnapshot } from '../machine/snapshot/format.js';
import type { Sha256 } from '../machine/snapshot/sha256.js';
import { loadModules } from '../machine/storage.js';
import { hasFiles, readFromFiles } from './file-images.js';
import { KnownCode } from './known-code.js';
import { fromPowerOn, fromSnapshot, onlyOnce, type Origin } from './origin.js';
import type { ServerPort } from './port.js';
import type { MachineAnswers, MachineQuestion, MachineRequest } from './protocol.js';
import { ServedMachine } from './served-machine.js';

/** What a machine's host hands over. */
export interface ServerHost {
  port: ServerPort;
  modules: CoreModules;
  /** Translates hot code while the machine goes on: one for all machines of a run. What was asked of the one before is for nobody. */
  translation(): TranslationService;
  /** Who translates code, so that code of another build or engine is not executed. */
  codeMaker(): string;
  /** Who else's code can be executed: of this build for any engine. */
  portableMaker?(): string;
  /** What its engine has made of modules, where that is kept with translated code. */
  engine?: EngineCode | undefined;
  /** A run has left its code: whatever else of it is good for the next thread can be kept now. */
  codeLeft?(whole?: boolean): void;
  /** A module of the host's side, by the name that the options have for it. Nothing of the guest's reaches this. */
  load: (module: string) => unknown;
  /** Its files, where it has some: a snapshot in a file is in nobody's memory. */
  files?: MachineFiles | undefined;
  /** Nobody goes back with its machines, so what they begin with is not kept. */
  forgetful?: boolean | undefined;
  /** Gives back memory that is in use no more. It may take some milliseconds. */
  collect?(): void;
  /** Its own SHA-256, where it has one that answers at once. */
  sha256?: Sha256 | undefined;
}

/** Files of snapshots and images, on the machine's side. */
export interface MachineFiles {
  /** Writes a new file. @throws Error when it cannot be written; then there is none. */
  write(path: string, parts: readonly Uint8Array[]): void;
  /** Opens a file, which may be deleted from then on, to be read as often as is wanted. @throws Error when there is none. */
  open(path: string): () => Uint8Array;
}

/** How each request is answered: a value, or what it throws. */
type Answering = { [Type in keyof MachineAnswers]: (request: MachineQuestion & { type: Type }) => MachineAnswers[Type] };

export class MachineServer {
  private machine: ServedMachine | undefined;
  /** What was translated in earlier runs, as the last machine got it. */
  private code: KnownCode | undefined;

  constructor(private readonly host: ServerHost) {
    host.port.receive((request) => this.receive(request));
  }

  private readonly answers: Answering = {
    start: ({ options, trace }) => this.powerOn(options, trace),
    restore: (request) => {
      const { options, snapshot } = request;
      if (!this.host.forgetful) return this.resume(() => snapshot, options);
      request.snapshot = EMPTY;
      this.resume(givenOnce(snapshot), options);
    },
    restoreFile: ({ options, file }) => {
      const read = this.files.open(file);
      checkSnapshot(read());
      this.resume(read, options);
      // What was read is in the machine now.
      this.host.port.schedule(() => this.host.collect?.(), 0);
    },
    snapshot: () => this.served.snapshot(),
    saveSnapshot: ({ file, options }) => {
      const length = this.save(file, options.most);
      if (options.moves && this.served.canMove) this.move(file);
      this.host.port.schedule(() => this.host.collect?.(), 0);
      return length;
    },
    pause: () => this.served.turns.pause(),
    resume: ({ until }) => this.served.turns.resume(until?.nanoseconds),
    status: () => this.served.turns.status(),
    useCodeCache: ({ bytes, modules }) => this.served.useCode(this.codeOf(bytes, modules)),
    codeCache: ({ whole }) => {
      this.host.codeLeft?.(whole);
      return this.served.savedCode(whole);
    },
    monitor: ({ line }) => this.served.command(line),
    powerButton: () => this.served.timeline.perform((runner) => runner.pressPowerButton()),
    break: () => this.served.timeline.perform((runner) => runner.sendBreak()),
    readRegisters: () => this.served.runner.registers(),
    readMemory: ({ address, length, space }) => this.served.runner.readMemory(address, length, space),
    digest: () => this.served.runner.digest(),
    place: () => this.served.place(),
    interrupts: () => this.served.runner.board.gic.sharedInterrupts(),
    driven: () => this.served.runner.board.driven(),
    noticed: () => this.served.noticed(),
    observe: ({ what }) => this.served.observe(what),
    watchConsole: ({ wanted }) => this.served.watchConsole(wanted),
    debugOpen: ({ noReboot }) => this.served.turns.openDebugger(noReboot),
    debugClose: () => {
      const { turns } = this.served;
      if (turns.debug.connected) turns.closeDebugger();
    },
  };

  private codeOf(bytes: Uint8Array | undefined, modules?: readonly WebAssembly.Module[]): KnownCode {
    const maker = this.host.codeMaker();
    const digest = bytes && this.host.sha256?.(bytes);
    const portable = this.host.portableMaker?.();
    const { engine } = this.host;
    this.code = this.code?.again(maker, digest) ?? KnownCode.read(bytes, maker, { digest, modules, portable, engine });
    return this.code;
  }

  /** Whatever the machine was doing, it does no more. */
  private switchOff(): void {
    const { port, modules } = this.host;
    this.machine?.turns.end();
    this.machine = undefined;
    modules.memories?.release();
    port.send({ type: 'switchedOff' });
  }

  private get files(): MachineFiles {
    if (!this.host.files) throw new Error('this machine has no files');
    return this.host.files;
  }

  /** In bytes. The parts are the machine's own memory: nobody has them afterwards. */
  private save(file: string, most = Infinity): number {
    const parts = this.served.snapshotParts();
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    if (length > most) throw new SnapshotError(`the snapshot has ${length} bytes, and may have ${most}`);
    this.files.write(file, parts);
    return length;
  }

  private move(file: string): void {
    const bytes = this.files.open(file)();
    // Whatever the disk has made of it: until here, nothing is lost.
    checkSnapshot(bytes);
    try {
      this.served.move(bytes, () => this.host.collect?.());
    } catch (error) {
      this.machine = undefined;
      throw new Error(`the machine could not go on from its snapshot: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
  }

  private powerOn(options: MachineOptions, trace: ServedMachine['trace']): void {
    const { load, modules, sha256, port } = this.host;
    const given = readFromFiles(options, (file) => this.files.open(file));
    this.begin(fromPowerOn(loadModules(given, load), modules, sha256), trace);
    // What was read is in the machine now.
    if (hasFiles(options)) port.schedule(() => this.host.collect?.(), 0);
  }

  private resume(read: () => Uint8Array, options: RestoreOptions): void {
    const { load, modules, sha256 } = this.host;
    this.begin(fromSnapshot(read, loadModules(options, load), modules, sha256), { items: [] });
  }

  private get served(): ServedMachine {
    if (!this.machine) throw new Error('there is no machine yet: start or restore one first');
    return this.machine;
  }

  private begin(origin: Origin, trace: ServedMachine['trace']): void {
    const from = this.host.forgetful ? onlyOnce(origin) : origin;
    // What the thread finishes for a machine that is gone, the next one leaves.
    this.machine = new ServedMachine(from, trace, { translation: backgroundTuning, service: this.host.translation() }, this.host.port);
  }

  private receive(request: MachineRequest): void {
    switch (request.type) {
      case 'input':
        return this.machine?.timeline.perform((runner) => runner.input(request.bytes));
      case 'fromHost':
        return this.machine?.timeline.perform((runner) => runner.fromHost(request.action));
      case 'debugInput':
        return this.machine?.turns.debug.receive(request.bytes);
      case 'consumed':
        return this.machine?.turns.consumed(request.length);
      case 'switchOff':
        return this.switchOff();
      default:
        this.answer(request);
    }
  }

  private answer(request: MachineQuestion): void {
    const { port } = this.host;
    const { id, type } = request;
    try {
      const value = (this.answers[type] as (request: MachineQuestion) => unknown)(request);
      // Of a snapshot's hundred megabytes there is no second copy.
      port.send({ type: 'answer', id, value }, type === 'snapshot' ? [(value as MachineAnswers['snapshot']).buffer] : undefined);
    } catch (error) {
      const option = error instanceof SnapshotMismatch ? error.option : undefined;
      const what = error instanceof Error ? { message: error.message, name: error.name } : { message: String(error) };
      port.send({ type: 'failed', id, ...what, option });
    }
  }
}

const EMPTY = new Uint8Array(0);

/** Gives the bytes to the first who asks, and has them no more. */
function givenOnce(bytes: Uint8Array): () => Uint8Array {
  let left = bytes;
  return () => {
    const given = left;
    left = EMPTY;
    return given;
  };
}
