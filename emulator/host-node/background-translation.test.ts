import { setTimeout as sleep } from 'node:timers/promises';
import type { CompileJob } from '../cpu/translator/compiler.js';
import type { FinishedJob } from '../cpu/translator/service.js';
import { BackgroundTranslation } from './background-translation.js';
import { prepareEngine } from './engine.js';

jest.setTimeout(60_000);

/** ADD X0, X0, #1 and B to it. */
function job(): CompileJob {
  const words = new Uint32Array(1024);
  words.set([0x91000400, 0x17ffffff]);
  const executed = new Uint8Array(1024).fill(1, 0, 2);
  return { pages: [{ words, executed, jumpTargets: [0] }], hot: [{ page: 0, index: 0 }] };
}

async function until<T>(look: () => T | undefined | false): Promise<T> {
  for (;;) {
    const found = look();
    if (found !== undefined && found !== false) return found;
    await sleep(5);
  }
}

test('the thread ends when nothing is taken for long, and what it has finished is there for who asks later', async () => {
  const translation = new BackgroundTranslation(prepareEngine(), 20);
  try {
    // A machine that stands still takes nothing.
    for (const asked of [job(), job()]) {
      translation.submit(asked);
      expect(translation.awake).toBe(true);
      await until(() => !translation.awake);
      expect(translation.busy).toBe(true);
      const finished = translation.take();
      expect(finished?.job).toBe(asked);
      expect(finished?.module).toBeDefined();
      expect([translation.busy, translation.take()]).toEqual([false, undefined]);
    }
    // One that runs.
    const asked = job();
    translation.submit(asked);
    expect((await until<FinishedJob>(() => translation.take())).job).toBe(asked);
    await until(() => !translation.awake);
  } finally {
    await translation.dispose();
  }
});

test('what was asked for before is for nobody after another machine has come', async () => {
  const translation = new BackgroundTranslation(prepareEngine());
  try {
    translation.submit(job());
    translation.forget();
    expect([translation.busy, translation.take()]).toEqual([false, undefined]);
    const asked = job();
    translation.submit(asked);
    const finished = await until<FinishedJob>(() => translation.take());
    expect(finished.job).toBe(asked);
    // The thread has answered twice, and both answers were taken.
    await sleep(20);
    expect([translation.busy, translation.take()]).toEqual([false, undefined]);
  } finally {
    await translation.dispose();
  }
});
