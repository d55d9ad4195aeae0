import { StateReader } from '../../../emulator/devices/snapshotable.js';
import { latin1, utf8 } from '../../../emulator/network/bytes.js';
import { hostEnvironment } from '../../../emulator/network/host-module.js';
import { SeededRandom } from '../../../emulator/network/random.js';
import { FakeClock } from '../../../emulator/network/testing/fake-clock.js';
import { Clients, Guest } from '../../../emulator/network/testing/guest.js';
import { UserNetwork } from '../../../emulator/network/user-network.js';
import { createHost, WORD_HOST, WORD_PATH, WordSource, wordServer } from './word-server.js';
import { WORDS } from './words.js';

describe('the words', () => {
  it('are enough, distinct and of five lower-case letters', () => {
    expect(WORDS.length).toBeGreaterThanOrEqual(500);
    expect(new Set(WORDS).size).toBe(WORDS.length);
    expect(WORDS.filter((word) => !/^[a-z]{5}$/.test(word))).toEqual([]);
  });

  it('come in an order that the seed decides, each once a round, never twice running', () => {
    const take = (seed: number, count: number): string[] => {
      const source = new WordSource(new SeededRandom(seed));
      return Array.from({ length: count }, () => source.next());
    };
    expect(take(7, 50)).toEqual(take(7, 50));
    const firsts = Array.from({ length: 200 }, (_, seed) => take(seed, 1)[0]);
    expect(new Set(firsts).size).toBeGreaterThan(150);
    expect(new Set(take(1, WORDS.length)).size).toBe(WORDS.length);
    for (let seed = 0; seed < 200; seed++) {
      const source = new WordSource(new SeededRandom(seed), ['apple', 'bread', 'crane']);
      let last = '';
      for (let i = 0; i < 30; i++) {
        const word = source.next();
        expect(word).not.toBe(last);
        last = word;
      }
    }
  });
});

describe('the server', () => {
  function start(seed = 7) {
    const clock = new FakeClock();
    const served: string[] = [];
    const network = new UserNetwork({ clock, hosts: [wordServer(hostEnvironment(seed), (word) => served.push(word))], seed });
    const guest = new Guest(clock, network);
    guest.announce();
    const clients = new Clients(guest);
    const ask = (method: string, path: string): string => {
      const client = clients.connect(network.resolve(WORD_HOST) ?? '', 80);
      client.send(utf8(`${method} ${path} HTTP/1.1\r\nHost: ${WORD_HOST}\r\nConnection: close\r\n\r\n`));
      clock.advance(2e9);
      return latin1(client.received.slice(0, 1e6));
    };
    return { network, served, ask };
  }

  it('serves another word on each GET, and none on HEAD', () => {
    const { ask, served } = start();
    const responses = Array.from({ length: 5 }, () => ask('GET', WORD_PATH));
    for (const response of responses) expect(response).toContain('Content-Length: 6\r\n');
    expect(ask('HEAD', WORD_PATH)).toContain('Content-Length: 6\r\n');
    expect(responses.map((response) => response.split('\r\n\r\n')[1])).toEqual(served.map((word) => `${word}\n`));
    expect(new Set(served).size).toBe(5);
  });

  it('serves the words that the seed has always given', () => {
    const { ask, served } = start(4);
    for (let i = 0; i < 3; i++) ask('GET', WORD_PATH);
    expect(served).toEqual(['cheap', 'vital', 'heart']);
  });

  it('names the right address in a 404, and wants GET', () => {
    expect(start().ask('GET', '/other')).toContain(`http://trustworthy.systems${WORD_PATH}`);
    expect(start().ask('POST', WORD_PATH)).toContain('405 Method Not Allowed');
  });

  it('goes on from its memory', () => {
    const environment = hostEnvironment(3);
    const [first, second] = [new WordSource(environment.random()), new WordSource(environment.random())];
    first.next();
    second.restoreState(new StateReader(first.saveState(), 'words'));
    expect([second.next(), second.next()]).toEqual([first.next(), first.next()]);
  });

  it('is the host that the chapter names', () => {
    expect(createHost(hostEnvironment(1)).names).toEqual([WORD_HOST, `www.${WORD_HOST}`]);
  });
});
