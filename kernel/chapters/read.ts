import { statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { type Node, type ParseError, ParseErrorCode, parseTree } from 'jsonc-parser';
import { type Diagnostic, DiagnosticError } from '../../sdk/diagnostic.js';
import {
  type Chapter,
  type ChapterAssignment,
  type ChapterMachine,
  type ChapterTask,
  DEFAULT_MACHINE,
  withUsed,
} from '../session/chapter.js';
import { isInside } from '../session/folders.js';
import { DECLARATION, type Declaration } from './declaration.js';
import type { Complain } from './shapes.js';

const RAM_START = 0x4000_0000;
const MIB = 1024 ** 2;
/** In bytes; what the board has room for. */
const MOST_RAM = 3 * 1024 * MIB;
/** In bytes; RAM comes in pieces of this size. */
const RAM_STEP = 2 * MIB;

/** Where the tasks of a chapter are, and their modules with checks. */
const TASKS_FOLDER = 'tasks';
/** Where built notebooks are kept, if they are kept. */
const BUILT_FOLDER = 'built';
const CHECK_FILES = ['checks.ts', 'checks.js', 'checks.cjs'];

/** Chapters without an order come last. */
const LAST = Number.MAX_SAFE_INTEGER;

/**
 * Reads a declaration.
 * @param file path of chapter.json; the chapter is the folder that it is in
 * @param find the chapters that it may use; none unless given
 * @throws DiagnosticError with everything that is wrong in it
 */
export function readChapter(text: string, file: string, found: Chapter['found'], find: FindUsed = () => undefined): Chapter {
  return new DeclarationReader(text, file, find).chapter(found);
}

/** The chapter of a name, for a chapter that uses it; `circle` where it uses that one itself. */
export type FindUsed = (name: string) => Chapter | 'circle' | undefined;

class DeclarationReader {
  private readonly complaints: Diagnostic[] = [];
  private readonly folder: string;

  constructor(
    private readonly text: string,
    private readonly file: string,
    private readonly find: FindUsed,
  ) {
    this.folder = resolve(file, '..');
  }

  chapter(found: Chapter['found']): Chapter {
    const root = this.parse();
    const declaration = root && DECLARATION.read(root, this.complain);
    const chapter = root && declaration && this.build(root, declaration, found);
    if (!chapter || this.complaints.length > 0) throw new DiagnosticError('ChapterError', this.complaints);
    return chapter;
  }

  private parse(): Node | undefined {
    if (this.text.trim() === '') {
      this.complainAt(0, 1, 'the file is empty', 'write an object in { and }');
      return undefined;
    }
    const errors: ParseError[] = [];
    const root = parseTree(this.text, errors, { disallowComments: true, allowTrailingComma: false });
    const [error] = errors;
    if (error) this.complainAt(error.offset, 1, ...explain(error.error));
    return error ? undefined : root;
  }

  private build(root: Node, declared: Declaration, found: Chapter['found']): Chapter {
    const name = basename(this.folder);
    const at = (...path: (string | number)[]): Node => nodeAt(root, path);
    const { guest, kit, sources = ['.'] } = declared;
    const uses = (declared.uses ?? []).flatMap((used, index) => this.used(used, at('uses', index)));
    if (declared.magics && kit === undefined)
      this.complain(at('magics'), 'magics come from a kit, and there is none', 'add "kit": the path of the module');
    return {
      name,
      folder: this.folder,
      found,
      title: declared.title ?? name,
      order: declared.order ?? LAST,
      start: declared.start ?? false,
      notebook: this.notebook(declared.notebook, name, at('notebook')),
      system: declared.system,
      uses,
      sources: [
        ...new Set([
          ...sources.map((path, index) => this.existing(path, at('sources', index), 'folder')),
          ...uses.flatMap((each) => each.sources),
        ]),
      ],
      programs: new Map([...uses.flatMap((each) => [...each.programs]), ...(declared.programs ?? [])]),
      machine: this.machine(declared.machine ?? {}, uses, (...path) => at('machine', ...path)),
      guest: guest && { drivers: guest.drivers ?? [], init: this.existing(guest.init, at('guest', 'init'), 'file') },
      kit: kit === undefined ? undefined : { module: this.module(kit, at('kit')), magics: declared.magics ?? [] },
      tasks: this.tasks(declared.tasks ?? [], (...path) => at('tasks', ...path)),
      assignment: this.assignment(declared, name, (...path) => at('assignment', ...path)),
    };
  }

  private used(name: string, at: Node): Chapter[] {
    const found = this.find(name);
    if (found === undefined) {
      this.complain(at, `there is no chapter ${name}`, 'correct the name: it is the name of a folder that has a chapter.json');
    } else if (found === 'circle') {
      this.complain(at, `${name} uses this chapter itself`, 'move what both need into a third chapter, without a notebook');
    } else return [found];
    return [];
  }

  private tasks(declared: NonNullable<Declaration['tasks']>, at: (...path: (string | number)[]) => Node): ChapterTask[] {
    const tasks: ChapterTask[] = [];
    for (const [index, { name, title, asks, system, typescript, after, hints, mistakes, points }] of declared.entries()) {
      if (declared.findIndex((other) => other.name === name) < index)
        this.complain(at(index, 'name'), `there is another task "${name}"`, 'give each task a name of its own');
      const folder = this.existing(`${TASKS_FOLDER}/${name}`, at(index, 'name'), 'folder');
      const kept = [...(mistakes ?? [])].map(([mistake, hint]) => ({ name: mistake, hint }));
      for (const mistake of kept) {
        this.existing(`${TASKS_FOLDER}/${name}/mistakes/${mistake.name}`, at(index, 'mistakes', mistake.name), 'folder');
        if (hints.has(mistake.hint)) continue;
        const known = [...hints.keys()].join(', ');
        this.complain(at(index, 'mistakes', mistake.name), `the task has no hint "${mistake.hint}"`, `write one of its hints: ${known}`);
      }
      const earlier = tasks.find((task) => task.name === after);
      if (after !== undefined && !earlier)
        this.complain(at(index, 'after'), `there is no task "${after}" before this one`, 'write the name of one that is above in the list');
      tasks.push({
        name,
        title,
        asks,
        system: system ?? earlier?.system,
        typescript,
        folder,
        skeleton: [...(earlier ? [...earlier.skeleton, join(earlier.folder, 'solution')] : []), join(folder, 'skeleton')],
        checks: CHECK_FILES.map((file) => join(folder, file)).find((path) => kindOfPath(path) === 'file'),
        hints: [...hints].map(([hint, text]) => ({ name: hint, text })),
        mistakes: kept,
        points: points ?? new Map(),
      });
    }
    return tasks;
  }

  private assignment(declared: Declaration, name: string, at: (...path: (string | number)[]) => Node): ChapterAssignment {
    const { notebook, built = BUILT_FOLDER, foreign = 'ignore' } = declared.assignment ?? {};
    return {
      notebook: notebook === undefined ? this.notebook(declared.notebook, name, at()) : this.existing(notebook, at('notebook'), 'file'),
      built: resolve(this.folder, built),
      foreign,
    };
  }

  private notebook(declared: string | undefined, name: string, at: Node): string | undefined {
    if (declared !== undefined) return this.existing(declared, at, 'file');
    const usual = join(this.folder, `${name}.ipynb`);
    return kindOfPath(usual) === 'file' ? usual : undefined;
  }

  private machine(
    declared: NonNullable<Declaration['machine']>,
    uses: readonly Chapter[],
    at: (...path: (string | number)[]) => Node,
  ): ChapterMachine {
    const { ram, processors, virtualization, image, network } = declared;
    const ramSize = ram === undefined ? DEFAULT_MACHINE.ramSize : bytesOf(ram);
    if (ramSize > MOST_RAM) this.complain(at('ram'), `${ram} is more memory than the board has room for`, 'write "3G" or less');
    if (ramSize % RAM_STEP !== 0) this.complain(at('ram'), `${ram} is not a multiple of 2M`, 'write an even number of M');
    const imageAddress = image ? Number(image.address) : DEFAULT_MACHINE.imageAddress;
    if (imageAddress < RAM_START || imageAddress >= RAM_START + ramSize) {
      const end = (RAM_START + ramSize).toString(16);
      const hint = `write an address from 0x40000000 to below 0x${end}`;
      if (image) this.complain(at('image', 'address'), `${image.address} is not in RAM`, hint);
      else
        this.complain(
          at('ram'),
          `with so little RAM, 0x${imageAddress.toString(16)} is not in RAM`,
          `add "image": { "address": ... }, and ${hint}`,
        );
    }
    return {
      ramSize,
      processors: processors ?? DEFAULT_MACHINE.processors,
      virtualization: virtualization ?? DEFAULT_MACHINE.virtualization,
      imageAddress,
      network: this.network(network, uses, (...path) => at('network', ...path)),
    };
  }

  private network(
    declared: NonNullable<Declaration['machine']>['network'],
    uses: readonly Chapter[],
    at: (...path: (string | number)[]) => Node,
  ): ChapterMachine['network'] {
    if (declared === false) return undefined;
    const mac = declared?.mac ?? DEFAULT_MACHINE.network?.mac ?? '';
    const hosts = (declared?.hosts ?? []).map(({ module, argument }, index) => ({
      module: this.hostModule(module, uses, at('hosts', index, 'module')),
      argument,
    }));
    return { mac, hosts };
  }

  /** As with sources: the chapter's own come first, then those of the chapters that it uses. */
  private hostModule(path: string, uses: readonly Chapter[], at: Node): string {
    const used = kindOfPath(resolve(this.folder, path)) === undefined ? uses.flatMap(withUsed) : [];
    const owner = used.find(({ folder }) => isInside(folder, resolve(folder, path)) && kindOfPath(resolve(folder, path)) === 'file');
    return owner ? resolve(owner.folder, path) : this.module(path, at);
  }

  private module(path: string, at: Node): string {
    if (!/\.(ts|c?js)$/.test(path))
      this.complain(at, `${path} is neither TypeScript nor JavaScript`, 'write the path of a .ts, .js or .cjs file');
    return this.existing(path, at, 'file');
  }

  /** The absolute path of something that is in the folder of the chapter. */
  private existing(path: string, at: Node, kind: 'file' | 'folder'): string {
    const absolute = resolve(this.folder, path);
    if (absolute !== this.folder && !isInside(this.folder, absolute)) {
      this.complain(at, `${path} is outside the folder of the chapter`, 'move it into the folder: everything of a chapter is in it');
    } else if (kindOfPath(absolute) !== kind) {
      this.complain(
        at,
        `there is no ${kind} ${path} in ${basename(this.folder)}`,
        `make it, or correct the path: it is relative to the folder of chapter.json`,
      );
    }
    return absolute;
  }

  private readonly complain: Complain = (at, message, hint) => this.complainAt(at.offset, at.length, message, hint);

  private complainAt(offset: number, length: number, message: string, hint: string): void {
    const before = this.text.slice(0, offset).split('\n');
    const line = before.length;
    const column = (before.at(-1)?.length ?? 0) + 1;
    const sourceLine = this.text.split(/\r?\n/)[line - 1] ?? '';
    const within = Math.max(1, Math.min(length, sourceLine.length - column + 1));
    this.complaints.push({ severity: 'error', file: this.file, line, column, length: within, message, hint, sourceLine });
  }
}

/** The node of a value that has been read; the nearest one above it where it was left out. */
function nodeAt(root: Node, path: readonly (string | number)[]): Node {
  let node = root;
  for (const step of path) {
    const next =
      typeof step === 'number'
        ? node.children?.[step]
        : node.children?.find(({ children }) => children?.[0]?.value === step)?.children?.[1];
    if (!next) break;
    node = next;
  }
  return node;
}

const bytesOf = (size: string): number => Number(size.slice(0, -1)) * (size.endsWith('G') ? 1024 * MIB : MIB);

function kindOfPath(path: string): 'file' | 'folder' | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat?.isDirectory()) return 'folder';
  return stat?.isFile() ? 'file' : undefined;
}

function explain(code: ParseErrorCode): [message: string, hint: string] {
  switch (code) {
    case ParseErrorCode.CommaExpected:
      return ['a comma is missing', 'put a comma between two keys, or two parts of a list'];
    case ParseErrorCode.ColonExpected:
      return ['a colon is missing', 'write "key": value'];
    case ParseErrorCode.PropertyNameExpected:
      return ['a key is missing', 'write a key in double quotes; there is no comma after the last one'];
    case ParseErrorCode.ValueExpected:
      return ['a value is missing', 'write a text in double quotes, a number, true, false, a list or an object'];
    case ParseErrorCode.CloseBraceExpected:
      return ['a } is missing', 'close the object'];
    case ParseErrorCode.CloseBracketExpected:
      return ['a ] is missing', 'close the list'];
    case ParseErrorCode.InvalidCommentToken:
      return ['JSON has no comments', 'take the comment out'];
    case ParseErrorCode.UnexpectedEndOfString:
      return ['a text does not end', 'close it with a double quote on the same line'];
    case ParseErrorCode.EndOfFileExpected:
      return ['there is more after the end of the object', 'take it out'];
    default:
      return ['this is not JSON', 'write texts and keys in double quotes'];
  }
}
