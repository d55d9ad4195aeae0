import { createServer, type Server, type Socket } from 'node:net';
import type { DebugConnection, Machine } from '../server/machine.js';

/** Where a debugger is waited for. */
export interface GdbAddress {
  host: string;
  /** 0: a free one. */
  port: number;
}

export interface GdbServerEvents {
  /** The debugger has let go of the machine: it is to run. */
  detached(): void;
  /** The debugger wants the machine's end. */
  killed(): void;
}

const LOOPBACK = '127.0.0.1';
/** An acknowledgement, a packet, or an interrupt. */
const FIRST_BYTES = ['+', '-', '$', '\x03'].map((character) => character.charCodeAt(0));

/** `tcp::PORT` or `tcp:HOST:PORT`, as QEMU's `-gdb` has it. Without a host only this computer is listened to. Undefined for anything else. */
export function parseGdbAddress(text: string): GdbAddress | undefined {
  const match = /^tcp:(?:\[([^\]]+)\]|([^:]*)):(\d{1,5})(?:,(?:server(?:=on)?|nowait|wait=off))*$/.exec(text);
  if (!match || Number(match[3]) > 0xffff) return undefined;
  return { host: match[1] || match[2] || LOOPBACK, port: Number(match[3]) };
}

/** Waits for GDB on a socket: one debugger at a time, for whatever machine is there. */
export class GdbServer {
  private machine: Machine | undefined;
  /** There is a machine: a debugger that comes before waits for it. */
  private readonly served: Promise<void>;
  private isServed: () => void = () => undefined;
  private current: { socket: Socket; connection: DebugConnection | undefined } | undefined;

  private constructor(
    private readonly server: Server,
    private readonly noReboot: boolean,
    private readonly events: GdbServerEvents,
  ) {
    this.served = new Promise((resolve) => (this.isServed = resolve));
    server.on('connection', (socket) => void this.accept(socket));
  }

  /** Rejects when the address cannot be listened on. */
  static listen(address: GdbAddress, events: GdbServerEvents, noReboot = false): Promise<GdbServer> {
    const server = createServer({ noDelay: true });
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(address.port, address.host, () => resolve(new GdbServer(server, noReboot, events)));
    });
  }

  /** Where it listens. */
  get address(): GdbAddress {
    const { address, port } = this.server.address() as { address: string; port: number };
    return { host: address, port };
  }

  /** The machine that a debugger gets. One that is there loses the machine before. */
  serve(machine: Machine): void {
    if (this.machine) this.current?.socket.destroy();
    this.machine = machine;
    this.isServed();
  }

  async close(): Promise<void> {
    this.current?.socket.destroy();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private async accept(socket: Socket): Promise<void> {
    if (this.current) {
      socket.destroy();
      return;
    }
    const current: { socket: Socket; connection: DebugConnection | undefined } = { socket, connection: undefined };
    this.current = current;
    // What comes before the machine is ready waits.
    socket.pause();
    socket.once('data', (bytes) => {
      // Anything that opens connections here, and a browser is made to do so easily, is to speak the protocol.
      if (!FIRST_BYTES.includes(bytes[0]!)) socket.destroy();
    });
    socket.on('data', (bytes) => {
      if (!socket.destroyed) current.connection?.send(bytes);
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      if (this.current === current) this.current = undefined;
      void current.connection?.close().catch(() => undefined);
    });
    await this.served;
    try {
      if (!this.machine?.openDebugger) throw new Error('this machine cannot be debugged');
      current.connection = await this.machine.openDebugger(
        {
          receive: (bytes) => {
            if (socket.write(bytes)) return;
            // Whoever does not read the answers is not asked for more questions.
            socket.pause();
            socket.once('drain', () => socket.resume());
          },
          left: (how) => {
            socket.end();
            this.events[how]();
          },
        },
        { noReboot: this.noReboot },
      );
      if (socket.destroyed) await current.connection.close();
      else socket.resume();
    } catch {
      socket.destroy();
    }
  }
}
