/** Contents of what a kernel publishes to all of its clients (IOPub). Source: "Messaging in Jupyter", protocol 5.5. */
import type { JsonObject, JsonValue } from './json.js';
import type { Message } from './message.js';

export type StreamName = 'stdout' | 'stderr';

/** The fields of an `error` output and of a failed reply. */
export interface ErrorContent {
  ename: string;
  evalue: string;
  /** Lines, which may hold colours of a terminal. */
  traceback: string[];
}

/** One thing in several forms: keys of `data` are MIME types. */
export interface BundleContent {
  data: { readonly [mime: string]: JsonValue };
  metadata: { readonly [key: string]: JsonValue };
}

export interface PublishedContents {
  status: { execution_state: 'starting' | 'busy' | 'idle' };
  execute_input: { code: string; execution_count: number };
  stream: { name: StreamName; text: string };
  display_data: BundleContent & { transient: { display_id?: string } };
  update_display_data: BundleContent & { transient: { display_id: string } };
  execute_result: BundleContent & { execution_count: number };
  error: ErrorContent;
  clear_output: { wait: boolean };
  comm_open: { comm_id: string; target_name: string; data: JsonObject };
  comm_msg: { comm_id: string; data: JsonObject };
  comm_close: { comm_id: string; data: JsonObject };
  /** Also published, so that every client hears that the kernel ends. */
  shutdown_reply: { status: 'ok'; restart: boolean };
  /** The first message after a subscription (JEP 65); `subscription` is its topic. */
  iopub_welcome: { subscription: string };
}

export type PublishedType = keyof PublishedContents;

/** The type of a published message with its content: a `switch` over `type` knows the fields of `content`. */
export type Published = { [Type in PublishedType]: { type: Type; content: PublishedContents[Type] } }[PublishedType];

/** Looks into a message of a kernel that keeps the protocol. A type that is not listed above matches no case. */
export function published({ header, content }: Message): Published {
  return { type: header.msg_type, content } as Published;
}
