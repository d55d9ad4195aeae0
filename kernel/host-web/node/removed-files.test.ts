import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { fs } from 'memfs';
import { forgetRemovedFiles } from './removed-files.js';

const SIZE = 2 ** 26;

/** Bytes of all buffers, without those that are nobody's. */
function held(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  // What a first one has found to be nobody's is given back by the next.
  collect();
  collect();
  return process.memoryUsage().arrayBuffers;
}

const write = (path: string): void => fs.writeFileSync(path, Buffer.alloc(SIZE));

test('files that were replaced or removed are not in memory any more', async () => {
  forgetRemovedFiles();
  const before = held();
  for (let count = 0; count < 3; count++) {
    write('/new');
    fs.renameSync('/new', '/kept');
  }
  fs.mkdirSync('/folder');
  write('/folder/file');
  fs.rmSync('/folder', { recursive: true });
  write('/file');
  await fs.promises.rm('/file');
  expect(fs.statSync('/kept').size).toBe(SIZE);
  expect(held() - before).toBeLessThan(1.5 * SIZE);
});
