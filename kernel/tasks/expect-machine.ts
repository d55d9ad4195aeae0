import type { FindingKind } from '../explain/finding.js';
import { fail } from './failure.js';

/** What can be asked what is wrong with it: the machine of a check, and that of a cell. */
export interface AskedMachine {
  findings(kind?: FindingKind): Promise<string[]>;
}

/** Questions that were asked, and may not have been waited for. Kept for who asks for `answers`. */
let asked: Promise<void>[] | undefined;

/** From now on `answers` tells, or no more. */
export function keepAnswers(keep = true): void {
  asked = keep ? [] : undefined;
}

/** A question whose `await` was forgotten also has its answer: the first failure of those asked since the last time, if any. */
export async function answers(): Promise<void> {
  const results = await Promise.allSettled(asked?.splice(0) ?? []);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}

/** What is expected of a machine at this instant. Each waits for the machine's answer: write `await`. */
export class ExpectedMachine {
  constructor(private readonly machine: AskedMachine) {}

  /** No domain waits for an answer that cannot come. */
  isNotDeadlocked(): Promise<void> {
    return this.ask('deadlock', 'Nobody should wait for an answer that cannot come.');
  }

  /** Every domain that could run has had its turn in the last 10 ms. */
  starvesNobody(): Promise<void> {
    return this.ask('starvation', 'Every domain should have its turn.');
  }

  /** Each interrupt that was delivered is acknowledged, within 10 ms where the system is at work; and none is raised for nobody. */
  acknowledgesInterrupts(): Promise<void> {
    return this.ask('interrupt', 'Each interrupt should be acknowledged.');
  }

  /** No domain was stopped by a fault. */
  hasNoFaults(): Promise<void> {
    return this.ask('fault', 'No domain should be stopped by a fault.');
  }

  private ask(kind: FindingKind, wanted: string): Promise<void> {
    const answer = this.machine.findings(kind).then((said) => (said.length > 0 ? fail(`${wanted} ${said.join(' ')}`) : undefined));
    if (asked) {
      asked.push(answer);
      // Who does not wait for it hears about it from `answers`.
      answer.catch(() => undefined);
    }
    return answer;
  }
}
