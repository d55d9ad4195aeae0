/** The word server as a guest reaches it: name, connection, request, word. */
import { ipv4 } from './addresses.js';
import { concat, latin1, read16, utf8 } from './bytes.js';
import { FakeClock } from './testing/fake-clock.js';
import { Clients, Guest, NAME_SERVER } from './testing/guest.js';
import { UserNetwork } from './user-network.js';
import { WORD_PATH, WordSource, wordServer } from './word-server.js';
import { WORDS } from './words.js';

function start(seed = 7) {
  const clock = new FakeClock();
  const served: string[] = [];
  const network = new UserNetwork({ clock, hosts: [wordServer({ seed, onWord: (word) => served.push(word) })], seed });
  const guest = new Guest(clock, network);
  guest.announce();
  const clients = new Clients(guest);
  const talk = (request: string): string => {
    const client = clients.connect(network.resolve('trustworthy.systems') ?? '', 80);
    client.send(utf8(request));
    client.close();
    clock.advance(2e9);
    expect(client.ended).toBe(true);
    return latin1(client.received.slice(0, 1e6));
  };
  const get = (path: string, more = ''): string => talk(`GET ${path} HTTP/1.1\r\nHost: trustworthy.systems\r\n${more}\r\n`);
  return { clock, network, guest, talk, get, served };
}

const bodyOf = (response: string): string => response.slice(response.indexOf('\r\n\r\n') + 4);

describe('the words', () => {
  it('are enough, distinct and of five lower-case letters', () => {
    expect(WORDS.length).toBeGreaterThanOrEqual(500);
    expect(new Set(WORDS).size).toBe(WORDS.length);
    expect(WORDS.filter((word) => !/^[a-z]{5}$/.test(word))).toEqual([]);
  });

  it('come in an order that the seed decides, each once a round, never twice running', () => {
    const take = (seed: number, count: number): string[] => {
      const source = new WordSource(seed);
      return Array.from({ length: count }, () => source.next());
    };
    expect(take(7, 50)).toEqual(take(7, 50));
    const firsts = Array.from({ length: 200 }, (_, seed) => take(seed, 1)[0]);
    expect(new Set(firsts).size).toBeGreaterThan(150);
    expect(new Set(take(1, WORDS.length)).size).toBe(WORDS.length);
    for (let seed = 0; seed < 200; seed++) {
      const source = new WordSource(seed, ['apple', 'bread', 'crane']);
      let last = '';
      for (let i = 0; i < 30; i++) {
        const word = source.next();
        expect(word).not.toBe(last);
        last = word;
      }
    }
  });
});

