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

/** Translates in a thread of its own, which ends with the one that made it. */
export class BackgroundTranslation implements TranslationService {
  private job: CompileJob | undefined;
  private readonly port: MessagePort;
  private readonly worker: Worker;

  constructor(features: HostFeatures) {
    const { port1, port2 } = new MessageChannel();
    const workerData: TranslationWorkerData = { port: port2, features };
    // An idle thread keeps nobody.
    this.worker = new Worker(builtFile('host-node', 'translation-worker.js'), {
      workerData,
      transferList: [port2],
      resourceLimits: { maxYoungGenerationSizeMb: 8 },
    });
    this.worker.unref();
    this.port = port1;
    this.port.unref();
  }

  /** Ends the thread sooner than this one. */
  async dispose(): Promise<void> {
    this.port.close();
    await this.worker.terminate();
  }

  get busy(): boolean {
    return this.job !== undefined;
  }

  submit(job: CompileJob): void {
    this.job = job;
    this.port.postMessage(job);
  }

  /**
   * Looks without waiting, and without the event loop: the machine runs for many slices between two turns of it.
   * @throws Error where the translator has failed, which it must not do whatever the guest's code is.
   */
  take(): FinishedJob | undefined {
    const { job } = this;
    const received = receiveMessageOnPort(this.port) as { message: TranslatedMessage } | undefined;
    if (!received || !job) return undefined;
    this.job = undefined;
    const { message } = received;
    if ('failure' in message) throw new Error(`the translator failed: ${message.failure}`);
    return { job, ...message };
  }
}
