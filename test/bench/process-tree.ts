/** Memory and processor time of a process and everything that it started, from /proc where there is one. */
import { readdirSync, readFileSync } from 'node:fs';

/** Kilobytes in a line of /proc/PID/status, such as `VmHWM`; undefined when the process or its memory is gone. */
function statusKilobytes(pid: number, field: string): number | undefined {
  try {
    const line = new RegExp(`^${field}:\\s*(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return line ? Number(line[1]) : undefined;
  } catch {
    return undefined;
  }
}

/** The process and its descendants. Empty where there is no /proc. */
export const processTree = (root: number): number[] => [...parents(root).keys()];

/** The same, each with its parent. */
function parents(root: number): Map<number, number> {
  const children = new Map<number, number[]>();
  let names: string[];
  try {
    names = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return new Map();
  }
  for (const name of names) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      // The command's name stands in parentheses and may have any character in it.
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
    } catch {
      // It ended meanwhile.
    }
  }
  const tree = new Map([[root, 0]]);
  for (const pid of tree.keys()) for (const child of children.get(pid) ?? []) tree.set(child, pid);
  return tree;
}

/** Its command line; undefined when it is gone. */
function commandOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return undefined;
  }
}

/**
 * Bytes in memory now, of all processes of the tree; undefined where /proc does not say. Pages of files, a program's above
 * all, are in memory once, however many processes map them: those of the process that maps most of them count. A child that has not begun its own program yet (vfork) has its
 * parent's memory, which is there once.
 */
export function residentMemory(root: number): number | undefined {
  const own = [...parents(root)].filter(([pid, parent]) => parent === 0 || commandOf(pid) !== commandOf(parent));
  const sizes = own.map(([pid]) => ({
    own: (statusKilobytes(pid, 'RssAnon') ?? 0) + (statusKilobytes(pid, 'RssShmem') ?? 0),
    files: statusKilobytes(pid, 'RssFile'),
  }));
  const files = sizes.map((each) => each.files).filter((size) => size !== undefined);
  return files.length === 0 ? undefined : (sizes.reduce((sum, { own }) => sum + own, 0) + Math.max(...files)) * 1024;
}

/** Linux counts processor time in these for everyone outside of it (USER_HZ). */
const TICKS_PER_SECOND = 100;

/** Seconds that all processes of the tree have spent computing so far; undefined where /proc does not say. */
export function processorTime(root: number): number | undefined {
  let ticks: number | undefined;
  for (const pid of processTree(root)) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
      // utime and stime, the 14th and 15th field (proc(5)); the 3rd follows the parenthesis.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      ticks = (ticks ?? 0) + Number(fields[11]) + Number(fields[12]);
    } catch {
      // It ended meanwhile.
    }
  }
  return ticks === undefined ? undefined : ticks / TICKS_PER_SECOND;
}

/** Milliseconds between two looks. The kernel keeps the peak; only a process that came and went between two is missed. */
const INTERVAL = 100;

/** Follows a tree's peak: the sum of the highest resident sets that its processes ever had, at the same time or not. */
export class PeakMemory {
  private readonly peaks = new Map<number, number>();
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly root: number) {
    this.timer = setInterval(() => this.look(), INTERVAL);
    this.timer.unref();
  }

  /** Bytes; undefined where /proc does not say. */
  stop(): number | undefined {
    this.look();
    clearInterval(this.timer);
    return this.peaks.size === 0 ? undefined : [...this.peaks.values()].reduce((sum, size) => sum + size, 0) * 1024;
  }

  private look(): void {
    for (const pid of processTree(this.root)) {
      const peak = statusKilobytes(pid, 'VmHWM');
      if (peak !== undefined) this.peaks.set(pid, peak);
    }
  }
}

/** Follows the most memory that a tree has at one time: for one whose processes come and go. */
export class MostMemory {
  private most: number | undefined;
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly root: number) {
    this.timer = setInterval(() => this.look(), INTERVAL);
    this.timer.unref();
  }

  /** Bytes; undefined where /proc does not say. */
  stop(): number | undefined {
    clearInterval(this.timer);
    return this.most;
  }

  private look(): void {
    const now = residentMemory(this.root);
    if (now !== undefined) this.most = Math.max(this.most ?? 0, now);
  }
}
