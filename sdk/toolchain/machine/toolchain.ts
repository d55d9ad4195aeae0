/** A toolchain whose programs run in a machine: Debian's GCC for arm64 and its binutils, the same on every computer. */
import { abortable } from '../../abortable.js';
import { DiagnosticError, type Diagnostic } from '../../diagnostic.js';
import { parseGccJson, parseText, type Sources } from '../diagnostics.js';
import type { ArchiveRequest, CompileRequest, LinkRequest, Toolchain } from '../toolchain.js';
import { archiving, compilation, languageOf, linking } from './command-lines.js';
import { folderOf, nameOf, pathInside, pathOutside, shortened, type Files } from './files.js';
import { IncludeSearch, missingFiles, type FoundFile } from './includes.js';
import { filledFile, wholeFile, type Answer, type Operation, type SparseFile } from './protocol.js';
import { TimeExceeded, type CompilerServer } from './server.js';
import { LARGE, StandIns } from './stand-ins.js';

/** Where machines come from. */
export interface MachineSource {
  /** One that is ready for requests. */
  start(): Promise<CompilerServer>;
  /** Somebody waits for a machine, or nobody does any more. */
  used?(waits: boolean): void;
}

export interface MachineToolchainOptions {
  name: string;
  identity: string;
  about?: readonly string[];
  files: Files;
  machines: MachineSource;
  /** Folder of the compiler's own headers, among the files. */
  headers: string;
}

interface Step {
  /** `CompileError` and the like. */
  kind: string;
  /** What is complained about where no place is told. */
  subject: string;
  operations: Operation[];
  /** Files that come out, by their paths outside. */
  outputs: string[];
  standIns: StandIns;
  /** Nanoseconds of the machine's time. */
  limit?: number | undefined;
  /** Only the first of the programs speaks JSON; undefined: none. */
  json: boolean;
}

const decoder = new TextDecoder();

/** The status of a program that Linux has ended for want of memory. */
const KILLED = 137;
/** What a source that is somebody else's may take, in seconds of the machine's time. */
const CAGED_SECONDS = 30;

/** How often a compiler may name a file that nobody found before. */
const ROUNDS = 8;

