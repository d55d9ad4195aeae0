import type { CellContext } from '../core/evaluator.js';
import type { Session } from '../session/session.js';
import { checkSnapshotName, namedSnapshots, restoreSnapshot, saveSnapshot, standing } from '../session/snapshots.js';
import { nearest, UserError } from '../session/user-error.js';
import { wrongUse } from '../kit/arguments.js';
import type { Magic } from '../kit/magic.js';

export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;

async function list(session: Session, cell: CellContext): Promise<void> {
  const entries = await namedSnapshots(session).list();
  if (entries.length === 0) return cell.stdout('There are no snapshots. %snapshot NAME takes one of the machine.\n');
  const width = Math.max(...entries.map(({ name }) => name.length));
  cell.stdout(entries.map(({ name, record, bytes }) => `${name.padEnd(width)}  ${standing(record)}, ${megabytes(bytes)}\n`).join(''));
}

function missing(session: Session, name: string): UserError {
  const known = namedSnapshots(session).names();
  const suggestion = nearest(name, known);
  const others = known.length ? `There are ${known.join(', ')}.` : 'There are none: %snapshot NAME takes one.';
  return new UserError('RunError', `there is no snapshot ${name}`, suggestion ? `Did you mean ${suggestion}? ${others}` : others);
}

export const snapshotMagic: Magic = {
  name: 'snapshot',
  kind: 'line',
  summary: 'Saves the machine as it stands under a name, for %restore.',
  details: [
    'All of it is saved: processor, memory, devices, network, the console so far, and what %show has of it. It stays when the kernel ends:',
    'in the folder .virtbook/.snapshots, or in a page in the storage of the browser. A snapshot of the same name is replaced.',
    'Without a name, lists them.',
  ].join('\n'),
  positionals: [{ name: 'NAME', help: 'letters, digits, _ and -', optional: true }],
  options: [{ name: 'delete', value: 'NAME', help: 'delete a snapshot instead' }],
  examples: ['%snapshot booted', '%snapshot', '%snapshot --delete booted'],
  complete: (session, index) => (index === 0 ? namedSnapshots(session).names() : []),
  completeOption: (session) => namedSnapshots(session).names(),
  async execute({ session, cell, args }) {
    const unwanted = args.option('delete');
    const name = args.positionals[0];
    if (unwanted !== undefined) {
      if (name !== undefined) throw wrongUse(snapshotMagic, `--delete ${unwanted} and a snapshot ${name} do not go together`);
      if (!(await namedSnapshots(session).delete(checkSnapshotName(unwanted)))) throw missing(session, unwanted);
      return cell.stdout(`Snapshot ${unwanted} is deleted.\n`);
    }
    if (name === undefined) return list(session, cell);
    const { record, bytes } = await saveSnapshot(session, checkSnapshotName(name));
    cell.stdout(`Snapshot ${name}: ${standing(record)}, ${megabytes(bytes)}. %restore ${name} goes on from here.\n`);
    const { passing } = namedSnapshots(session);
    if (passing !== undefined) cell.stdout(`It is gone when the kernel ends: ${passing}.\n`);
  },
};

export const restoreMagic: Magic = {
  name: 'restore',
  kind: 'line',
  summary: 'Goes on with the machine of a snapshot, in the place of the one that runs.',
  details: 'Its console so far is in %log. Without a name, lists the snapshots.',
  positionals: [{ name: 'NAME', help: 'what %snapshot was given', optional: true }],
  examples: ['%restore booted', '%restore'],
  complete: (session, index) => (index === 0 ? namedSnapshots(session).names() : []),
  async execute({ session, chapters, cell, args }) {
    const name = args.positionals[0];
    if (name === undefined) return list(session, cell);
    const stored = await namedSnapshots(session).open(checkSnapshotName(name));
    if (!stored) throw missing(session, name);
    await chapters.open(stored.record.run);
    await restoreSnapshot(session, name, stored, cell.signal);
    cell.stdout(`Restored ${name}: ${standing(stored.record)}. %log shows its console so far.\n`);
    for (const drawing of session.machine.requireRun().views.drawings()) cell.display(drawing());
  },
};
