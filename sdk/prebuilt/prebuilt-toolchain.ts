import { promises as fs } from 'node:fs';
import { basename, dirname } from 'node:path';
import { fileDigest } from '../build/digest.js';
import type { GuestObject } from '../build/guest-object.js';
import { cacheDir } from '../cache.js';
import { type Diagnostic, DiagnosticError } from '../diagnostic.js';
import type { GuestRecipe } from '../guest/guest.js';
import type { ArchiveRequest, CompileRequest, LinkRequest, Toolchain } from '../toolchain/index.js';
import { ToolchainError } from '../toolchain/toolchain.js';
import { compileKey, findIncluded, guestKey, Identities, linkKey, type Records, type StepRecord, withPaths } from './records.js';

export interface PrebuiltOptions {
  records: Records;
  /** The bytes of a piece. */
  read: (digest: string) => Promise<Uint8Array>;
  /** Does what is not there. Without it, that is an error, which says what to do. */
  next?: Toolchain | undefined;
}

/** Gives what a toolchain has made before of the same inputs. */
export class PrebuiltToolchain implements Toolchain {
  readonly name: string;
  readonly identity: string;
  private readonly steps = new Map<string, StepRecord[]>();
  private readonly identities = new Identities();

  constructor(private readonly options: PrebuiltOptions) {
    const { name, identity, steps } = options.records;
    this.name = name;
    this.identity = identity;
    for (const step of steps) this.steps.set(step.key, [...(this.steps.get(step.key) ?? []), step]);
  }

  compile(request: CompileRequest): Promise<Diagnostic[]> {
    return this.toObject('compile', request);
  }

  assemble(request: CompileRequest): Promise<Diagnostic[]> {
    return this.toObject('assemble', request);
  }

  async link(request: LinkRequest): Promise<Diagnostic[]> {
    const [step] = this.steps.get(await linkKey(request, this.identities.of)) ?? [];
    if (step) return this.give(step, request.output, (each) => withPaths(each, request.output));
    if (this.options.next) return this.options.next.link(request);
    throw noCompiler('the objects of this program are');
  }

  async archive(request: ArchiveRequest): Promise<void> {
    if (!this.options.next) throw noCompiler(`${basename(request.output)} is`);
    return this.options.next.archive(request);
  }

  /** A file that stands for the guest: the programs that were linked with it are there whole. */
  async guestObject(recipe: GuestRecipe, extraBootargs: string): Promise<GuestObject> {
    const key = guestKey(recipe, extraBootargs);
    if (!this.options.records.guests.includes(key)) throw noCompiler('the Linux guest is');
    const path = cacheDir('guest-objects', key.slice(0, 16), 'guest.o');
    await fs.mkdir(dirname(path), { recursive: true });
    await fs.writeFile(path, key);
    this.identities.set(path, key);
    return { path, key };
  }

  private async toObject(kind: 'compile' | 'assemble', request: CompileRequest): Promise<Diagnostic[]> {
    for (const step of this.steps.get(await compileKey(kind, request)) ?? []) {
      const paths = await found(step, request);
      if (!paths) continue;
      if (request.dependencyFile !== undefined) {
        const rule = [request.source, ...paths.values()].map((path) => path.replace(/[ #]/g, '\\$&').replace(/\$/g, '$$$$'));
        await fs.writeFile(request.dependencyFile, `${basename(request.output)}: ${rule.join(' ')}\n`);
      }
      return this.give(step, request.output, (each) => withPaths(each, request.source, paths));
    }
    if (this.options.next) return this.options.next[kind](request);
    throw noCompiler(`${basename(request.source)} is`);
  }

  private async give(step: StepRecord, output: string, placed: (each: Diagnostic) => Diagnostic): Promise<Diagnostic[]> {
    const diagnostics = step.diagnostics.map(placed);
    if (!step.output) throw new DiagnosticError(step.failed ?? 'CompileError', diagnostics);
    const pieces = await Promise.all(step.output.map((piece) => this.options.read(piece)));
    await fs.writeFile(output, pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces));
    return diagnostics;
  }
}

/** The paths of the files that a step took in, by their names; undefined where they are not the same any more. */
async function found({ inputs }: StepRecord, request: CompileRequest): Promise<Map<string, string> | undefined> {
  const paths = new Map<string, string>();
  for (const [name, digest] of inputs) {
    const path = await findIncluded(name, request);
    if (path === undefined || (await fileDigest(path)) !== digest) return undefined;
    paths.set(name, path);
  }
  return paths;
}

const noCompiler = (what: string): ToolchainError =>
  new ToolchainError(
    `this page has no C compiler yet, and ${what} not as the chapter has it\n` +
      '  What the chapter itself writes is compiled already: run its cells as they are.\n' +
      '  To compile your own C, run the chapter on your computer: pip install jupyterlab virtbook, then virtbook lab.',
  );
