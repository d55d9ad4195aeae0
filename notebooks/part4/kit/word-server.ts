/** The tutorial's word server: another five-letter word on each request, in an order that the seed decides. */
import type {
  HostEnvironment,
  HttpRequest,
  HttpResponse,
  RandomNumbers,
  Snapshotable,
  State,
  StateReader,
  VirtualHost,
} from 'virtbook/emulator';
import { WORDS } from './words.js';

export const WORD_HOST = 'trustworthy.systems';
export const WORD_PATH = '/projects/microkit/tutorial/word';

/** Words without end: each round goes through the whole list in a new order. */
export class WordSource implements Snapshotable {
  private round: string[] = [];
  private last = '';

  constructor(
    private readonly random: RandomNumbers,
    private readonly words: readonly string[] = WORDS,
  ) {}

  next(): string {
    if (this.round.length === 0) this.round = this.shuffled();
    this.last = this.round.pop() ?? '';
    return this.last;
  }

  /** What is left of the round, as places in the list. */
  saveState(): State {
    const { words, last } = this;
    return { random: this.random.saveState(), round: this.round.map((word) => words.indexOf(word)), last };
  }

  restoreState(state: StateReader): void {
    this.random.restoreState(state.record('random'));
    this.round = state.integers('round', 0, this.words.length - 1).map((place) => this.words[place] ?? '');
    this.last = state.text('last');
  }

  private shuffled(): string[] {
    const round = [...this.words];
    for (let i = round.length - 1; i > 0; i--) {
      const j = this.random.below(i + 1);
      [round[i], round[j]] = [round[j] ?? '', round[i] ?? ''];
    }
    // The word that ended one round must not begin the next.
    if (round.length > 1 && round[round.length - 1] === this.last) round.unshift(...round.splice(-1));
    return round;
  }
}

/** The host for the machine's network. `onWord` is called with each word as it is served. */
export function wordServer({ random, http, httpPort, text }: HostEnvironment, onWord?: (word: string) => void): VirtualHost {
  const source = new WordSource(random());
  const answer = (request: HttpRequest): HttpResponse => {
    if (request.path !== WORD_PATH) {
      return text(404, `Nothing is served at ${request.path}. For a word, ask http://${WORD_HOST}${WORD_PATH}\n`);
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return text(405, 'A word is fetched with GET.\n', { Allow: 'GET, HEAD' });
    }
    const fresh = { 'Cache-Control': 'no-store' };
    // Every word has the same length, so HEAD can tell it without using one up.
    if (request.method === 'HEAD') return text(200, `${'-'.repeat(5)}\n`, fresh);
    const word = source.next();
    onWord?.(word);
    return text(200, `${word}\n`, fresh);
  };
  return { names: [WORD_HOST, `www.${WORD_HOST}`], tcp: new Map([[httpPort, http(answer)]]), memory: source };
}

/** What the chapter's declaration names. */
export function createHost(environment: HostEnvironment): VirtualHost {
  return wordServer(environment);
}
