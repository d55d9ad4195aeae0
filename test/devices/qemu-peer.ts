import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const QEMU = 'qemu-system-aarch64';

/** Answer to one command: the value of a read, and the levels of the intercepted wires after it, one bit each. */
export interface PeerAnswer {
  value: number;
  /** The value as QEMU wrote it: memory comes as one long hexadecimal number. */
  text: string;
  wires: number;
}

/**
 * A `virt` board in QEMU whose processor does not run (but by `running`), reached through QEMU's device-test protocol: register reads and
 * writes, input lines, and the wires into the processor. It is the oracle for the devices of `emulator/`.
 */
export class QemuPeer {
  private wires = 0;
  private buffered = '';
  private failure: Error | undefined;
  private readonly waiting: { resolve: (answer: PeerAnswer) => void; reject: (error: Error) => void }[] = [];

  private constructor(
    private readonly child: ChildProcess,
    private readonly socket: Socket,
    private readonly folder: string,
    complaints: { text: string },
  ) {
    socket.setEncoding('ascii');
    socket.on('data', (text: string) => this.receive(text));
    socket.on('error', (error) => this.fail(error));
    child.on('exit', () => this.fail(new Error(`${QEMU} ended during the comparison: ${complaints.text}`)));
  }

  /** Starts QEMU with further arguments after `-M`; rejects with what to install when there is none. */
  static start(machine: string, ...args: string[]): Promise<QemuPeer> {
    return QemuPeer.running(machine, '-S', ...args);
  }

  /** The same with a processor that executes what the arguments load. */
  static async running(machine: string, ...args: string[]): Promise<QemuPeer> {
    const folder = mkdtempSync(join(tmpdir(), 'qemu-peer-'));
    const path = join(folder, 'qtest');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(path, resolve));
    const common = ['-cpu', 'cortex-a53', '-nodefaults', '-display', 'none'];
    const child = spawn(QEMU, ['-M', machine, ...common, '-qtest', `unix:${path}`, '-qtest-log', '/dev/null', ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const complaints = { text: '' };
    child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints.text += text));
    try {
      return new QemuPeer(child, await firstConnection(server, child, complaints), folder, complaints);
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    } finally {
      server.close();
    }
  }

  /** Sends one line of the protocol. Lines may be sent ahead of their answers. */
  send(line: string): Promise<PeerAnswer> {
    if (this.failure) return Promise.reject(this.failure);
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      this.socket.write(line + '\n');
    });
  }

  async read(address: number, size: 1 | 2 | 4 = 4): Promise<number> {
    return (await this.send(`read${WIDTH[size]} 0x${address.toString(16)}`)).value;
  }

  async write(address: number, value: number, size: 1 | 2 | 4 = 4): Promise<void> {
    await this.send(`write${WIDTH[size]} 0x${address.toString(16)} 0x${(value >>> 0).toString(16)}`);
  }

  async stop(): Promise<void> {
    this.child.removeAllListeners('exit');
    this.socket.destroy();
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const ended = new Promise<void>((resolve) => this.child.once('exit', () => resolve()));
      this.child.kill('SIGKILL');
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  private receive(text: string): void {
    this.buffered += text;
    const lines = this.buffered.split('\n');
    this.buffered = lines.pop()!;
    for (const line of lines) {
      const [word, action, number] = line.split(' ');
      if (word === 'IRQ') {
        const bit = 1 << Number(number);
        this.wires = action === 'raise' ? this.wires | bit : this.wires & ~bit;
        continue;
      }
      const waiter = this.waiting.shift();
      if (word === 'OK') waiter?.resolve({ value: Number(action ?? 0), text: action ?? '', wires: this.wires });
      else waiter?.reject(new Error(`${QEMU}: ${line}`));
    }
  }

  private fail(error: Error): void {
    this.failure ??= error;
    for (const waiter of this.waiting.splice(0)) waiter.reject(this.failure);
  }
}

export const WIDTH = { 1: 'b', 2: 'w', 4: 'l' } as const;

function firstConnection(server: Server, child: ChildProcess, complaints: { text: string }): Promise<Socket> {
  return new Promise((resolve, reject) => {
    server.once('connection', resolve);
    child.once('error', () => {
      reject(new Error(`this test compares with ${QEMU}, which is not here: install the package qemu-system-arm`));
    });
    child.once('exit', (code) => reject(new Error(`${QEMU} ended with status ${code}: ${complaints.text}`)));
  });
}
