/** The files of whoever compiles, as the compiler in the machine needs them: a disk's, or a browser's. */
export interface Files {
  /** Changes when the file's content does; undefined where there is no such file. */
  stamp(path: string): Promise<string | undefined>;
  /** @throws when it cannot be read */
  read(path: string): Promise<Uint8Array>;
  /** Names of what is in a folder; none where there is no such folder. */
  list(folder: string): Promise<readonly string[]>;
  write(path: string, bytes: Uint8Array): Promise<void>;
}

/**
 * Where a file of the host's is in the machine: at the same path, so that all that a compiler says and writes down about
 * paths is true. A drive of Windows is a folder there.
 */
export function pathInside(path: string): string {
  return /^[A-Za-z]:[\\/]/.test(path) ? `/${path.replaceAll('\\', '/')}` : path;
}

/** The other way. */
export function pathOutside(path: string): string {
  return /^\/[A-Za-z]:\//.test(path) ? path.slice(1) : path;
}

export const folderOf = (path: string): string => /^(.*)\/[^/]*$/.exec(path.replaceAll('\\', '/'))?.[1] || '/';

export const nameOf = (path: string): string => /[^/\\]*$/.exec(path)![0];

/** A path that something in a folder gives. Not shortened: `a/../b` is where the host's file system finds it. */
export const pathIn = (folder: string, path: string): string =>
  /^([A-Za-z]:)?[\\/]/.test(path) ? path : `${folder === '/' ? '' : folder}/${path}`;

/** The same path with its `.` and `..` taken away. */
export function shortened(path: string): string {
  const names: string[] = [];
  for (const name of path.replaceAll('\\', '/').split('/')) {
    if (name === '..') names.pop();
    else if (name !== '.' && name !== '') names.push(name);
  }
  return `${/^[A-Za-z]:/.test(path) ? '' : '/'}${names.join('/')}`;
}
