/** The name server of the network (RFC 1035): it knows the virtual hosts, and that nothing else exists. */
import { concat, read8, read16, utf8, write16, write32 } from './bytes.js';

export const DNS_PORT = 53;

const HEADER = 12;
const QUESTION_POINTER = 0xc000 | HEADER;
/** Seconds that an answer may be kept. */
const TTL = 300;

const Type = { A: 1, PTR: 12, ANY: 255 } as const;
const CLASS_IN = 1;
const CLASS_ANY = 255;
const Rcode = { NOERROR: 0, FORMERR: 1, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;

/** What the server answers from. Names are lower case, without the final dot. */
export interface NameTable {
  addressOf(name: string): number | undefined;
  nameOf(address: number): string | undefined;
}

/** The answer to one message; undefined when it is no query at all. */
export function answerQuery(query: Uint8Array, names: NameTable): Uint8Array | undefined {
  const flags = read8(query, 2);
  if (query.length < HEADER || (flags & 0x80) !== 0) return undefined;
  const opcode = (flags >> 3) & 15;
  if (opcode !== 0) return response(query, Rcode.NOTIMP);
  const question = read16(query, 4) === 1 ? parseQuestion(query) : undefined;
  if (!question) return response(query, Rcode.FORMERR);
  const { name, type, end } = question;
  const asked = query.subarray(HEADER, end);
  if (question.class !== CLASS_IN && question.class !== CLASS_ANY) return response(query, Rcode.REFUSED, asked);

  const known = records(name, type, names);
  // A name that exists without a record of this type (AAAA above all): an empty answer, not an error (RFC 4074).
  return known ? response(query, Rcode.NOERROR, asked, known) : response(query, Rcode.NXDOMAIN, asked);
}

/** The records of a type that a name has; undefined for a name that does not exist. */
function records(name: string, type: number, names: NameTable): Uint8Array[] | undefined {
  const reverse = reverseAddress(name);
  const owner = reverse === undefined ? undefined : names.nameOf(reverse);
  const address = names.addressOf(name);
  if (owner === undefined && address === undefined) return undefined;
  const answers: Uint8Array[] = [];
  if (address !== undefined && (type === Type.A || type === Type.ANY)) {
    const data = new Uint8Array(4);
    write32(data, 0, address);
    answers.push(record(Type.A, data));
  }
  if (owner !== undefined && (type === Type.PTR || type === Type.ANY)) answers.push(record(Type.PTR, encodeName(owner)));
  return answers;
}

interface Question {
  name: string;
  type: number;
  class: number;
  /** Offset just after the question. */
  end: number;
}

function parseQuestion(query: Uint8Array): Question | undefined {
  const labels: string[] = [];
  let offset = HEADER;
  for (;;) {
    const length = query[offset++];
    if (length === undefined) return undefined;
    if (length === 0) break;
    // The first name of a message has nothing before it to point to, so 64 and up is damage.
    if (length > 63 || offset + length > query.length || offset - HEADER + length > 254) return undefined;
    labels.push(String.fromCharCode(...query.subarray(offset, offset + length)).toLowerCase());
    offset += length;
  }
  if (offset + 4 > query.length) return undefined;
  return { name: labels.join('.'), type: read16(query, offset), class: read16(query, offset + 2), end: offset + 4 };
}

function response(query: Uint8Array, rcode: number, question?: Uint8Array, answers: readonly Uint8Array[] = []): Uint8Array {
  const header = new Uint8Array(HEADER);
  header.set(query.subarray(0, 2));
  // A response, recursion available, and the query's own opcode and wish for recursion.
  header[2] = 0x80 | (read8(query, 2) & 0x79);
  header[3] = 0x80 | rcode;
  write16(header, 4, question ? 1 : 0);
  write16(header, 6, answers.length);
  return concat(header, question ?? new Uint8Array(0), ...answers);
}

function record(type: number, data: Uint8Array): Uint8Array {
  const fixed = new Uint8Array(12);
  write16(fixed, 0, QUESTION_POINTER);
  write16(fixed, 2, type);
  write16(fixed, 4, CLASS_IN);
  write32(fixed, 6, TTL);
  write16(fixed, 10, data.length);
  return concat(fixed, data);
}

function encodeName(name: string): Uint8Array {
  const labels = name.split('.').map((label) => concat(Uint8Array.of(label.length), utf8(label)));
  return concat(...labels, Uint8Array.of(0));
}

function reverseAddress(name: string): number | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.in-addr\.arpa$/.exec(name);
  if (!match) return undefined;
  const parts = match.slice(1, 5).reverse().map(Number);
  if (parts.some((part) => part > 255)) return undefined;
  return parts.reduce((address, part) => address * 256 + part, 0);
}

/** True for a name that a query can carry: labels of 1 to 63 letters, digits and hyphens, 253 characters in all. */
export function isHostName(name: string): boolean {
  return name.length <= 253 && name.split('.').every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label));
}
