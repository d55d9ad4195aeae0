import { readFileSync } from 'node:fs';
import { ConnectionError } from '../protocol/connection-error.js';

/** What a connection file says, with the names of the file. */
export interface ConnectionInfo {
  transport: 'tcp' | 'ipc';
  /** Host address for tcp, prefix of a socket path for ipc. */
  ip: string;
  shell_port: number;
  control_port: number;
  stdin_port: number;
  iopub_port: number;
  hb_port: number;
  key: string;
  signature_scheme: string;
  /** The kernel's CurveZMQ keys in Z85, both or neither: with them every socket is encrypted. */
  curve_publickey?: string;
  curve_secretkey?: string;
}

/** Characters of a CurveZMQ key. */
const CURVE_KEY_LENGTH = 40;

export const PORTS = ['shell_port', 'control_port', 'stdin_port', 'iopub_port', 'hb_port'] as const;
export type Ports = Pick<ConnectionInfo, (typeof PORTS)[number]>;

/** @throws ConnectionError that names the file and the field that is wrong. */
export function readConnectionFile(path: string): ConnectionInfo {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new ConnectionError(`cannot read the connection file ${path}: ${(error as Error).message}`, { cause: error });
  }
  return checkConnection(parsed, path);
}

export function checkConnection(value: unknown, origin: string): ConnectionInfo {
  const fail = (what: string): never => {
    throw new ConnectionError(`${origin} is not a connection file: ${what}`);
  };
  if (typeof value !== 'object' || value === null) return fail('expected a JSON object');
  const info = value as Unchecked;
  const transport = info.transport ?? 'tcp';
  if (transport !== 'tcp' && transport !== 'ipc') return fail(`transport ${JSON.stringify(transport)} is neither tcp nor ipc`);
  for (const port of PORTS) if (!isPort(info[port])) fail(`'${port}' must be a whole number from 1 to 65535`);
  const text = (field: keyof ConnectionInfo, absent: string): string => {
    const value = info[field] ?? absent;
    return typeof value === 'string' ? value : fail(`'${field}' must be a text`);
  };
  checkKeys(info, fail);
  return {
    ...(value as ConnectionInfo),
    transport,
    ip: text('ip', '127.0.0.1'),
    key: text('key', ''),
    signature_scheme: text('signature_scheme', 'hmac-sha256'),
  };
}

type Unchecked = { [Field in keyof ConnectionInfo]?: unknown };

/** Without its keys a kernel would talk in the clear to clients that were promised otherwise. */
function checkKeys({ curve_publickey, curve_secretkey }: Unchecked, fail: (what: string) => never): void {
  const keys = [curve_publickey ?? '', curve_secretkey ?? ''].filter((key) => key !== '');
  if (keys.length === 1) fail("'curve_publickey' and 'curve_secretkey' come together");
  for (const key of keys) if (typeof key !== 'string' || key.length !== CURVE_KEY_LENGTH) fail('a CURVE key has 40 characters (Z85)');
}

const isPort = (value: unknown): boolean => Number.isInteger(value) && (value as number) > 0 && (value as number) < 0x1_0000;

/** The ZeroMQ address of one of the ports. */
export function address(info: ConnectionInfo, port: (typeof PORTS)[number]): string {
  if (info.transport === 'ipc') return `ipc://${info.ip}-${info[port]}`;
  const host = info.ip.includes(':') && !info.ip.startsWith('[') ? `[${info.ip}]` : info.ip;
  return `tcp://${host}:${info[port]}`;
}
