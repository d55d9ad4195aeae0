/** What neither the compiler nor the tool can see alone, of a system that was built: one half is in C, the other in XML. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { digest } from '../../sdk/build/digest.js';
import { type Diagnostic, DiagnosticError } from '../../sdk/diagnostic.js';
import { readSystem } from '../../sdk/tool/read.js';
import { typesOfFile } from '../session/program-types.js';
import type { Session } from '../session/session.js';
import type { Sources } from '../writing/body-language.js';
import { warnOfAddresses } from '../writing/board-addresses.js';
import { warnOfCachedDevices } from '../writing/cached-devices.js';
import { checkChannels } from '../writing/channel-use.js';
import { warnOfExchangedAddresses } from '../writing/exchanged-addresses.js';
import { warnOfUnansweredFaults } from '../writing/fault-answers.js';
import { warnOfSlowMaps } from '../writing/guest-maps.js';
import { warnOfSmallRegions } from '../writing/region-views.js';
import { ramOf, sourcesOf } from './body.js';

/** What is looked at besides the description. */
interface World extends Sources {
  types(image: string): ReturnType<typeof typesOfFile>;
}

/** Something that was asked about the world. */
type Question =
  | { kind: 'read' | 'names' | 'types'; name: string }
  | { kind: 'size'; image: string; name: string; structure: boolean }
  | { kind: 'variable'; image: string; name: string };

function answerOf(world: World, question: Question): unknown {
  switch (question.kind) {
    case 'read':
      return world.read(question.name);
    case 'names':
      return world.names(question.name);
    case 'types':
      return world.types(question.name) !== undefined;
    case 'size':
      return world.types(question.image)?.sizeOf(question.name, question.structure);
    case 'variable':
      return world.types(question.image)?.variable(question.name);
  }
}

const noteOf = (answer: unknown): string => digest(JSON.stringify([answer]));

/** The world, which notes what is asked and what it answers. */
class NotedWorld implements World {
  readonly notes = new Map<string, { question: Question; note: string }>();

  constructor(private readonly world: World) {}

  private note<T>(question: Question, answer: T): T {
    const key = JSON.stringify(question);
    if (!this.notes.has(key)) this.notes.set(key, { question, note: noteOf(answer) });
    return answer;
  }

  read(name: string): string | undefined {
    return this.note({ kind: 'read', name }, this.world.read(name));
  }

  names(name: string): string[] {
    return this.note({ kind: 'names', name }, this.world.names(name));
  }

  types(image: string): ReturnType<World['types']> {
    const types = this.world.types(image);
    this.note({ kind: 'types', name: image }, types !== undefined);
    return (
      types && {
        sizeOf: (name, structure) => this.note({ kind: 'size', image, name, structure }, types.sizeOf(name, structure)),
        variable: (name) => this.note({ kind: 'variable', image, name }, types.variable(name)),
      }
    );
  }
}

/** What was found for a build, and all that it was found from. */
interface Found {
  description: string;
  notes: NotedWorld['notes'];
  mistakes: Diagnostic[];
}

/** What was found last, by the folder of the build: as long as all answers are the same, so is what is found. */
const found = new WeakMap<Session, Map<string, Found>>();

/**
 * What the C sources do with channels that the description does not give them, and with regions that are too small; addresses that the
 * board has nothing for, devices mapped like memory, regions that are exchanged.
 */
export async function mistakesOf(session: Session, name: string): Promise<Diagnostic[]> {
  const path = session.builds.find(name)?.systemFile;
  if (!path) return [];
  const text = await readFile(path, 'utf8');
  const folder = session.workspace.outputOf(name);
  const world: World = { ...sourcesOf(session), types: (image) => typesOfFile(join(folder, image)) };
  const file = session.workspace.display(path);
  const ram = ramOf(session);
  const description = JSON.stringify([file, ram, text]);
  const known = found.get(session) ?? new Map<string, Found>();
  found.set(session, known);
  const before = known.get(folder);
  if (
    before?.description === description &&
    [...before.notes.values()].every(({ question, note }) => noteOf(answerOf(world, question)) === note)
  )
    return before.mistakes;
  const noted = new NotedWorld(world);
  const mistakes = lookFor(text, file, ram, noted);
  known.set(folder, { description, notes: noted.notes, mistakes });
  return mistakes;
}

function lookFor(text: string, file: string, ram: number, world: World): Diagnostic[] {
  try {
    const system = readSystem(text, file);
    return [
      ...warnOfAddresses(system, text, ram),
      ...warnOfCachedDevices(system),
      ...warnOfExchangedAddresses(system),
      ...warnOfSlowMaps(system, world),
      ...warnOfUnansweredFaults(system, world),
      ...warnOfSmallRegions(system, world, (image) => world.types(image)),
      ...checkChannels(system, world),
    ];
  } catch (error) {
    // A real SDK has built what our own reader does not know.
    if (error instanceof DiagnosticError) return [];
    throw error;
  }
}
