import { randomInt } from 'node:crypto';
import { createWriteStream, readFileSync } from 'node:fs';
import { Writable } from 'node:stream';
import type { DriveFile } from '../../emulator/board/qemu-devices.js';
import { assembleMachine, parseQemuOptions, QemuOptionError, type QemuCommandLine } from '../../emulator/board/qemu-options.js';
import type { Machine } from '../../emulator/machine/machine.js';
import type { MachineOptions, StorageModule } from '../../emulator/machine/options.js';
import { defaultServices } from '../session/default-services.js';
import { describeEnd } from '../session/machine-run.js';
import { machineStatistics } from '../session/machine-statistics.js';
import { parseSeed } from '../session/seed.js';
import { checkDisk, diskFile } from './disk-file.js';
import { CommandFailure } from './failure.js';
import { readSnapshotArguments, requireSaveable, restoreFrom, saveTo, writtenOptions, type SnapshotArguments } from './machine-snapshot.js';
import { GdbServer, parseGdbAddress, type GdbServerEvents } from './gdb-server.js';
import { runOnTerminal, type TerminalStreams } from './machine-terminal.js';

const help = `Usage: virtbook qemu -machine virt -cpu cortex-a53 [options]

Runs the machine with the options of qemu-system-aarch64 that it knows:
  -machine virt[,virtualization=on][,highmem=off]    the board; -M for short
  -cpu cortex-a53
  -smp N                               processors, 1 to 4
  -m SIZE                              RAM, such as 256 (MiB) or size=2G
  -nographic, -serial mon:stdio        the console is this terminal; Control-A h lists the keys
  -serial stdio|none|null|file:PATH    the same without Control-A, nothing, or a file for what is sent
  -device loader,file=FILE,addr=ADDR[,cpu-num=0]
  -device guest-loader,addr=ADDR,kernel=FILE[,bootargs=TEXT], or initrd=FILE
                                       what a hypervisor that -kernel names finds for its first guest
  -kernel IMAGE [-initrd FILE] [-append "COMMAND LINE"]
  -bios FILE                           firmware, in the first flash bank
  -drive if=pflash,file=FILE,format=raw[,unit=N][,readonly=on][,snapshot=on]
  -drive if=none,id=ID,file=FILE,format=raw[,readonly=on][,snapshot=on]
  -device virtio-blk-device,drive=ID[,serial=TEXT]
  -netdev user,id=ID -device virtio-net-device,netdev=ID[,mac=MAC]
  -device virtio-rng-device
  -serial none -chardev stdio,id=ID -device virtio-serial-device -device virtconsole,chardev=ID
                                       each virtio-*-device also as virtio-*-pci
  -global virtio-mmio.force-legacy=off the devices show version 2 of the interface
  -snapshot                            what is written to disks and flash is forgotten
  -no-reboot                           a reset ends the run
  -s, -gdb tcp:[HOST]:PORT             GDB is waited for: at tcp::1234 with -s, and on this computer only without HOST
  -d ITEM[,ITEM...] [-D FILE]          traces on standard error, or into FILE: in_asm, int, mmu, guest_errors, unimp
  -S                                   the machine stands still until GDB or the monitor lets it go
  -seed N                              decides what is left to chance; drawn unless given

and three options of its own:
  --snapshot FILE                      saves the machine when the run ends by Control-A x or with its input; the
                                       monitor's savevm FILE saves it at any time
  --restore FILE                       goes on where a snapshot was taken, and needs none of the options above: those
                                       that are given must be as they were
  --stats                              says on standard error, when the machine has stopped, how it executed
A snapshot holds the whole machine, but no disks: those must be attached read-only.
`;

const STATS = '--stats';

/** `virtbook qemu`. Resolves to the exit status. */
export async function qemuCommand(args: string[], signal: AbortSignal): Promise<number> {
  if (args.some((argument) => /^--?(h|help)$/.test(argument))) {
    process.stdout.write(help);
    return 0;
  }
  const files = readSnapshotArguments(args);
  let line;
  let options: MachineOptions;
  try {
    line = parseQemuOptions(files.rest.filter((argument) => argument !== STATS), files.restore !== undefined);
    const seed = parseSeed(process.env.VIRTBOOK_SEED ?? '') ?? randomInt(2 ** 31);
    // Time is a person's when there is one, and simulated where input comes from a file.
    options = assembleMachine(line, readImage, seed, process.stdin.isTTY ? 'interactive' : 'simulated', openImage);
  } catch (error) {
    if (error instanceof QemuOptionError) throw new CommandFailure(2, `virtbook qemu: ${error.message}\nvirtbook qemu -help lists what is known.`);
    throw error;
  }
  if (files.snapshot !== undefined) requireSaveable(line);
  if (files.restore !== undefined && line.trace) throw new CommandFailure(2, 'virtbook qemu: -d traces a machine from its power-on, and does not go with --restore');
  const output = line.console ? process.stdout : line.serialFile === undefined ? nowhere() : await toFile(line.serialFile);
  const streams = { input: process.stdin, output };
  const log = line.traceFile === undefined ? process.stderr : await toFile(line.traceFile);
  try {
    return await runToItsEnd(options, streams, log, line, files, signal);
  } finally {
    if (log !== process.stderr) await new Promise<void>((resolve) => log.end(resolve));
    if (output !== process.stdout) await new Promise<void>((resolve) => output.end(resolve));
  }
}

