/** `virtbook qemu`: a machine by QEMU's command line, with the files, sockets and terminal of this process. */
import { randomInt } from 'node:crypto';
import { rmSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { deviceTreeOf } from '../board/boot.js';
import { assembleMachine } from '../command-line/assembly.js';
import type { QemuCommandLine } from '../command-line/command-line.js';
import { qemuHelp } from '../command-line/help.js';
import { QemuOptionError } from '../command-line/option-values.js';
import { parseQemuOptions } from '../command-line/options.js';
import { readSnapshotArguments, requireSaveable, type SnapshotArguments } from '../command-line/snapshot-options.js';
import { TRACE_HELP } from '../command-line/trace-options.js';
import type { MachineOptions } from '../machine/options.js';
import { leftInFiles } from '../server/file-images.js';
import { CommandFailure, reasonOf } from './failure.js';
import { openImage, readableAgain, readImage, writeFile } from './image-files.js';
import { nowhere, toFile } from './output-files.js';
import { QemuRun, type QemuProgram, type RunSettings } from './qemu-run.js';

const STATS = '--stats';
/** Bytes. */
const LARGEST_UNPACKED = 256 * 2 ** 20;

/** Runs a command line to the machine's end. Resolves to the exit status. @throws CommandFailure */
export async function qemuCommand(args: string[], signal: AbortSignal, program: QemuProgram): Promise<number> {
  const told = information(args, program);
  if (told !== undefined) {
    process.stdout.write(told);
    return 0;
  }
  const files = understood(() => readSnapshotArguments(args));
  const { line, options } = understood(
    () => machineOf(files, program),
    () => '\nvirtbook qemu -help lists the options.',
  );
  if (line.dumpDeviceTree !== undefined) return dumpDeviceTree(line.dumpDeviceTree, options);
  if (files.snapshot !== undefined) understood(() => requireSaveable(line));
  if (files.restore !== undefined && line.trace)
    throw new CommandFailure(2, 'virtbook qemu: -d traces a machine from its power-on, and cannot be used with --restore');
  if (line.standsInFor !== undefined) {
    process.stderr.write(
      `virtbook qemu: warning: the processor is a Cortex-A53, and no ${line.standsInFor}: the guest may miss what that has\n`,
    );
  }
  return withPidFile(line.pidFile, () =>
    withOutputs(line, (output, log) => {
      const settings: RunSettings = { ...files, line, options, stats: files.rest.includes(STATS) };
      return new QemuRun(settings, { input: process.stdin, output, terminal: process.stdout }, log, program).toItsEnd(signal);
    }),
  );
}

/** What is only to be shown. */
function information(args: readonly string[], { version }: QemuProgram): string | undefined {
  if (args.some((argument) => /^--?(h|help)$/.test(argument))) return qemuHelp();
  if (args.some((argument) => /^--?version$/.test(argument))) return `virtbook ${version}, with the virt board of QEMU 7.2\n`;
  return args.some((argument, i) => argument === 'help' && args[i - 1] === '-d') ? TRACE_HELP : undefined;
}

/** Turns what is wrong with the command line into an end of the command. */
function understood<T>(work: () => T, hint = (): string => ''): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof QemuOptionError) throw new CommandFailure(2, `virtbook qemu: ${error.message}${hint()}`);
    throw error;
  }
}

function machineOf(files: SnapshotArguments, program: QemuProgram): { line: QemuCommandLine; options: MachineOptions } {
  const args = files.rest.filter((argument) => argument !== STATS);
  const line = parseQemuOptions(args, files.restore !== undefined);
  const seed = program.seed ?? randomInt(2 ** 31);
  // Time is a person's when there is one, and simulated where input comes from a file.
  // Whoever connects from the host has the host's time, too.
  const pacing = process.stdin.isTTY || line.forwards ? 'interactive' : 'simulated';
  const gunzip = (bytes: Uint8Array): Uint8Array => new Uint8Array(gunzipSync(bytes, { maxOutputLength: LARGEST_UNPACKED }));
  const assembled = assembleMachine(line, { read: readImage, again: readableAgain, gunzip, open: openImage, ...hostClock() }, seed, pacing);
  // A device tree is made with the bytes of a kernel, and a snapshot is compared with them; otherwise this thread keeps none.
  const needed = line.dumpDeviceTree !== undefined || files.restore !== undefined;
  return { line, options: { ...(needed ? assembled : leftInFiles(assembled)), networkHosts: program.networkHosts } };
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
    writeFile(file, deviceTreeOf(options));
  } catch (error) {
    throw new CommandFailure(1, `virtbook qemu: -machine dumpdtb=${file}: ${reasonOf(error)}`);
  }
  process.stderr.write(`virtbook qemu: the device tree is in ${file}\n`);
  return 0;
}

/** Runs with the number of this process in a file, as QEMU does. @throws CommandFailure */
async function withPidFile(file: string | undefined, run: () => Promise<number>): Promise<number> {
  if (file === undefined) return run();
  try {
    writeFile(file, Buffer.from(`${process.pid}\n`));
  } catch (error) {
    throw new CommandFailure(1, `virtbook qemu: -pidfile ${file}: ${reasonOf(error)}`);
  }
  try {
    return await run();
  } finally {
    rmSync(file, { force: true });
  }
}

/** Runs with the places that the console and the trace go to, which are closed after it. */
async function withOutputs(line: QemuCommandLine, run: (output: Writable, log: Writable) => Promise<number>): Promise<number> {
  const output = line.console ? process.stdout : line.serialFile === undefined ? nowhere() : await toFile(line.serialFile);
  const log = line.traceFile === undefined ? process.stderr : await toFile(line.traceFile);
  try {
    return await run(output, log);
  } finally {
    if (log !== process.stderr) await new Promise<void>((resolve) => log.end(resolve));
    if (output !== process.stdout) await new Promise<void>((resolve) => output.end(resolve));
  }
}
