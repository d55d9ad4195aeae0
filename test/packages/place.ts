/** An empty place on this computer, with a home of its own, as somebody has it who installs virtbook for the first time. */
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { cacheRoot } from '../../sdk/cache.js';
import { packageRoot } from '../../sdk/root.js';

/** Minutes that a registry, or a run of a chapter on a busy machine, may take. */
const PATIENCE = 900_000;

/** Variables of this process that would tell a program where this repository or the tester's own things are. */
const NOT_PASSED_ON =
  /^(npm_|NODE_(ENV|OPTIONS|PATH)$|JUPYTER|IPYTHON|VIRTUAL_ENV|CONDA|PYTHON|PIPX|UV_|VIRTBOOK|MICROKIT|TOOLCHAIN|XDG_|INIT_CWD|JEST)/i;

export interface RunOptions {
  cwd?: string;
  env?: Record<string, string>;
  /** Nothing but this computer can be reached. */
  offline?: boolean;
}

export class Place {
  readonly folder = mkdtempSync(join(tmpdir(), 'virtbook package '));
  readonly home = join(this.folder, 'home of Ada');
  /** What has been got from npm's registry: once for all tests. */
  readonly npmCache = join(packageRoot(), 'dist', 'check', 'npm-cache');
  /** Where commands run. */
  readonly work = join(this.folder, 'work');
  private readonly env: NodeJS.ProcessEnv;

  constructor() {
    for (const folder of [this.home, this.work]) mkdirSync(folder);
    const kept = Object.entries(process.env).filter(([name]) => !NOT_PASSED_ON.test(name));
    this.env = {
      ...Object.fromEntries(kept),
      HOME: this.home,
      USERPROFILE: this.home,
      // Compilers and guests are fetched once for all tests.
      VIRTBOOK_CACHE: cacheRoot(),
      PATH: [dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(':'),
      PYTHONDONTWRITEBYTECODE: '1',
      // How this computer reaches npm's registry.
      npm_config_userconfig: join(homedir(), '.npmrc'),
      npm_config_cache: this.npmCache,
      npm_config_prefer_offline: 'true',
    };
  }

  /** Runs a program to its end; gives what it prints on both streams. @throws Error when it fails */
  run(program: string, args: readonly string[], { cwd = this.work, env = {}, offline = false }: RunOptions = {}): string {
    const cut = ['unshare', '--map-root-user', '--net', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh'];
    const [command = '', ...rest] = [...(offline ? cut : []), program, ...args];
    const { status, signal, stdout, stderr, error } = spawnSync(command, rest, {
      cwd,
      env: { ...this.env, ...env },
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
      timeout: PATIENCE,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    if (error) throw error;
    if (status !== 0) {
      throw new Error(
        `${[program, ...args].join(' ')} ended with ${String(status ?? signal)}\n${stdout.slice(-4000)}\n${stderr.slice(-4000)}`,
      );
    }
    return stdout + stderr;
  }

  write(name: string, content: string): string {
    const path = join(this.work, name);
    writeFileSync(path, content);
    return path;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Files and links below a folder, by their paths in it. */
export function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

/** Megabytes that the files below a folder have. */
export function sizeOf(folder: string): number {
  const bytes = filesBelow(folder).map((path) => lstatSync(join(folder, path)).size);
  return bytes.reduce((sum, each) => sum + each, 0) / 1e6;
}
