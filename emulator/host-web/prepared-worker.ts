/** A machine's worker, from before there is a machine for it. */
import type { OwnerPort } from '../server/port.js';
import type { MachineEvent } from '../server/protocol.js';
import type { LoadedCore } from './core-modules.js';
import { GONE, watchLifeline } from './lifeline.js';
import { hasStorage } from './storage-files.js';

/** What a worker is told before all else. */
export interface WorkerSettings {
  /** The processor, where its owner has compiled it already. The worker compiles its own unless given. */
  core?: LoadedCore | undefined;
  /**
   * The machine's images are not kept once they are in its RAM, nor the snapshot that it was restored from: no debugger can go back to
   * before them, and no reset can.
   */
  forgetful?: boolean | undefined;
}

/** It loads what a machine needs, and waits. */
export class PreparedWorker {
  /** Hears why the worker is gone. */
  private listener: ((message: string) => void) | undefined;
  private over: string | undefined;

  constructor(
    private readonly worker: Worker,
    settings: WorkerSettings,
  ) {
    watchLifeline(worker, () => this.lose(`the machine failed: ${GONE}`));
    worker.addEventListener('error', ({ message }) => this.lose(`the machine failed: ${message || 'its worker could not be loaded'}`));
    const { core, forgetful } = settings;
    worker.postMessage({ core, forgetful } satisfies WorkerSettings);
  }

  /** Why it is of no use any more. */
  get lost(): string | undefined {
    return this.over;
  }

  private lose(message: string): void {
    this.over ??= message;
    this.listener?.(message);
  }

  /** No machine comes any more, and one that has come is off. */
  end(): void {
    this.worker.terminate();
    // A browser says nothing of a worker that is gone.
    this.lose('the machine was switched off');
  }

  /** For one machine. */
  port(): OwnerPort {
    const { worker } = this;
    return {
      hasFiles: hasStorage(),
      send: (request, transfer = []) => worker.postMessage(request, [...transfer]),
      receive: (listener) => worker.addEventListener('message', ({ data }: MessageEvent<MachineEvent>) => listener(data)),
      ended: (listener) => {
        this.listener = listener;
        if (this.over !== undefined) listener(this.over);
      },
      close: async () => this.end(),
    };
  }
}
