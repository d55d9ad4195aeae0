import { EventQueue } from './event-queue.js';

describe('event queue', () => {
  let time = 0;
  let queue: EventQueue;
  let log: string[];
  const note = (text: string) => () => void log.push(`${text}@${time}`);
  beforeEach(() => {
    time = 0;
    log = [];
    queue = new EventQueue(() => time);
  });

  it('runs what is due by time, and by order of scheduling among equal times', () => {
    const order = [50, 10, 30, 10, 40, 20, 10, 60];
    order.forEach((when, index) => queue.at(when, note(`${when}/${index}`)));
    expect(queue.nextDeadline()).toBe(10);
    time = 45;
    queue.runDue(time);
    expect(log).toEqual(['10/1@45', '10/3@45', '10/6@45', '20/5@45', '30/2@45', '40/4@45']);
    expect(queue.nextDeadline()).toBe(50);
  });

  it('keeps order over many random times', () => {
    let state = 1;
    const seen: number[] = [];
    for (let i = 0; i < 500; i++) {
      state = (state * 48271) % 2147483647;
      const when = state % 100;
      queue.at(when, () => void seen.push(when * 1000 + i));
    }
    queue.runDue(100);
    expect(seen).toHaveLength(500);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });

  it('forgets cancelled events, and says when nothing is left', () => {
    const first = queue.at(5, note('first'));
    queue.at(9, note('second'));
    first.cancel();
    expect(queue.nextDeadline()).toBe(9);
    queue.runDue(9);
    first.cancel();
    expect(log).toEqual(['second@0']);
    expect(queue.nextDeadline()).toBe(Infinity);
  });

  it('runs in the same sweep what an event schedules for the past', () => {
    queue.at(5, () => {
      queue.at(1, note('late'));
      queue.at(6, note('later'));
    });
    time = 5;
    queue.runDue(time);
    expect(log).toEqual(['late@5']);
    expect(queue.nextDeadline()).toBe(6);
  });

  it('tells its owner of a new earliest deadline only', () => {
    const earlier: number[] = [];
    queue.onEarlier = (when) => void earlier.push(when);
    for (const when of [30, 40, 20, 20, 10]) queue.at(when, () => undefined);
    expect(earlier).toEqual([30, 20, 10]);
  });
});