/** Runs the machine, and again after each reset unless the command line forbids it. */
async function runToItsEnd(options: MachineOptions, streams: TerminalStreams, log: Writable, line: QemuCommandLine, files: SnapshotArguments, signal: AbortSignal): Promise<number> {
  const hold = { held: line.held ?? false };
  const killed = new AbortController();
  let machine: Machine | undefined;
  const gdb = await gdbServer(line, {
    detached() {
      hold.held = false;
      void machine?.resume();
    },
    killed: () => killed.abort(),
  });
  try {
    return await runs();
  } finally {
    await gdb?.close();
  }

  async function runs(): Promise<number> {
    for (;;) {
      machine = files.restore === undefined
        ? await defaultServices.startMachine(options, { trace: line.trace ?? [] })
        : await restoreFrom(files.restore, writtenOptions(line, options));
      machine.onTrace = (text) => written(log, text);
      gdb?.serve(machine);
      try {
        const before = await machine.status();
        const start = performance.now();
        const end = await runOnTerminal(machine, streams, line.monitor, AbortSignal.any([signal, killed.signal]), hold);
        // At a reset, too: the machine behind it is another one.
        if (files.rest.includes(STATS)) {
          const status = await machine.status();
          const run = { seconds: (performance.now() - start) / 1000, instructions: status.instructions - before.instructions };
          process.stderr.write(machineStatistics(status, run));
        }
        const goesOn = end.kind === 'quit' || end.reason.kind === 'idle';
        if (files.snapshot !== undefined && goesOn) await saveTo(files.snapshot, machine);
        if (end.kind === 'quit') return signal.aborted ? 130 : 0;
        if (end.reason.kind === 'crashed') throw new CommandFailure(1, `\nvirtbook qemu: the machine crashed: ${end.reason.message}`);
        if (files.snapshot !== undefined && !goesOn) process.stderr.write(`virtbook qemu: no snapshot: the machine ${describeEnd(end.reason)}\n`);
        if (end.reason.kind !== 'reset' || line.noReboot) return 0;
        // The snapshot holds what the images have become, and the command line need not name them.
        if (files.restore !== undefined) throw new CommandFailure(1, 'virtbook qemu: the machine asked for a reset, and can only be started anew without --restore');
      } finally {
        await machine.dispose();
      }
    }
  }
}

async function gdbServer({ gdb, noReboot }: QemuCommandLine, events: GdbServerEvents): Promise<GdbServer | undefined> {
  if (gdb === undefined) return undefined;
  const address = parseGdbAddress(gdb);
  if (!address) throw new CommandFailure(2, `virtbook qemu: -gdb ${gdb}: give tcp::PORT or tcp:HOST:PORT`);
  try {
    return await GdbServer.listen(address, events, noReboot);
  } catch (error) {
    throw new CommandFailure(1, `virtbook qemu: -gdb ${gdb}: ${error instanceof Error ? error.message : String(error)}; another port may be free`);
  }
}

/** Resolves when the stream can take more. */
async function written(stream: Writable, text: string): Promise<void> {
  if (!stream.write(text)) await new Promise((resolve) => stream.once('drain', resolve));
}

function nowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}

function toFile(file: string): Promise<Writable> {
  return new Promise((resolve, reject) => {
    const stream = createWriteStream(file);
    stream.once('open', () => resolve(stream));
    stream.once('error', (error) => reject(new CommandFailure(1, `virtbook qemu: ${file} cannot be written: ${error.message}`)));
  });
}

/** Opens nothing yet, but looks whether the machine's thread will be able to. */
function openImage(drive: DriveFile, wanted?: number): StorageModule {
  let size: number;
  try {
    size = checkDisk(drive);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const unwritable = ['EACCES', 'EPERM', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '');
    const advice = unwritable && !drive.readOnly && !drive.snapshot ? '; with readonly=on or snapshot=on it need not be written' : '';
    throw new CommandFailure(1, `virtbook qemu: ${drive.file} cannot be used as a drive: ${reason}${advice}`);
  }
  if (wanted !== undefined && size !== wanted) {
    throw new CommandFailure(1, `virtbook qemu: ${drive.file} has ${size} bytes, and a flash bank ${wanted}: truncate -s ${wanted} makes it so`);
  }
  return diskFile(drive);
}

function readImage(file: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(file));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandFailure(1, `virtbook qemu: ${file} cannot be read: ${reason}`);
  }
}
