import { readFile } from 'node:fs/promises';
import { DiagnosticError } from '../../sdk/diagnostic.js';
import type { SystemDescription } from '../../sdk/tool/model.js';
import type { Magic } from '../kit/magic.js';
import { changeBundle } from '../render/change.js';
import type { Session } from '../session/session.js';
import { nearest, UserError } from '../session/user-error.js';
import { editC } from '../writing/c-edit.js';
import { editSystem, placedInCell } from '../writing/system-edit.js';
import type { EditedText, PartChange } from '../writing/text-edits.js';
import { bodyLanguage, sourcesOf } from './body.js';
import { ChangeLog } from './change-log.js';
import { targetOf } from './files.js';
import { writeAtomically } from './write-atomically.js';
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
    const log = new ChangeLog(session, file);
    const change = changes.length > 0 ? await log.keep(body, { before, after: text, parts: inWords(changes) }) : log.find(body);
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
  system?: SystemDescription | DiagnosticError;
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
function checkedWithPlace(session: Session, text: string, path: string, body: string): SystemDescription | DiagnosticError {
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
