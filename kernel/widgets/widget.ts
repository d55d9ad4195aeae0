import { isDeepStrictEqual } from 'node:util';
import type { Comm, CommHost, CommMessage } from '../core/comms.js';
import type { JsonValue, MimeBundle } from '../core/evaluator.js';
import type { JsonObject } from '../protocol/message.js';

export const WIDGET_TARGET = 'jupyter.widget';
/** Of the messages between models and their views. */
const PROTOCOL_VERSION = '2.1.0';
const VIEW_MIME = 'application/vnd.jupyter.widget-view+json';

/** What a front end sends that is no state, such as a click. */
export type CustomHandler = (content: JsonObject, signal: AbortSignal) => void | Promise<void>;

/**
 * A model that front ends show, and that both sides may change. Its state is here; front ends hold copies. Messages:
 * ipywidgets, "Widget messaging protocol", version 2.
 */
export class Widget {
  readonly id: string;
  /** Called with custom messages. The kernel looks busy until the handler is through. */
  onCustom: CustomHandler | undefined;
  /** Called after a front end has changed the state, with the fields that it set. */
  onChange: ((changes: JsonObject) => void) | undefined;
  /** Resolves when a front end closes the model: at once where it knows no widgets. */
  readonly refused: Promise<void>;
  private readonly values: { [name: string]: JsonValue };
  private readonly comm: Comm;

  /** @param closed is told when either side has closed the model. */
  constructor(
    host: CommHost,
    state: JsonObject,
    private readonly closed: (widget: Widget) => void,
  ) {
    this.values = { ...state };
    this.comm = host.open(WIDGET_TARGET, {
      data: { state: this.state, buffer_paths: [] },
      metadata: { version: PROTOCOL_VERSION },
    });
    this.id = this.comm.id;
    this.comm.onMessage = (message) => this.received(message);
    this.refused = new Promise((resolve) => {
      this.comm.onClose = () => {
        closed(this);
        resolve();
      };
    });
  }

  /** A copy. */
  get state(): JsonObject {
    return structuredClone(this.values);
  }

  /** How other models name this one. */
  get reference(): string {
    return `IPY_MODEL_${this.id}`;
  }

  /** Changes the state, here and in the front ends. Fields that have these values already are not sent. */
  set(changes: JsonObject): void {
    const news = Object.entries(changes).filter(([name, value]) => !isDeepStrictEqual(this.values[name], value));
    if (news.length === 0) return;
    Object.assign(this.values, Object.fromEntries(news));
    this.send('update', Object.fromEntries(news));
  }

  /** Takes the model, and its views, out of the front ends. */
  close(): void {
    this.comm.close();
    this.closed(this);
  }

  /** A display of the model; front ends without widgets show the other forms in the same place. */
  view(fallback: MimeBundle): MimeBundle {
    const view = { version_major: 2, version_minor: 0, model_id: this.id };
    return { data: { [VIEW_MIME]: view, ...fallback.data }, metadata: { ...fallback.metadata } };
  }

  private received({ data, signal }: CommMessage): void | Promise<void> {
    switch (data['method']) {
      case 'request_state':
        return this.send('update', this.state);
      case 'update': {
        const sent = Object.entries((data['state'] ?? {}) as JsonObject);
        // Which code shows a model is not for a front end to change, and unknown fields have nowhere to go.
        const known = sent.filter(([name]) => name in this.values && !/^_(model|view)_/.test(name));
        const changes = Object.fromEntries(known);
        // Other front ends, and the sender's other views, learn of it so.
        this.send('echo_update', changes);
        Object.assign(this.values, changes);
        return this.onChange?.(structuredClone(changes));
      }
      case 'custom':
        return this.onCustom?.((data['content'] ?? {}) as JsonObject, signal);
      default:
        return undefined;
    }
  }

  private send(method: 'update' | 'echo_update', state: JsonObject): void {
    this.comm.send({ data: { method, state, buffer_paths: [] } });
  }
}
