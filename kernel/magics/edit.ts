import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DiagnosticError } from '../../sdk/diagnostic.js';
import type { SystemDescription } from '../../sdk/tool/model.js';
import type { Magic } from '../kit/magic.js';
import { changeBundle } from '../render/change.js';
import { OUTPUT_FOLDER } from '../session/folders.js';
import type { Session } from '../session/session.js';
import { nearest, UserError } from '../session/user-error.js';
import { editC } from '../writing/c-edit.js';
import { editSystem, placedInCell } from '../writing/system-edit.js';
import type { EditedText, PartChange } from '../writing/text-edits.js';
import { bodyLanguage, sourcesOf } from './body.js';
import { targetOf, writeAtomically } from './files.js';
import { checkedSystem, showSystem } from './system.js';

const ENDINGS = ['.c', '.h', '.system'];

export const editMagic: Magic = {
  name: 'edit',
  kind: 'cell',
  summary: 'Changes parts of a file, and shows the change.',
  details: [
    'The cell holds parts of FILE, each whole: in C functions, variables, types, #define and #include; in a system description',
    'elements, without <system> around them. A part replaces the one of its name; what FILE does not have is added: beside the',
    'part that is above it in the cell without a blank line, or before the part that follows it, or at the end.',
    'An element is merged: <protection_domain name="client" priority="7" /> sets one attribute, and a <map> in it is added',
    'to those that are there. A comment directly above a part belongs to it.',
    'FILE is yours, or that of the chapter, which is copied first. A second run of the cell changes nothing more. A description is',
    'checked, as %%system does: one with an error is not written.',
  ].join('\n'),
  positionals: [{ name: 'FILE', help: 'a file that ends with .c, .h or .system' }],
  options: [{ name: 'force', help: 'allow a file outside the working folder' }],
  examples: ['%%edit server.c', '%%edit hello.system'],
  complete: (session, index) => (index === 0 ? ENDINGS.flatMap((ending) => sourcesOf(session).names(ending)) : []),
  body: bodyLanguage,
  async execute({ session, cell, args, body }) {
    const name = args.required(0);
    const path = targetOf(session, name, args.has('force'));
    const file = session.workspace.display(path);
    if (!ENDINGS.some((ending) => name.endsWith(ending))) {
      throw new UserError(
        'FileError',
        `%%edit cannot change ${name}: its ending is not one of ${ENDINGS.join(', ')}`,
        `Write all of it with %%file ${name}.`,
      );
    }
    if (body.trim() === '')
      throw new UserError('FileError', 'the cell holds no part of the file', 'Write the parts to change under the magic.');
    const before = await present(session, path, name);
    const { descriptions } = session.workspace;
    const isSystem = file.endsWith('.system');
    let result: Edited;
    try {
      result = edited(before, body, file);
      if (isSystem) result = { ...result, system: checkedWithPlace(session, result.text, path, body) };
      if (result.text !== before) await writeAtomically(path, result.text);
      if (isSystem) descriptions.accept(path);
    } catch (error) {
      if (isSystem) descriptions.refuse(path, error);
      throw error;
    }
    const { text, changes, system } = result;
    const log = new ChangeLog(session, file, body);
    const change = changes.length > 0 ? await log.keep({ before, after: text, parts: inWords(changes) }) : await log.find();
    if (change) cell.display(changeBundle({ file, ...change }));
    else cell.stdout(`${file} has all of this already.\n`);
    if (system) showSystem(cell, system);
  },
};

/** What the file holds: the reader's, or the chapter's of that name. */
async function present(session: Session, path: string, name: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const sources = sourcesOf(session);
  const shipped = sources.read(name);
  if (shipped !== undefined) return shipped;
  const meant = nearest(
    name,
    ENDINGS.flatMap((ending) => sources.names(ending)),
  );
  const writer = name.endsWith('.system') ? '%%system' : '%%file';
  throw new UserError(
    'FileError',
    `there is no file ${name} to change`,
    meant ? `Did you mean ${meant}?` : `Write it with ${writer} ${name} first.`,
  );
}

interface Edited extends EditedText {
  /** Of a description. */
  system?: SystemDescription;
}

/** The file with the cell's parts in it. Its line ends stay as they are. */
function edited(before: string, body: string, file: string): Edited {
  const windows = /\r\n/.test(before);
  const plain = windows ? before.replace(/\r\n/g, '\n') : before;
  const change = body.replace(/\r\n?/g, '\n');
  const withEnds = (text: string): string => (windows ? text.replace(/\n/g, '\r\n') : text);
  if (!file.endsWith('.system')) {
    const { text, changes } = editC(plain, change);
    return { text: withEnds(text), changes };
  }
  const { text, changes } = editSystem(plain, change, file);
  return { text: withEnds(text), changes };
}

/** A changed description, as `%%system` checks it. What is wrong in the lines of the cell is told by their numbers there. */
function checkedWithPlace(session: Session, text: string, path: string, body: string): SystemDescription {
  try {
    return checkedSystem(session, text, path);
  } catch (error) {
    throw error instanceof DiagnosticError ? placedInCell(error, body.replace(/\r\n?/g, '\n')) : error;
  }
}

/** More names than this are counted. */
const MOST_NAMES = 5;

/** For example "protected() replaced, take_word() and VMM_CHANNEL added". */
function inWords(changes: readonly PartChange[]): string {
  return (['changed', 'replaced', 'added'] as const)
    .flatMap((kind) => {
      const names = [...new Set(changes.filter((change) => change.kind === kind).map(({ name }) => name))];
      const more = names.length - MOST_NAMES;
      const last = more > 0 ? `${names.splice(MOST_NAMES).length} more` : names.pop();
      if (last === undefined) return [];
      return [`${names.length > 0 ? `${names.join(', ')} and ` : ''}${last} ${kind}`];
    })
    .join(', ');
}

interface KnownChange {
  before: string;
  after: string;
  parts: string;
}

/** Changes that are remembered for each file. */
const MOST_KEPT = 30;

/**
 * What cells have changed, kept beside the builds: a cell that is run again, in this session or in another, finds its change made, and
 * shows the same as the first time.
 */
class ChangeLog {
  private readonly path: string;
  private readonly digest: string;

  constructor(
    session: Session,
    private readonly file: string,
    body: string,
  ) {
    this.path = join(session.workspace.folder, OUTPUT_FOLDER, 'changes.json');
    this.digest = createHash('sha256').update(body).digest('hex').slice(0, 16);
  }

  async keep(change: KnownChange): Promise<KnownChange> {
    const all = this.read();
    const others = Object.entries(all[this.file] ?? {}).filter(([digest]) => digest !== this.digest);
    all[this.file] = Object.fromEntries([...others.slice(1 - MOST_KEPT), [this.digest, change]]);
    await writeAtomically(this.path, JSON.stringify(all));
    return change;
  }

  async find(): Promise<KnownChange | undefined> {
    return this.read()[this.file]?.[this.digest];
  }

  private read(): Record<string, Record<string, KnownChange>> {
    try {
      return JSON.parse(readFileSync(this.path, 'utf8')) as Record<string, Record<string, KnownChange>>;
    } catch {
      return {};
    }
  }
}
