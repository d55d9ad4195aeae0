import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { address, checkConnection, readConnectionFile } from './connection.js';

const ports = { shell_port: 1, control_port: 2, stdin_port: 3, iopub_port: 4, hb_port: 5 };

test.each<[object, string]>([
  [{}, 'tcp://127.0.0.1:1'],
  [{ ip: '10.1.2.3' }, 'tcp://10.1.2.3:1'],
  [{ ip: '::1' }, 'tcp://[::1]:1'],
  [{ ip: '*' }, 'tcp://*:1'],
  [{ transport: 'ipc', ip: '/run/kernel' }, 'ipc:///run/kernel-1'],
])('%j listens on %s', (fields, expected) => {
  expect(address(checkConnection({ ...ports, ...fields }, 'test'), 'shell_port')).toBe(expected);
});

test('absent fields have the defaults of the protocol', () => {
  expect(checkConnection(ports, 'test')).toMatchObject({ key: '', signature_scheme: 'hmac-sha256', transport: 'tcp' });
});

test('encryption is asked for by both keys or by none', () => {
  const [curve_publickey, curve_secretkey] = ['p'.repeat(40), 's'.repeat(40)];
  expect(checkConnection({ ...ports, curve_publickey, curve_secretkey }, 'test')).toMatchObject({ curve_publickey, curve_secretkey });
  expect(checkConnection({ ...ports, curve_publickey: null, curve_secretkey: null }, 'test')).toBeTruthy();
  expect(() => checkConnection({ ...ports, curve_secretkey }, 'test')).toThrow(/come together/);
  expect(() => checkConnection({ ...ports, curve_publickey, curve_secretkey: 'short' }, 'test')).toThrow(/40 characters/);
});

test('what is wrong is named, with the file', () => {
  for (const port of [-117, 0, 65536, 1.5])
    expect(() => checkConnection({ ...ports, hb_port: port }, 'c.json')).toThrow("'hb_port' must be a whole number from 1 to 65535");
  expect(() => checkConnection({ ...ports, ip: { host: 'x' } }, 'c.json')).toThrow("'ip' must be a text");
  expect(() => checkConnection({ ...ports, key: ['x'] }, 'c.json')).toThrow("'key' must be a text");
  expect(() => checkConnection({ ...ports, hb_port: 'x' }, 'c.json')).toThrow("c.json is not a connection file: 'hb_port'");
  expect(() => checkConnection({ ...ports, transport: 'udp' }, 'c.json')).toThrow(/"udp" is neither tcp nor ipc/);
  expect(() => checkConnection({ ...ports, transport: { toString: 1 } }, 'c.json')).toThrow(/is neither tcp nor ipc/);
  const folder = mkdtempSync(join(tmpdir(), 'virtbook-'));
  const file = join(folder, 'c.json');
  expect(() => readConnectionFile(file)).toThrow(file);
  writeFileSync(file, '{');
  expect(() => readConnectionFile(file)).toThrow(file);
  rmSync(folder, { recursive: true });
});
