/**
 * Debian packages of another architecture, by apt-get, without root and without a trace on the system: apt gets a
 * package list, a dpkg status and an archive folder of its own. Mirrors, keyrings, proxies and credentials are the
 * system's, so what comes has been checked by apt against the system's keys.
 */
import { promises as fs } from 'node:fs';
import { basename, extname, join } from 'node:path';
import type { Work } from '../progress.js';
import { MissingProgramError, run, type RunResult } from '../process.js';

/** Why packages could not be had, and what to do instead. */
export class AptError extends Error {
  constructor(
    message: string,
    readonly log = '',
  ) {
    super(message);
    this.name = 'AptError';
  }
}

/** What packages are fetched for, for error messages. */
export interface AptPurpose {
  /** E.g. `the Linux guest`. */
  what: string;
  /** What to do where apt cannot. */
  instead: string;
}

const GUEST: AptPurpose = {
  what: 'the Linux guest',
  instead: "give your own files with 'virtbook guest --kernel IMAGE --busybox FILE'",
};

/** A one-line source (sources.list(5)) for one architecture; undefined for what is not a network source of binaries. */
export function retargetLine(line: string, architecture: string): string | undefined {
  const [, given = '', address, rest = ''] = /^\s*deb\s+(?:\[([^\]]*)\]\s*)?(\S+)\s+(.*)$/.exec(line) ?? [];
  if (address === undefined || address.startsWith('cdrom:')) return undefined;
  const options = given.split(/\s+/).filter((option) => option !== '' && !/^arch[-+]?=/i.test(option));
  return `deb [${[`arch=${architecture}`, ...options].join(' ')}] ${address} ${rest}`;
}

/** A deb822 sources file (sources.list(5)) for one architecture; stanzas that are not about binaries are left out. */
export function retargetDeb822(text: string, architecture: string): string {
  const withoutComments = text.split('\n').filter((line) => !line.startsWith('#'));
  const stanzas = withoutComments.join('\n').split(/\n[ \t]*\n/);
  return stanzas
    .filter((stanza) => /^types:.*\bdeb(?!-)\b/im.test(stanza))
    .map((stanza) => {
      const fields = stanza
        .split(/\n(?![ \t])/)
        .filter((field) => !/^(types|architectures(-add|-remove)?):/i.test(field) && field.trim() !== '');
      return ['Types: deb', `Architectures: ${architecture}`, ...fields].join('\n') + '\n';
    })
    .join('\n');
}

/** A workspace for apt in `folder` (which the caller removes), with the lists of `architecture`. */
export class Apt {
  private constructor(
    private readonly folder: string,
    private readonly work: Work,
    private readonly instead: string,
  ) {}

  /** Copies the system's sources for `architecture`, and fetches their lists. @throws AptError */
  static async open(folder: string, architecture: string, work: Work, purpose: AptPurpose = GUEST): Promise<Apt> {
    const { instead } = purpose;
    const apt = new Apt(folder, work, instead);
    for (const sub of ['lists/partial', 'archives/partial', 'sources']) await fs.mkdir(join(folder, sub), { recursive: true });
    await fs.writeFile(join(folder, 'status'), '');
    await fs.writeFile(apt.config, configuration(folder, architecture));
    const sources = await systemSources(architecture, purpose, work.signal);
    if (sources.length === 0) throw new AptError(`apt has no package sources on this machine (/etc/apt/sources.list*); ${instead}`);
    await Promise.all(sources.map(({ name, text }) => fs.writeFile(join(folder, 'sources', name), text)));

    work.onProgress?.({ label: `reading Debian's package lists for ${architecture}`, done: 0, total: 0 });
    const update = await apt.run('apt-get', ['update', '-q']);
    const lists = await fs.readdir(join(folder, 'lists'));
    if (!lists.some((name) => name.includes(`_binary-${architecture}_`))) {
      throw new AptError(
        `apt-get could not fetch the package lists for ${architecture}: ${firstComplaint(update)}. ` +
          `Check the network and /etc/apt, or ${instead}`,
        update.stderr,
      );
    }
    return apt;
  }

  private get config(): string {
    return join(this.folder, 'apt.conf');
  }

  private async run(program: string, args: string[], cwd?: string): Promise<RunResult> {
    try {
      return await run(program, ['-c', this.config, ...args], { cwd, env: { ...process.env, LC_ALL: 'C' }, signal: this.work.signal });
    } catch (error) {
      if (error instanceof MissingProgramError) throw new AptError(`${error.message}; ${this.instead}`);
      throw error;
    }
  }

  /** A field of the control data of the version that apt would install. @throws AptError when there is no such package. */
  async field(packageName: string, field: string): Promise<string> {
    const shown = await this.run('apt-cache', ['show', '--no-all-versions', packageName]);
    const value = new RegExp(`^${field}:\\s*(.*)$`, 'm').exec(shown.stdout)?.[1];
    if (value === undefined)
      throw new AptError(`the machine's apt sources offer no package '${packageName}'; ${this.instead}`, shown.stderr);
    return value;
  }

  /** The package with the highest number between `start` and `end` in its name. @throws AptError when there is none. */
  async newest(start: string, end: string): Promise<string> {
    const listed = await this.run('apt-cache', ['pkgnames', start]);
    const numbered = (name: string): boolean => name.endsWith(end) && /^[\d.]+$/.test(name.slice(start.length, -end.length));
    const names = listed.stdout
      .split('\n')
      .filter(numbered)
      .sort((one, other) => one.localeCompare(other, 'en', { numeric: true }));
    const newest = names.at(-1);
    if (newest === undefined) throw new AptError(`the machine's apt sources offer no package '${start}*${end}'`, listed.stderr);
    return newest;
  }

