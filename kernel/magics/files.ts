import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { readSystem } from '../../sdk/tool/read.js';
import { diagnosticLines } from '../render/errors.js';
import { systemBundle } from '../render/system.js';
import { isInside } from '../session/folders.js';
import type { Session } from '../session/session.js';
import { UserError } from '../session/user-error.js';
import { SystemXml } from '../writing/system-xml.js';
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

function target(session: Session, path: string, force: boolean): string {
  const absolute = session.workspace.resolve(path);
  if (!force && !isInside(session.workspace.folder, absolute)) {
    throw new UserError('FileError', `${path} is outside the working folder`, 'Write it inside, or add --force.');
  }
  return absolute;
}

const withLineEnd = (body: string): string => (body === '' || body.endsWith('\n') ? body : `${body}\n`);

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
    const path = target(session, args.required(0), args.has('force'));
    const text = withLineEnd(body);
    await writeAtomically(path, text);
    cell.stdout(`Wrote ${session.workspace.display(path)} (${Buffer.byteLength(text)} bytes).\n`);
  },
};

export const systemMagic: Magic = {
  name: 'system',
  kind: 'cell',
  summary: 'Writes a system description, checks it, and shows it as tables and a diagram.',
  details: [
    'The cell is the XML of a Microkit system. It is checked first: a description with an error is not written, and the',
    'error names the line: line 1 is the one after the magic.',
  ].join('\n'),
  positionals: [{ name: 'FILE', help: 'such as hello.system' }],
  options: [{ name: 'force', help: 'allow a file outside the working folder' }],
  examples: ['%%system hello.system'],
  complete: (session, index) => (index === 0 ? sourcesOf(session).names('.system') : []),
  body: (session) => new SystemXml(sourcesOf(session)),
  async execute({ session, cell, args, body }) {
    const path = target(session, args.required(0), args.has('force'));
    const text = withLineEnd(body);
    const system = readSystem(text, session.workspace.display(path));
    await writeAtomically(path, text);
    session.workspace.lastSystem = path;
    if (system.warnings.length) cell.stdout(`${system.warnings.flatMap((warning) => diagnosticLines(warning)).join('\n')}\n`);
    cell.display(systemBundle(system));
  },
};
