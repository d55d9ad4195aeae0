// Boots an image in a worker. The page's address can name the files: ?image=Image&initrd=initrd&append=console=ttyAMA0
import { startMachine } from 'virtbook/emulator/web';

const element = (id) => document.getElementById(id);
const parameters = new URLSearchParams(location.search);

/** The bytes of a chosen file, or of the one that the address names. */
async function bytesOf(name) {
  const [file] = element(name).files;
  if (file) return new Uint8Array(await file.arrayBuffer());
  const url = parameters.get(name);
  return url ? new Uint8Array(await (await fetch(url)).arrayBuffer()) : undefined;
}

async function boot() {
  const [image, initrd] = await Promise.all([bytesOf('image'), bytesOf('initrd')]);
  if (!image) throw new Error('choose an image first');
  // A Linux kernel for arm64 has this magic number. Any other image starts at its own address.
  const isLinux = new TextDecoder().decode(image.subarray(56, 60)) === 'ARM\x64';
  const machine = await startMachine({
    ramSize: 256 * 2 ** 20 * (isLinux ? 1 : 8),
    virtualization: !isLinux,
    loaders: isLinux ? [] : [{ bytes: image, address: Number(parameters.get('address') ?? 0x7000_0000), setsEntry: true }],
    ...(isLinux && { linux: { kernel: image, ...(initrd && { initrd }), commandLine: parameters.get('append') ?? 'console=ttyAMA0' } }),
    network: { mac: '52:54:00:12:34:56' },
    seed: 1,
    pacing: 'simulated',
  });
  const decoder = new TextDecoder();
  machine.onConsole = (bytes) => element('console').append(decoder.decode(bytes, { stream: true }));
  machine.onStopped = async ({ kind }, { instructions }) => {
    element('state').textContent = `${kind} after ${instructions} instructions, state digest ${(await machine.digest()).toString(16)}`;
    await machine.dispose();
  };
  element('console').addEventListener('keydown', ({ key }) => {
    if (key.length === 1 || key === 'Enter') machine.input(new TextEncoder().encode(key === 'Enter' ? '\r' : key));
  });
  await machine.resume();
}

const start = () => boot().catch((error) => (element('state').textContent = `error: ${error.message}`));
element('boot').addEventListener('click', start);
if (parameters.has('image')) start();
