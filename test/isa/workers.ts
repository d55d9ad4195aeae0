/** Threads that run chunks. */
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Chunk, ChunkResult } from './chunk.js';

export class Workers {
  private readonly idle: Worker[];

  constructor(private readonly count: number) {
    this.idle = Array.from({ length: count }, () => new Worker(join(__dirname, 'worker.js')));
  }

  /** To be called for as many chunks at once as there are threads, at most. */
  async run(chunk: Chunk): Promise<ChunkResult> {
    const worker = this.idle.pop();
    if (!worker) throw new Error(`all ${this.count} threads are busy`);
    const result = await new Promise<ChunkResult>((resolve, reject) => {
      worker.once('error', reject);
      worker.once('message', (message: ChunkResult) => {
        worker.off('error', reject);
        resolve(message);
      });
      worker.postMessage(chunk);
    });
    this.idle.push(worker);
    return result;
  }
}
