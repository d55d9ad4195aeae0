// Boots an image and prints its console: node boot.mjs IMAGE [--initrd FILE] [--address 0x70000000] [--append TEXT]
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startMachine } from 'virtbook/emulator';

const text = { type: 'string' };
const { values, positionals } = parseArgs({ allowPositionals: true, options: { initrd: text, address: text, append: text } });
if (positionals.length !== 1) {
  console.error('Usage: node boot.mjs IMAGE [--initrd FILE] [--address 0x70000000] [--append TEXT]');
  process.exit(2);
}

const image = new Uint8Array(readFileSync(positionals[0]));
// A Linux kernel for arm64 has this magic number. Any other image starts at its own address.
const isLinux = new TextDecoder().decode(image.subarray(56, 60)) === 'ARM\x64';
const initrd = values.initrd && new Uint8Array(readFileSync(values.initrd));

const machine = await startMachine({
  ramSize: 256 * 2 ** 20 * (isLinux ? 1 : 8),
  virtualization: !isLinux,
  loaders: isLinux ? [] : [{ bytes: image, address: Number(values.address ?? 0x7000_0000), setsEntry: true }],
  ...(isLinux && { linux: { kernel: image, ...(initrd && { initrd }), commandLine: values.append ?? 'console=ttyAMA0' } }),
  network: { mac: '52:54:00:12:34:56' },
  seed: 1,
  pacing: 'simulated',
});
machine.onConsole = (bytes) => process.stdout.write(bytes);
machine.onStopped = async ({ kind }, { instructions }) => {
  console.log(`\n${kind} after ${instructions} instructions, state digest ${(await machine.digest()).toString(16)}`);
  await machine.dispose();
};
await machine.resume();
