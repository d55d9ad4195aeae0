/** The transports that every client relies on alike: kernels and clients over each of them. */
import { join } from 'node:path';
import { curveKeyPair } from 'zeromq';
import type { ConnectionInfo } from '../../kernel/transport/connection.js';
import { MemoryTransport } from '../../kernel/transport/memory.js';
import type { Transport } from '../../kernel/transport/transport.js';
import { ZmqTransport } from '../../kernel/transport/zmq.js';
import { freePorts } from '../support/free-port.js';
import { overMemory, overZmq, type Connect } from './client.js';

export interface Setting {
  transport: Transport;
  connect: Connect;
  /** Absent in memory. */
  connection?: ConnectionInfo;
}

export const KEY = 'a key for tests';

export function zmqSetting(
  transport: 'tcp' | 'ipc',
  ip: string,
  ports: number[],
  keys?: { publicKey: string; secretKey: string },
): Setting {
  const [shell_port, control_port, stdin_port, iopub_port, hb_port] = ports as [number, number, number, number, number];
  const connection: ConnectionInfo = {
    ...{ transport, ip, shell_port, control_port, stdin_port, iopub_port, hb_port },
    ...{ key: KEY, signature_scheme: 'hmac-sha256' },
    ...(keys && { curve_publickey: keys.publicKey, curve_secretkey: keys.secretKey }),
  };
  return { transport: new ZmqTransport(connection), connect: overZmq(connection), connection };
}

/** By name. Sockets of the file system are made in the folder that is given. */
export const SETTINGS: [string, (folder: string) => Promise<Setting>][] = [
  [
    'memory',
    async () => {
      const transport = new MemoryTransport();
      return { transport, connect: overMemory(transport) };
    },
  ],
  ['ZeroMQ over tcp', async () => zmqSetting('tcp', '127.0.0.1', await freePorts(5))],
  ['ZeroMQ with CURVE', async () => zmqSetting('tcp', '127.0.0.1', await freePorts(5), curveKeyPair())],
];
if (process.platform !== 'win32') {
  SETTINGS.push(['ZeroMQ over ipc', async (folder) => zmqSetting('ipc', join(folder, 'kernel'), [1, 2, 3, 4, 5])]);
}
