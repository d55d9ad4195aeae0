import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { filesEnding } from './folders.js';
import { nearest, UserError } from './user-error.js';
import type { Workspace } from './workspace.js';

interface Known {
  /** The file that the reader has named. */
  wanted?: string | undefined;
  /** The description that the name was built from before. */
  before: string | undefined;
  /** The folder with what belongs to the description of a task, by the name of its file. */
  beginning?: ((file: string) => string | undefined) | undefined;
  /** The names under which a description was built. */
  builtAs: (path: string) => readonly string[];
}

/**
 * The description that `%build NAME` means: the one that is named; NAME.system; of a chapter, the one that was written last,
 * the chapter's, or the only one there is; the one that NAME was built from before. A description of
 * another name is not taken for a system of the reader's own. @throws UserError when there is none, or it is not clear which.
 */
export function findSystem(workspace: Workspace, name: string, known: Known): string {
  if (known.wanted !== undefined) return requireFile(workspace, known.wanted, known);
  const named = workspace.resolve(`${name}.system`);
  // One that was refused, and was never written, is meant all the same.
  if (isMeant(workspace, named)) return named;
  const found = ofChapter(workspace, name, known);
  if (found !== undefined) return found;
  throw missing(workspace, name, known);
}

const isMeant = (workspace: Workspace, path: string): boolean => existsSync(path) || workspace.descriptions.refusal(path) !== undefined;

function ofTask(file: string, { beginning }: Known): string | undefined {
  const folder = beginning?.(file);
  return folder === undefined ? undefined : join(folder, basename(file));
}

function requireFile(workspace: Workspace, wanted: string, known: Known): string {
  const path = workspace.resolve(wanted);
  if (isMeant(workspace, path)) return path;
  const begun = ofTask(wanted, known);
  if (begun !== undefined) return begun;
  throw new UserError('BuildError', `there is no system description ${wanted}`, `Write it in a %%system ${wanted} cell.`);
}

function ofChapter(workspace: Workspace, name: string, { before, builtAs }: Known): string | undefined {
  const earlier = before !== undefined && existsSync(before) ? before : undefined;
  const chapter = workspace.chapters.find(name, workspace.folder);
  if (!chapter) return earlier;
  const { latest } = workspace.descriptions;
  // What was built as something else is that.
  const others = latest === undefined ? [] : builtAs(latest).filter((each) => each !== name);
  if (latest !== undefined && isMeant(workspace, latest) && others.length === 0) return latest;
  if (chapter.system === undefined) {
    const [only, ...more] = filesEnding(workspace.folder, '.system');
    return only !== undefined && more.length === 0 ? join(workspace.folder, only) : earlier;
  }
  const { system } = chapter;
  const candidates = [workspace.resolve(system), earlier, ...workspace.sources(name).map((folder) => join(folder, system))];
  return candidates.find((path) => path !== undefined && existsSync(path));
}

function missing(workspace: Workspace, name: string, known: Known): UserError {
  const { chapter } = workspace;
  if (chapter && ofTask(`${name}.system`, known) !== undefined) {
    const hint = `${name}.system is the description of a task of ${chapter.name}: write %build ${chapter.name} --system ${name}.system`;
    return new UserError('BuildError', `there is no system description ${name}.system in the working folder`, hint);
  }
  const files = filesEnding(workspace.folder, '.system');
  const names = files.map((file) => file.replace(/\.system$/, ''));
  const meant = nearest(name, names) ?? (names.length === 1 ? names[0] : undefined);
  if (meant !== undefined) {
    const hint = `Write it in a %%system ${name}.system cell, or build ${meant}.system: %build ${meant}, or %build ${name} --system ${meant}.system`;
    return new UserError('BuildError', `there is no system description ${name}.system`, hint);
  }
  if (names.length > 0) {
    const hint = `Write %build ${name} --system FILE. There are: ${files.join(', ')}.`;
    return new UserError('BuildError', `there is no system description ${name}.system`, hint);
  }
  return new UserError('BuildError', `there is no system description ${name}.system`, `Write it in a %%system ${name}.system cell first.`);
}

/** The description of a build was refused when it was written last. */
export function refused(workspace: Workspace, name: string, path: string, why: string): UserError {
  const file = workspace.display(path);
  const before = existsSync(path) ? ` To build the description of before, write %build ${name} --previous.` : '';
  return new UserError(
    'BuildError',
    `${file} was refused (${why}), so ${name} is not built`,
    `Correct the %%system ${file} cell, and run it again.${before}`,
  );
}
