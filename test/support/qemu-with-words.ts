/** A program for tests: `virtbook qemu`, with part 4's word server on the machine's network. */
import { join } from 'node:path';
import { CommandFailure } from '../../kernel/cli/failure.js';
import { qemuCommand } from '../../emulator/host-node/qemu.js';
import { qemuProgram } from '../../kernel/cli/qemu-program.js';
import { packageRoot } from '../../sdk/root.js';
import { wordServerModule } from './word-server.js';

/** Program and arguments that run it, built. */
export function qemuWithWords(...args: string[]): [program: string, args: string[]] {
  return [process.execPath, [join(packageRoot(), 'dist', 'test', 'support', 'qemu-with-words.js'), ...args]];
}

async function main(): Promise<number> {
  try {
    return await qemuCommand(process.argv.slice(2), new AbortController().signal, { ...qemuProgram(), networkHosts: [wordServerModule()] });
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    process.stderr.write(`${error.message}\n`);
    return error.status;
  }
}

if (require.main === module) void main().then((status) => process.exit(status));
