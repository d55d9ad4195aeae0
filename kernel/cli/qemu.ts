import { randomInt } from 'node:crypto';
import { createWriteStream, readFileSync, writeFileSync } from 'node:fs';
import { Writable } from 'node:stream';
import { deviceTreeOf } from '../../emulator/board/boot.js';
import type { DriveFile } from '../../emulator/board/qemu-drives.js';
import { assembleMachine, parseQemuOptions, QemuOptionError, type QemuCommandLine } from '../../emulator/board/qemu-options.js';
import { traceHelp } from '../../emulator/board/trace-options.js';
import type { Machine } from '../../emulator/server/machine.js';
import type { MachineOptions, StorageModule } from '../../emulator/machine/options.js';
import { defaultServices } from '../assembly/default-services.js';
import { describeEnd } from '../session/machine-run.js';
import { machineStatistics } from '../session/machine-statistics.js';
import { parseSeed } from '../session/seed.js';
import { version } from './version.js';
import { checkDisk, diskFile } from './disk-file.js';
import { CommandFailure } from './failure.js';
import { readSnapshotArguments, requireSaveable, restoreFrom, saveTo, writtenOptions, type SnapshotArguments } from './machine-snapshot.js';
import { GdbServer, parseGdbAddress, type GdbServerEvents } from './gdb-server.js';
import { HostForwards } from './host-forward.js';
import { QEMU_HELP } from './qemu-help.js';
import { runOnTerminal, type TerminalStreams } from './machine-terminal.js';

const STATS = '--stats';

/** What a program of one's own may add to the machine of a command line. */
export type Added = Pick<MachineOptions, 'networkHosts'>;

/** `virtbook qemu`. Resolves to the exit status. */
export async function qemuCommand(args: string[], signal: AbortSignal, added: Added = {}): Promise<number> {
  if (args.some((argument) => /^--?(h|help)$/.test(argument))) {
    process.stdout.write(QEMU_HELP);
    return 0;
  }
  if (args.some((argument) => /^--?version$/.test(argument))) {
    process.stdout.write(`virtbook ${version()}, with the virt board of QEMU 7.2\n`);
    return 0;
  }
  if (args.some((argument, i) => argument === 'help' && args[i - 1] === '-d')) {
    process.stdout.write(traceHelp);
    return 0;
  }
  const files = readSnapshotArguments(args);
  let line;
  let options: MachineOptions;
  try {
    line = parseQemuOptions(
      files.rest.filter((argument) => argument !== STATS),
      files.restore !== undefined,
    );
    const seed = parseSeed(process.env.VIRTBOOK_SEED ?? '') ?? randomInt(2 ** 31);
    // Time is a person's when there is one, and simulated where input comes from a file.
    // Whoever connects from the host has the host's time, too.
    const pacing = process.stdin.isTTY || line.forwards ? 'interactive' : 'simulated';
    options = { ...assembleMachine(line, readImage, seed, pacing, { open: openImage, ...hostClock() }), ...added };
  } catch (error) {
    if (error instanceof QemuOptionError)
      throw new CommandFailure(2, `virtbook qemu: ${error.message}\nvirtbook qemu -help lists what is known.`);
    throw error;
  }
  if (line.dumpDeviceTree !== undefined) return dumpDeviceTree(line.dumpDeviceTree, options);
  if (files.snapshot !== undefined) requireSaveable(line);
  if (files.restore !== undefined && line.trace)
    throw new CommandFailure(2, 'virtbook qemu: -d traces a machine from its power-on, and does not go with --restore');
  const output = line.console ? process.stdout : line.serialFile === undefined ? nowhere() : await toFile(line.serialFile);
  const streams = { input: process.stdin, output, terminal: process.stdout };
  const log = line.traceFile === undefined ? process.stderr : await toFile(line.traceFile);
  try {
    return await runToItsEnd(options, streams, log, line, files, signal);
  } finally {
    if (log !== process.stderr) await new Promise<void>((resolve) => log.end(resolve));
    if (output !== process.stdout) await new Promise<void>((resolve) => output.end(resolve));
  }
}

