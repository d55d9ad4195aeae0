/** Parsing HTTP/1.1 requests from a stream of bytes (RFC 9112). */
import type { Snapshotable, State, StateReader } from '../devices/snapshotable.js';
import { concat, latin1 } from './bytes.js';

/** Bytes of request line and headers together; more is refused. */
const MAX_HEAD = 8192;
/** Bytes of a request body; it is read and given to nobody, since no service here takes one. */
const MAX_BODY = 65536;

export interface HttpRequest {
  method: string;
  /** Path without query and fragment, exactly as sent. */
  path: string;
  /** Host without port, lower case; empty when an HTTP/1.0 client names none. */
  host: string;
  /** By lower-case name; repeated fields are joined by commas. */
  headers: ReadonlyMap<string, string>;
  keepAlive: boolean;
}

/** Why a request is refused; the connection cannot be used further. */
export interface HttpRefusal {
  status: number;
  message: string;
}

export type ParseResult = { request: HttpRequest } | { refusal: HttpRefusal } | 'incomplete' | 'continue';

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const REQUEST_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([\x21-\x7e]+) HTTP\/(\d)\.(\d)$/;
const AUTHORITY = /^(?:[a-z0-9._~-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;

export class HttpParser implements Snapshotable {
  private pending: Uint8Array = new Uint8Array(0);
  private skipBody = 0;
  private waiting: HttpRequest | undefined;

  get buffered(): number {
    return this.pending.length;
  }

  feed(data: Uint8Array): void {
    this.pending = concat(this.pending, data);
  }

  /** The next request, once it has come whole. `continue`: its client waits for leave to send the body. */
  next(): ParseResult {
    if (this.waiting) return this.finishBody(this.waiting);
    // Empty lines before a request are to be ignored (2.2).
    let start = 0;
    while (this.pending[start] === 13 || this.pending[start] === 10) start++;
    this.pending = this.pending.subarray(start);
    const end = headEnd(this.pending);
    if (end === undefined ? this.pending.length > MAX_HEAD : end > MAX_HEAD) {
      return refuse(431, 'The request line and headers are longer than 8192 bytes.');
    }
    if (end === undefined) return 'incomplete';
    const parsed = parseHead(latin1(this.pending.subarray(0, end)));
    this.pending = this.pending.subarray(end);
    if ('refusal' in parsed) return parsed;
    this.waiting = parsed.request;
    this.skipBody = parsed.bodyLength;
    const expects = parsed.request.headers.get('expect')?.toLowerCase() === '100-continue';
    if (expects && this.pending.length < this.skipBody) return 'continue';
    return this.finishBody(parsed.request);
  }

  saveState(): State {
    const { pending, skipBody, waiting } = this;
    return {
      pending: pending.slice(),
      skipBody,
      waiting: waiting && { ...waiting, headers: [...waiting.headers].map(([name, value]) => ({ name, value })) },
    };
  }

  restoreState(state: StateReader): void {
    this.pending = state.bytes('pending');
    this.skipBody = state.integer('skipBody', 0, MAX_BODY);
    this.waiting = state.optional('waiting', () => {
      const request = state.record('waiting');
      return {
        method: request.text('method'),
        path: request.text('path'),
        host: request.text('host'),
        keepAlive: request.boolean('keepAlive'),
        headers: new Map(request.records('headers').map((header) => [header.text('name'), header.text('value')])),
      };
    });
  }

  private finishBody(request: HttpRequest): ParseResult {
    if (this.pending.length < this.skipBody) return 'incomplete';
    this.pending = this.pending.subarray(this.skipBody);
    this.waiting = undefined;
    return { request };
  }
}

/** Offset just after the empty line that ends the head. */
function headEnd(bytes: Uint8Array): number | undefined {
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] !== 10) continue;
    if (bytes[i + 1] === 10) return i + 2;
    if (bytes[i + 1] === 13 && bytes[i + 2] === 10) return i + 3;
  }
  return undefined;
}

function parseHead(head: string): { request: HttpRequest; bodyLength: number } | { refusal: HttpRefusal } {
  const [first, ...fields] = head.split(/\r?\n/).filter((line) => line !== '');
  const line = REQUEST_LINE.exec(first ?? '');
  if (!line) return refuse(400, 'The request line is not of the form: GET /path HTTP/1.1');
  const [, method = '', target = '', major, minor] = line;
  if (major !== '1') return refuse(505, 'This server speaks HTTP/1.1.');
  const headers = parseFields(fields);
  if ('refusal' in headers) return headers;
  const place = locate(target, headers.get('host'));
  if (!place) return refuse(400, 'The request target or the Host header is malformed.');
  if (minor !== '0' && !headers.has('host')) return refuse(400, 'An HTTP/1.1 request needs a Host header.');
  if (headers.has('transfer-encoding')) return refuse(501, 'This server takes no chunked request bodies.');
  const length = headers.get('content-length') ?? '0';
  if (!/^\d{1,15}$/.test(length)) return refuse(400, 'The Content-Length header is not a number.');
  if (Number(length) > MAX_BODY) return refuse(413, 'The request body is longer than 65536 bytes.');
  return { request: { method, ...place, headers, keepAlive: staysOpen(headers, minor === '0') }, bodyLength: Number(length) };
}

/** HTTP/1.0 closes a connection unless it is asked not to, and HTTP/1.1 the other way round (9.3). */
function staysOpen(headers: ReadonlyMap<string, string>, oldVersion: boolean): boolean {
  const connection = (headers.get('connection') ?? '').toLowerCase().split(/\s*,\s*/);
  return oldVersion ? connection.includes('keep-alive') : !connection.includes('close');
}

function parseFields(fields: readonly string[]): Map<string, string> | { refusal: HttpRefusal } {
  const headers = new Map<string, string>();
  for (const field of fields) {
    const colon = field.indexOf(':');
    // Also refuses folded lines and blanks before the colon, as 5.1 and 5.2 demand.
    if (colon < 1 || !TOKEN.test(field.slice(0, colon))) return refuse(400, 'A header line is not of the form: Name: value');
    const name = field.slice(0, colon).toLowerCase();
    const value = field.slice(colon + 1).trim();
    if (name === 'host' && headers.has(name)) return refuse(400, 'There is more than one Host header.');
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return headers;
}

/** Path and host from a target in origin, absolute or asterisk form (RFC 9112, 3.2). */
function locate(target: string, host = ''): { path: string; host: string } | undefined {
  const absolute = /^http:\/\/([^/?#]*)([^?#]*)/i.exec(target);
  const [authority = '', absolutePath = ''] = absolute ? absolute.slice(1) : [host];
  if (authority !== '' && !AUTHORITY.test(authority)) return undefined;
  if (!absolute && target !== '*' && !target.startsWith('/')) return undefined;
  const path = absolute ? absolutePath || '/' : target.replace(/[?#].*$/, '');
  return { path, host: authority.replace(/:\d+$/, '').toLowerCase() };
}

function refuse(status: number, message: string): { refusal: HttpRefusal } {
  return { refusal: { status, message } };
}
