import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkDisk, openStorage } from './disk-file.js';

let folder = '';
let file = '';
const content = Uint8Array.from({ length: 1000 }, (_, i) => i);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'disk-file-'));
  file = join(folder, 'disk.img');
  writeFileSync(file, content);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('an image on the host', () => {
  it('is read and written where asked', () => {
    const disk = openStorage({ file, readOnly: false, snapshot: false });
    expect([disk.size, disk.readOnly, ...disk.read(300, 2)]).toEqual([1000, false, 44, 45]);
    disk.write(998, Uint8Array.of(1, 2));
    disk.flush();
    expect([...readFileSync(file).subarray(997)]).toEqual([997 & 255, 1, 2]);
  });

  it('stays as it is when read-only, and under a snapshot that sees its own changes', () => {
    const readOnly = openStorage({ file, readOnly: true, snapshot: false });
    expect(readOnly.readOnly).toBe(true);
    expect(() => readOnly.write(0, Uint8Array.of(1))).toThrow('read-only');
    const snapshot = openStorage({ file, readOnly: false, snapshot: true });
    expect([snapshot.readOnly, snapshot.size]).toEqual([false, 1000]);
    snapshot.write(998, Uint8Array.of(7, 8));
    expect([...snapshot.read(997, 3)]).toEqual([997 & 255, 7, 8]);
    expect(() => snapshot.read(999, 2)).toThrow(RangeError);
    snapshot.flush();
    expect(Uint8Array.from(readFileSync(file))).toEqual(content);
  });

  it('is checked before the machine starts', () => {
    expect(checkDisk({ file, readOnly: false, snapshot: false })).toBe(1000);
    expect(() => checkDisk({ file: join(folder, 'none'), readOnly: true, snapshot: false })).toThrow('ENOENT');
    expect(() => checkDisk({ file: folder, readOnly: true, snapshot: false })).toThrow('is not a file');
  });
});
