import { MessageChannel, Worker, receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import type { CompileJob, CompiledBatch } from '../cpu/translator/compiler.js';
import type { HostFeatures } from '../cpu/translator/host-features.js';
import type { FinishedJob, TranslationService } from '../cpu/translator/service.js';
import { builtFile } from './built.js';

export interface TranslationWorkerData {
  port: MessagePort;
  features: HostFeatures;
}

export type TranslatedMessage = { batch: CompiledBatch | undefined; module: WebAssembly.Module | undefined } | { failure: string };

interface Thread {
  readonly port: MessagePort;
  readonly worker: Worker;
}

/** Milliseconds without a job after which the thread ends: it keeps 20 to 40 MB. The next job starts another. */
const IDLE = 5000;

/** Translates in a thread of its own, which starts with a job, and ends with the thread that made it, or when nothing is to be done. */
export class BackgroundTranslation implements TranslationService {
  private job: CompileJob | undefined;
  /** Jobs of which the thread has not told yet, and nobody wants to hear. */
  private unwanted = 0;
  /** What a thread left that has ended. */
  private left: TranslatedMessage | undefined;
  private thread: Thread | undefined;
  private idle: NodeJS.Timeout | undefined;

  constructor(
    private readonly features: HostFeatures,
    private readonly patience = IDLE,
  ) {}

  /** Whether there is a thread. */
  get awake(): boolean {
    return this.thread !== undefined;
  }

  private start(): Thread {
    const { port1, port2 } = new MessageChannel();
    const workerData: TranslationWorkerData = { port: port2, features: this.features };
    const worker = new Worker(builtFile('host-node', 'translation-worker.js'), {
      workerData,
      transferList: [port2],
      resourceLimits: { maxYoungGenerationSizeMb: 8 },
    });
    // An idle thread keeps nobody.
    worker.unref();
    port1.unref();
    return { port: port1, worker };
  }

  /** Ends the thread sooner than this one. */
  async dispose(): Promise<void> {
    clearTimeout(this.idle);
    const { thread } = this;
    this.thread = undefined;
    this.unwanted = 0;
    thread?.port.close();
    await thread?.worker.terminate();
  }

  /** The next job is another machine's: what was asked for until now is for nobody. */
  forget(): this {
    if (this.job && !this.left) this.unwanted++;
    this.job = this.left = undefined;
    return this;
  }

  get busy(): boolean {
    return this.job !== undefined;
  }

  submit(job: CompileJob): void {
    this.job = job;
    this.thread ??= this.start();
    this.thread.port.postMessage(job);
    this.endLater();
  }

  private endLater(): void {
    clearTimeout(this.idle);
    this.idle = setTimeout(() => this.endIdle(), this.patience).unref();
  }

  /** A machine that stands still takes nothing: what it has asked for last is kept for it. */
  private endIdle(): void {
    if (this.job && !this.left && !(this.left = this.receive())) return this.endLater();
    void this.dispose();
  }

  private receive(): TranslatedMessage | undefined {
    for (;;) {
      const received: { message: TranslatedMessage } | undefined = this.thread && receiveMessageOnPort(this.thread.port);
      if (!received || this.unwanted === 0) return received?.message;
      this.unwanted--;
    }
  }

  /**
   * Looks without waiting, and without the event loop: the machine runs for many slices between two turns of it.
   * @throws Error where the translator has failed, which it must not do whatever the guest's code is.
   */
  take(): FinishedJob | undefined {
    const { job } = this;
    if (!job) return undefined;
    const message = this.left ?? this.receive();
    if (!message) return undefined;
    this.job = this.left = undefined;
    if (this.thread) this.endLater();
    if ('failure' in message) throw new Error(`the translator failed: ${message.failure}`);
    return { job, ...message };
  }
}
