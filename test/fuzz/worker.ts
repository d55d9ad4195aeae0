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

const { name, seed, operations, progress } = workerData as FuzzJob;

async function run(): Promise<FuzzReport> {
  const target = targets.find((each) => each.name === name)!;
  try {
    const digest = await target.run(seed, operations, (done) => Atomics.store(progress, 0, done));
    return { digest };
  } catch (error) {
    return { failure: `after ${Atomics.load(progress, 0)} operations: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}` };
  }
}

void run().then((report) => parentPort!.postMessage(report));