export class MachineToolchain implements Toolchain {
  readonly name: string;
  readonly identity: string;
  readonly about: readonly string[];
  private readonly search: IncludeSearch;
  private server: CompilerServer | undefined;
  /** A machine that nobody has used yet. */
  private starting: Promise<CompilerServer> | undefined;
  /** What the machine has, by path: stamps. */
  private inside = new Map<string, string>();
  /** Requests are served one after the other. */
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: MachineToolchainOptions) {
    this.name = options.name;
    this.identity = options.identity;
    this.about = options.about ?? [];
    this.search = new IncludeSearch(options.files);
  }

  compile(request: CompileRequest): Promise<Diagnostic[]> {
    return this.inTurn(request.signal, () => this.toObject('CompileError', request));
  }

  assemble(request: CompileRequest): Promise<Diagnostic[]> {
    return this.inTurn(request.signal, () => this.toObject('AssemblerError', request));
  }

  link(request: LinkRequest): Promise<Diagnostic[]> {
    return this.inTurn(request.signal, async () => {
      const standIns = new StandIns();
      const objects = [...request.objects, ...(request.libraries ?? [])];
      const operations = await this.sent(objects, (bytes) => standIns.forObject(bytes));
      if (request.script) operations.push(...(await this.sent([request.script], wholeFile)));
      operations.push(runs(linking(request), folderOf(request.output)));
      return this.step(
        { kind: 'LinkError', subject: request.output, operations, outputs: [request.output], standIns, json: false },
        objects,
      );
    });
  }

  async archive(request: ArchiveRequest): Promise<void> {
    await this.inTurn(request.signal, async () => {
      const operations = await this.sent(request.objects, wholeFile);
      operations.push(runs(archiving(request.objects, request.output), folderOf(request.output)));
      const step = {
        kind: 'ArchiveError',
        subject: request.output,
        operations,
        outputs: [request.output],
        standIns: new StandIns(),
        json: false,
      };
      return this.step(step, request.objects);
    });
  }

  /** Gets a machine ready, so that the first request need not wait for it. */
  warm(): Promise<void> {
    return this.inTurn(undefined, async () => undefined);
  }

  /** Gives the machine back; the next request starts another. */
  async dispose(): Promise<void> {
    const { server, starting } = this;
    this.server = undefined;
    this.starting = undefined;
    this.inside = new Map();
    void starting?.then((unused) => unused.dispose()).catch(() => undefined);
    await server?.dispose();
  }

  /** After those before it. Aborted, it ends the machine with what runs in it. */
  private inTurn<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    const before = this.last;
    const turn = (async (): Promise<T> => {
      await before.catch(() => undefined);
      signal?.throwIfAborted();
      // One that starts has nothing of this request: the next one takes it.
      const abort = (): void => void (this.server && this.dispose());
      signal?.addEventListener('abort', abort, { once: true });
      this.options.machines.used?.(true);
      try {
        await this.running(signal);
        signal?.throwIfAborted();
        return await work();
      } catch (error) {
        signal?.throwIfAborted();
        throw error;
      } finally {
        signal?.removeEventListener('abort', abort);
        this.options.machines.used?.(false);
      }
    })();
    this.last = turn.catch(() => undefined);
    return turn;
  }

  private async running(signal?: AbortSignal): Promise<CompilerServer> {
    if (this.server && !this.server.isOver) return this.server;
    if (!this.starting) {
      await this.dispose();
      const starting = this.options.machines.start();
      this.starting = starting;
      starting.catch(() => {
        if (this.starting === starting) this.starting = undefined;
      });
    }
    const server = await (signal ? abortable(this.starting, signal) : this.starting);
    this.starting = undefined;
    return (this.server = server);
  }

  private async toObject(kind: string, request: CompileRequest): Promise<Diagnostic[]> {
    const language = languageOf(request.source);
    if (!language) throw this.otherLanguage(kind, request.source);
    const settings = { source: request.source, folders: this.folders(request) };
    const commands = compilation(request, language, this.options.headers);
    const outputs = [request.output, ...(request.dependencyFile && language !== 'preprocessed assembly' ? [request.dependencyFile] : [])];
    const places = [folderOf(request.source), ...settings.folders].map((folder) => `${shortened(folder)}/`);
    const allowed = ({ path }: FoundFile): boolean => !request.caged || places.some((place) => shortened(path).startsWith(place));
    const limit = request.caged ? CAGED_SECONDS * 1e9 : undefined;
    const named = new Set<string>();
    for (let round = 1; ; round++) {
      const standIns = new StandIns();
      const { files, absent } = await this.search.of(settings, [...named]);
      const operations = await this.sentSources(files.filter(allowed), absent, standIns);
      operations.push(...commands.map((words) => runs(words, folderOf(request.source))));
      try {
        return await this.step({
          kind,
          subject: request.source,
          operations,
          outputs,
          standIns,
          limit,
          json: language !== 'preprocessed assembly',
        });
      } catch (error) {
        // Names that macros make are found by those who evaluate them.
        const missing = error instanceof DiagnosticError ? missingFiles(error.diagnostics.map(({ message }) => message)) : [];
        const before = named.size;
        for (const name of missing) named.add(name);
        if (named.size === before || round === ROUNDS || !(await this.anyOf(missing, settings))) throw error;
      }
    }
  }

  private async anyOf(names: readonly string[], settings: { source: string; folders: readonly string[] }): Promise<boolean> {
    const { files } = await this.search.of(settings, names);
    return files.some(({ path }) => !this.inside.has(path));
  }

  private folders({ includeDirs = [], systemIncludeDirs = [], flags = [] }: CompileRequest): string[] {
    const given = flags.flatMap((flag, index) =>
      /^-(I|isystem|iquote|idirafter)$/.test(flags[index - 1] ?? '') ? [flag] : (/^-I(.+)/.exec(flag)?.[1] ?? []),
    );
    return [...includeDirs, ...given, this.options.headers, ...systemIncludeDirs];
  }

  private otherLanguage(kind: string, source: string): DiagnosticError {
    const message = `${this.name} compiles C and assembly (.c, .S, .s), and ${nameOf(source)} is neither`;
    const hint = 'C++ and Rust need another compiler: build the program with it, and put the ELF file beside the sources';
    return new DiagnosticError(kind, [{ severity: 'error', file: source, message, hint }]);
  }

  /** Operations that bring the machine's files up to date. */
  private async sentSources(files: readonly FoundFile[], absent: ReadonlySet<string>, standIns: StandIns): Promise<Operation[]> {
    const operations: Operation[] = [];
    for (const path of absent) {
      if (!this.inside.delete(path)) continue;
      operations.push({ kind: 'delete', path: pathInside(path) });
    }
    for (const { path, stamp, wholeOnly } of files) {
      if (this.inside.get(path) === stamp) continue;
      const bytes = await this.options.files.read(path);
      const standsIn = wholeOnly && bytes.length >= LARGE;
      operations.push({ kind: 'write', path: pathInside(path), file: standsIn ? standIns.forFile(bytes) : wholeFile(bytes) });
      // What stands in for a file is of this request alone.
      if (!standsIn) this.inside.set(path, stamp);
    }
    return operations;
  }

  private async sent(paths: readonly string[], form: (bytes: Uint8Array) => SparseFile): Promise<Operation[]> {
    const operations: Operation[] = [];
    for (const path of new Set(paths)) {
      operations.push({ kind: 'write', path: pathInside(path), file: form(await this.options.files.read(path)) });
    }
    return operations;
  }

  /** Runs, takes the outputs out, and leaves nothing of them inside. */
  private async step(
    { kind, subject, operations, outputs, standIns, limit, json }: Step,
    temporary: readonly string[] = [],
  ): Promise<Diagnostic[]> {
    const server = await this.running();
    const before = outputs.map((path): Operation => ({ kind: 'delete', path: pathInside(path) }));
    const reads = outputs.map((path): Operation => ({ kind: 'read', path: pathInside(path) }));
    const after = [...outputs, ...temporary].map((path): Operation => ({ kind: 'delete', path: pathInside(path) }));
    let answers: Answer[];
    try {
      answers = await server.request([...before, ...operations, ...reads, ...after], limit);
    } catch (error) {
      await this.dispose();
      if (!(error instanceof TimeExceeded)) throw error;
      const message = `it takes longer than ${CAGED_SECONDS} s of the machine's time to compile`;
      throw new DiagnosticError(kind, [{ severity: 'error', file: subject, message }]);
    }
    const cwd = folderOf(subject);
    const ran = answers.filter((answer) => answer.kind === 'ran');
    const sources = sourcesIn(cwd);
    const found = ran.flatMap(({ said }, index) => (json && index === 0 ? parseGccJson : parseText)(said, sources));
    for (const diagnostic of found) await this.placed(diagnostic, subject);
    const failed = ran.find(({ status }) => status !== 0);
    const files = answers.filter((answer) => answer.kind === 'file');
    if (failed || files.some(({ file }) => !file)) {
      if (!found.some(({ severity }) => severity === 'error')) found.push(this.unexplained(subject, failed));
      throw new DiagnosticError(kind, found);
    }
    for (const [index, { file }] of files.entries()) {
      await this.options.files.write(outputs[index]!, this.taken(outputs[index]!, filledFile(standIns.replaced(file!))));
    }
    return found;
  }

  /** Rules name files as they are inside. */
  private taken(path: string, bytes: Uint8Array): Uint8Array {
    if (pathInside(path) === path || !path.endsWith('.d')) return bytes;
    return new TextEncoder().encode(decoder.decode(bytes).replace(/(?<=^|\s)\/(?=[A-Za-z]:\/)/gm, ''));
  }

  /** Killed, or words that no parser knows: all of them, rather than none. */
  private unexplained(file: string, failed: { status: number | undefined; said: string } | undefined): Diagnostic {
    const { status = 0, said = '' } = failed ?? {};
    const words = said.trim().replace(/\s*\n\s*/g, '; ');
    const killed = status === KILLED ? 'needs more memory than its machine has' : `ended with status ${status}`;
    return { severity: 'error', file, message: `${this.name} ${killed}${words ? `: ${words}` : ''}` };
  }

  /** With the line that is meant, as the reader has it. */
  private async placed(diagnostic: Diagnostic, subject: string): Promise<void> {
    diagnostic.file ||= subject;
    const { file, line } = diagnostic;
    if (line === undefined || (await this.options.files.stamp(file)) === undefined) return;
    diagnostic.sourceLine = decoder.decode(await this.options.files.read(file)).split(/\r?\n/)[line - 1];
  }
}

const sourcesIn = (cwd: string): Sources => ({
  resolve: (path) => pathOutside(shortened(path.startsWith('/') ? path : `${pathInside(cwd)}/${path}`)),
  line: () => undefined,
});

const runs = (words: readonly string[], folder: string): Operation => ({ kind: 'run', folder: pathInside(folder), words });
