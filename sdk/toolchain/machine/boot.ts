/** What the compiler's machine is: its board, and the root file system that it boots with. */
import { characterDevice, cpioArchive, directory, file, symlink, type CpioEntry } from '../../../formats/cpio.js';
import { INSIDE } from './command-lines.js';

export interface MachineParts {
  busybox: Uint8Array;
  /** Drivers of the kernel, in loading order. */
  modules: readonly { name: string; content: Uint8Array }[];
  /** cc1, as, ld and ar, by these names. */
  programs: ReadonlyMap<string, Uint8Array>;
  /** What they are linked with, by the names that they ask for, and the dynamic linker. */
  libraries: ReadonlyMap<string, Uint8Array>;
  /** `guest/init` and `guest/server.c`. */
  init: string;
  server: string;
}

/** Which drivers the kernel needs: for the console, and what it is connected to. */
export const DRIVERS: readonly string[] = ['virtio_mmio', 'virtio_console'];

/**
 * Everything is in one folder with a name that nobody uses, so that files of the host can be at their own paths.
 */
export function rootFileSystem({ busybox, modules, programs, libraries, init, server }: MachineParts): Uint8Array {
  const at = (path: string): string => `${INSIDE.slice(1)}/${path}`;
  const entries: CpioEntry[] = [
    directory(INSIDE.slice(1)),
    ...['bin', 'dev', 'lib', 'modules', 'proc', 'tmp'].map((name) => directory(at(name))),
    characterDevice(at('dev/console'), 5, 1),
    file(at('bin/busybox'), busybox, 0o755),
    symlink(at('bin/sh'), 'busybox'),
    ...[...programs].map(([name, content]) => file(at(`bin/${name}`), content, 0o755)),
    ...[...libraries].map(([name, content]) => file(at(`lib/${name}`), content, 0o755)),
    file(at('modules/order'), modules.map(({ name }) => `${name}\n`).join('')),
    ...modules.map(({ name, content }) => file(at(`modules/${name}.ko`), content)),
    file(at('server.c'), server),
    file(at('init'), init, 0o755),
  ];
  return cpioArchive(entries);
}

/** Programs of 40 MB, the largest object file, and what a linker makes of it. In bytes. */
const RAM_SIZE = 384 * 2 ** 20;

/**
 * The options of the emulator for this machine. Kernel and programs are where they always are, so that code that was
 * translated is found again; a panic ends the run.
 */
export const machineOptions = (kernel: Uint8Array, initrd: Uint8Array) => ({
  ramSize: RAM_SIZE,
  virtualization: false,
  loaders: [],
  linux: { kernel, initrd, commandLine: `rdinit=${INSIDE}/init console=ttyAMA0 quiet panic=-1 nokaslr norandmaps mitigations=off` },
  devices: [{ kind: 'console' as const, port: 'terminal' as const }],
  seed: 1,
  pacing: 'simulated' as const,
});
