/** The thread in which a target runs, so that one that hangs or grows can be ended. */
import { parentPort, workerData } from 'node:worker_threads';
import { targets } from './targets.js';

export interface FuzzJob {
  name: string;
  seed: number;
  operations: number;
  /** One cell: operations done. */
  progress: Int32Array;
}

export interface FuzzReport {
  digest?: string;
  failure?: string;
}

/** Milliseconds that one operation may take, on a machine that is busy with something else. */
const SLOW = 20_000;

const job = workerData as FuzzJob;

async function run(): Promise<FuzzReport> {
  const target = targets.find((each) => each.name === job.name)!;
  let before = performance.now();
  try {
    const digest = await target.run(job.seed, job.operations, (done) => {
      Atomics.store(job.progress, 0, done);
      const now = performance.now();
      if (now - before > SLOW) throw new Error(`the operation took ${((now - before) / 1000).toFixed(1)} s`);
      before = now;
    });
    return { digest };
  } catch (error) {
    return {
      failure: `after ${Atomics.load(job.progress, 0)} operations: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    };
  }
}

void run().then((report) => parentPort!.postMessage(report));
