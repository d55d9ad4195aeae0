import { SendQueue } from './send-queue.js';

const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('items leave one at a time, in order, whatever is pushed meanwhile', async () => {
  const sent: number[] = [];
  let underway = 0;
  const queue: SendQueue<number> = new SendQueue(async (item) => {
    expect(++underway).toBe(1);
    if (item % 500 === 0) await pause();
    if (item === 1000) queue.push(5000);
    sent.push(item);
    underway--;
  }, fail);
  for (let item = 0; item < 5000; item++) queue.push(item);
  await queue.drained();
  expect(sent).toEqual(Array.from({ length: 5001 }, (_, item) => item));
});

test('one item that cannot be sent is reported, and does not stop the others', async () => {
  const sent: string[] = [];
  const failures: unknown[] = [];
  const queue = new SendQueue<string>(
    async (item) => {
      if (item === 'bad') throw new Error('cannot');
      sent.push(item);
    },
    (error) => failures.push(error),
  );
  for (const item of ['one', 'bad', 'two']) queue.push(item);
  await queue.drained();
  expect([sent, failures]).toEqual([['one', 'two'], [new Error('cannot')]]);
});

test('a closed queue sends nothing more', async () => {
  const sent: number[] = [];
  const queue = new SendQueue<number>(async (item) => {
    await pause();
    sent.push(item);
  }, fail);
  for (const item of [1, 2, 3]) queue.push(item);
  queue.close();
  queue.push(4);
  await queue.drained();
  expect(sent).toEqual([1]);
});

function fail(error: unknown): void {
  throw error;
}
