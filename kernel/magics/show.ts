import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { DiagnosticError } from '../../sdk/diagnostic.js';
import type { SystemDescription } from '../../sdk/tool/model.js';
import { readSystem } from '../../sdk/tool/read.js';
import type { MimeBundle } from '../core/evaluator.js';
import type { Activity } from '../render/activity.js';
import { escapeHtml } from '../render/html.js';
import { channelsBundle, domainBundle, regionBundle } from '../render/system-parts.js';
import { systemBundle } from '../render/system.js';
import type { ConsoleViewFactory } from '../session/console-view.js';
import type { Session } from '../session/session.js';
import { nearest, UserError } from '../session/user-error.js';
import { wrongUse } from '../kit/arguments.js';
import { sourcesOf } from './body.js';
import { onlyBuild } from './running-system.js';
import type { Magic } from '../kit/magic.js';

/** Something that can be shown. */
interface Thing {
  /** What the word after it is, where there must be one. */
  name?: string;
  names(session: Session): string[];
  show(session: Session, name?: string): Promise<MimeBundle>;
}

/** What can be shown of any system. */
const things: Record<string, Thing> = {
  system: {
    names: (session) => session.builds.names(),
    show: async (session, name) => systemBundle(await systemOf(session, name), seenOf(session, name)),
  },
  domain: {
    name: 'the name of a protection domain or virtual machine',
    names: (session) => domainNames(knownSystem(session)),
    show: async (session, name = '') => named(await systemOf(session), name, domainNames, domainBundle, 'protection domain'),
  },
  region: {
    name: 'the name of a memory region',
    names: (session) => regionNames(knownSystem(session)),
    show: async (session, name = '') => named(await systemOf(session), name, regionNames, regionBundle, 'memory region'),
  },
  channels: {
    names: (session) => domainNames(knownSystem(session)),
    show: async (session, name) => {
      const system = await systemOf(session);
      return name === undefined ? channelsBundle(system) : named(system, name, domainNames, channelsBundle, 'protection domain');
    },
  },
  file: {
    name: 'the name of a file',
    names: fileNames,
    show: async (session, name = '') => {
      const text = sourcesOf(session).read(name);
      if (text === undefined) throw unknownName(name, fileNames(session), 'file');
      return { data: { 'text/plain': text, 'text/html': `<pre style="margin:0">${escapeHtml(text)}</pre>` } };
    },
  },
  report: { names: (session) => session.builds.names(), show: (session, name) => report(session, name) },
};

/** What a view of the console has. */
function viewed(factory: ConsoleViewFactory): Thing {
  return {
    names: () => [],
    async show(session) {
      const drawing = session.machine.requireView(factory).drawing();
      if (!drawing) throw new UserError('ConsoleError', factory.nothingYet.message, factory.nothingYet.hint);
      return drawing();
    },
  };
}

/** All that can be shown now: views come with kits. */
const thingsOf = ({ machine: { viewFactories } }: Session): Map<string, Thing> =>
  new Map([...Object.entries(things), ...viewFactories.map((factory): [string, Thing] => [factory.name, viewed(factory)])]);