describe('HTTP', () => {
  it('serves another word on each request, as plain text', () => {
    const { get, served } = start();
    const responses = Array.from({ length: 5 }, () => get(WORD_PATH, 'Connection: close\r\n'));
    for (const response of responses) {
      expect(response).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
      expect(response).toContain('Content-Type: text/plain');
      expect(response).toContain('Content-Length: 6\r\n');
    }
    expect(responses.map((response) => bodyOf(response))).toEqual(served.map((word) => `${word}\n`));
    expect(new Set(served).size).toBe(5);
  });

  it('answers busybox wget’s request, HTTP/1.0, absolute targets and queries', () => {
    const { talk, served } = start();
    const busybox = `GET ${WORD_PATH} HTTP/1.1\r\nHost: trustworthy.systems\r\nUser-Agent: Wget\r\nConnection: close\r\n\r\n`;
    expect(bodyOf(talk(busybox))).toBe(`${served[0]}\n`);
    expect(talk(`GET ${WORD_PATH} HTTP/1.0\r\n\r\n`)).toContain('Connection: close');
    expect(talk(`GET http://www.trustworthy.systems${WORD_PATH}?a=b HTTP/1.1\r\nHost: x\r\n\r\n`)).toContain('200 OK');
    expect(served).toHaveLength(3);
  });

  it('keeps the connection for further requests, also pipelined, and reads past bodies', () => {
    const { talk, served } = start();
    const one = `GET ${WORD_PATH} HTTP/1.1\r\nHost: a\r\n\r\n`;
    const withBody = `GET ${WORD_PATH} HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\nbody`;
    const response = talk(one + withBody + one.replace('GET', 'HEAD') + one);
    expect(response.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(4);
    expect(served).toHaveLength(3);
    for (const word of served) expect(response).toContain(`\r\n\r\n${word}\n`);
  });

  it('answers many pipelined requests although the client reads slowly', () => {
    const { talk } = start();
    const response = talk(`GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n`.repeat(1500));
    expect(response.match(/404 Not Found/g)).toHaveLength(1500);
  });

  it.each([
    ['GET / HTTP/1.1\r\nHost: a\r\n\r\n', '404 Not Found'],
    [`POST ${WORD_PATH} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi`, '405 Method Not Allowed'],
    ['nonsense\r\n\r\n', '400 Bad Request'],
    ['GET  / HTTP/1.1\r\n\r\n', '400 Bad Request'],
    [`GET ${WORD_PATH} HTTP/1.1\r\n\r\n`, '400 Bad Request'],
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

  it('names the right address in a 404', () => {
    expect(start().get('/other')).toContain(`http://trustworthy.systems${WORD_PATH}`);
  });
});

describe('DNS', () => {
  const question = (name: string, type: number): Uint8Array => {
    const labels = name.split('.').map((label) => concat(Uint8Array.of(label.length), utf8(label)));
    return concat(...labels, Uint8Array.of(0, 0, type, 0, 1));
  };
  const ask = (query: Uint8Array): Uint8Array | undefined => {
    const { clock, guest } = start();
    guest.sendUdp(NAME_SERVER, 5000, 53, query);
    clock.advance(1e6);
    return guest.takePackets()[0]?.payload.slice(8);
  };
  const query = (name: string, type: number, flags = 0x01): Uint8Array =>
    concat(Uint8Array.of(0xab, 0xcd, flags, 0, 0, 1, 0, 0, 0, 0, 0, 0), question(name, type));

  it('resolves names of virtual hosts, in any case, and addresses back to names', () => {
    for (const name of ['trustworthy.systems', 'www.Trustworthy.Systems']) {
      const answer = ask(query(name, 1)) ?? new Uint8Array(0);
      expect([...answer.subarray(0, 8)]).toEqual([0xab, 0xcd, 0x81, 0x80, 0, 1, 0, 1]);
      expect(latin1(answer)).toContain(latin1(question(name, 1)));
      expect([...answer.subarray(-16)]).toEqual([0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4, 198, 51, 100, 1]);
    }
    const reverse = ask(query('1.100.51.198.in-addr.arpa', 12)) ?? new Uint8Array(0);
    expect(latin1(reverse.subarray(-21))).toBe('\x0btrustworthy\x07systems\x00');
  });

  it('has no IPv6 address, and nothing at all for unknown names', () => {
    const rcodeAndAnswers = (bytes: Uint8Array | undefined): number[] => (bytes ? [bytes[3] & 15, read16(bytes, 6)] : []);
    expect(rcodeAndAnswers(ask(query('trustworthy.systems', 28)))).toEqual([0, 0]);
    expect(rcodeAndAnswers(ask(query('example.com', 1)))).toEqual([3, 0]);
    expect(rcodeAndAnswers(ask(query('9.100.51.198.in-addr.arpa', 12)))).toEqual([3, 0]);
    expect(rcodeAndAnswers(ask(query('trustworthy.systems', 1).subarray(0, 20)))).toEqual([1, 0]);
    expect(rcodeAndAnswers(ask(query('trustworthy.systems', 1, 0x28)))).toEqual([4, 0]);
    expect(ask(query('trustworthy.systems', 1, 0x80))).toBeUndefined();
    expect(ask(new Uint8Array(5))).toBeUndefined();
    expect(ipv4('10.0.2.3')).toBe(NAME_SERVER);
  });
});
