/**
 * A Jupyter kernel of any language: write an `Evaluator`, and give it to `runKernel`. Sockets, signatures, queues, history,
 * displays, comms, input, interrupts and subshells are there already. An example is in this folder's README.
 */
export {
  InputRefused,
  KernelError,
  keyboardInterrupt,
  type CellContext,
  type Completeness,
  type CompletenessStatus,
  type Completion,
  type Evaluator,
  type JsonObject,
  type JsonValue,
  type MimeBundle,
  type Payload,
} from './evaluator.js';
export type { Comm, CommContent, CommHandler, CommHost, CommMessage } from './comms.js';
export type { KernelIdentity, LanguageInfo } from './info.js';
export { runKernel } from './run.js';
export { deferredEvaluator } from './deferred-evaluator.js';
export { InProcessKernel, type CellRun, type ExecuteCellOptions } from './client.js';
export { Kernel, type KernelOptions } from './kernel.js';
export { MemoryTransport } from '../transport/memory.js';
export type { Incoming, Receiver, Transport } from '../transport/transport.js';
export type { Header, Message, RequestChannel } from '../protocol/message.js';
