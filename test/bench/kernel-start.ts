/** How soon the Jupyter kernel answers, and what it needs when it is asked nothing. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Dealer } from 'zeromq';
import { HeaderFactory } from '../../kernel/protocol/message.js';
import { createSigner } from '../../kernel/protocol/signature.js';
import { decode, encode } from '../../kernel/protocol/wire.js';
import { address, type ConnectionInfo } from '../../kernel/transport/connection.js';
import { packageRoot } from '../../sdk/root.js';
import { ProgramConsole } from '../peers/program-console.js';
import { residentMemory } from './process-tree.js';

export interface KernelSample {
  /** From the start of the process to kernel_info_reply, wall clock. */
  seconds: number;
  /** Bytes in memory of all its processes, once it has settled; undefined where the host does not say. */
  idleMemory: number | undefined;
}

/** Milliseconds that a kernel gets to answer, and then to settle. */
const PATIENCE = 30_000;
const SETTLE = 3000;

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  await Promise.all(servers.map((server) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

async function answer(shell: Dealer, connection: ConnectionInfo): Promise<string> {
  const signer = createSigner(connection.signature_scheme, connection.key);
  const message = new HeaderFactory(undefined, 'bench').message('kernel_info_request', {});
  await shell.send(encode({ identities: [], message }, signer) as Buffer[]);
  const frames = await shell.receive();
  return decode(frames, signer).message.header.msg_type;
}

/** Starts `virtbook kernel` as Jupyter does, asks for kernel_info, and ends it. */
export async function kernelStart(folder: string): Promise<KernelSample> {
  const [shell_port, control_port, stdin_port, iopub_port, hb_port] = (await freePorts(5)) as [number, number, number, number, number];
  const connection: ConnectionInfo = {
    transport: 'tcp', ip: '127.0.0.1', shell_port, control_port, stdin_port, iopub_port, hb_port,
    key: randomBytes(16).toString('hex'), signature_scheme: 'hmac-sha256',
  };
  const file = join(folder, 'connection.json');
  writeFileSync(file, JSON.stringify(connection));
  // It asks again soon when nobody listens yet, so that waiting to ask is no part of the time.
  const shell = new Dealer({ linger: 0, reconnectInterval: 5, receiveTimeout: PATIENCE });
  const start = performance.now();
  const kernel = new ProgramConsole(process.execPath, [join(packageRoot(), 'bin', 'virtbook.js'), 'kernel', file]);
  try {
    shell.connect(address(connection, 'shell_port'));
    const type = await Promise.race([
      answer(shell, connection).catch((error: Error) => Promise.reject(new Error(`the kernel did not answer: ${error.message}\n${kernel.text}`))),
      kernel.ended.then((how) => Promise.reject(new Error(`the kernel ended with ${how}:\n${kernel.text}`))),
    ]);
    const seconds = (performance.now() - start) / 1000;
    if (type !== 'kernel_info_reply') throw new Error(`the kernel answered with ${type}`);
    await sleep(SETTLE);
    return { seconds, idleMemory: kernel.pid === undefined ? undefined : residentMemory(kernel.pid) };
  } finally {
    shell.close();
    await kernel.stop();
  }
}
