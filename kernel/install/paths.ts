/**
 * Where Jupyter looks for kernels, found without Python.
 * Source: "Common Directories and File Locations" and `jupyter_core.paths` of the Jupyter project.
 */
import { homedir } from 'node:os';
import * as path from 'node:path';

/** The machine, as far as it decides about paths. */
export interface Host {
  platform: NodeJS.Platform;
  env: NodeJS.ProcessEnv;
  home: string;
}

export const THIS_HOST: Host = { platform: process.platform, env: process.env, home: homedir() };

/** For one user, for an environment, or below a prefix; one of the three. */
export interface Place {
  user?: boolean | undefined;
  /** The active virtual environment or conda environment. */
  sysPrefix?: boolean | undefined;
  prefix?: string | undefined;
}

/** The reader asked for something that cannot be done; the message says what to do instead. */
export class InstallError extends Error {
  override name = 'InstallError';
}

/**
 * The Jupyter data directory of a place; of the user when none is named.
 *
 * @throws InstallError when more than one place is named, or no environment is active.
 */
export function dataDirectory(place: Place, host: Host = THIS_HOST): string {
  const named = [place.user, place.sysPrefix, place.prefix !== undefined].filter(Boolean).length;
  if (named > 1) throw new InstallError('choose one of --user, --sys-prefix and --prefix');
  const paths = pathsOf(host);
  if (place.prefix !== undefined) return paths.join(paths.resolve(place.prefix), 'share', 'jupyter');
  if (place.sysPrefix) {
    const [environment] = environments(host);
    if (!environment) {
      throw new InstallError(
        'no virtual environment or conda environment is active: activate one, name its folder with --prefix, or use --user',
      );
    }
    return paths.join(environment, 'share', 'jupyter');
  }
  return userDirectory(host);
}

/** All places where Jupyter would find a kernel, nearest first. */
export function searchDirectories(host: Host = THIS_HOST): string[] {
  const paths = pathsOf(host);
  const listed = (host.env['JUPYTER_PATH'] ?? '').split(paths.delimiter).filter(Boolean);
  const shared =
    host.platform === 'win32'
      ? [paths.join(host.env['PROGRAMDATA'] ?? 'C:\\ProgramData', 'jupyter')]
      : ['/usr/local/share/jupyter', '/usr/share/jupyter'];
  const all = [...listed, userDirectory(host), ...environments(host).map((prefix) => paths.join(prefix, 'share', 'jupyter')), ...shared];
  return [...new Set(all)];
}

/** Python environments: the active ones, and the one that virtbook itself was installed into as a Python package. */
function environments({ env }: Host): string[] {
  return [env['VIRTUAL_ENV'], env['CONDA_PREFIX'], env['VIRTBOOK_PREFIX']].flatMap((folder) => folder || []);
}

function userDirectory({ platform, env, home }: Host): string {
  const paths = pathsOf({ platform });
  if (env['JUPYTER_DATA_DIR']) return env['JUPYTER_DATA_DIR'];
  if (platform === 'darwin') return paths.join(home, 'Library', 'Jupyter');
  if (platform === 'win32') return paths.join(env['APPDATA'] || paths.join(home, 'AppData', 'Roaming'), 'jupyter');
  return paths.join(env['XDG_DATA_HOME'] || paths.join(home, '.local', 'share'), 'jupyter');
}

function pathsOf({ platform }: Pick<Host, 'platform'>): path.PlatformPath {
  return platform === 'win32' ? path.win32 : path.posix;
}
