import { Writable } from 'node:stream';
import { written } from './output-files.js';

test('many wait for a slow stream, and it has one listener for all of them', async () => {
  let goOn: () => void = () => undefined;
  const stream = new Writable({ highWaterMark: 1, write: (_chunk, _encoding, done) => void (goOn = done) });
  let resolved = 0;
  const waits = Array.from({ length: 40 }, () => written(stream, 'trace').then(() => resolved++));
  expect(stream.listenerCount('drain')).toBe(1);
  await new Promise((resolve) => setImmediate(resolve));
  expect(resolved).toBe(0);
  for (let chunk = 0; chunk < 40; chunk++) {
    goOn();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(waits);
  expect(stream.listenerCount('drain')).toBe(0);
});
