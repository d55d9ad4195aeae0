import type { HeaderFactory } from '../protocol/message.js';
import type { Incoming, Transport } from '../transport/transport.js';

interface Question {
  id: string;
  asker: Incoming;
  answer: (value: string) => void;
}

/** Questions to the person at a front end. One is open at a time; answers to closed questions are dropped. */
export class Stdin {
  private open: Question | undefined;
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly transport: Transport,
    private readonly headers: HeaderFactory,
  ) {}

  /** Asks the client that sent `request`, and no other. Rejects with the signal's reason when that aborts. */
  ask(request: Incoming, prompt: string, password: boolean, signal: AbortSignal): Promise<string> {
    const turn = this.last.then(() => this.askNow(request, prompt, password, signal));
    this.last = turn.catch(() => undefined);
    return turn;
  }

  /** Takes an `input_reply`. */
  received(reply: Incoming): void {
    const question = this.open;
    if (!question || reply.message.header.msg_type !== 'input_reply') return;
    // Some clients leave the parent out, so only a parent that names another question makes a reply stale.
    const parent = reply.message.parent_header.msg_id;
    if (parent !== undefined && parent !== question.id) return;
    if (!sameClient(reply, question.asker)) return;
    const { value } = reply.message.content as { value?: unknown };
    question.answer(typeof value === 'string' ? value : '');
  }

  private askNow(request: Incoming, prompt: string, password: boolean, signal: AbortSignal): Promise<string> {
    return new Promise<string>((resolve, reject) => {
      const settle = (action: () => void): void => {
        signal.removeEventListener('abort', interrupted);
        this.open = undefined;
        action();
      };
      const interrupted = (): void => settle(() => reject(signal.reason as Error));
      if (signal.aborted) return reject(signal.reason as Error);
      signal.addEventListener('abort', interrupted);
      const question = this.headers.message('input_request', { prompt, password }, request.message.header);
      this.open = { id: question.header.msg_id, asker: request, answer: (value) => settle(() => resolve(value)) };
      this.transport.send('stdin', request.identities, question);
    });
  }
}

function sameClient(one: Incoming, other: Incoming): boolean {
  return Buffer.concat([...one.identities]).equals(Buffer.concat([...other.identities]));
}
