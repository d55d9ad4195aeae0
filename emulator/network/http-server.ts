/** An HTTP/1.1 server for virtual hosts: one handler, keep-alive, pipelining, HEAD, refusals in plain text. */
import type { Snapshotable, State, StateReader } from '../devices/snapshotable.js';
import { concat, utf8 } from './bytes.js';
import { HttpParser } from './http-request.js';
import type { HttpRequest } from './http-request.js';
import type { TcpConnection, TcpService } from './virtual-host.js';

export const HTTP_PORT = 80;

export interface HttpResponse {
  status: number;
  body: Uint8Array;
  /** Sent besides Content-Length and Connection, which the server sets. */
  headers: Readonly<Record<string, string>>;
}

/** Called for HEAD as well, and must then do nothing that a GET alone should; the server leaves the body out. */
export type HttpHandler = (request: HttpRequest) => HttpResponse;

const REASONS: Readonly<Record<number, string>> = {
  200: 'OK',
  400: 'Bad Request',
  404: 'Not Found',
  405: 'Method Not Allowed',
  413: 'Content Too Large',
  431: 'Request Header Fields Too Large',
  501: 'Not Implemented',
  505: 'HTTP Version Not Supported',
};

/** Unacknowledged response bytes above which a client is not read from: one that never reads must not fill memory. */
const MAX_UNACKNOWLEDGED = 65536;

export function textResponse(status: number, text: string, headers: Readonly<Record<string, string>> = {}): HttpResponse {
  return { status, body: utf8(text), headers: { 'Content-Type': 'text/plain; charset=utf-8', ...headers } };
}

/** A TCP service that answers every request by `handler`. */
export function httpService(handler: HttpHandler): TcpService {
  return (connection) => new HttpExchange(connection, handler);
}

class HttpExchange implements Snapshotable {
  private readonly parser = new HttpParser();
  private clientEnded = false;
  private closing = false;

  constructor(
    private readonly connection: TcpConnection,
    private readonly handler: HttpHandler,
  ) {
    connection.onData = (data) => {
      // After a refusal the rest is read and forgotten, so that the answer is not overtaken by a reset.
      if (this.closing) return;
      this.parser.feed(data);
      this.work();
    };
    connection.onEnd = () => {
      this.clientEnded = true;
      this.work();
    };
    connection.onDrain = () => {
      this.work();
      if (!this.closing) connection.resume();
    };
  }

  saveState(): State {
    const { parser, clientEnded, closing } = this;
    return { parser: parser.saveState(), clientEnded, closing };
  }

  restoreState(state: StateReader): void {
    this.parser.restoreState(state.record('parser'));
    this.clientEnded = state.boolean('clientEnded');
    this.closing = state.boolean('closing');
  }

  private work(): void {
    while (!this.closing) {
      if (this.connection.unacknowledged > MAX_UNACKNOWLEDGED) {
        this.connection.pause();
        return;
      }
      const result = this.parser.next();
      if (result === 'incomplete') break;
      if (result === 'continue') {
        this.connection.write(utf8('HTTP/1.1 100 Continue\r\n\r\n'));
      } else if ('refusal' in result) {
        this.respond(textResponse(result.refusal.status, `${result.refusal.message}\n`), false, false);
      } else {
        const { request } = result;
        this.respond(this.handler(request), request.method === 'HEAD', request.keepAlive);
      }
    }
    if (this.clientEnded && !this.closing) {
      this.closing = true;
      this.connection.end();
    }
  }

  private respond(response: HttpResponse, headOnly: boolean, keepAlive: boolean): void {
    const lines = [`HTTP/1.1 ${response.status} ${REASONS[response.status] ?? 'Unknown'}`];
    for (const [name, value] of Object.entries(response.headers)) lines.push(`${name}: ${value}`);
    // No Date: a server without a clock leaves it out (RFC 9110, 6.6.1).
    lines.push(`Content-Length: ${response.body.length}`, `Connection: ${keepAlive ? 'keep-alive' : 'close'}`);
    const head = utf8(`${lines.join('\r\n')}\r\n\r\n`);
    this.connection.write(headOnly ? head : concat(head, response.body));
    if (keepAlive) return;
    this.closing = true;
    this.connection.resume();
    this.connection.end();
  }
}
