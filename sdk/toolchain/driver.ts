/** A toolchain made of programs that take GCC's options: GCC itself, Clang with lld, or Zig's Clang and lld. */
import { promises as fs } from 'node:fs';
import { basename, dirname } from 'node:path';
import { DiagnosticError, type Diagnostic } from '../diagnostic.js';
import { run } from '../process.js';
import { parseGccJson, parseText } from './diagnostics.js';
import { sourcesIn } from './sources.js';
import { FREESTANDING, type ArchiveRequest, type CompileRequest, type LinkRequest, type Toolchain } from './toolchain.js';

/** A program with the arguments that always come first. */
export type Command = readonly [program: string, ...args: string[]];

export interface Driver {
  name: string;
  identity: string;
  compiler: Command;
  linker: Command;
  archiver: Command;
  /** GCC can say what it has to say in JSON; the others print text. */
  diagnostics: 'gcc-json' | 'text';
  /** Added to the environment of every program. */
  env?: NodeJS.ProcessEnv;
}

/** Clang's own assembler would be done with the directives of a program before they are written. */
const AS_WRITTEN = ['-Xclang', '-no-integrated-as'];
const STAGES = { preprocessed: '-E', assembly: '-S' } as const;

export class DriverToolchain implements Toolchain {
  readonly name: string;
  readonly identity: string;

  constructor(private readonly driver: Driver) {
    this.name = driver.name;
    this.identity = driver.identity;
  }

  compile(request: CompileRequest): Promise<Diagnostic[]> {
    return this.toObject('CompileError', request);
  }

  assemble(request: CompileRequest): Promise<Diagnostic[]> {
    return this.toObject('AssemblerError', request);
  }

  private toObject(kind: string, request: CompileRequest): Promise<Diagnostic[]> {
    const json = this.driver.diagnostics === 'gcc-json';
    return this.step(
      kind,
      this.driver.compiler,
      [
        ...FREESTANDING,
        ...(json ? ['-fdiagnostics-format=json'] : ['-fno-color-diagnostics', '-fno-caret-diagnostics']),
        ...(request.flags ?? []),
        ...(request.defines ?? []).map((define) => `-D${define}`),
        ...(request.includeDirs ?? []).flatMap((folder) => ['-I', folder]),
        ...(request.systemIncludeDirs ?? []).flatMap((folder) => ['-isystem', folder]),
        ...(request.dependencyFile ? ['-MD', '-MF', request.dependencyFile] : []),
        request.stage === undefined ? '-c' : STAGES[request.stage],
        ...(request.stage === 'assembly' && !json ? AS_WRITTEN : []),
        request.source,
        '-o',
        request.output,
      ],
      request.source,
      json,
      request.signal,
    );
  }

  link(request: LinkRequest): Promise<Diagnostic[]> {
    return this.step(
      'LinkError',
      this.driver.linker,
      [
        // Symbols that options define have to be known before GNU ld reads the script that asks for them.
        ...(request.flags ?? []),
        ...(request.script ? ['-T', request.script] : []),
        '-o',
        request.output,
        ...request.objects,
        // Archives may need each other.
        ...(request.libraries?.length ? ['--start-group', ...request.libraries, '--end-group'] : []),
      ],
      request.output,
      false,
      request.signal,
    );
  }

  async archive(request: ArchiveRequest): Promise<void> {
    // An archiver adds to an archive that is there already.
    await fs.rm(request.output, { force: true });
    // D: no dates and owners, so the same objects give the same archive.
    await this.step(
      'ArchiveError',
      this.driver.archiver,
      ['rcsD', request.output, ...request.objects],
      request.output,
      false,
      request.signal,
    );
  }

  private async step(
    kind: string,
    [program, ...first]: Command,
    args: string[],
    subject: string,
    json: boolean,
    signal?: AbortSignal,
  ): Promise<Diagnostic[]> {
    const cwd = dirname(subject);
    const result = await run(program, [...first, ...args], { cwd, signal, env: { ...process.env, LC_ALL: 'C', ...this.driver.env } });
    const found = (json ? parseGccJson : parseText)(result.stderr, sourcesIn(cwd));
    for (const diagnostic of found) diagnostic.file ||= subject;
    if (result.status === 0) return found;
    if (!found.some(({ severity }) => severity === 'error')) {
      // Killed, or words that no parser knows: all of them, rather than none.
      const words = result.stderr.trim().replace(/\s*\n\s*/g, '; ');
      found.push({
        severity: 'error',
        file: subject,
        message: `${basename(program)} ended with status ${result.status}${words ? `: ${words}` : ''}`,
      });
    }
    throw new DiagnosticError(kind, found);
  }
}
