// `npm run peers`: brings what tests and checks compare this project with, and says what is missing.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Jupyter's own clients, front end and suite, in an environment of their own below dist/. */
const PYTHON_PACKAGES = [
  ...['jupyter_client==8.10.0', 'nbclient==0.10.2', 'nbformat==5.10.4', 'jupyter_kernel_test==0.7.0'],
  ...['jupyter_console==6.6.3', 'jupyter_server==2.21.1', 'papermill==2.7.0', 'nbval==0.11.0', 'nbconvert==7.17.2'],
  ...['jupyterlab==4.6.6', 'notebook==7.6.5', 'ipywidgets==8.1.9', 'pytest==8.3.4', 'ipykernel==7.4.0', 'nbgrader==0.9.6'],
  // Makers of books.
  ...['sphinx==9.0.4', 'nbsphinx==0.9.8', 'myst-nb==1.4.0', 'sphinx-book-theme==1.4.0'],
  // The layout of C: other versions lay out differently.
  'clang-format==21.1.8',
];

const WINDOWS = process.platform === 'win32';
const found = (command) => spawnSync(WINDOWS ? 'where' : 'which', [command], { stdio: 'ignore' }).status === 0;
const pythonFolder = (root) => join(root, 'dist', 'python');
/** Says what the environment was made of, so that another list makes it again. */
const pythonStamp = (root) => join(pythonFolder(root), 'complete');

function jupyterIsThere(root) {
  const stamp = pythonStamp(root);
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === PYTHON_PACKAGES.join('\n');
}

/**
 * What a suite may name after `@peers` (suites.mjs): programs that tests hold this project against, and firmware that
 * must run here as it does there. `packages` are Debian's. `ofMachine`: not every machine can, whatever is installed.
 * `apart`: for suites that are run by their names alone, and brought for those.
 */
export const PEERS = {
  qemu: {
    packages: ['qemu-system-arm', 'ipxe-qemu'],
    // Without the network card's ROM its `virt` board does not start, unless it is told to have no card.
    isThere: () => found('qemu-system-aarch64') && existsSync('/usr/lib/ipxe/qemu/efi-virtio.rom'),
  },
  'qemu-user': { packages: ['qemu-user'], isThere: () => found('qemu-aarch64') },
  gdb: { packages: ['gdb-multiarch'], isThere: () => found('gdb-multiarch') },
  objdump: { packages: ['binutils-aarch64-linux-gnu'], isThere: () => found('aarch64-linux-gnu-objdump') },
  'cross-gcc': { packages: ['gcc-aarch64-linux-gnu'], isThere: () => found('aarch64-linux-gnu-gcc') },
  'u-boot': { packages: ['u-boot-qemu'], isThere: () => existsSync('/usr/lib/u-boot/qemu_arm64/u-boot.bin') },
  edk2: { packages: ['qemu-efi-aarch64'], isThere: () => existsSync('/usr/share/qemu-efi-aarch64/QEMU_EFI.fd') },
  // The browser in which a reader uses JupyterLab.
  chromium: { packages: ['chromium'], isThere: () => found('chromium') },
  // Another one, with another engine, for what has no server.
  firefox: { apart: true, packages: ['firefox-esr'], isThere: () => found('firefox-esr') || found('firefox') },
  // A third engine. Its browser has no other way to run without a window.
  webkit: { apart: true, packages: ['webkit2gtk-driver', 'xvfb'], isThere: () => found('WebKitWebDriver') && found('xvfb-run') },
  // What nbsphinx and nbconvert read Markdown with, and what looks into PDFs.
  pandoc: { packages: ['pandoc', 'poppler-utils'], isThere: () => found('pandoc') && found('pdftotext') },
  jupyter: {
    packages: ['python3', 'python3-venv'],
    isThere: jupyterIsThere,
    // Debian's packages are there: pip has failed.
    without: "Jupyter's clients could not be installed: python3 with venv and pip, and the Python package index, are needed",
  },
  // What tests cut the network off with. Whether that is allowed is up to the machine.
  netns: {
    ofMachine: true,
    packages: ['util-linux', 'iproute2'],
    isThere: () => spawnSync('unshare', ['--map-root-user', '--net', 'ip', 'link', 'set', 'lo', 'up'], { stdio: 'ignore' }).status === 0,
  },
  python: {
    packages: ['python3-venv', 'python3-pip'],
    isThere: () => spawnSync('python3', ['-c', 'import venv, ensurepip, pip'], { stdio: 'ignore' }).status === 0,
  },
  // What grading is started by, where a university has a cluster or several computers.
  slurm: {
    apart: true,
    packages: ['slurmctld', 'slurmd', 'slurm-client', 'munge'],
    isThere: () => ['slurmctld', 'slurmd', 'sbatch', 'munged'].every(found) && process.getuid?.() === 0,
  },
  parallel: { packages: ['parallel'], isThere: () => found('parallel') },
  // What keeps a compiler from the files of the computer. Whether it may is up to the machine.
  bubblewrap: {
    ofMachine: true,
    packages: ['bubblewrap'],
    isThere: () => spawnSync('bwrap', ['--unshare-all', '--ro-bind', '/', '/', 'true'], { stdio: 'ignore' }).status === 0,
  },
  // The base image is made of Debian's packages: no registry of images is asked.
  container: {
    ofMachine: true,
    apart: true,
    packages: ['buildah', 'mmdebstrap'],
    isThere: () => found('buildah') && found('mmdebstrap') && process.getuid?.() === 0,
  },
  // Kernels, busybox and other images that guests are made of. Nothing brings apt.
  debian: { packages: [], isThere: () => found('apt-get'), without: "apt is needed, to fetch Debian's kernel for guests" },
};

