/**
 * Runs a program on what other people wrote, or runs what they wrote: with limits, and where bubblewrap is there, with a view of the
 * sources, the program and nothing else of this computer.
 */
import { lstatSync, readlinkSync } from 'node:fs';
import { run } from '../process.js';

/** A program with all its arguments. */
type Started = readonly [program: string, ...args: string[]];

export interface Access {
  /** Files and folders that the program may read, besides those of the system's programs; absolute. */
  reads: readonly string[];
  /** Folders that it may write in. */
  writes: readonly string[];
  /** Where it starts. */
  folder: string;
}

export interface Cage {
  /** What the program does not see; undefined where nothing keeps files from it. */
  readonly program: 'bwrap' | undefined;
  /** How to start the program in it, with these limits (default: those of a compiler). */
  around(program: string, args: readonly string[], access: Access, limits?: Limits): Started;
}

export type Limit = 'seconds' | 'memory' | 'file';
/** Of processor time, and bytes. `data` counts what a program can write alone: one that reserves addresses needs it in place of `memory`. */
export type Limits = Partial<Readonly<Record<Limit | 'data', number>>>;

/** What a compiler may take for a file of somebody else: processor time, bytes. The sources of a chapter take a hundredth of it. */
export const LIMITS: Readonly<Record<Limit, number>> = { seconds: 60, memory: 6e9, file: 256e6 };

/** How the shell sets them (POSIX ulimit; -t, -v and -d are everywhere but in POSIX). */
const SETTINGS: Readonly<Record<keyof Limits, (most: number) => string>> = {
  seconds: (most) => `-S -t ${most}`,
  memory: (most) => `-S -v ${Math.floor(most / 1024)}`,
  data: (most) => `-S -d ${Math.floor(most / 1024)}`,
  file: (most) => `-S -f ${Math.floor(most / 512)}`,
};
/** Printed for each limit that could not be set: that of the computer is lower. */
const REFUSED = 'virtbook: this computer has another limit: ';

/** Folders of programs and their libraries, and what the loader of programs reads. */
const SYSTEM = ['/usr', '/opt', '/nix', '/gnu', '/etc/alternatives', '/etc/ld.so.cache', '/etc/ld.so.conf', '/etc/ld.so.conf.d'];
/** Links into /usr on most systems, folders on others. */
const ROOT_FOLDERS = ['/bin', '/sbin', '/lib', '/lib32', '/lib64'];

let found: Promise<Cage> | undefined;

/** The strongest that works here; looked for once. */
export function findCage(): Promise<Cage> {
  return (found ??= look());
}

async function look(): Promise<Cage> {
  if (process.platform !== 'linux') return LIMITS_ALONE;
  const works = await run('bwrap', [...bubble({ reads: [], writes: [], folder: '/' }), 'true']).then(
    ({ status }) => status === 0,
    () => false,
  );
  return works ? BUBBLEWRAP : LIMITS_ALONE;
}

const BUBBLEWRAP: Cage = {
  program: 'bwrap',
  around: (program, args, access, limits) => limited('bwrap', [...bubble(access), program, ...args], limits),
};

const LIMITS_ALONE: Cage = {
  program: undefined,
  around: (program, args, _access, limits) => limited(program, args, limits),
};

/** By the shell's own limits: a system that does not know one of them goes without it. */
function limited(program: string, args: readonly string[], limits: Limits = LIMITS): Started {
  if (process.platform === 'win32') return [program, ...args];
  const set = (Object.keys(SETTINGS) as (keyof Limits)[]).flatMap((name) => {
    const most = limits[name];
    return most === undefined ? [] : [`ulimit ${SETTINGS[name](most)} 2>/dev/null || echo '${REFUSED}${name}' >&2`];
  });
  return ['/bin/sh', '-c', [...set, 'exec "$@"'].join('\n'), 'sh', program, ...args];
}

/** Of what a program in a cage said: the limits that were not in force. */
export function refusedLimits(stderr: string): string[] {
  return stderr.split('\n').flatMap((line) => (line.startsWith(REFUSED) ? [line.slice(REFUSED.length).trim()] : []));
}

/** Options of bubblewrap: name spaces of its own, no network, no privileges. */
function bubble({ reads, writes, folder }: Access): string[] {
  return [
    '--unshare-all',
    '--die-with-parent',
    '--new-session',
    ...SYSTEM.flatMap((path) => ['--ro-bind-try', path, path]),
    ...ROOT_FOLDERS.flatMap(rootFolder),
    ...['--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp'],
    ...reads.flatMap((path) => ['--ro-bind-try', path, path]),
    ...writes.flatMap((path) => ['--bind', path, path]),
    '--chdir',
    folder,
    '--',
  ];
}

function rootFolder(path: string): string[] {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (!stat) return [];
  return stat.isSymbolicLink() ? ['--symlink', readlinkSync(path), path] : ['--ro-bind', path, path];
}
