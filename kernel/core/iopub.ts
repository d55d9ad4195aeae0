import type { JsonObject } from '../protocol/json.js';
import type { Header, HeaderFactory } from '../protocol/message.js';
import type { PublishedContents, PublishedType, StreamName } from '../protocol/published.js';
import type { Transport } from '../transport/transport.js';

/** Stream text leaves after this many milliseconds at the latest. */
const FLUSH_INTERVAL = 60;
/** Stream text leaves when this many characters have gathered. */
const FLUSH_SIZE = 32 * 1024;
/** Where nobody watches, text leaves in pieces of at most so many characters, whole lines where they fit. */
const STEADY_SIZE = 4 * 1024;
/** Where nobody watches, text leaves also after so many milliseconds of silence: longer than a machine under load pauses. */
const STEADY_SILENCE = 5000;

interface PendingText {
  parent: Header | undefined;
  name: StreamName;
  parts: string[];
  size: number;
}

/**
 * What every client sees, in one order. Stream text is gathered, because front ends and servers choke on a message per
 * line; anything else, and text of another cell or stream, sends what was gathered first.
 */
export class IoPub {
  private pending: PendingText | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly transport: Transport,
    private readonly headers: HeaderFactory,
  ) {}

  /** `parent` is the header of the request that this belongs to. */
  publish<Type extends PublishedType>(
    parent: Header | undefined,
    type: Type,
    content: PublishedContents[Type],
    metadata: JsonObject = {},
    buffers: readonly Uint8Array[] = [],
  ): void {
    this.flush();
    this.send(parent, type, content, metadata, buffers);
  }

  status(parent: Header | undefined, state: PublishedContents['status']['execution_state']): void {
    this.publish(parent, 'status', { execution_state: state });
  }

  /** Tells a client that its subscription works; by JEP 65 this has no parent and the subscription as its topic. */
  welcome(topic: string): void {
    const content: PublishedContents['iopub_welcome'] = { subscription: topic };
    this.transport.publish(topic, this.headers.message('iopub_welcome', content));
  }

  /**
   * @param steady cut where the text says, not where the time does: a program that runs notebooks then stores the same pieces
   *   each time
   */
  stream(parent: Header | undefined, name: StreamName, text: string, steady = false): void {
    if (text === '') return;
    if (this.pending && (this.pending.parent !== parent || this.pending.name !== name)) this.flush();
    this.pending ??= { parent, name, parts: [], size: 0 };
    this.pending.parts.push(text);
    this.pending.size += text.length;
    if (steady) return this.steady(this.pending);
    if (this.pending.size >= FLUSH_SIZE) this.flush(true);
    else this.timer ??= setTimeout(() => this.flush(true), FLUSH_INTERVAL);
  }

  private steady(pending: PendingText): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(true), STEADY_SILENCE);
    if (pending.size < STEADY_SIZE) return;
    let rest = pending.parts.join('');
    while (rest.length >= STEADY_SIZE) {
      const lineEnd = rest.lastIndexOf('\n', STEADY_SIZE - 1) + 1;
      // A line that fills the whole piece is cut, but not between CR and LF.
      const end = lineEnd || (rest[STEADY_SIZE - 1] === '\r' ? STEADY_SIZE - 1 : STEADY_SIZE);
      this.send(pending.parent, 'stream', { name: pending.name, text: rest.slice(0, end).replace(/\r\n/g, '\n') });
      rest = rest.slice(end);
    }
    this.pending = rest ? { ...pending, parts: [rest], size: rest.length } : undefined;
  }

  /** @param more whether the same stream may go on: then a last CR waits for the LF that may follow it. */
  flush(more = false): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const pending = this.pending;
    if (!pending) return;
    this.pending = undefined;
    let text = pending.parts.join('');
    if (more && text.endsWith('\r') && text.length > 1) {
      text = text.slice(0, -1);
      this.pending = { ...pending, parts: ['\r'], size: 1 };
      this.timer = setTimeout(() => this.flush(), FLUSH_INTERVAL);
    }
    this.send(pending.parent, 'stream', { name: pending.name, text: text.replace(/\r\n/g, '\n') });
  }

  private send<Type extends PublishedType>(
    parent: Header | undefined,
    type: Type,
    content: PublishedContents[Type],
    metadata: JsonObject = {},
    buffers: readonly Uint8Array[] = [],
  ): void {
    const message = { ...this.headers.message(type, content, parent, metadata), buffers: [...buffers] };
    this.transport.publish(`kernel.${this.headers.session}.${type}`, message);
  }
}