/** What is missing here: names of peers, each with what to do. */
export function missingPeers(root) {
  const missing = Object.entries(PEERS).filter(([, { isThere }]) => !isThere(root));
  return new Map(
    missing.map(([name, { packages, without }]) => [
      name,
      without && (packages.length === 0 || found('python3')) ? without : `on Debian, sudo apt-get install ${packages.join(' ')}`,
    ]),
  );
}

/** Installs Debian's packages of what is missing, where apt is there and may. */
function installPrograms(root, apart) {
  const packages = Object.entries(PEERS)
    .filter(([, peer]) => apart || !peer.apart)
    .filter(([name, { isThere }]) => (name === 'jupyter' ? !found('python3') : !isThere(root)))
    .flatMap(([, peer]) => peer.packages);
  if (packages.length === 0 || !found('apt-get') || process.getuid?.() !== 0) return;
  console.log(`Installing what the tests compare with: ${packages.join(', ')}`);
  // Another installation may be under way: it is waited for.
  const apt = (...args) =>
    spawnSync('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=600', ...args], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    }).status === 0;
  if (!apt('update') || !apt('install', '-y', '--no-install-recommends', ...packages)) console.error('apt-get has failed');
}

/** Makes dist/python with Jupyter's clients. */
function installPython(root) {
  if (jupyterIsThere(root) || !found('python3')) return;
  const folder = pythonFolder(root);
  const python = join(folder, WINDOWS ? 'Scripts/python.exe' : 'bin/python');
  console.log("Installing Jupyter's clients for the tests that drive the kernel with them");
  const venv = spawnSync('python3', ['-m', 'venv', '--clear', folder], { stdio: 'inherit' });
  const pip =
    venv.status === 0 &&
    spawnSync(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...PYTHON_PACKAGES], { stdio: 'inherit' });
  if (!pip || pip.status !== 0) return;
  // nbgrader is here for its commands. What it adds to every JupyterLab is no part of what a reader of ours sees there.
  for (const part of [
    ['etc', 'jupyter', 'jupyter_server_config.d', 'nbgrader.json'],
    ['share', 'jupyter', 'labextensions', '@jupyter', 'nbgrader'],
  ]) {
    rmSync(join(folder, ...part), { recursive: true, force: true });
  }
  writeFileSync(pythonStamp(root), PYTHON_PACKAGES.join('\n'));
}

/** Brings what can be brought; gives what is missing all the same. `apart`: also what only the suites need that are run by name. */
export function ensurePeers(root, apart = false) {
  installPrograms(root, apart);
  installPython(root);
  return missingPeers(root);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const missing = ensurePeers(join(dirname(fileURLToPath(import.meta.url)), '..'));
  for (const [name, advice] of missing) console.log(`${name} is missing: ${advice}`);
  if (missing.size === 0) console.log('Everything is here that the tests compare with.');
}
