import { type Diagnostic, DiagnosticError } from '../../sdk/diagnostic.js';
import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { decodeDescription } from '../../sdk/tool/decode.js';
import { checkLayout } from '../../sdk/tool/layout.js';
import type { SystemDescription } from '../../sdk/tool/model.js';
import { namedFiles } from '../../sdk/tool/named-files.js';
import { readSystem } from '../../sdk/tool/read.js';
import type { CellContext } from '../core/evaluator.js';
import { diagnosticLines } from '../render/errors.js';
import { systemBundle } from '../render/system.js';
import type { Session } from '../session/session.js';
import { nearest, UserError } from '../session/user-error.js';
import { beginningOf } from '../tasks/beginning.js';
import { warnOfAddresses } from '../writing/board-addresses.js';
import { warnOfCachedDevices } from '../writing/cached-devices.js';
import { SystemXml } from '../writing/system-xml.js';
import { ramOf, sdkOf, sourcesOf } from './body.js';
import { targetOf, withLineEnd } from './files.js';
import { writeAtomically } from './write-atomically.js';
import type { Magic } from '../kit/magic.js';

export const systemMagic: Magic = {
  name: 'system',
  kind: 'cell',
  summary: 'Writes a system description, checks it, and shows it as tables and a diagram.',
  details: [
    'The cell is the XML of a Microkit system. It is checked first: a description with an error is not written, and the',
    'error names the line: line 1 is the one after the magic. From then on %build refuses to build the description of',
    'before, until the cell is correct.',
  ].join('\n'),
  positionals: [{ name: 'FILE', help: 'such as hello.system' }],
  options: [{ name: 'force', help: 'allow a file outside the working folder' }],
  examples: ['%%system hello.system', '%system hello.system', '%system'],
  complete: (session, index) => (index === 0 ? sourcesOf(session).names('.system') : []),
  body: (session) => new SystemXml(sourcesOf(session)),
  async execute({ session, cell, args, body }) {
    const path = targetOf(session, args.required(0), args.has('force'));
    const text = withLineEnd(body);
    const { descriptions } = session.workspace;
    try {
      const system = checkedSystem(session, text, path);
      await writeAtomically(path, text);
      descriptions.accept(path);
      showSystem(cell, system);
    } catch (error) {
      descriptions.refuse(path, error);
      throw error;
    }
  },
  line: {
    summary: 'Without a cell it takes a description that exists, and %build builds it; without FILE it shows the one that is built next.',
    positionals: [{ name: 'FILE', help: 'a description that exists', optional: true }],
    complete: (session, index) => (index === 0 ? sourcesOf(session).names('.system') : []),
    async execute({ session, cell, args }) {
      const [file] = args.positionals;
      const { descriptions } = session.workspace;
      const path = file === undefined ? inForce(session) : existing(session, file);
      const shown = session.workspace.display(path);
      try {
        const system = checkedSystem(session, decodeDescription(await readFile(path), session.workspace.display(path)), path);
        if (file !== undefined) descriptions.accept(path);
        cell.stdout(`${shown}: %build builds this as ${session.builds.describedLast().name}.\n`);
        showSystem(cell, system);
      } catch (error) {
        if (file !== undefined) descriptions.refuse(path, error);
        throw error;
      }
    },
  },
};

/**
 * Reads a description, and says what `%build` would say of it without its programs. With an SDK of the reader's, what our own
 * reader does not know is no error: then the result is its complaint. @throws DiagnosticError
 */
export function checkedSystem(session: Session, text: string, path: string): SystemDescription | DiagnosticError {
  const file = session.workspace.display(path);
  const embedded = sdkOf(session) === undefined;
  const prefills = new PrefillFiles([...session.workspace.everySource(), dirname(path)]);
  try {
    const system = readSystem(text, file, (name) => prefills.size(name));
    // What another SDK's kernel takes is for that to say.
    if (embedded) checkLayout(system);
    return {
      ...system,
      warnings: [
        ...system.warnings,
        ...prefills.warnings(system),
        ...warnOfAddresses(system, text, ramOf(session)),
        ...warnOfCachedDevices(system),
      ],
    };
  } catch (error) {
    // What is not well-formed, nobody reads.
    if (!embedded && error instanceof DiagnosticError && namedFiles(text, file).images.length > 0) return error;
    throw error;
  }
}

/** Files of `prefill_path`. A cell further down may write them: that they are not there yet is no error before `%build`. */
class PrefillFiles {
  private readonly missing = new Set<string>();

  constructor(private readonly folders: readonly string[]) {}

  size(name: string): number {
    const candidates = isAbsolute(name) ? [name] : this.folders.map((folder) => join(folder, name));
    const found = candidates.map((path) => statSync(path, { throwIfNoEntry: false })).find((stat) => stat?.isFile());
    if (!found) this.missing.add(name);
    return found?.size ?? 1;
  }

  warnings({ file, source, memoryRegions }: SystemDescription): Diagnostic[] {
    return memoryRegions.flatMap(({ prefill, at }): Diagnostic[] => {
      if (prefill === undefined || !this.missing.has(prefill)) return [];
      const message = `there is no file '${prefill}' yet`;
      const hint = `write it with %%file ${prefill} before %build`;
      return [{ severity: 'warning', file, ...at, message, hint, sourceLine: source.lineText(at) }];
    });
  }
}

/** Shows a description that was read, and what is to be warned of. */
export function showSystem(cell: CellContext, system: SystemDescription | DiagnosticError): void {
  if (system instanceof DiagnosticError) {
    cell.stdout(`virtbook's own reader does not take this; the tool of your SDK decides at %build.\n`);
    cell.stdout(`${system.diagnostics.flatMap((diagnostic) => diagnosticLines({ ...diagnostic, severity: 'warning' })).join('\n')}\n`);
    return;
  }
  if (system.warnings.length) cell.stdout(`${system.warnings.flatMap((warning) => diagnosticLines(warning)).join('\n')}\n`);
  cell.display(systemBundle(system));
}

/** A description of the reader's, of a chapter, or of one of its tasks. @throws UserError when there is none of this name */
function existing(session: Session, file: string): string {
  const { workspace } = session;
  const path = [workspace.resolve(file), ...workspace.everySource().map((folder) => join(folder, file))].find((each) => existsSync(each));
  if (path !== undefined) return path;
  const begun = beginningOf(workspace, file);
  if (begun !== undefined) return join(begun, basename(file));
  const names = sourcesOf(session).names('.system');
  const meant = nearest(file, names);
  const hint = meant ? `Did you mean ${meant}? ` : names.length > 0 ? `There are: ${names.join(', ')}. ` : '';
  throw new UserError('BuildError', `there is no system description ${file}`, `${hint}Write a new one in a %%system ${file} cell.`);
}

/** The description that `%build` builds next. @throws UserError when there is none, or it was refused */
function inForce({ builds, workspace }: Session): string {
  const { name, system } = builds.describedLast();
  const path = system ?? builds.findSystem(name);
  const why = workspace.descriptions.refusal(path);
  if (why === undefined) return path;
  const file = workspace.display(path);
  const before = existsSync(path) ? ` %system ${file} takes the description of before, which is still in the file.` : '';
  throw new UserError('BuildError', `${file} was refused (${why})`, `Correct the %%system ${file} cell, and run it again.${before}`);
}
