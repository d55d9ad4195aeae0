import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandFailure } from './failure.js';
import { prepareSdk } from './prepare.js';

/**
 * `virtbook microkit`: the system tool of the embedded SDK, which makes images of its own kernel, loader and monitor.
 * @throws CommandFailure where `MICROKIT_SDK` is a real SDK: that has a tool of its own, and ours cannot make its images
 */
export async function microkitCommand(args: string[], signal: AbortSignal): Promise<number> {
  const given = process.env.MICROKIT_SDK;
  if (given) await refuseReal(given, args);
  const sdk = given || (await prepareSdk(signal));
  const { microkitMain } = await import('../../sdk/tool/index.js');
  return microkitMain(args, { stdout: process.stdout, stderr: process.stderr, cwd: process.cwd(), env: process.env }, sdk);
}

async function refuseReal(sdk: string, args: readonly string[]): Promise<void> {
  const { isEmbedded } = await import('../../sdk/build/sdk.js');
  const tool = join(sdk, 'bin', 'microkit');
  if (!existsSync(tool) || (await isEmbedded(sdk))) return;
  const version = (await readFile(join(sdk, 'VERSION'), 'utf8').catch(() => '')).trim();
  throw new CommandFailure(
    1,
    [
      `virtbook microkit: MICROKIT_SDK is '${sdk}', a real Microkit SDK${version && ` ${version}`}, with seL4 and a tool of its own.`,
      "virtbook's tool makes images of virtbook's embedded SDK alone.",
      `  to build with the real SDK: ${[tool, ...args].map(quoted).join(' ')}`,
      `  to build with the embedded one: MICROKIT_SDK= virtbook microkit ${args.map(quoted).join(' ')}`,
    ].join('\n'),
  );
}

/** As a shell takes it. */
const quoted = (word: string): string => (/^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
