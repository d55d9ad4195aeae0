/** A toolchain made of programs that take GCC's options: GCC itself, Clang with lld, or Zig's Clang and lld. */
import { promises as fs } from 'node:fs';
import { basename, dirname } from 'node:path';
import { exists } from '../cache.js';
import { DiagnosticError, type Diagnostic } from '../diagnostic.js';
import { run } from '../process.js';
import { type Access, findCage } from './cage.js';
import { parseGccJson, parseText } from './diagnostics.js';
import { sourcesIn } from './sources.js';
import { FREESTANDING, type ArchiveRequest, type CompileRequest, type LinkRequest, type Toolchain, ToolchainError } from './toolchain.js';
import { whyFailed } from './trouble.js';

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
  /** Folders besides those of the system: where the programs are, and where they keep something. */
  folders?: Pick<Access, 'reads' | 'writes'>;
}

interface Step {
  /** What it makes. */
  output: string;
  kind: string;
  command: Command;
  args: readonly string[];
  /** The file that it is about. */
  subject: string;
  json?: boolean;
  /** What the program may use, where it is kept from the rest. */
  access?: Access | undefined;
  signal?: AbortSignal | undefined;
}

/** Clang's own assembler would be done with the directives of a program before they are written. */
const AS_WRITTEN = ['-Xclang', '-no-integrated-as'];
/** GCC's programs for other languages than C are packages of their own. */
const NO_CPLUSPLUS =
  'this compiler has no C++: install it (in Debian: g++-aarch64-linux-gnu), take another with TOOLCHAIN=zig, or write the program in C';
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
    return this.step({
      output: request.output,
      kind,
      command: this.driver.compiler,
      args: [
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
      subject: request.source,
      json,
      access: request.caged ? this.accessOf(request) : undefined,
      signal: request.signal,
    });
  }

  private accessOf({ source, output, includeDirs = [], systemIncludeDirs = [] }: CompileRequest): Access {
    const { reads = [], writes = [] } = this.driver.folders ?? {};
    return {
      reads: [...reads, ...includeDirs, ...systemIncludeDirs, dirname(source)],
      writes: [...writes, dirname(output)],
      folder: dirname(source),
    };
  }

  link(request: LinkRequest): Promise<Diagnostic[]> {
    return this.step({
      output: request.output,
      kind: 'LinkError',
      command: this.driver.linker,
      args: [
        // Symbols that options define have to be known before GNU ld reads the script that asks for them.
        ...(request.flags ?? []),
        ...(request.script ? ['-T', request.script] : []),
        '-o',
        request.output,
        ...request.objects,
        // Archives may need each other.
        ...(request.libraries?.length ? ['--start-group', ...request.libraries, '--end-group'] : []),
      ],
      subject: request.output,
      signal: request.signal,
    });
  }

  async archive(request: ArchiveRequest): Promise<void> {
    // An archiver adds to an archive that is there already.
    await fs.rm(request.output, { force: true });
    // D: no dates and owners, so the same objects give the same archive.
    await this.step({
      output: request.output,
      kind: 'ArchiveError',
      command: this.driver.archiver,
      args: ['rcsD', request.output, ...request.objects],
      subject: request.output,
      signal: request.signal,
    });
  }

  private async step({ output, kind, command, args, subject, json, access, signal }: Step): Promise<Diagnostic[]> {
    const [program, ...first] = command;
    const cwd = dirname(subject);
    const started = [program, ...first, ...args] as const;
    const [name, ...rest] = access ? (await findCage()).around(program, [...first, ...args], access) : started;
    const result = await run(name, rest, { cwd, signal, env: { ...process.env, LC_ALL: 'C', ...this.driver.env } });
    const found = (json ? parseGccJson : parseText)(result.stderr, sourcesIn(cwd));
    const exceeded = result.status === 0 ? undefined : whyFailed(result, found, access !== undefined);
    if (exceeded !== undefined) throw new DiagnosticError(kind, [{ severity: 'error', file: subject, message: exceeded }]);
    for (const diagnostic of found) {
      diagnostic.file ||= subject;
      if (/\bcc1plus\b/.test(diagnostic.message)) diagnostic.hint = NO_CPLUSPLUS;
    }
    if (result.status === 0) {
      // Zig says nothing where the disk is full.
      if (await exists(output)) return found;
      throw new ToolchainError(`the compiler could not do its work here: it wrote no ${output}. Is the disk full?`);
    }
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