/** `%show`, whose help names what the session's views have, too. */
export const showMagic = (known: Session): Magic => ({
  name: 'show',
  kind: 'line',
  get summary() {
    const views = known.machine.viewFactories.map(({ name }) => `the ${name}`);
    const shown = ['the system', 'a part of it', 'a source', 'the report of a build', ...views];
    return `Shows ${shown.slice(0, -1).join(', ')}, or ${shown.at(-1)}.`;
  },
  details: [
    'With `system` and `report`, NAME is what %build was given; without it, the last description written or the build that',
    'runs is meant. With the others it is a protection domain or virtual machine, a memory region, or a file: the one that a',
    'build would take.',
  ].join('\n'),
  get positionals() {
    return [
      { name: 'THING', help: [...thingsOf(known).keys()].join(', ') },
      { name: 'NAME', help: 'which one', optional: true },
    ];
  },
  examples: ['%show system', '%show domain server', '%show channels', '%show file server.c', '%show report hello'],
  complete: (session, index, _registry, [thing]) =>
    index === 0
      ? [...thingsOf(session).keys()]
      : (thingsOf(session)
          .get(thing ?? '')
          ?.names(session) ?? []),
  async execute({ session, cell, args }) {
    const [word = '', name] = args.positionals;
    const known = thingsOf(session);
    const thing = known.get(word);
    if (!thing) {
      const meant = nearest(word, [...known.keys()]);
      throw wrongUse(
        this,
        `'${word}' cannot be shown: ${meant ? `did you mean ${meant}?` : 'it is'} one of ${[...known.keys()].join(', ')}`,
      );
    }
    if (thing.name && name === undefined) throw wrongUse(this, `%show ${word} needs ${thing.name}`);
    cell.display(await thing.show(session, name));
  },
});

function fileNames(session: Session): string[] {
  return ['.c', '.h', '.system'].flatMap((ending) => sourcesOf(session).names(ending));
}

/** What the last trace of the machine that is there saw of this system. */
const seenOf = ({ machine: { run, traced } }: Session, name?: string): Activity | undefined =>
  run && traced?.run === run && (name === undefined || name === run.name) ? traced.channels : undefined;

function systemPath({ builds, machine, workspace }: Session, name?: string): string {
  if (name !== undefined) return builds.findSystem(name);
  const { latest } = workspace.descriptions;
  if (latest !== undefined && existsSync(latest)) return latest;
  const running = machine.run?.name;
  if (running !== undefined) return builds.find(running)?.systemFile ?? builds.findSystem(running);
  return builds.findSystem(builds.describedLast().name);
}

async function systemOf(session: Session, name?: string): Promise<SystemDescription> {
  const path = systemPath(session, name);
  return readSystem(await readFile(path, 'utf8'), session.workspace.display(path));
}

/** For completion: no system is no reason to complain. */
function knownSystem(session: Session): SystemDescription | undefined {
  try {
    const path = systemPath(session);
    return readSystem(readFileSync(path, 'utf8'), path);
  } catch (error) {
    if (error instanceof UserError || error instanceof DiagnosticError) return undefined;
    throw error;
  }
}

const domainNames = (system?: SystemDescription): string[] =>
  (system?.protectionDomains ?? []).flatMap(({ name, virtualMachine }) => (virtualMachine ? [name, virtualMachine.name] : [name]));
const regionNames = (system?: SystemDescription): string[] => (system?.memoryRegions ?? []).map(({ name }) => name);

function named(
  system: SystemDescription,
  name: string,
  names: (system: SystemDescription) => string[],
  bundle: (system: SystemDescription, name: string) => MimeBundle,
  kind: string,
): MimeBundle {
  if (!names(system).includes(name)) throw unknownName(name, names(system), kind);
  return bundle(system, name);
}

function unknownName(name: string, names: string[], kind: string): UserError {
  const meant = nearest(name, names);
  return new UserError(
    'MagicError',
    `there is no ${kind} ${name}`,
    meant ? `Did you mean ${meant}?` : names.length ? `There are: ${names.join(', ')}.` : undefined,
  );
}

async function report(session: Session, name?: string): Promise<MimeBundle> {
  const build = session.builds.find(name ?? session.machine.run?.name ?? onlyBuild(session, () => 'Write %show report NAME.'));
  if (!build) throw new UserError('BuildError', `${name} has not been built`, `Build it with %build ${name} first.`);
  const text = await readFile(build.report, 'utf8');
  const html = `<details><summary>${escapeHtml(session.workspace.display(build.report))}, ${text.split('\n').length} lines</summary><pre>${escapeHtml(text)}</pre></details>`;
  return { data: { 'text/plain': text, 'text/html': html } };
}
