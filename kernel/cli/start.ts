import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../sdk/root.js';
import { executedPath } from '../notebook/execute.js';
import { executeCommand } from './execute.js';
import { prepareGuest, prepareSdk } from './prepare.js';

/** What `npm start` runs: brings everything that the chapter needs, runs it, and says where the result is. */
export async function startCommand(options: { seed?: number | undefined }, signal: AbortSignal): Promise<void> {
  const began = performance.now();
  const say = (text: string) => process.stdout.write(`${text}\n`);
  say('Preparing the Microkit SDK: the first time this compiles it, and may bring a C compiler.');
  await prepareSdk(signal);
  say('Preparing the Linux guest: the first time this downloads it.');
  const guest = await prepareGuest(signal);
  say(`Linux ${guest.version} is ready. Running the chapter.`);
  const notebook = join(packageRoot(), 'notebooks', 'part4.ipynb');
  // The chapter writes files as a reader would; they do not belong among the chapter's own.
  const folder = join(packageRoot(), '.virtbook', 'start');
  await mkdir(folder, { recursive: true });
  const { out, html } = await executeCommand(
    notebook,
    { output: executedPath(notebook), html: executedPath(notebook, '.html'), folder, seed: options.seed },
    signal,
  );
  say(
    `\nThe chapter ran; all of it took ${((performance.now() - began) / 1000).toFixed(0)} s. Open the result in any notebook front end, or the page in a browser:`,
  );
  say(`  ${out}`);
  say(`  ${html}`);
}