  /** Downloads a package, which apt checks against its signed lists, and returns the path of the .deb. @throws AptError */
  async download(packageName: string): Promise<string> {
    const into = join(this.folder, 'download', packageName);
    await fs.mkdir(into, { recursive: true });
    const result = await this.run('apt-get', ['download', '-q', packageName], into);
    const [file] = (await fs.readdir(into)).filter((name) => name.endsWith('.deb'));
    if (result.status !== 0 || !file) {
      throw new AptError(
        `apt-get could not download '${packageName}': ${firstComplaint(result)}. Check the network, or ${this.instead}`,
        result.stderr,
      );
    }
    return join(into, file);
  }

  /** Downloads packages and all that they depend on, for a system that has nothing yet, and returns the paths. @throws AptError */
  async downloadAll(...packageNames: string[]): Promise<string[]> {
    const result = await this.run('apt-get', ['install', '-q', '--yes', '--download-only', '--no-install-recommends', ...packageNames]);
    const archives = join(this.folder, 'archives');
    const files = (await fs.readdir(archives)).filter((name) => name.endsWith('.deb'));
    if (result.status !== 0 || files.length === 0) {
      throw new AptError(
        `apt-get could not download ${packageNames.join(', ')} and what they need: ${firstComplaint(result)}`,
        result.stderr,
      );
    }
    return files.map((name) => join(archives, name));
  }
}

/** Unpacks a .deb into a folder. @throws AptError */
export async function unpack(deb: string, into: string, signal?: AbortSignal): Promise<void> {
  const result = await run('dpkg-deb', ['--extract', deb, into], { signal });
  if (result.status !== 0) throw new AptError(`dpkg-deb could not unpack ${basename(deb)}: ${firstComplaint(result)}`, result.stderr);
}

/** Given by -c, so it is read after the system's own settings, and wins. Its syntax is that of apt.conf(5). */
function configuration(folder: string, architecture: string): string {
  const quoted = (path: string): string => `"${path.replace(/"/g, '%22')}"`;
  return [
    // The system's hooks are about the system's lists.
    '#clear APT::Update::Pre-Invoke;',
    '#clear APT::Update::Post-Invoke;',
    '#clear APT::Update::Post-Invoke-Success;',
    '#clear APT::Architectures;',
    `APT::Architecture "${architecture}";`,
    `APT::Architectures { "${architecture}"; };`,
    `Dir::State ${quoted(folder)};`,
    `Dir::State::lists ${quoted(join(folder, 'lists'))};`,
    `Dir::State::status ${quoted(join(folder, 'status'))};`,
    `Dir::Cache ${quoted(folder)};`,
    `Dir::Cache::archives ${quoted(join(folder, 'archives'))};`,
    'Dir::Cache::pkgcache "";',
    'Dir::Cache::srcpkgcache "";',
    'Dir::Etc::sourcelist "/dev/null";',
    `Dir::Etc::sourceparts ${quoted(join(folder, 'sources'))};`,
    'Acquire::Languages "none";',
    'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";',
    'Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";',
    'Acquire::Retries "3";',
    '',
  ].join('\n');
}

async function systemSources(architecture: string, purpose: AptPurpose, signal?: AbortSignal): Promise<{ name: string; text: string }[]> {
  let asked: RunResult;
  try {
    asked = await run('apt-config', ['shell', 'list', 'Dir::Etc::sourcelist/f', 'parts', 'Dir::Etc::sourceparts/d'], { signal });
  } catch (error) {
    if (error instanceof MissingProgramError)
      throw new AptError(`apt brings ${purpose.what}, and this machine has no apt; ${purpose.instead}`);
    throw error;
  }
  const value = (name: string): string => new RegExp(`^${name}='(.*)'$`, 'm').exec(asked.stdout)?.[1] ?? '';
  const partsFolder = value('parts');
  const parts = await fs.readdir(partsFolder).catch(() => []);
  const files = [value('list'), ...parts.sort().map((name) => join(partsFolder, name))];

  const sources: { name: string; text: string }[] = [];
  for (const file of files) {
    if (!['.list', '.sources'].includes(extname(file))) continue;
    const original = await fs.readFile(file, 'utf8').catch(() => '');
    const text =
      extname(file) === '.sources'
        ? retargetDeb822(original, architecture)
        : original
            .split('\n')
            .flatMap((line) => retargetLine(line, architecture) ?? [])
            .join('\n');
    if (text.trim() !== '') sources.push({ name: `${sources.length}-${basename(file)}`, text: text + '\n' });
  }
  return sources;
}

function firstComplaint(result: RunResult): string {
  const lines = result.stderr
    .split('\n')
    .map((line) => line.trim())
    // True of every run as root, and no reason for anything.
    .filter((line) => line !== '' && !line.includes('performed unsandboxed'));
  const complaint = lines.find((line) => line.startsWith('E:')) ?? lines.find((line) => /^(W|Err):/.test(line)) ?? lines[0];
  return complaint?.replace(/^\w+:\s*/, '').replace(/\s+/g, ' ') ?? `exit status ${result.status}`;
}
