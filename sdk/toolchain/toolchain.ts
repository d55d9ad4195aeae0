import type { Diagnostic } from '../diagnostic.js';

export interface CompileRequest {
  /** C, or assembler to be preprocessed (.S). */
  source: string;
  /** Object file, or what `stage` says. */
  output: string;
  /** Stop earlier: with the preprocessed source, whose `dependencyFile` then has every file, or with the assembly. */
  stage?: 'preprocessed' | 'assembly' | undefined;
  includeDirs?: readonly string[] | undefined;
  /** Searched after those; what the compiler finds odd in the headers there is not the reader's. */
  systemIncludeDirs?: readonly string[] | undefined;
  /** `NAME` or `NAME=VALUE`. */
  defines?: readonly string[] | undefined;
  /** Options that GCC and Clang share. */
  flags?: readonly string[] | undefined;
  /** Where to write what the source included, as a Makefile rule (-MD: with the headers of systemIncludeDirs). */
  dependencyFile?: string | undefined;
  /** The source is somebody else's: the compiler gets limits, and sees little of this computer where the system can do that. */
  caged?: boolean | undefined;
  signal?: AbortSignal | undefined;
}

export interface LinkRequest {
  /** In link order. */
  objects: readonly string[];
  /** Archives, searched for what the objects leave undefined. */
  libraries?: readonly string[] | undefined;
  /** Linker script. */
  script?: string | undefined;
  output: string;
  /** Options that GNU ld and lld share. */
  flags?: readonly string[] | undefined;
  signal?: AbortSignal | undefined;
}

export interface ArchiveRequest {
  objects: readonly string[];
  output: string;
  signal?: AbortSignal | undefined;
}

/**
 * An AArch64 compiler, assembler and linker for freestanding programs. Paths are absolute, and may hold spaces.
 *
 * Each step returns its warnings, and throws a DiagnosticError (`CompileError`, `AssemblerError`, `LinkError`) with
 * everything that the tool said when it fails; aborted, it throws the signal's reason after its processes have ended. Where the
 * computer is the reason, for example a full disk, it throws a ToolchainError.
 */
export interface Toolchain {
  /** For people, e.g. `aarch64-linux-gnu-gcc 12.2.0`. */
  readonly name: string;
  /** Changes whenever the same sources could give other objects: path, version. */
  readonly identity: string;
  /** For people who want to know more: what it is made of, and where that is from. One line each. */
  readonly about?: readonly string[];
  compile(request: CompileRequest): Promise<Diagnostic[]>;
  assemble(request: CompileRequest): Promise<Diagnostic[]>;
  link(request: LinkRequest): Promise<Diagnostic[]>;
  archive(request: ArchiveRequest): Promise<void>;
}

/** There is no compiler, or what `$TOOLCHAIN` names is none. The message says what to do. */
export class ToolchainError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ToolchainError';
  }
}

/**
 * What any compiler has to be told for a program without an operating system: distributions turn stack protectors and
 * position independence on, and GCC calls a library for atomics, none of which is there.
 */
export const FREESTANDING = [
  '-ffreestanding',
  '-nostdlib',
  '-fno-pic',
  '-fno-pie',
  '-fno-stack-protector',
  '-mno-outline-atomics',
] as const;
