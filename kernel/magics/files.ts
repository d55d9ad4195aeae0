import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isInside } from '../session/folders.js';
import type { Session } from '../session/session.js';
import { UserError } from '../session/user-error.js';
import { bodyLanguage, sourcesOf } from './body.js';
import type { Magic } from '../kit/magic.js';

/** Writes a file so that a reader of it sees the old text or the new, never half. */
export async function writeAtomically(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, text);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Where a cell is written. @throws UserError outside the working folder, unless that is meant. */
export function targetOf(session: Session, path: string, force: boolean): string {
  const absolute = session.workspace.resolve(path);
  if (!force && !isInside(session.workspace.folder, absolute)) {
    throw new UserError('FileError', `${path} is outside the working folder`, 'Write it inside, or add --force.');
  }
  return absolute;
}

/** A cell's text as a file has it. */
export const withLineEnd = (body: string): string => (body === '' || body.endsWith('\n') ? body : `${body}\n`);

export const fileMagic: Magic = {
  name: 'file',
  kind: 'cell',
  summary: 'Writes the cell to a file.',
  details: 'The file goes into the working folder, and replaces one of the same name. Folders on the way are made.',
  positionals: [{ name: 'FILE', help: 'where to write' }],
  options: [{ name: 'force', help: 'allow a file outside the working folder' }],
  examples: ['%%file server.c'],
  complete: (session, index) => (index === 0 ? ['.c', '.h', '.system'].flatMap((ending) => sourcesOf(session).names(ending)) : []),
  body: bodyLanguage,
  async execute({ session, cell, args, body }) {
    const path = targetOf(session, args.required(0), args.has('force'));
    const text = withLineEnd(body);
    await writeAtomically(path, text);
    cell.stdout(`Wrote ${session.workspace.display(path)} (${Buffer.byteLength(text)} bytes).\n`);
  },
};
