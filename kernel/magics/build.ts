import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { configsOf as configsOfSdk, EMBEDDED_SDK } from '../../sdk/build/board.js';
import { CONFIGS } from '../../sdk/build/components.js';
import { type Diagnostic, DiagnosticError } from '../../sdk/diagnostic.js';
import type { CellContext, MimeBundle } from '../core/evaluator.js';
import { buildBundle, progressBundle } from '../render/build.js';
import { escapeHtml } from '../render/html.js';
import { filesEnding, isInside } from '../session/folders.js';
import type { Session } from '../session/session.js';
import { beginningOf, tasksFolder } from '../tasks/beginning.js';
import { adviseOnC } from '../writing/c-advice.js';
import { sdkApi } from '../writing/sdk-api.js';
import { sdkOf, sourcesOf } from './body.js';
import { mistakesOf } from './build-mistakes.js';
import { findSdk, knownSdks } from './find-sdk.js';
import { wrongUse } from '../kit/arguments.js';
import type { Magic } from '../kit/magic.js';

export const buildMagic: Magic = {
  name: 'build',
  kind: 'line',
  summary: 'Compiles the sources and makes loader.img from a system description.',
  details: [
    'The description is NAME.system, or the one that NAME was built from before; of a chapter, the one that was written or',
    "taken last, or the chapter's. Without NAME, the description that was written or taken last is built. For each program",
    'image X.elf, X.c (or X.S, X.cpp, X.rs) and the sources in a folder X are looked for in the working folder, then among the',
    'files of the task whose description this is, then among the sources that ship with the chapter NAME. The result is .virtbook/NAME/loader.img and report.txt. A build that',
    'fails or is interrupted leaves the one before it in place, which %run then runs only with --previous.',
  ].join('\n'),
  positionals: [{ name: 'NAME', help: 'a chapter, or a name of your own; default: what was described last', optional: true }],
  options: [
    { name: 'system', value: 'FILE', help: 'the system description' },
    { name: 'config', value: 'CONFIG', help: 'debug (the default) prints, release is silent; a real SDK may have others' },
    {
      name: 'sdk',
      value: 'PATH',
      help: 'a Microkit SDK to use for this build: its folder, the version of one that was fetched, or `embedded`',
    },
    { name: 'clean', help: 'compile everything again' },
    { name: 'previous', help: 'build the description of before, where the one written last was refused' },
  ],
  examples: ['%build', '%build hello', '%build hello --system hello.system --config release'],
  complete: (session, index) =>
    index === 0
      ? [...new Set([...session.builds.names(), ...session.workspace.chapters.all(session.workspace.folder).map(({ name }) => name)])]
      : [],
  completeOption: (session, option) =>
    option === 'system'
      ? filesEnding(session.workspace.folder, '.system')
      : option === 'config'
        ? [...configsOf(sdkOf(session))]
        : option === 'sdk'
          ? knownSdks()
          : [],
  async execute({ session, chapters, cell, args }) {
    const [given] = args.positionals;
    const { name, system }: { name: string; system?: string } = given === undefined ? session.builds.describedLast() : { name: given };
    await chapters.open(name);
    const config = args.option('config') ?? 'debug';
    const named = args.option('sdk');
    const sdk = named === undefined ? sdkOf(session) : await findSdk(session, named);
    const configs = configsOf(sdk);
    if (configs.length > 0 && !configs.includes(config)) {
      throw wrongUse(buildMagic, `--config ${config}: CONFIG is one of ${configs.join(', ')}`);
    }
    const progress = new ProgressDisplay(cell);
    // To read the headers of an SDK takes longer than a build with nothing changed.
    const advised = (diagnostics: readonly Diagnostic[]) =>
      diagnostics.length === 0 ? [] : adviseOnC(diagnostics, sdkApi(sdk === EMBEDDED_SDK ? undefined : sdk), sourcesOf(session));
    const result = await session.builds
      .build(name, {
        system: args.option('system') ?? system,
        beginning: (file) => beginningOf(session.workspace, file),
        previous: args.has('previous'),
        config,
        sdk,
        clean: args.has('clean'),
        signal: cell.signal,
        onProgress(step) {
          // Progress is for people; tools that run notebooks would keep its first state.
          if (cell.allowStdin) progress.show(progressBundle(`Building ${name}`, step));
        },
      })
      .catch((error: unknown) => {
        // A bar that stands still would look as if the build went on.
        progress.replace({
          data: { 'text/plain': `${name} is not built.`, 'text/html': `<div>${escapeHtml(name)} is not built.</div>` },
        });
        throw error instanceof DiagnosticError ? new DiagnosticError(error.kind, advised(error.diagnostics)) : error;
      });
    const bundle = buildBundle({
      name,
      upToDate: result.upToDate,
      image: session.workspace.display(result.image),
      report: session.workspace.display(result.report),
      madeOf: madeOf(session, name, result),
      size: (await stat(result.image)).size,
      warnings: [...advised(result.warnings), ...(await mistakesOf(session, name))].map((warning) => ({
        ...warning,
        file: session.workspace.display(warning.file),
      })),
    });
    if (!progress.replace(bundle)) cell.display(bundle);
    // The image and the programs in it were in memory.
    if (!result.upToDate) await session.services.giveBack?.();
  },
};

/** The configurations of a Microkit SDK; undefined: those of the embedded one. */
const configsOf = (sdk: string | undefined): readonly string[] => (sdk === undefined || sdk === EMBEDDED_SDK ? CONFIGS : configsOfSdk(sdk));

/** Which description and whose sources a build took, where the name alone does not say it. */
function madeOf(
  { workspace }: Session,
  name: string,
  { systemFile, sources = [] }: { systemFile: string; sources?: readonly string[] },
): string {
  const isOfTask = (path: string): boolean => isInside(tasksFolder(workspace.folder), path);
  const own = sources.filter((path) => isInside(workspace.folder, path) && !isOfTask(path)).map((path) => workspace.display(path));
  const ofTask = sources.filter(isOfTask).map((path) => basename(path));
  const others = sources.filter((path) => !isInside(workspace.folder, path)).map((path) => basename(path));
  const described = isOfTask(systemFile) ? `${basename(systemFile)} of the task` : workspace.display(systemFile);
  if (described === `${name}.system` && ofTask.length === 0 && others.length === 0) return '';
  const groups = [
    ...(own.length > 0 ? [`your ${own.join(', ')}`] : []),
    ...(ofTask.length > 0 ? [`${ofTask.join(', ')} of the task`] : []),
    ...(others.length > 0 ? [`${others.join(', ')} of the chapter`] : []),
  ];
  return `Made from ${described}${groups.length > 0 ? ` with ${groups.join('; ')}` : ''}.`;
}

/** A display of the cell that shows how far the build is, from its first step on. */
export class ProgressDisplay {
  private readonly displayId = randomUUID();
  private shown = false;

  constructor(private readonly cell: CellContext) {}

  show(bundle: MimeBundle): void {
    if (this.replace(bundle)) return;
    this.cell.display(bundle, { displayId: this.displayId });
    this.shown = true;
  }

  /** Shows this instead, where progress was shown. Returns whether it was. */
  replace(bundle: MimeBundle): boolean {
    if (this.shown) this.cell.updateDisplay(this.displayId, bundle);
    return this.shown;
  }
}
