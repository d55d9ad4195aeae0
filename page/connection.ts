/** The page's end of the worker that a kernel is in. */
import { GONE, watchLifeline } from '../emulator/host-web/lifeline.js';
import { randomId } from '../kernel/host-web/random-id.js';
import { lacks, missingFeature } from './features.js';
import type { FromKernel, ReadersFile, ToKernel } from '../kernel/site/page-messages.js';
import type { Header, Message, RequestChannel } from '../kernel/protocol/message.js';

export interface KernelEvents {
  message(channel: RequestChannel | 'iopub', message: Message): void;
  /** Files that cells have changed. */
  files(files: readonly ReadersFile[]): void;
  /** The kernel runs no more: why. Called once. */
  lost(why: string): void;
}

export class KernelConnection {
  /** Resolves when the kernel can run cells, or is lost. */
  readonly ready: Promise<void>;
  /** Why the kernel runs no more. */
  lost: string | undefined;
  private readonly worker: Worker | undefined;
  private isReady: () => void = () => undefined;

  /** @param script address of the kernel's module */
  constructor(
    script: URL,
    private readonly events: KernelEvents,
  ) {
    this.ready = new Promise((resolve) => (this.isReady = resolve));
    const missing = missingFeature();
    if (missing !== undefined) {
      // Listeners are there by then.
      queueMicrotask(() => this.end(lacks(missing)));
      return;
    }
    this.worker = new Worker(script, { type: 'module' });
    watchLifeline(this.worker, () => this.end(GONE));
    this.worker.onmessage = ({ data }: MessageEvent<FromKernel>) => this.received(data);
    this.worker.onerror = ({ message }) =>
      this.end(message ? `its worker failed: ${message}` : `${script.href} could not be loaded: is there a network?`);
  }

  post(message: ToKernel): void {
    if (this.lost === undefined) this.worker?.postMessage(message);
  }

  interrupt(): void {
    this.post({ type: 'message', channel: 'control', message: requestOf('interrupt_request', {}) });
  }

  close(): void {
    this.lost ??= 'it was closed';
    this.worker?.terminate();
  }

  private received(message: FromKernel): void {
    switch (message.type) {
      case 'ready':
        return this.isReady();
      case 'failed':
        return this.end(message.why);
      case 'files':
        return this.events.files(message.files);
      case 'message':
        return this.events.message(message.channel, message.message);
    }
  }

  private end(why: string): void {
    if (this.lost !== undefined) return;
    this.lost = why;
    this.worker?.terminate();
    this.isReady();
    this.events.lost(why);
  }
}

/** The session of messages that are this page's own. */
export const OWN_SESSION = 'virtbook';

export const headerOf = (type: string, session: string): Header => ({
  msg_id: randomId(),
  session,
  username: '',
  date: new Date().toISOString(),
  msg_type: type,
  version: '5.5',
});

export const requestOf = (type: string, content: object): Message => ({
  header: headerOf(type, OWN_SESSION),
  parent_header: {},
  metadata: {},
  content,
  buffers: [],
});
