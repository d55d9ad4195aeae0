/**
 * What comes packed is unpacked by the programs of this machine, whichever it has.
 *
 * @peers debian
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unpackModule } from '../../sdk/guest/unpack.js';

// "virtbook\n", packed with xz 5.4.
const PACKED = Buffer.from('/Td6WFoAAATm1rRGAgAhARYAAAB0L+WjAQAIdmlydGJvb2sKAAAAAG1xr0b/ldELAAEhCWwYxdUftvN9AQAAAAAEWVo=', 'base64');

let folder: string;
let file: string;
const PATH_BEFORE = process.env.PATH;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'unpack test-'));
  file = join(folder, 'a.ko.xz');
  writeFileSync(file, PACKED);
});
afterEach(() => {
  process.env.PATH = PATH_BEFORE;
  rmSync(folder, { recursive: true });
});

const where = (program: string): string => spawnSync('which', [program], { encoding: 'utf8' }).stdout.trim();
/** Either will do, so a machine may lack one. */
const unpackers = ['xz', 'dpkg-deb'].filter(where);

/** Leaves only one program on the PATH. */
function only(program: string): void {
  symlinkSync(where(program), join(folder, program));
  process.env.PATH = folder;
}

test('this machine can unpack at all', () => expect(unpackers).not.toEqual([]));

test.each(unpackers)('unpacked by %s', async (program) => {
  only(program);
  expect((await unpackModule(file, readFileSync(file))).toString()).toBe('virtbook\n');
});

test('with neither, the error says what to install', async () => {
  process.env.PATH = folder;
  await expect(unpackModule(file, readFileSync(file))).rejects.toThrow("install 'xz-utils'");
});
