import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Writable } from 'node:stream';
import { assembleMachine, parseQemuOptions, QemuOptionError } from '../../emulator/board/qemu-options.js';
import type { MachineOptions } from '../../emulator/machine/options.js';
import { defaultServices } from '../session/default-services.js';
import { parseSeed } from '../session/seed.js';
import { CommandFailure } from './failure.js';
import { runOnTerminal } from './machine-terminal.js';

const help = `Usage: virtbook qemu -machine virt -cpu cortex-a53 [options]

Runs the machine with the options of qemu-system-aarch64 that it knows:
  -machine virt[,virtualization=on]    the board; -M for short
  -cpu cortex-a53
  -m SIZE                              RAM, such as 256 (MiB) or size=2G
  -nographic, -serial mon:stdio        the console is this terminal; Control-A x leaves
  -device loader,file=FILE,addr=ADDR[,cpu-num=0]
  -kernel IMAGE [-initrd FILE] [-append "COMMAND LINE"]
  -netdev user,id=ID -device virtio-net-device,netdev=ID[,mac=MAC]
  -no-reboot                           a reset ends the run
  -seed N                              decides what is left to chance; drawn unless given
`;

/** `virtbook qemu`. Resolves to the exit status. */
export async function qemuCommand(args: string[], signal: AbortSignal): Promise<number> {
  if (args.some((argument) => /^--?(h|help)$/.test(argument))) {
    process.stdout.write(help);
    return 0;
  }
  let line;
  let options: MachineOptions;
  try {
    line = parseQemuOptions(args);
    const seed = parseSeed(process.env.VIRTBOOK_SEED ?? '') ?? randomInt(2 ** 31);
    // Time is a person's when there is one, and simulated where input comes from a file.
    options = assembleMachine(line, readImage, seed, process.stdin.isTTY ? 'interactive' : 'simulated');
  } catch (error) {
    if (error instanceof QemuOptionError) throw new CommandFailure(2, `virtbook qemu: ${error.message}\nvirtbook qemu -help lists what is known.`);
    throw error;
  }
  const streams = { input: process.stdin, output: line.console ? process.stdout : new Writable({ write: (_chunk, _encoding, done) => done() }) };
  for (;;) {
    const machine = await defaultServices.startMachine(options);
    try {
      const end = await runOnTerminal(machine, streams, line.monitor, signal);
      if (end.kind === 'quit') return signal.aborted ? 130 : 0;
      if (end.reason.kind === 'crashed') throw new CommandFailure(1, `\nvirtbook qemu: the machine crashed: ${end.reason.message}`);
      if (end.reason.kind !== 'reset' || line.noReboot) return 0;
    } finally {
      await machine.dispose();
    }
  }
}

function readImage(file: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(file));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandFailure(1, `virtbook qemu: ${file} cannot be read: ${reason}`);
  }
}
