import { promises as fs } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { dependencies } from '../build/objects.js';
import { digest, fileDigest } from '../build/digest.js';
import { ensureGuestObject, type GuestObject } from '../build/guest-object.js';
import { type Diagnostic, DiagnosticError } from '../diagnostic.js';
import { ensureGuest, type GuestRecipe } from '../guest/guest.js';
import type { Work } from '../progress.js';
import type { ArchiveRequest, CompileRequest, LinkRequest, Toolchain } from '../toolchain/index.js';
import { compileKey, guestKey, Identities, includedName, linkKey, type Records, type StepRecord, withoutPaths } from './records.js';

/** Where sources are that are in no folder with a name. */
const ELSEWHERE = '/sources';

/** What programs take in that is worth to be kept once: in bytes. */
const LARGE = 256 * 1024;

/** Every header that a source could take in: who has failed does not say which it were. */
async function headersOf(request: CompileRequest, names: Map<string, string>): Promise<StepRecord['inputs']> {
  const inputs: StepRecord['inputs'] = [];
  for (const folder of new Set([dirname(request.source), ...(request.includeDirs ?? [])])) {
    const files = (await fs.readdir(folder).catch(() => [])).filter((name) => name.endsWith('.h')).sort();
    for (const path of files.map((file) => join(folder, file))) {
      const name = await includedName(path, request);
      if (name === undefined || names.has(path)) continue;
      names.set(path, name);
      inputs.push([name, await fileDigest(path)]);
    }
  }
  return inputs;
}

const inOrder = <T>(map: ReadonlyMap<string, T>): [string, T][] => [...map].sort(([one], [other]) => (one < other ? -1 : 1));

/** Does what another toolchain does, and notes it. What is the same is kept once. */
export class RecordingToolchain implements Toolchain {
  readonly name: string;
  readonly identity: string;
  /** What outputs are made of, by their digests. */
  readonly pieces = new Map<string, Uint8Array>();
  private readonly steps = new Map<string, StepRecord>();
  private readonly guests = new Map<string, string[]>();
  private readonly identities = new Identities();
  /** Large files that programs hold. */
  private readonly large: Uint8Array[] = [];

  /** @param prefixes folders of this computer in debug information, and what is written instead */
  constructor(
    private readonly inner: Toolchain,
    private readonly prefixes: ReadonlyMap<string, string>,
  ) {
    this.name = inner.name;
    this.identity = inner.identity;
  }

  get records(): Records {
    const { name, identity } = this;
    // Which of two compilers is through first is up to the computer: the records are the same, whichever it was.
    const steps = inOrder(this.steps).map(([, step]) => step);
    return { name, identity, steps, guests: inOrder(this.guests).map(([key, pieces]) => ({ key, pieces })) };
  }

  compile(request: CompileRequest): Promise<Diagnostic[]> {
    return this.toObject('compile', request);
  }

  assemble(request: CompileRequest): Promise<Diagnostic[]> {
    return this.toObject('assemble', request);
  }

  archive(request: ArchiveRequest): Promise<void> {
    return this.inner.archive(request);
  }

  async link(request: LinkRequest): Promise<Diagnostic[]> {
    const key = await linkKey(request, this.identities.of);
    const bare = (each: Diagnostic): Diagnostic => withoutPaths(each, request.output);
    const diagnostics = await this.inner.link(request).catch((error: unknown) => this.failed(error, { key, inputs: [] }, bare));
    const output = this.keep(await fs.readFile(request.output));
    this.note({ key, inputs: [], diagnostics: diagnostics.map(bare), output });
    return diagnostics;
  }

  /** The guest as an object file. Programs that hold it share its pieces. */
  async guestObject(recipe: GuestRecipe, extraBootargs: string, work: Work): Promise<GuestObject> {
    const key = guestKey(recipe, extraBootargs);
    const object = await ensureGuestObject(recipe, this.inner, extraBootargs, work);
    if (!this.guests.has(key)) {
      const { kernel, initrd } = await ensureGuest(recipe, work);
      this.large.push(await fs.readFile(kernel), await fs.readFile(initrd));
      this.guests.set(key, this.keep(await fs.readFile(object.path)));
    }
    this.identities.set(object.path, key);
    return { ...object, key };
  }

  private async toObject(kind: 'compile' | 'assemble', request: CompileRequest): Promise<Diagnostic[]> {
    const { source, dependencyFile, flags = [] } = request;
    // Only what says which files it has taken in can be found again.
    if (dependencyFile === undefined) return this.inner[kind](request);
    const key = await compileKey(kind, request);
    const mapped = this.placesOf(source).map(([from, to]) => `-ffile-prefix-map=${from}=${to}`);
    const names = new Map<string, string>();
    const bare = (each: Diagnostic): Diagnostic => withoutPaths(each, source, names);
    const diagnostics = await this.inner[kind]({ ...request, flags: [...flags, ...mapped] }).catch(async (error: unknown) =>
      this.failed(error, { key, inputs: await headersOf(request, names) }, bare),
    );
    const inputs = await this.inputsOf(request, dependencyFile, names);
    this.note({ key, inputs, diagnostics: diagnostics.map(bare), output: this.keep(await fs.readFile(request.output)) });
    return diagnostics;
  }

  /** What is written instead of folders of this computer; checks compile in folders of the cache, which nobody has named. */
  private placesOf(source: string): [from: string, to: string][] {
    const places = [...this.prefixes];
    const own = dirname(source);
    return places.some(([from]) => own.startsWith(from)) ? places : [...places, [own, ELSEWHERE]];
  }

  private async inputsOf(request: CompileRequest, dependencyFile: string, names: Map<string, string>): Promise<StepRecord['inputs']> {
    const rule = await fs.readFile(dependencyFile, 'utf8');
    const inputs: StepRecord['inputs'] = [];
    for (const path of dependencies(rule).map((each) => resolve(dirname(request.source), each))) {
      const name = path === request.source ? undefined : await includedName(path, request);
      if (name === undefined || names.has(path)) continue;
      names.set(path, name);
      inputs.push([name, await fileDigest(path)]);
    }
    return inputs;
  }

  /** Notes an error of the reader's, too. */
  private failed(error: unknown, known: Pick<StepRecord, 'key' | 'inputs'>, bare: (each: Diagnostic) => Diagnostic): never {
    if (error instanceof DiagnosticError) this.note({ ...known, diagnostics: error.diagnostics.map(bare), failed: error.kind });
    throw error;
  }

  private note(step: StepRecord): void {
    this.steps.set(digest(step.key, JSON.stringify(step.inputs)), step);
  }

  /** The digests of its pieces: large files that it holds are pieces of their own. */
  private keep(bytes: Buffer): string[] {
    const found = this.large
      .filter(({ length }) => length >= LARGE)
      .map((part) => ({ part, at: bytes.indexOf(part.subarray(0, 4096)) }))
      .filter(({ part, at }) => at >= 0 && bytes.subarray(at, at + part.length).equals(part))
      .sort((a, b) => a.at - b.at);
    const pieces: Uint8Array[] = [];
    let from = 0;
    for (const { part, at } of found) {
      if (at < from) continue;
      pieces.push(bytes.subarray(from, at), part);
      from = at + part.length;
    }
    pieces.push(bytes.subarray(from));
    return pieces
      .filter(({ length }) => length > 0)
      .map((piece) => {
        const name = digest(piece);
        this.pieces.set(name, piece);
        return name;
      });
  }
}
