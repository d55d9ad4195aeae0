/**
 * Jupyter messages in memory: what the wire format carries, without frames and signatures.
 * Source: "Messaging in Jupyter", protocol 5.5 (jupyter-client.readthedocs.io).
 */
import { randomUUID } from 'node:crypto';
import type { KernelMessage } from '@jupyterlab/services';
import type { JsonValue } from '../core/evaluator.js';
import type { Usage } from '../core/usage.js';

export const PROTOCOL_VERSION = '5.5';

/** The sockets on which a request can arrive, and on which its reply goes back. */
export type RequestChannel = 'shell' | 'control' | 'stdin';

export type JsonObject = { [key: string]: JsonValue };

export interface Header extends Omit<KernelMessage.IHeader, 'msg_type' | 'subshell_id'> {
  msg_type: string;
  /** The subshell that a request is for (JEP 91). Absent or null: the main shell. */
  subshell_id?: string | null;
}

export interface Message<Content extends object = object> {
  header: Header;
  /** Empty when the message answers nothing. */
  parent_header: Header | Record<string, never>;
  metadata: JsonObject;
  content: Content;
  /** Binary attachments, outside the signature. */
  buffers: Uint8Array[];
}

/** A refusal in the words of the Debug Adapter Protocol, which debug messages carry. */
export interface DebugReply {
  type: 'response';
  request_seq: number;
  seq: number;
  success: false;
  command: string;
  message: string;
  body: object;
}

/** What must come back on the requesting channel, by the type of the request. */
export interface ReplyContents {
  kernel_info_request: KernelMessage.IInfoReply;
  complete_request: KernelMessage.ICompleteReplyMsg['content'];
  inspect_request: KernelMessage.IInspectReplyMsg['content'];
  is_complete_request: KernelMessage.IIsCompleteReplyMsg['content'];
  history_request: KernelMessage.IHistoryReplyMsg['content'];
  comm_info_request: KernelMessage.ICommInfoReplyMsg['content'];
  execute_request: KernelMessage.IExecuteReplyMsg['content'];
  interrupt_request: KernelMessage.IInterruptReplyMsg['content'];
  shutdown_request: { status: 'ok'; restart: boolean };
  create_subshell_request: { status: 'ok'; subshell_id: string };
  delete_subshell_request: { status: 'ok' };
  list_subshell_request: { status: 'ok'; subshell_id: string[] };
  /** Deprecated, and nothing in a kernel that has no ports. */
  connect_request: { status: 'ok'; [port: `${string}_port`]: number };
  usage_request: Usage;
  debug_request: DebugReply;
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
