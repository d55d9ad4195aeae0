/** gdb-multiarch, run with a script. */
import { execFile, spawn, spawnSync } from 'node:child_process';

const GDB = 'gdb-multiarch';
/** Milliseconds, for a busy machine. */
export const TIMEOUT = 300_000;

/** @throws Error that says what to install when there is none. */
export function requireGdb(): void {
  const { error } = spawnSync(GDB, ['--version']);
  if (error) throw new Error(`${GDB} is needed, and cannot be run (${error.message}): on Debian, install the package gdb-multiarch.`);
}

/** How to connect. A first connection may come too early: `target remote` is tried until something listens. */
function argumentsOf(address: string, script: readonly string[]): string[] {
  const connect = [
    'set tcp auto-retry on',
    'set tcp connect-timeout 300',
    // In seconds; of its own accord gdb gives a busy machine 2, and then takes one answer for the next.
    'set remotetimeout 300',
    'set pagination off',
    'set confirm off',
    `target remote ${address}`,
  ];
  return ['-nx', '-q', '-batch', ...[...connect, ...script].flatMap((command) => ['-ex', command])];
}

/** Connects, runs a script, and resolves to what gdb said. */
export function gdb(address: string, script: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(GDB, argumentsOf(address, script), { timeout: TIMEOUT }, (_error, stdout, stderr) => resolve(stdout + stderr));
  });
}

/** The same, and does something once gdb has said so: it says what it has said so far when it waits for the machine. */
export function gdbWith(address: string, script: readonly string[], said: string, action: () => void): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(GDB, argumentsOf(address, script), { timeout: TIMEOUT });
    let text = '';
    let done = false;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (bytes: Buffer) => {
        text += String(bytes);
        if (done || !text.includes(said)) return;
        done = true;
        action();
      });
    }
    child.once('close', () => resolve(text));
  });
}
