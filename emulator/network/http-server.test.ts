/** A web server as a guest reaches it: name, connection, request, page. */
import { latin1, utf8 } from './bytes.js';
import { FakeClock } from './testing/fake-clock.js';
import { Clients, Guest } from './testing/guest.js';
import { PAGE_HOST, PAGE_PATH, pageServer } from './testing/page-server.js';
import { UserNetwork } from './user-network.js';

function start() {
  const clock = new FakeClock();
  const served: string[] = [];
  const network = new UserNetwork({ clock, hosts: [pageServer((page) => served.push(page))], seed: 7 });
  const guest = new Guest(clock, network);
  guest.announce();
  const clients = new Clients(guest);
  const talk = (request: string): string => {
    const client = clients.connect(network.resolve(PAGE_HOST) ?? '', 80);
    client.send(utf8(request));
    client.close();
    clock.advance(2e9);
    expect(client.ended).toBe(true);
    return latin1(client.received.slice(0, 1e6));
  };
  const get = (path: string, more = ''): string => talk(`GET ${path} HTTP/1.1\r\nHost: ${PAGE_HOST}\r\n${more}\r\n`);
  return { talk, get, served };
}

const bodyOf = (response: string): string => response.slice(response.indexOf('\r\n\r\n') + 4);

describe('HTTP', () => {
  it('serves another page on each request, as plain text', () => {
    const { get, served } = start();
    const responses = Array.from({ length: 5 }, () => get(PAGE_PATH, 'Connection: close\r\n'));
    for (const response of responses) {
      expect(response).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
      expect(response).toContain('Content-Type: text/plain');
      expect(response).toContain('Content-Length: 9\r\n');
    }
    expect(responses.map((response) => bodyOf(response))).toEqual(served.map((page) => `${page}\n`));
    expect(new Set(served).size).toBe(5);
  });

  it('answers busybox wget’s request, HTTP/1.0, absolute targets and queries', () => {
    const { talk, served } = start();
    const busybox = `GET ${PAGE_PATH} HTTP/1.1\r\nHost: ${PAGE_HOST}\r\nUser-Agent: Wget\r\nConnection: close\r\n\r\n`;
    expect(bodyOf(talk(busybox))).toBe(`${served[0]}\n`);
    expect(talk(`GET ${PAGE_PATH} HTTP/1.0\r\n\r\n`)).toContain('Connection: close');
    expect(talk(`GET http://www.${PAGE_HOST}${PAGE_PATH}?a=b HTTP/1.1\r\nHost: x\r\n\r\n`)).toContain('200 OK');
    expect(served).toHaveLength(3);
  });

  it('keeps the connection for further requests, also pipelined, and reads past bodies', () => {
    const { talk, served } = start();
    const one = `GET ${PAGE_PATH} HTTP/1.1\r\nHost: a\r\n\r\n`;
    const withBody = `GET ${PAGE_PATH} HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\nbody`;
    const response = talk(one + withBody + one.replace('GET', 'HEAD') + one);
    expect(response.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(4);
    expect(served).toHaveLength(3);
    for (const page of served) expect(response).toContain(`\r\n\r\n${page}\n`);
  });

  it('answers many pipelined requests although the client reads slowly', () => {
    const { talk } = start();
    const response = talk(`GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n`.repeat(1500));
    expect(response.match(/404 Not Found/g)).toHaveLength(1500);
  });

  it.each([
    ['GET / HTTP/1.1\r\nHost: a\r\n\r\n', '404 Not Found'],
    [`POST ${PAGE_PATH} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi`, '405 Method Not Allowed'],
    ['nonsense\r\n\r\n', '400 Bad Request'],
    ['GET  / HTTP/1.1\r\n\r\n', '400 Bad Request'],
    [`GET ${PAGE_PATH} HTTP/1.1\r\n\r\n`, '400 Bad Request'],
    ['GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', '400 Bad Request'],
    ['GET / HTTP/1.1\r\nHost : a\r\n\r\n', '400 Bad Request'],
    ['GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n', '400 Bad Request'],
    ['GET nowhere HTTP/1.1\r\nHost: a\r\n\r\n', '400 Bad Request'],
    ['GET / HTTP/1.1\r\nHost: a/b\r\n\r\n', '400 Bad Request'],
    ['GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', '501 Not Implemented'],
    ['GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\n\r\n', '413 Content Too Large'],
    ['GET / HTTP/2.0\r\nHost: a\r\n\r\n', '505 HTTP Version Not Supported'],
    [`GET / HTTP/1.1\r\nX: ${'y'.repeat(9000)}`, '431 Request Header Fields Too Large'],
  ])('answers %j with %s', (request, status) => {
    const { talk, served } = start();
    expect(talk(request)).toContain(`HTTP/1.1 ${status}\r\n`);
    expect(served).toEqual([]);
  });
});
