/** Whether a program takes in only files that it may: for programs of people who should not read the files of this computer. */
import { promises as fs } from 'node:fs';
import { dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { temporaryName } from '../cache.js';
import { DiagnosticError } from '../diagnostic.js';
import type { CompileRequest, Toolchain } from '../toolchain/index.js';
import { type CompileSettings, dependencies } from './objects.js';

/**
 * Directives of the assembler that take in files, and those by which their names could be put together. Wherever they are: who
 * told strings and comments apart could be led to take a directive for one.
 */
const TAKES_IN = /\.(incbin|include|macro|altmacro|irpc?)\b/i;
/** Headers of the compiler: where they are, a program may read. */
const OF_COMPILER = ['stdint.h', 'stddef.h', 'stdbool.h', 'stdarg.h', 'limits.h', 'float.h', 'stdalign.h', 'stdatomic.h'];

/** Bytes of a source or a description. The longest of the chapters has a tenth of it. */
const LONGEST = 200_000;

export class Confinement {
  private ofCompiler: Promise<readonly string[]> | undefined;

  /**
   * @param folder for files of its own
   * @param ending of sources of the language that the settings are for
   */
  constructor(
    private readonly folder: string,
    private readonly toolchain: Toolchain,
    private readonly settings: CompileSettings,
    private readonly ending = '.c',
  ) {}

  /** @throws DiagnosticError when the source takes in another file than those of the include folders and the compiler */
  readonly check = async (source: string, signal?: AbortSignal): Promise<void> => {
    requireSize(source, (await fs.stat(source)).size);
    const { text, inputs } = await this.preprocessed(source, signal).catch((error: unknown) => {
      throw error instanceof DiagnosticError ? unseen(source, error) : error;
    });
    const allowed = [
      dirname(source),
      ...this.settings.includeDirs,
      ...this.settings.systemIncludeDirs,
      ...(await (this.ofCompiler ??= this.compilersOwn(signal))),
    ];
    const foreign = inputs.find((path) => !allowed.some((each) => path.startsWith(each + sep)));
    if (foreign !== undefined) throw refused(source, foreignFile(foreign));
    // What the assembler takes in is in no list. Without `asm` there is nothing for it.
    const assembly = source.endsWith('.S') ? text : /asm/.test(text) ? await this.compiled(source, signal) : '';
    const directive = TAKES_IN.exec(assembly)?.[1];
    if (directive !== undefined) throw refused(source, `its assembly has .${directive}, which could take in any file of this computer`);
  };

  private async compilersOwn(signal?: AbortSignal): Promise<readonly string[]> {
    const probe = join(this.folder, `probe${this.ending}`);
    await fs.mkdir(this.folder, { recursive: true });
    try {
      await fs.writeFile(probe, OF_COMPILER.map((name) => `#if __has_include(<${name}>)\n#include <${name}>\n#endif\n`).join(''));
      const { inputs } = await this.preprocessed(probe, signal);
      return [...new Set(inputs.filter((path) => path !== probe).map((path) => dirname(path)))];
    } finally {
      await fs.rm(probe, { force: true });
    }
  }

  private preprocessed(source: string, signal?: AbortSignal): Promise<{ text: string; inputs: string[] }> {
    return this.withOutput(async (output) => {
      // Also system headers: a program can declare itself one.
      const dependencyFile = `${output}.d`;
      await this.toolchain.compile({ ...this.request(source, output, signal), stage: 'preprocessed', dependencyFile });
      const rule = await fs.readFile(`${output}.d`, 'utf8');
      return { text: await fs.readFile(output, 'utf8'), inputs: dependencies(rule).map((path) => resolve(dirname(source), path)) };
    });
  }

  private compiled(source: string, signal?: AbortSignal): Promise<string> {
    return this.withOutput(async (output) => {
      await this.toolchain.compile({ ...this.request(source, output, signal), stage: 'assembly' });
      return fs.readFile(output, 'utf8');
    });
  }

  private request(source: string, output: string, signal: AbortSignal | undefined): CompileRequest {
    const { includeDirs, systemIncludeDirs } = this.settings;
    return { source, output, includeDirs, systemIncludeDirs, flags: [...this.settings.flags, '-w'], caged: true, signal };
  }

  private async withOutput<T>(work: (output: string) => Promise<T>): Promise<T> {
    await fs.mkdir(this.folder, { recursive: true });
    const output = temporaryName(join(this.folder, 'confined'));
    try {
      return await work(output);
    } finally {
      await Promise.all([output, `${output}.d`].map((path) => fs.rm(path, { force: true })));
    }
  }
}

/** @throws DiagnosticError for a file that nobody has typed */
export function requireSize(file: string, bytes: number): void {
  if (bytes > LONGEST) throw refused(file, `it has ${bytes} bytes: at most ${LONGEST} may be handed in`);
}

/** A file by its whole name is refused, whether the compiler can see it or not: which files this computer has is not told. */
function unseen(source: string, error: DiagnosticError): DiagnosticError {
  const said = error.diagnostics.map(({ message }) => MISSING.exec(message)?.slice(1).find(Boolean));
  const foreign = said.find((path) => path !== undefined && isAbsolute(path));
  return foreign === undefined ? error : refused(source, foreignFile(foreign));
}

/** Clang's words, and GCC's. */
const MISSING = /^'(.*)' file not found$|^(.*): No such file or directory$/;

const foreignFile = (path: string): string => `it takes in ${path}, which is neither among the sources nor in the SDK`;

const refused = (file: string, message: string): DiagnosticError =>
  new DiagnosticError('CompileError', [
    { severity: 'error', file, message, hint: 'a program that is graded may use the files of its own folder and of the SDK' },
  ]);
