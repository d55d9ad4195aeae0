/** From the program images that a system description names to the files that they are made of. */
import { promises as fs } from 'node:fs';
import { basename, extname, isAbsolute, join } from 'node:path';
import { exists } from '../cache.js';
import { DiagnosticError, type Diagnostic } from '../diagnostic.js';
import { nearest } from '../tool/nearest.js';
import { isPart, SOURCE_ENDINGS } from './languages.js';

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
  /** Files in C, C++, assembler or Rust, in link order; none for an image that is there already. */
  sources: string[];
  /** The image that is used as it is. */
  prebuilt?: string;
}

/**
 * For an `X.elf` that is listed in `listed`: the files that are listed, each from the first source folder that has it. For
 * another: `X.c`, `X.S`, `X.cpp` or `X.rs` in the first source folder that has one, and every source of the folder `X/` beside it (a
 * Rust program takes its modules from there by itself). Where there is neither, an `X.elf` that lies in a source folder. An image
 * that several protection domains share comes once.
 * @throws DiagnosticError that names everything that was looked for
 */
export async function findPrograms(
  images: readonly ProgramImage[],
  sourceDirs: readonly string[],
  systemFile: string,
  listed: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>(),
): Promise<Program[]> {
  const programs = new Map<string, Program>();
  const missing: Diagnostic[] = [];
  for (const image of images) {
    if (programs.has(image.path)) continue;
    const files = listed.get(basename(image.path));
    if (files) {
      const { program, lacking } = await findListed(image.path, files, sourceDirs);
      programs.set(image.path, program);
      missing.push(...(await Promise.all(lacking.map((file) => listedComplaint(image, file, systemFile)))));
      continue;
    }
    const program = await findProgram(image.path, sourceDirs);
    if (program) programs.set(image.path, program);
    else missing.push(await complaint(image, sourceDirs, systemFile));
  }
  if (missing.length > 0) throw new DiagnosticError('MissingImageError', missing);
  return [...programs.values()];
}

async function findListed(
  path: string,
  files: readonly string[],
  sourceDirs: readonly string[],
): Promise<{ program: Program; lacking: string[] }> {
  const sources: string[] = [];
  const lacking: string[] = [];
  for (const file of files) {
    const found = await firstThatExists(sourceDirs.map((folder) => join(folder, file)));
    if (found === undefined) lacking.push(file);
    else sources.push(found);
  }
  return { program: { path, name: basename(path), sources }, lacking };
}

async function firstThatExists(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) if (await exists(path)) return path;
  return undefined;
}

async function listedComplaint(image: ProgramImage, file: string, systemFile: string): Promise<Diagnostic> {
  return {
    ...(await placeOf(image, systemFile)),
    message: `protection domain '${image.pd}' runs '${image.path}', which the chapter makes of ${file} among others, and there is no ${file} among the sources`,
    hint: `write ${file}, or correct "programs" in chapter.json`,
  };
}

/** Where a description names an image. */
async function placeOf({ position }: ProgramImage, systemFile: string): Promise<Omit<Diagnostic, 'message'>> {
  if (!position) return { severity: 'error', file: systemFile };
  const { line, column } = position;
  const sourceLine = (await fs.readFile(systemFile, 'utf8').catch(() => '')).split(/\r?\n/)[line - 1] ?? '';
  return { severity: 'error', file: systemFile, line, column, sourceLine };
}

async function findProgram(path: string, sourceDirs: readonly string[]): Promise<Program | undefined> {
  const name = basename(path);
  const stem = name.replace(/\.elf$/, '');
  for (const folder of sourceDirs) {
    const main = await firstThatExists(SOURCE_ENDINGS.map((ending) => join(folder, stem + ending)));
    const parts = await sourcesIn(join(folder, stem));
    const sources = [...(main === undefined ? [] : [main]), ...parts];
    if (sources.length > 0) return { path, name, sources };
  }
  for (const prebuilt of isAbsolute(path) ? [path] : sourceDirs.map((folder) => join(folder, path))) {
    if (await exists(prebuilt)) return { path, name, sources: [], prebuilt };
  }
  return undefined;
}

async function sourcesIn(folder: string): Promise<string[]> {
  const names = await fs.readdir(folder).catch(() => []);
  return names
    .filter(isPart)
    .sort()
    .map((name) => join(folder, name));
}

/** A source of the program that nothing here compiles. */
async function inAnotherLanguage(stem: string, sourceDirs: readonly string[]): Promise<string | undefined> {
  const path = await firstThatExists(
    sourceDirs.flatMap((folder) => ['.zig', '.s', '.asm', '.C', '.c++'].map((ending) => join(folder, stem + ending))),
  );
  return path && basename(path);
}

async function complaint(image: ProgramImage, sourceDirs: readonly string[], systemFile: string): Promise<Diagnostic> {
  const source = `${basename(image.path).replace(/\.elf$/, '')}.c`;
  const programs = (await Promise.all(sourceDirs.map(sourcesIn))).flat().map((path) => `${basename(path, extname(path))}.elf`);
  const meant = nearest(basename(image.path), programs);
  const other = await inAnotherLanguage(basename(source, '.c'), sourceDirs);
  return {
    ...(await placeOf(image, systemFile)),
    message: `protection domain '${image.pd}' runs '${image.path}', but there is neither ${source} nor ${basename(image.path)} among the sources`,
    hint: other
      ? `there is ${other}, and programs are made of C (.c), C++ (.cpp), assembler (.S) and Rust (.rs): write ${source}, or one of these`
      : meant
        ? `did you mean '${meant}'? Otherwise write ${source}`
        : `write ${source}, or correct the path of <program_image>`,
  };
}
