/** The instructions that a compiler makes of somebody else's source: to compare what programs do, whatever their text looks like. */
import { promises as fs } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { readElfSections } from '../../formats/elf-sections.js';
import type { Work } from '../progress.js';
import { findToolchain } from '../toolchain/index.js';
import { boardDir } from './board.js';
import { Confinement } from './confined.js';
import type { CompileSettings } from './objects.js';
import { ensureSdk } from './sdk.js';
import { vmmIncludeDirs } from './vmm-library.js';

/**
 * With optimisation, other ways to write the same come out alike; and each function is by itself, whatever their order.
 * Nothing is inlined: the functions of a program that is given would no longer be known again.
 */
const FLAGS = ['-std=gnu17', '-mstrict-align', '-O1', '-fno-inline', '-ffunction-sections', '-g0', '-w'] as const;
const FUNCTION_SECTION = '.text.';

/**
 * The instruction words of each function, by its name.
 * @param source absolute, in a folder of its own, which gets the object
 * @param sourceDirs searched for headers after that folder
 * @throws DiagnosticError when it does not compile, or takes in what it may not; as `buildSystem` where something is missing
 */
export async function codeOf(source: string, sourceDirs: readonly string[], work: Work): Promise<Map<string, number[]>> {
  const toolchain = await findToolchain(work);
  const sdk = await ensureSdk({ ...work, toolchain });
  const settings: CompileSettings = {
    flags: FLAGS,
    includeDirs: [dirname(source), ...sourceDirs],
    systemIncludeDirs: [join(boardDir(sdk, 'debug'), 'include'), ...vmmIncludeDirs()],
  };
  await new Confinement(join(dirname(source), '.virtbook'), toolchain, settings).check(source, work.signal);
  const output = join(dirname(source), `${basename(source)}.o`);
  await toolchain.compile({ source, output, ...settings, caged: true, signal: work.signal });
  const sections = readElfSections(await fs.readFile(output))?.sections ?? new Map<string, Uint8Array>();
  return new Map(
    [...sections]
      .filter(([name]) => name.startsWith(FUNCTION_SECTION))
      .map(([name, bytes]) => [name.slice(FUNCTION_SECTION.length), wordsOf(bytes)]),
  );
}

function wordsOf(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length >> 2 }, (_, index) => view.getUint32(index * 4, true));
}
