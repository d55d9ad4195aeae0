/** The same options in QEMU and in our machine, and the same session at the console of each. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { assembleMachine, parseQemuOptions } from '../../emulator/command-line/options.js';
import type { Console } from './console.js';
import { MachineConsole } from './machine-console.js';
import { ProgramConsole, QEMU, requireQemu } from './program-console.js';

/** What a person does at the console. */
export type Session = (console: Console) => Promise<void>;

/** @returns the console from power-on to the end of the session. */
export async function inQemu(args: readonly string[], session: Session): Promise<string> {
  requireQemu();
  return transcript(new ProgramConsole(QEMU, args), session);
}

/** @returns the console from power-on to the end of the session. */
export async function inOurMachine(args: readonly string[], session: Session): Promise<string> {
  // Countdowns are for a person: with a simulated clock the machine would seem idle.
  return transcript(
    await MachineConsole.start(assembleMachine(parseQemuOptions(args), { read: readFileSync, gunzip: gunzipSync }, 1, 'interactive')),
    session,
  );
}

/** Both at once: there are two processors. `onlyQemu` are options that take away what our board has not got. */
export async function onBoth(
  args: readonly string[],
  session: Session,
  onlyQemu: readonly string[] = [],
): Promise<{ ours: string; qemu: string }> {
  const [ours, qemu] = await Promise.all([inOurMachine(args, session), inQemu([...args, ...onlyQemu], session)]);
  return { ours, qemu };
}

async function transcript(console: Console, session: Session): Promise<string> {
  try {
    await session(console);
    return console.text;
  } finally {
    await console.stop();
  }
}
