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

export const directory = (path: string): CpioEntry => ({ path, mode: S_IFDIR | 0o755 });
export const file = (path: string, content: Uint8Array | string, permissions = 0o644): CpioEntry => ({
  path,
  mode: S_IFREG | permissions,
  content: typeof content === 'string' ? Buffer.from(content) : content,
});
export const symlink = (path: string, target: string): CpioEntry => ({ path, mode: S_IFLNK | 0o777, content: Buffer.from(target) });
export const characterDevice = (path: string, major: number, minor: number): CpioEntry => ({
  path,
  mode: S_IFCHR | 0o600,
  device: [major, minor],
});

/** The same entries give the same bytes: owners and times are 0, inode numbers count from 1. */
export function cpioArchive(entries: readonly CpioEntry[]): Buffer {
  const parts: Buffer[] = [];
  let size = 0;
  const push = (bytes: Uint8Array): void => {
    parts.push(Buffer.from(bytes));
    size += bytes.length;
    const padding = -size & 3;
    parts.push(Buffer.alloc(padding));
    size += padding;
  };
  [...entries, { path: 'TRAILER!!!', mode: 0 }].forEach((entry, index) => {
    const content = entry.content ?? new Uint8Array(0);
    const name = Buffer.from(`${entry.path}\0`);
    const isDirectory = (entry.mode & S_IFMT) === S_IFDIR;
    const [major, minor] = entry.device ?? [0, 0];
    const fields = [index + 1, entry.mode, 0, 0, isDirectory ? 2 : 1, 0, content.length, 0, 0, major, minor, name.length, 0];
    const header = '070701' + fields.map((field) => field.toString(16).padStart(8, '0').toUpperCase()).join('');
    push(Buffer.concat([Buffer.from(header), name]));
    push(content);
  });
  return Buffer.concat(parts);
}
