import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Programs that tests hold this project against, firmware that must run here as it does there, and Debian's packages of them. */
const programs = [
  { command: 'qemu-system-aarch64', packages: ['qemu-system-arm'] },
  // Without the network card's ROM its `virt` board does not start, unless it is told to have no card.
  { file: '/usr/lib/ipxe/qemu/efi-virtio.rom', packages: ['ipxe-qemu'] },
  { command: 'qemu-aarch64', packages: ['qemu-user'] },
  // The browser in which a reader uses JupyterLab.
  { command: 'chromium', packages: ['chromium'] },
  { command: 'python3', packages: ['python3', 'python3-venv'] },
  { command: 'aarch64-linux-gnu-objdump', packages: ['binutils-aarch64-linux-gnu'] },
  // What nbsphinx and nbconvert read Markdown with, and what looks into PDFs.
  { command: 'pandoc', packages: ['pandoc'] },
  { command: 'pdftotext', packages: ['poppler-utils'] },
  { command: 'gdb-multiarch', packages: ['gdb-multiarch'] },
  { file: '/usr/lib/u-boot/qemu_arm64/u-boot.bin', packages: ['u-boot-qemu'] },
  { file: '/usr/share/qemu-efi-aarch64/QEMU_EFI.fd', packages: ['qemu-efi-aarch64'] },
];
/** Jupyter's own clients, front end and suite, in an environment of their own below dist/. */
const pythonPackages = [
  ...['jupyter_client==8.10.0', 'nbclient==0.10.2', 'nbformat==5.10.4', 'jupyter_kernel_test==0.7.0'],
  ...['jupyter_console==6.6.3', 'jupyter_server==2.21.1', 'papermill==2.7.0', 'nbval==0.11.0', 'nbconvert==7.17.2'],
  ...['jupyterlab==4.6.6', 'notebook==7.6.5', 'ipywidgets==8.1.9', 'pytest==8.3.4', 'ipykernel==7.4.0', 'nbgrader==0.9.6'],
  // Makers of books.
  ...['sphinx==9.0.4', 'nbsphinx==0.9.8', 'myst-nb==1.4.0', 'sphinx-book-theme==1.4.0'],
];

const found = (command) => spawnSync(process.platform === 'win32' ? 'where' : 'which', [command], { stdio: 'ignore' }).status === 0;

function installPrograms() {
  const missing = programs.filter(({ command, file }) => !(command ? found(command) : existsSync(file)));
  if (missing.length === 0) return;
  const packages = missing.flatMap((program) => program.packages);
  if (found('apt-get') && process.getuid?.() === 0) {
    console.log(`Installing what the tests compare with: ${packages.join(', ')}`);
    const quiet = { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
    execFileSync('apt-get', ['update', '-qq'], quiet);
    execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], quiet);
  } else {
    console.error(`The tests under test/ need ${packages.join(', ')}: on Debian, sudo apt-get install ${packages.join(' ')}`);
  }
}

/** Makes dist/python with Jupyter's clients. Tests that need it fail, and say so, where it could not be made. */
function installPython(root) {
  const folder = join(root, 'dist', 'python');
  const python = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  // Says what it was made of, so that another list makes it anew.
  const complete = join(folder, 'complete');
  const list = pythonPackages.join('\n');
  if ((existsSync(complete) && readFileSync(complete, 'utf8') === list) || !found('python3')) return;
  console.log("Installing Jupyter's clients for the tests that drive the kernel with them");
  const venv = spawnSync('python3', ['-m', 'venv', '--clear', folder], { stdio: 'inherit' });
  const pip =
    venv.status === 0 &&
    spawnSync(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...pythonPackages], { stdio: 'inherit' });
  if (!pip || pip.status !== 0) return;
  // nbgrader is here for its commands. What it adds to every JupyterLab is no part of what a reader of ours sees there.
  for (const part of [
    ['etc', 'jupyter', 'jupyter_server_config.d', 'nbgrader.json'],
    ['share', 'jupyter', 'labextensions', '@jupyter', 'nbgrader'],
  ]) {
    rmSync(join(folder, ...part), { recursive: true, force: true });
  }
  writeFileSync(complete, list);
}

export function ensurePeers(root) {
  installPrograms();
  installPython(root);
}
