/**
 * A guest of the command line answers a client on this computer, through a port that `hostfwd` opens.
 *
 * @peers debian
 * @seconds 15
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureGuest } from '../../sdk/guest/guest.js';
import { packageRoot } from '../../sdk/root.js';
import { directLinuxArguments } from '../support/direct-linux.js';
import { freePort } from '../support/free-port.js';
import { PAGE, serverInitrd } from '../support/web-guest.js';
import { dhcpGuest } from '../support/guests.js';

const BOOT = 300_000;

let folder: string;
let child: ChildProcess | undefined;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'forward-'))));
afterAll(() => {
  child?.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

async function waitFor(process: ChildProcess, text: string): Promise<void> {
  let seen = '';
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the console does not show '${text}':\n${seen.slice(-2000)}`)), BOOT);
    const look = (chunk: Buffer): void => {
      seen += String(chunk);
      if (!seen.includes(text)) return;
      clearTimeout(timer);
      resolve();
    };
    process.stdout!.on('data', look);
    process.stderr!.on('data', look);
    process.once('exit', (status) => reject(new Error(`the machine ended with status ${status}:\n${seen.slice(-2000)}`)));
  });
}

/** Bytes until the other end has closed. */
function exchange(port: number, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.setTimeout(60_000, () => socket.destroy(new Error('no answer')));
    socket.on('data', (chunk) => (answer += String(chunk)));
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
    socket.end(request);
  });
}

test(
  'a browser on this computer reads a page of the guest',
  async () => {
    const { kernel, initrd } = await ensureGuest(dhcpGuest);
    const [port, deaf] = [await freePort(), await freePort()];
    const network = `user,id=n0,net=10.7.0.0/16,hostfwd=tcp::${port}-:80,hostfwd=tcp:127.0.0.1:${deaf}-:81`;
    const args = directLinuxArguments({ kernel, initrd: serverInitrd(folder, initrd) }, network);
    child = spawn(process.execPath, [join(packageRoot(), 'bin', 'virtbook.js'), 'qemu', ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
    await waitFor(child, 'Serving\r\n');
    const get = (path: string): string => `GET ${path} HTTP/1.0\r\nHost: guest\r\n\r\n`;
    const [page, missing] = await Promise.all([exchange(port, get('/page')), exchange(port, get('/none'))]);
    expect(page.split('\r\n\r\n')[1]).toBe(PAGE);
    expect(missing).toMatch(/^HTTP\/1\.\d 404 /);
    await expect(exchange(deaf, get('/'))).rejects.toThrow(/ECONNRESET/);
  },
  2 * BOOT,
);
