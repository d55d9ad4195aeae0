/** The files that a command line names. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { DriveFile } from '../command-line/lines.js';
import type { StorageModule } from '../machine/options.js';
import { checkDisk, diskFile } from './disk-file.js';
import { CommandFailure, reasonOf } from './failure.js';

/** @throws CommandFailure */
export function readImage(file: string): Uint8Array {
  try {
    const { buffer, byteOffset, byteLength } = readFileSync(file);
    return new Uint8Array(buffer, byteOffset, byteLength);
  } catch (error) {
    throw new CommandFailure(1, `virtbook qemu: ${file} cannot be read: ${reasonOf(error)}`);
  }
}

/** Its path from wherever, if it is a file that can be read again. */
export const readableAgain = (file: string): string | undefined => (statSync(file).isFile() ? resolve(file) : undefined);

export function writeFile(file: string, bytes: Uint8Array): void {
  writeFileSync(file, bytes);
}

/** Opens nothing yet, but looks whether the machine's thread will be able to. `wanted`: bytes that it has to have. @throws CommandFailure */
export function openImage(drive: DriveFile, wanted?: number): StorageModule {
  let size: number;
  try {
    size = checkDisk(drive);
  } catch (error) {
    const unwritable = ['EACCES', 'EPERM', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '');
    const advice = unwritable && !drive.readOnly && !drive.snapshot ? '; with readonly=on or snapshot=on it need not be written' : '';
    throw new CommandFailure(1, `virtbook qemu: ${drive.file} cannot be used as a drive: ${reasonOf(error)}${advice}`);
  }
  if (wanted !== undefined && size !== wanted) {
    throw new CommandFailure(
      1,
      `virtbook qemu: ${drive.file} has ${size} bytes, and a flash bank ${wanted}: truncate -s ${wanted} makes it so`,
    );
  }
  return diskFile(drive);
}
