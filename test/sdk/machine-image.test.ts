/**
 * What Debian's GCC in a machine of ours makes of the SDK and of a chapter with a Linux guest is what Debian's cross compiler
 * makes, byte for byte. The first time the SDK is compiled in the machine, which takes minutes.
 *
 * @peers debian cross-gcc
 * @seconds 240
 * @apart
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSystem } from '../../sdk/build/project.js';
import { packageRoot } from '../../sdk/root.js';
import { part4Guest } from '../support/guests.js';
import { CROSS, MACHINE, named, sameRelease } from './machine-beside-cross.js';

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'machine image-'));
  const [cross, machine] = await Promise.all([named(CROSS), named(MACHINE)]);
  sameRelease(cross, machine);
}, 600_000);
afterAll(() => rmSync(folder, { recursive: true }));

test('part 4 is the same image', async () => {
  const chapter = join(packageRoot(), 'notebooks', 'part4');
  const images: Buffer[] = [];
  const before = process.env.TOOLCHAIN;
  try {
    for (const name of [CROSS, MACHINE]) {
      process.env.TOOLCHAIN = name;
      const { image } = await buildSystem({
        systemFile: join(chapter, 'solution', 'wordle.system'),
        sourceDirs: [join(chapter, 'solution'), join(chapter, 'sources')],
        outputDir: join(folder, name),
        config: 'debug',
        guest: part4Guest,
      });
      images.push(readFileSync(image));
    }
  } finally {
    if (before === undefined) delete process.env.TOOLCHAIN;
    else process.env.TOOLCHAIN = before;
  }
  expect(images[0]!.equals(images[1]!)).toBe(true);
}, 1_200_000);
