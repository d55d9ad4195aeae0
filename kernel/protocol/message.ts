/**
 * Jupyter messages in memory: what the wire format carries, without frames and signatures.
 * Source: "Messaging in Jupyter", protocol 5.5 (jupyter-client.readthedocs.io).
 */
import { randomUUID } from 'node:crypto';
import type { KernelMessage } from '@jupyterlab/services';
import type { JsonObject } from './json.js';

export type { JsonObject } from './json.js';

export const PROTOCOL_VERSION = '5.5';

/** The sockets on which a request can arrive, and on which its reply goes back. */
export type RequestChannel = 'shell' | 'control' | 'stdin';

export interface Header extends Omit<KernelMessage.IHeader, 'msg_type' | 'subshell_id'> {
  msg_type: string;
  /** The subshell that a request is for (JEP 91). Absent or null: the main shell. */
  subshell_id?: string | null;
}

/** An empty object: every field of a header is absent. */
export type NoHeader = { [Field in keyof Header]?: undefined };

export interface Message<Content extends object = object> {
  header: Header;
  /** Empty when the message answers nothing. */
  parent_header: Header | NoHeader;
  metadata: JsonObject;
  content: Content;
  /** Binary attachments, outside the signature. */
  buffers: Uint8Array[];
}

/** Makes headers of one session; every message has an identifier of its own, as clients refuse repeated signatures. */
export class HeaderFactory {
  private counter = 0;

  constructor(
    readonly session: string = randomUUID(),
    readonly username: string = 'kernel',
  ) {}

  header(type: string): Header {
    return {
      msg_id: `${this.session}_${process.pid}_${this.counter++}`,
      session: this.session,
      username: this.username,
      date: new Date().toISOString(),
      msg_type: type,
      version: PROTOCOL_VERSION,
    };
  }

  message<Content extends object>(type: string, content: Content, parent?: Header, metadata: JsonObject = {}): Message<Content> {
    return { header: this.header(type), parent_header: parent ?? {}, metadata, content, buffers: [] };
  }
}