/** Seconds since 1970, and what a clock on the wall shows, as if it were UTC's. */
function hostClock(): { now: number; localNow: number } {
  const date = new Date();
  const now = Math.floor(date.getTime() / 1000);
  return { now, localNow: now - date.getTimezoneOffset() * 60 };
}

/** As QEMU, which then runs nothing. */
function dumpDeviceTree(file: string, options: MachineOptions): number {
  try {
    writeFileSync(file, deviceTreeOf(options));
  } catch (error) {
    throw new CommandFailure(1, `virtbook qemu: -machine dumpdtb=${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
  process.stderr.write(`virtbook qemu: the device tree is in ${file}\n`);
  return 0;
}

/** Powers the machine on. What cannot be booted is told of by the file that it stands in. */
async function startMachine(options: MachineOptions, line: QemuCommandLine): Promise<Machine> {
  try {
    return await defaultServices.startMachine(options, { trace: { items: line.trace ?? [], ranges: line.traceRanges } });
  } catch (error) {
    if (!(error instanceof Error && error.name === 'BootImageError')) throw error;
    throw new CommandFailure(1, `virtbook qemu: ${line.linux ? `-kernel ${line.linux.kernel}: ` : ''}${error.message}`);
  }
}

/** Runs the machine, and again after each reset unless the command line forbids it. */
async function runToItsEnd(
  options: MachineOptions,
  streams: TerminalStreams,
  log: Writable,
  line: QemuCommandLine,
  files: SnapshotArguments,
  signal: AbortSignal,
): Promise<number> {
  const hold = { held: line.held ?? false, afterPowerOff: line.noShutdown ?? false };
  const role = line.monitor ? (line.console ? 'multiplexed' : 'monitor') : 'console';
  const killed = new AbortController();
  let machine: Machine | undefined;
  const gdb = await gdbServer(line, {
    detached() {
      hold.held = false;
      void machine?.resume();
    },
    killed: () => killed.abort(),
  });
  let forwards: HostForwards | undefined;
  try {
    forwards = line.forwards && (await hostForwards(line.forwards));
    return await runs();
  } finally {
    await gdb?.close();
    await forwards?.close();
  }

  async function runs(): Promise<number> {
    for (;;) {
      machine =
        files.restore === undefined ? await startMachine(options, line) : await restoreFrom(files.restore, writtenOptions(line, options));
      machine.onTrace = (text) => written(log, text);
      gdb?.serve(machine);
      forwards?.serve(machine);
      try {
        const before = await machine.status();
        const start = performance.now();
        const end = await runOnTerminal(machine, streams, role, AbortSignal.any([signal, killed.signal]), hold, line.forwards);
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
        if (files.snapshot !== undefined && !goesOn)
          process.stderr.write(`virtbook qemu: no snapshot: the machine ${describeEnd(end.reason)}\n`);
        if (end.reason.kind === 'powerOff') return end.reason.status ?? 0;
        if (end.reason.kind !== 'reset' || line.noReboot) return 0;
        // The snapshot holds what the images have become, and the command line need not name them.
        if (files.restore !== undefined)
          throw new CommandFailure(1, 'virtbook qemu: the machine asked for a reset, and can only be started anew without --restore');
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
    throw new CommandFailure(
      1,
      `virtbook qemu: -gdb ${gdb}: ${error instanceof Error ? error.message : String(error)}; another port may be free`,
    );
  }
}

async function hostForwards(rules: NonNullable<QemuCommandLine['forwards']>): Promise<HostForwards> {
  try {
    return await HostForwards.listen(rules);
  } catch (error) {
    throw new CommandFailure(1, `virtbook qemu: hostfwd=${error instanceof Error ? error.message : String(error)}`);
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
    throw new CommandFailure(
      1,
      `virtbook qemu: ${drive.file} has ${size} bytes, and a flash bank ${wanted}: truncate -s ${wanted} makes it so`,
    );
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
