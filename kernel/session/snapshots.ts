import { join } from 'node:path';
import type { Machine, SaveOptions } from '../../emulator/server/machine.js';
import { OUTPUT_FOLDER } from './folders.js';
import { describeEnd, MachineRun, SECONDS, silentSink } from './machine-run.js';
import type { Session } from './session.js';
import { type SessionRecord, type SnapshotEntry, type Snapshots, SnapshotStore, type StoredSnapshot } from './snapshot-store.js';
import { UserError } from './user-error.js';

/** The snapshots that a reader has named: unless the services say where, beside the builds of the working folder, so that they outlive the kernel. */
export function namedSnapshots({ services, workspace: { folder } }: Session): Snapshots {
  return services.snapshots?.(folder) ?? new SnapshotStore(join(folder, OUTPUT_FOLDER, '.snapshots'));
}

/** @throws UserError unless a snapshot, and so a file on any system, can be called this. */
export function checkSnapshotName(name: string): string {
  if (/^[A-Za-z0-9_][A-Za-z0-9_-]{0,63}$/.test(name)) return name;
  throw new UserError('MagicError', `'${name}' cannot be the name of a snapshot`, 'Take up to 64 letters a to z, digits, _ and -.');
}

type MachineWriter = Pick<Snapshots, 'write' | 'passing'>;

/** Where a snapshot stands, in words. */
export function standing({ run, seed, time }: SessionRecord): string {
  return `${run} with seed ${seed} at ${(time / SECONDS).toFixed(3)} s of simulated time`;
}

/** Writes the machine as it is into a new file of the store (`options`: see `Machine.saveSnapshot`), and gives what the session knows of it. @throws UserError when it cannot go on, or cannot be saved. */
export async function takeSnapshot(
  session: Session,
  store: MachineWriter,
  file: string,
  options?: SaveOptions,
): Promise<{ record: SessionRecord; bytes: number }> {
  return session.machine.still(async (run) => {
    if (run.ended)
      throw new UserError('RunError', `${run.name} ${describeEnd(run.ended)}: it cannot continue`, `Start it again with %run ${run.name}.`);
    const record: SessionRecord = {
      run: run.name,
      seed: run.seed,
      console: run.history.save(),
      expectFrom: session.machine.expectFrom,
      views: run.views.save(),
      time: run.status.time,
    };
    return { record, bytes: await writeMachine(run.machine, store, file, options) };
  });
}

/** In bytes. A machine whose thread has files writes it there, past everybody's memory. */
async function writeMachine(machine: Machine, store: MachineWriter, file: string, options: SaveOptions | undefined): Promise<number> {
  if (machine.saveSnapshot && store.passing === undefined) return machine.saveSnapshot(file, options);
  const bytes = await machine.snapshot();
  const { length } = bytes;
  if (length > (options?.most ?? Infinity)) throw new Error(`${length} bytes are more than there is room for`);
  await store.write(file, bytes);
  return length;
}

/** Saves the machine under a name, in the place of what had it. */
export async function saveSnapshot(session: Session, name: string): Promise<Omit<SnapshotEntry, 'used'>> {
  session.machine.requireRun();
  const store = namedSnapshots(session);
  try {
    const file = store.newFile(name);
    const { record, bytes } = await takeSnapshot(session, store, file);
    await store.save(name, record, file);
    return { name, record, bytes };
  } catch (error) {
    if (error instanceof UserError) throw error;
    const explained = store.explain?.(error);
    if (explained) throw explained;
    throw new UserError('FileError', `snapshot ${name} cannot be written: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/**
 * Goes on with the machine of a snapshot in the place of the session's, which is switched off once the other is there.
 * The console's past goes to `sink`. @throws UserError when the snapshot cannot be used: the session is as it was then.
 */
export async function restoreSnapshot(
  session: Session,
  name: string,
  { record, ...stored }: StoredSnapshot,
  signal: AbortSignal,
  sink = silentSink,
): Promise<MachineRun> {
  session.machine.requireFree(record.run);
  let machine;
  try {
    const networkHosts = session.workspace.networkHosts(record.run);
    machine = await session.services.restoreMachine(stored, { pacing: 'simulated', seed: record.seed, networkHosts });
  } catch (error) {
    throw new UserError('RunError', `${name} cannot be restored: ${error instanceof Error ? error.message : String(error)}`);
  }
  await session.machine.stop();
  const run = session.machine.adopt(
    new MachineRun(record.run, record.seed, machine, session.machine.viewFactories, record.views),
    record.expectFrom,
  );
  await run.recall(record.console, sink, signal);
  return run;
}
