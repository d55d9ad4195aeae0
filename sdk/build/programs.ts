/** From the program images that a system description names to the files that they are made of. */
import { promises as fs } from 'node:fs';
import { basename, isAbsolute, join } from 'node:path';
import { exists } from '../cache.js';
import { DiagnosticError, type Diagnostic } from '../diagnostic.js';
import { nearest } from '../tool/nearest.js';

export interface ProgramImage {
  pd: string;
  /** As the description names it. */
  path: string;
  position?: { line: number; column: number };
}

export interface Program {
  /** As the description names it: the key by which the tool asks for it. */
  path: string;
  /** The image's file name. */
  name: string;
  /** C files, in link order; none for an image that is there already. */
  sources: string[];
  /** The image that is used as it is. */
  prebuilt?: string;
}

/**
 * For `X.elf`: `X.c` in the first source folder that has one, and every .c of the folder `X/` beside it. Where there is
 * neither, an `X.elf` that lies in a source folder. An image that several protection domains share comes once.
 * @throws DiagnosticError that names everything that was looked for
 */
export async function findPrograms(images: readonly ProgramImage[], sourceDirs: readonly string[], systemFile: string): Promise<Program[]> {
  const programs = new Map<string, Program>();
  const missing: Diagnostic[] = [];
  for (const image of images) {
    if (programs.has(image.path)) continue;
    const program = await findProgram(image.path, sourceDirs);
    if (program) programs.set(image.path, program);
    else missing.push(await complaint(image, sourceDirs, systemFile));
  }
  if (missing.length > 0) throw new DiagnosticError('MissingImageError', missing);
  return [...programs.values()];
}

async function findProgram(path: string, sourceDirs: readonly string[]): Promise<Program | undefined> {
  const name = basename(path);
  const stem = name.replace(/\.elf$/, '');
  for (const folder of sourceDirs) {
    const main = join(folder, `${stem}.c`);
    const parts = await cFilesIn(join(folder, stem));
    const sources = [...((await exists(main)) ? [main] : []), ...parts];
    if (sources.length > 0) return { path, name, sources };
  }
  for (const prebuilt of isAbsolute(path) ? [path] : sourceDirs.map((folder) => join(folder, path))) {
    if (await exists(prebuilt)) return { path, name, sources: [], prebuilt };
  }
  return undefined;
}

async function cFilesIn(folder: string): Promise<string[]> {
  const names = await fs.readdir(folder).catch(() => []);
  return names
    .filter((name) => name.endsWith('.c'))
    .sort()
    .map((name) => join(folder, name));
}

async function complaint(image: ProgramImage, sourceDirs: readonly string[], systemFile: string): Promise<Diagnostic> {
  const source = `${basename(image.path).replace(/\.elf$/, '')}.c`;
  const programs = (await Promise.all(sourceDirs.map(cFilesIn))).flat().map((path) => basename(path).replace(/\.c$/, '.elf'));
  const meant = nearest(basename(image.path), programs);
  const text = await fs.readFile(systemFile, 'utf8').catch(() => '');
  return {
    severity: 'error',
    file: systemFile,
    line: image.position?.line,
    column: image.position?.column,
    message: `protection domain '${image.pd}' runs '${image.path}', but there is neither ${source} nor ${basename(image.path)} among the sources`,
    sourceLine: image.position && text.split(/\r?\n/)[image.position.line - 1],
    hint: meant ? `did you mean '${meant}'? Otherwise write ${source}` : `write ${source}, or correct the path of <program_image>`,
  };
}
