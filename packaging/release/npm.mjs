// The npm tarball: what `npm pack` puts into it is what every other artefact takes from this repository.
import { spawnSync } from 'node:child_process';

/** Runs npm: the one that runs this program, or the one on the path. Gives what it prints. @throws Error when it fails */
function npm(folder, ...args) {
  const cli = process.env.npm_execpath;
  const own = cli !== undefined && /\.c?js$/.test(cli);
  const { status, stdout, error } = spawnSync(own ? process.execPath : 'npm', own ? [cli, ...args] : args, {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    stdio: ['ignore', 'pipe', 'inherit'],
    // On Windows npm is a script of its shell.
    shell: !own && process.platform === 'win32',
  });
  if (error) throw new Error(`npm cannot be started: ${error.message}`);
  if (status !== 0) throw new Error(`npm ${args[0]} has failed`);
  return stdout;
}

/** Packs what is built. Gives the name of the tarball and the paths of its files, with `/`. */
export function packNpm(root, out) {
  const answer = JSON.parse(npm(root, 'pack', '--json', '--ignore-scripts', '--pack-destination', out));
  const [{ filename, files }] = Object.values(answer);
  return { filename, files: files.map(({ path }) => path).sort() };
}
