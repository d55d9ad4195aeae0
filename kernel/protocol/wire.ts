/** The wire format: `[identities...] <IDS|MSG> signature header parent_header metadata content [buffers...]`. */
import type { JsonObject } from './json.js';
import type { Header, Message } from './message.js';
import type { Signer } from './signature.js';

const [QUOTE, BACKSLASH, LIST, LIST_END, OBJECT, OBJECT_END] = [...'"\\[]{}'].map((character) => character.charCodeAt(0)) as [
  number,
  number,
  number,
  number,
  number,
  number,
];
const DELIMITER = Buffer.from('<IDS|MSG>');

export interface Envelope {
  /** Routing prefix of a ROUTER socket, or the topic of a PUB socket. */
  identities: Uint8Array[];
  message: Message;
}

/** A message that must be dropped. Its text goes to the kernel's log, never to a cell. */
export class WireError extends Error {
  override name = 'WireError';
}

export function encode({ identities, message }: Envelope, signer: Signer): Uint8Array[] {
  const parts = [message.header, message.parent_header, message.metadata, message.content].map((part) => Buffer.from(JSON.stringify(part)));
  return [...identities, DELIMITER, Buffer.from(signer.sign(parts)), ...parts, ...message.buffers];
}

/** @throws WireError for frames that are no message, or whose signature is wrong. */
export function decode(frames: readonly Uint8Array[], signer: Signer): Envelope {
  const start = frames.findIndex((frame) => DELIMITER.equals(frame));
  if (start < 0) throw new WireError('no <IDS|MSG> delimiter');
  const [signature, ...rest] = frames.slice(start + 1);
  const parts = rest.slice(0, 4);
  if (!signature || parts.length < 4) throw new WireError('fewer than five frames after the delimiter');
  if (!signer.verify(parts, signature)) throw new WireError('wrong signature');
  const [header, parent, metadata, content] = parts.map(parseObject) as [JsonObject, JsonObject, JsonObject, JsonObject];
  if (!isHeader(header)) throw new WireError('header without msg_id, session or msg_type');
  return {
    identities: frames.slice(0, start),
    message: { header, parent_header: isHeader(parent) ? parent : {}, metadata, content, buffers: rest.slice(4) },
  };
}

/** Lists and objects inside one another: replies carry what they answer, and what is deeper may be read but not written again. */
const DEEPEST = 1000;

function parseObject(frame: Uint8Array): JsonObject {
  if (isTooDeep(frame)) throw new WireError(`a frame has more than ${DEEPEST} lists or objects inside one another`);
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(frame).toString('utf8'));
  } catch (error) {
    throw new WireError('a frame is not JSON', { cause: error });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new WireError('a frame is not an object');
  return value as JsonObject;
}

function isHeader(value: object): value is Header {
  const fields = value as Partial<Header>;
  return [fields.msg_id, fields.session, fields.msg_type].every((field) => typeof field === 'string');
}

/** Looks at the text, before anything is made of it. */
function isTooDeep(json: Uint8Array): boolean {
  let depth = 0;
  let inText = false;
  for (let at = 0; json.length > DEEPEST && at < json.length; at++) {
    const byte = json[at]!;
    if (inText) {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) inText = false;
    } else if (byte === QUOTE) inText = true;
    else if (byte === LIST || byte === OBJECT) depth++;
    else if (byte === LIST_END || byte === OBJECT_END) depth--;
    if (depth > DEEPEST) return true;
  }
  return false;
}
