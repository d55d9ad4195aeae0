/** What `virtbook qemu -help` says. */
import { SECTIONS } from './rows.js';

const BEFORE = `Usage: virtbook qemu -machine virt -cpu cortex-a53 [options]

Runs the machine with the options of qemu-system-aarch64 that it knows:
`;

const AFTER = `  -version

and three options of its own:
  --snapshot FILE                      saves the machine when the run ends with Control-A x or its input ends; the
                                       monitor's savevm FILE saves it at any time
  --restore FILE                       continues where a snapshot was taken, and needs none of the options above: those
                                       that are given must be as they were
  --stats                              prints on standard error, when the machine has stopped, how it executed
A snapshot holds the whole machine, but no disks: those must be attached read-only.
`;

/** Every option by its row, section after section. */
export function qemuHelp(): string {
  const sections = SECTIONS.map((rows) => rows.flatMap(({ help }) => (help === undefined ? [] : [`${help}\n`])).join(''));
  return `${BEFORE}${sections.join('\n')}${AFTER}`;
}
