import { promises as fs } from 'node:fs';
import { basename, dirname } from 'node:path';
import { fileDigest } from '../build/digest.js';
import type { GuestObject } from '../build/guest-object.js';
import { cacheDir } from '../cache.js';
import { type Diagnostic, DiagnosticError } from '../diagnostic.js';
import type { GuestRecipe } from '../guest/guest.js';
import { type ArchiveRequest, type CompileRequest, type LinkRequest, type Toolchain, ToolchainError } from '../toolchain/toolchain.js';
import {
  compileKey,
  findIncluded,
  type GuestRecord,
  guestKey,
  Identities,
  linkKey,
  type Records,
  type StepRecord,
  withPaths,
} from './records.js';

export interface PrebuiltOptions {
  records: Records;
  /** The bytes of a piece. */
  read: (digest: string) => Promise<Uint8Array>;
  /** Takes bytes back that are of no more use here. */
  giveBack?: (piece: Uint8Array) => void;
  /**
   * What does the steps that are not there.
   * @param missing what is not there, in words: `a.c is not as the chapter has it`
   * @throws ToolchainError where there is no compiler, which says what to do
   */
  next: (missing: string) => Promise<Toolchain>;
}

/** Gives what a toolchain has made before of the same inputs. */
export class PrebuiltToolchain implements Toolchain {
  readonly name: string;
  readonly identity: string;
  private readonly steps = new Map<string, StepRecord[]>();
  private readonly identities = new Identities();
  /** Guests that were asked for, by the paths of the files that stand for them. */
  private readonly guests = new Map<string, GuestRecord>();
  /**
   * Outputs by the names of their pieces, as long as somebody has them. Where files are in memory, and share what they are written from, the
   * same output in two folders is there once.
   */
  private readonly made = new Map<string, WeakRef<ArrayBuffer>>();
  /** Pieces that are read before they are asked for. */
  private readonly foreseen = new Map<string, Promise<Uint8Array>>();

  constructor(private readonly options: PrebuiltOptions) {
    const { name, identity, steps } = options.records;
    this.name = name;
    this.identity = identity;
    for (const step of steps) this.steps.set(step.key, [...(this.steps.get(step.key) ?? []), step]);
  }

  /**
   * Reads what programs with this guest are made of while others are compiled.
   * @returns drops what nobody has taken by then
   */
  foresee(recipe: GuestRecipe): () => void {
    const key = guestKey(recipe, '');
    const pieces = this.options.records.guests.find((each) => each.key === key)?.pieces ?? [];
    const wanted = pieces.filter((piece) => this.isOfProgram(piece) && !this.isThere(piece));
    for (const piece of wanted) {
      const read = this.options.read(piece);
      // Who asks for it hears of it.
      read.catch(() => undefined);
      this.foreseen.set(piece, read);
    }
    return () => wanted.forEach((piece) => this.drop(piece));
  }

  private drop(piece: string): void {
    const read = this.foreseen.get(piece);
    this.foreseen.delete(piece);
    read?.then((bytes) => this.options.giveBack?.(bytes)).catch(() => undefined);
  }

  /** Whether somebody has an output with this piece, which is taken then. */
  private isThere(piece: string): boolean {
    return [...this.made].some(([name, bytes]) => name.includes(piece) && bytes.deref() !== undefined);
  }

  private isOfProgram(piece: string): boolean {
    return this.options.records.steps.some(({ output }) => output?.includes(piece));
  }

  /** Once: then it is for who has asked to keep it. */
  private async read(piece: string): Promise<Uint8Array> {
    const foreseen = this.foreseen.get(piece);
    this.foreseen.delete(piece);
    return foreseen ?? this.options.read(piece);
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
    const next = await this.options.next(`${basename(request.output)} is not made`);
    return this.withGuests(request.objects, () => next.link(request));
  }

  async archive(request: ArchiveRequest): Promise<void> {
    const next = await this.options.next(`${basename(request.output)} is not made`);
    return next.archive(request);
  }

  /** A file that stands for the guest: programs that were linked with it are there whole. */
  async guestObject(recipe: GuestRecipe, extraBootargs: string): Promise<GuestObject> {
    const key = guestKey(recipe, extraBootargs);
    const guest = this.options.records.guests.find((each) => each.key === key);
    if (!guest) throw new ToolchainError(OTHER_GUEST);
    const path = cacheDir('guest-objects', key.slice(0, 16), 'guest.o');
    await fs.mkdir(dirname(path), { recursive: true });
    await fs.writeFile(path, key);
    this.identities.set(path, key);
    this.guests.set(path, guest);
    return { path, key };
  }

  /** Has the guests among these objects whole while it lasts: they are large. */
  private async withGuests<T>(objects: readonly string[], work: () => Promise<T>): Promise<T> {
    const guests = objects.flatMap((path) => {
      const guest = this.guests.get(path);
      return guest ? [{ path, guest }] : [];
    });
    for (const { path, guest } of guests) await this.write(path, guest.pieces);
    try {
      return await work();
    } finally {
      for (const { path, guest } of guests) await fs.writeFile(path, guest.key);
    }
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
    const next = await this.options.next(`${basename(request.source)} is not as the chapter has it`);
    return next[kind](request);
  }

  private async give(step: StepRecord, output: string, placed: (each: Diagnostic) => Diagnostic): Promise<Diagnostic[]> {
    const diagnostics = step.diagnostics.map(placed);
    if (!step.output) throw new DiagnosticError(step.failed ?? 'CompileError', diagnostics);
    await this.write(output, step.output);
    return diagnostics;
  }

  private async write(path: string, digests: readonly string[]): Promise<void> {
    const name = digests.join(' ');
    const before = this.made.get(name)?.deref();
    await fs.writeFile(path, before && before.byteLength > 0 ? Buffer.from(before) : await this.make(name, digests));
  }

  private async make(name: string, digests: readonly string[]): Promise<Buffer> {
    const pieces = await Promise.all(digests.map((piece) => this.read(piece)));
    const [first = new Uint8Array(0)] = pieces;
    if (pieces.length === 1) return this.noted(name, Buffer.from(first.buffer, first.byteOffset, first.length));
    const bytes = Buffer.concat(pieces);
    // A piece may be in it twice.
    for (const piece of new Set(pieces)) this.options.giveBack?.(piece);
    return this.noted(name, bytes);
  }

  private noted(name: string, bytes: Buffer): Buffer {
    const { buffer } = bytes;
    if (buffer instanceof ArrayBuffer && buffer.byteLength === bytes.length) this.made.set(name, new WeakRef(buffer));
    return bytes;
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

const OTHER_GUEST =
  'a page has the Linux guests of its chapters alone, and this is another: its drivers, its script or its command line has changed\n' +
  '  Run the chapter on your computer for that: pip install jupyterlab virtbook, then virtbook lab.';
