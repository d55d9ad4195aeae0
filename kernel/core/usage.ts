import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { cpus, freemem, hostname, totalmem } from 'node:os';
import { promisify } from 'node:util';
import type { Usage } from '../protocol/replies.js';

/** Measures what a kernel uses; shares of processor time are those between two questions. */
export class UsageMeter {
  private since = performance.now();
  private own = process.cpuUsage();
  private host = hostTimes();

  /** @param processes further processes of the kernel. */
  async measure(processes: readonly number[]): Promise<Usage> {
    const now = performance.now();
    const { user, system } = process.cpuUsage(this.own);
    const host = hostTimes();
    const [busy, total] = [host.busy - this.host.busy, host.total - this.host.total];
    const elapsed = Math.max(1, now - this.since);
    this.since = now;
    this.own = process.cpuUsage();
    this.host = host;
    const memory = await treeMemory(processes);
    const [all, free] = [totalmem(), freemem()];
    const available = (await availableMemory()) ?? free;
    return {
      hostname: hostname(),
      pid: process.pid,
      kernel_cpu: percent((user + system) / 1000, elapsed),
      kernel_memory: process.memoryUsage.rss() + memory,
      cpu_count: cpus().length,
      host_cpu_percent: percent(busy, total),
      host_virtual_memory: { total: all, available, free, used: all - free, percent: percent(all - available, all) },
    };
  }
}

const percent = (part: number, whole: number): number => (whole > 0 ? Math.round((1000 * part) / whole) / 10 : 0);

/** Milliseconds of all processors since the host was started. */
function hostTimes(): { busy: number; total: number } {
  const times = cpus().map((cpu) => cpu.times);
  const total = times.reduce((sum, { user, nice, sys, idle, irq }) => sum + user + nice + sys + idle + irq, 0);
  return { busy: total - times.reduce((sum, { idle }) => sum + idle, 0), total };
}

/** What could be given to programs without swapping. Only Linux says so. */
async function availableMemory(): Promise<number | undefined> {
  const text = await readFile('/proc/meminfo', 'utf8').catch(() => '');
  const kilobytes = /^MemAvailable:\s+(\d+) kB/m.exec(text)?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}

/**
 * Bytes in memory of processes and all that they have started; 0 for one that has ended, or whose host does not tell. The
 * program of those that run what this process runs is in memory once, and counted with this process.
 */
export async function treeMemory(processes: readonly number[]): Promise<number> {
  const tree = (await Promise.all(processes.map(withDescendants))).flat();
  return (await Promise.all([...new Set(tree)].map(residentMemory))).reduce((sum, each) => sum + each, 0);
}

async function withDescendants(pid: number): Promise<number[]> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const lists = await Promise.all(threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/children`, 'utf8').catch(() => '')));
  const children = lists.flatMap((list) => list.split(' ').filter(Boolean).map(Number));
  return [pid, ...(await Promise.all(children.map(withDescendants))).flat()];
}

async function residentMemory(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => undefined);
  if (status === undefined) return Number((await askPs(pid)) ?? 0) * 1024;
  const same = (await readlink(`/proc/${pid}/exe`).catch(() => undefined)) === (await readlink('/proc/self/exe'));
  const kilobytes = (field: string): number => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0);
  return (kilobytes('VmRSS') - (same ? kilobytes('RssFile') : 0)) * 1024;
}

async function askPs(pid: number): Promise<string | undefined> {
  if (process.platform === 'win32' || process.platform === 'linux') return undefined;
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
  return stdout.trim() || undefined;
}
