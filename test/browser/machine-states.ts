/** A machine that boots Linux, in Node and in pages: digests of RAM and registers at four times. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMachine } from '../../emulator/library.js';
import { serveSite } from '../../kernel/site/serve.js';
import { ensureGuest } from '../../sdk/guest/guest.js';
import { packageRoot } from '../../sdk/root.js';
import { dhcpGuest } from '../support/guests.js';

/** The states of a machine at some times. It runs in pages, too: so it names nothing of this file. */
const statesOf = async (start: typeof startMachine, kernel: Uint8Array, initrd: Uint8Array): Promise<string[]> => {
  const machine = await start({
    ramSize: 2 ** 28,
    virtualization: false,
    loaders: [],
    linux: { kernel, initrd, commandLine: 'console=ttyAMA0' },
    network: { mac: '52:54:00:12:34:56' },
    seed: 1,
    pacing: 'simulated',
  });
  const states: string[] = [];
  for (const milliseconds of [50, 50, 100, 150]) {
    const stopped = new Promise<string>((resolve) => {
      machine.onStopped = ({ kind }, { instructions }) => resolve(`${kind} after ${instructions} instructions`);
    });
    await machine.resume({ nanoseconds: milliseconds * 1e6 });
    states.push(`${await stopped}: ${(await machine.digest?.())?.toString(16)}`);
  }
  await machine.dispose();
  return states;
};

export interface MachineStates {
  inNode: string[];
  /** Of a page that can run `script`. */
  address: string;
  /** The body of an asynchronous function that gives the states there. */
  script: string;
  close(): Promise<void>;
}

/** Boots it in Node, and makes the page. */
export async function machineStates(): Promise<MachineStates> {
  const folder = mkdtempSync(join(tmpdir(), 'virtbook-'));
  const guest = await ensureGuest(dhcpGuest);
  cpSync(join(packageRoot(), 'dist', 'emulator'), join(folder, 'emulator'), { recursive: true });
  cpSync(guest.kernel, join(folder, 'Image'));
  cpSync(guest.initrd, join(folder, 'initrd'));
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>A machine</title>');
  const server = await serveSite(folder);
  return {
    inNode: await statesOf(startMachine, new Uint8Array(readFileSync(guest.kernel)), new Uint8Array(readFileSync(guest.initrd))),
    address: server.address,
    script: `const { startMachine } = await import('/emulator/host-web/index.js');
      const bytesOf = async (name) => new Uint8Array(await (await fetch(name)).arrayBuffer());
      return (${statesOf.toString()})(startMachine, await bytesOf('/Image'), await bytesOf('/initrd'));`,
    async close() {
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
