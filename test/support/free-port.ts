import { createServer, type AddressInfo } from 'node:net';

/** Ports of this computer, all different, that nobody listened at a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const listeners = Array.from({ length: count }, () => createServer());
  await Promise.all(listeners.map((listener) => new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))));
  const ports = listeners.map((listener) => (listener.address() as AddressInfo).port);
  await Promise.all(listeners.map((listener) => new Promise((resolve) => listener.close(resolve))));
  return ports;
}

export async function freePort(): Promise<number> {
  return (await freePorts(1))[0]!;
}
