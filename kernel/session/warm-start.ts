import { createHash } from 'node:crypto';
import type { MachineOptions } from '../../emulator/machine/options.js';
import { SNAPSHOT_VERSION } from '../../emulator/machine/snapshot/format.js';
import type { BuiltImage } from './builds.js';
import { digestOfFile } from './file-digest.js';
import type { KeptRuns } from './kept-runs.js';
import type { ConsoleSink, Ending } from './machine-run.js';
import type { Session } from './session.js';
import { prune, type Settled } from './snapshot-store.js';
import { restoreSnapshot, takeSnapshot } from './snapshots.js';

/**
 * For one `%run`: of the image as it is now, to where its console shows a pattern, if one is given. Where `%run` ends by
 * itself, the machine is kept, and the same `%run` goes on from there. Undefined when the session keeps no runs.
 */
export async function warmStartOf(session: Session, name: string, seed: number, until: string | undefined): Promise<WarmStart | undefined> {
  if (!session.keptRuns) return undefined;
  const { image, ...options } = session.builds.machineShape(name, seed);
  const digest = await (session.services.digestOfFile ?? digestOfFile)(image.path);
  const key = keyOf(options, image, digest, session.keptRuns.build, until);
  const { bytes } = await session.keptRuns.bounds();
  return new WarmStart(session.keptRuns, session, name, key, bytes);
}

/** The same run is one of equal image, seed, machine and pattern, by the same build of virtbook: then all of it is equal. */
export class WarmStart {
  /** What is kept cannot be used, if anything is. */
  private useless = false;

  constructor(
    private readonly kept: KeptRuns,
    private readonly session: Session,
    private readonly name: string,
    private readonly key: string,
    /** Bytes that it may have. */
    private readonly most: number,
  ) {}

  /**
   * Goes on at the end of the same run, if it is kept and took no longer than `timeout`; its console goes to `sink`.
   * Undefined when it has to be booted. What is kept and cannot be used goes.
   */
  async resume(timeout: number, sink: ConsoleSink, signal: AbortSignal): Promise<Ending | undefined> {
    const { session, name, key } = this;
    const { store } = this.kept;
    session.machine.requireFree(name);
    // What the run before it left may just be on its way there.
    await session.machine.saving;
    const stored = await store.open(key);
    this.useless = !stored?.record.settled;
    if (!stored?.record.settled || stored.record.time > timeout) return undefined;
    // A boot would end it, too: so there are never two machines' memories.
    await session.machine.stop();
    try {
      await restoreSnapshot(session, name, { ...stored, record: { ...stored.record, run: name } }, signal, sink);
    } catch (error) {
      if (signal.aborted) throw error;
      await store.delete(key);
      this.useless = true;
      return undefined;
    }
    return endingOf(stored.record.settled);
  }

  /** Keeps the machine of a `%run` that has just ended, in the background, if that is where the same run could begin. */
  keep(ending: Ending): void {
    const { session, key, kept } = this;
    const { store } = kept;
    const settled = settledBy(ending);
    if (!settled) return;
    if (store.has(key) && !this.useless) return;
    const work = async (): Promise<void> => {
      const file = store.newFile(key);
      // Asked for at once: the next cell may let the machine go on. Of a boot's memory much is for nothing once it is over.
      const { record } = await takeSnapshot(session, store, file, { moves: true, most: this.most });
      await store.save(key, { ...record, settled }, file);
      const { count, bytes } = await kept.bounds();
      await prune(store, count, bytes);
      await session.services.giveBack?.();
    };
    // Nobody asked for it: a full disk, say, only means that the next run boots.
    session.machine.saving = work().catch(() => undefined);
  }
}

function settledBy(ending: Ending): Settled | undefined {
  if (ending.kind === 'stopped') return ending.reason.kind === 'idle' ? 'idle' : undefined;
  // What went on in a silence is told from the run itself.
  if (ending.kind === 'quiet' && ending.busy) return undefined;
  return ending.kind === 'timeout' ? undefined : ending.kind;
}

function endingOf(settled: Settled): Ending {
  switch (settled) {
    case 'idle':
      return { kind: 'stopped', reason: { kind: 'idle' } };
    case 'pattern':
      return { kind: 'pattern', match: '' };
    case 'quiet':
      return { kind: 'quiet' };
  }
}

/** All that makes a run what it is counts, whatever options there will be; with a person at it or without, it is the same run. */
function keyOf(
  options: Omit<MachineOptions, 'loaders' | 'pacing'>,
  { address }: BuiltImage,
  digest: string,
  build: string,
  until: string | undefined,
): string {
  const parts = [SNAPSHOT_VERSION, build, digest, address, options, until];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}
