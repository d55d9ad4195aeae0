/** cpio archives in the "newc" form, as the kernel unpacks them (Linux: Documentation/driver-api/early-userspace/buffer-format.rst). */

export interface CpioEntry {
  /** Without a leading slash. Parents come before their children. */
  path: string;
  /** File type and permissions, as in stat(2). */
  mode: number;
  content?: Uint8Array;
  /** Major and minor number, of a device node. */
  device?: [number, number];
}

const S_IFMT = 0o170000;
const S_IFLNK = 0o120000;
const S_IFCHR = 0o020000;
const S_IFDIR = 0o040000;
const S_IFREG = 0o100000;

const encoder = new TextEncoder();

export const directory = (path: string): CpioEntry => ({ path, mode: S_IFDIR | 0o755 });
export const file = (path: string, content: Uint8Array | string, permissions = 0o644): CpioEntry => ({
  path,
  mode: S_IFREG | permissions,
  content: typeof content === 'string' ? encoder.encode(content) : content,
});
export const symlink = (path: string, target: string): CpioEntry => ({ path, mode: S_IFLNK | 0o777, content: encoder.encode(target) });
export const characterDevice = (path: string, major: number, minor: number): CpioEntry => ({
  path,
  mode: S_IFCHR | 0o600,
  device: [major, minor],
});

/** The same entries give the same bytes: owners and times are 0, inode numbers count from 1. */
export function cpioArchive(entries: readonly CpioEntry[]): Uint8Array {
  const all = [...entries, { path: 'TRAILER!!!', mode: 0 }];
  const parts = all.flatMap((entry, index) => [encoder.encode(header(entry, index + 1)), entry.content ?? new Uint8Array(0)]);
  const archive = new Uint8Array(parts.reduce((size, part) => size + padded(part.length), 0));
  let at = 0;
  for (const part of parts) {
    archive.set(part, at);
    at += padded(part.length);
  }
  return archive;
}

/** With the name and its terminator. */
function header({ path, mode, content, device: [major, minor] = [0, 0] }: CpioEntry, inode: number): string {
  const links = (mode & S_IFMT) === S_IFDIR ? 2 : 1;
  const nameLength = encoder.encode(path).length + 1;
  const fields = [inode, mode, 0, 0, links, 0, content?.length ?? 0, 0, 0, major, minor, nameLength, 0];
  return `070701${fields.map((field) => field.toString(16).padStart(8, '0').toUpperCase()).join('')}${path}\0`;
}

/** Headers with their names, and contents, have a multiple of 4 bytes. */
function padded(length: number): number {
  return (length + 3) & ~3;
}
