import { watchParent } from '../host/parent.js';
import { readConnectionFile } from '../transport/connection.js';
import type { Evaluator } from './evaluator.js';
import { Kernel, type KernelOptions } from './kernel.js';

/**
 * Runs a kernel for the clients of a connection file, until one of them shuts it down. The caller then ends the process.
 *
 * @throws Error when the connection file cannot be used; the text says why.
 */
export async function runKernel(connectionFile: string, evaluator: Evaluator, options: KernelOptions = {}): Promise<{ restart: boolean }> {
  const name = evaluator.identity?.implementation ?? 'kernel';
  const log = options.log ?? ((text: string) => void process.stderr.write(`${name}: ${text}\n`));
  const connection = readConnectionFile(connectionFile);
  // Loaded here, so that a kernel in memory needs no ZeroMQ.
  const { ZmqTransport } = await import('../transport/zmq.js');
  const kernel = new Kernel(evaluator, new ZmqTransport(connection, log), { ...options, log });
  // Some clients send signals in spite of interrupt_mode, and to the whole process group.
  const interrupt = (): void => kernel.interrupt();
  const terminate = (): void => void kernel.shutdown();
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', terminate);
  const orphaned = watchClient(terminate);
  try {
    await kernel.start();
    return await kernel.closed;
  } finally {
    clearInterval(orphaned);
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', terminate);
  }
}

/** Clients that die do not shut their kernels down. They announce themselves in JPY_PARENT_PID. */
function watchClient(ended: () => void): NodeJS.Timeout | undefined {
  return process.env['JPY_PARENT_PID'] && process.ppid !== 1 ? watchParent(ended) : undefined;
}
