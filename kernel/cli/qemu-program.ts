import type { QemuProgram } from '../../emulator/host-node/qemu-run.js';
import { writeFileAtomically } from '../../sdk/cache.js';
import { defaultServices } from '../assembly/default-services.js';
import { parseSeed } from '../session/seed.js';
import { version } from './version.js';

/** What `virtbook qemu` gets from the rest of virtbook: its cache of translated code above all. */
export function qemuProgram(): QemuProgram {
  return {
    version: version(),
    seed: parseSeed(process.env.VIRTBOOK_SEED ?? ''),
    startMachine: (options, more) => defaultServices.startMachine(options, more),
    writeFile: (file, bytes) => writeFileAtomically(file, bytes),
  };
}
