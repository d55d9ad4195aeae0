import { join } from 'node:path';
import { MessageChannel, Worker, receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import type { CompileJob, CompiledBatch } from '../cpu/translator/compiler.js';
import type { HostFeatures } from '../cpu/translator/host-features.js';
import type { FinishedJob, TranslationService } from '../cpu/translator/service.js';

export interface TranslationWorkerData {
  port: MessagePort;
  features: HostFeatures;
}

export type TranslatedMessage = { batch: CompiledBatch | undefined; module: WebAssembly.Module | undefined } | { failure: string };

/** Translates in a thread of its own, which ends with the one that made it. */
export class BackgroundTranslation implements TranslationService {
  private job: CompileJob | undefined;
  private readonly port: MessagePort;

  constructor(features: HostFeatures) {
    const { port1, port2 } = new MessageChannel();
    const workerData: TranslationWorkerData = { port: port2, features };
    const folder = __filename.endsWith('.ts') ? join(__dirname, '..', '..', 'dist', 'emulator', 'machine') : __dirname;
    // An idle thread keeps nobody.
    new Worker(join(folder, 'translation-worker.js'), { workerData, transferList: [port2] }).unref();
    this.port = port1;
    this.port.unref();
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
