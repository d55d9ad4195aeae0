export interface CpioFile {
  mode: number;
  content: string;
  rdev: [number, number];
  ino: number;
}

/** Reads an archive by the format's description and nothing of the writer. Throws an Error where it is none. */
export function readCpio(bytes: Uint8Array): Map<string, CpioFile> {
  const archive = Buffer.from(bytes);
  const entries = new Map<string, CpioFile>();
  for (let at = 0; ;) {
    if (archive.toString('latin1', at, at + 6) !== '070701') throw new Error(`no entry at ${at}`);
    const field = (index: number): number => parseInt(archive.toString('latin1', at + 6 + 8 * index, at + 14 + 8 * index), 16);
    const name = archive.toString('latin1', at + 110, at + 110 + field(11) - 1);
    const start = (at + 110 + field(11) + 3) & ~3;
    if (name === 'TRAILER!!!') {
      if (start !== archive.length) throw new Error(`${archive.length - start} bytes after the end`);
      return entries;
    }
    if (field(5) !== 0) throw new Error(`${name} has a time`);
    entries.set(name, {
      mode: field(1),
      content: archive.toString('latin1', start, start + field(6)),
      rdev: [field(9), field(10)],
      ino: field(0),
    });
    at = (start + field(6) + 3) & ~3;
  }
}
