/**
 * QEMU's network card on our own virtual network, so that a guest in QEMU meets the same DHCP, DNS and word server as
 * one in our machine, and nothing of it reaches the host's network. QEMU's `-netdev stream` carries the frames.
 */
import { createServer, type Server, type Socket } from 'node:net';
import type { Clock, SavedEvent, ScheduledEvent } from '../../emulator/devices/peripheral.js';
import type { EthernetNetwork } from '../../emulator/network/link.js';

/** Longest frame that can arrive: Ethernet without jumbo frames, with room for QEMU's offload headers. */
const MAX_FRAME = 68 * 1024;
const LENGTH_BYTES = 4;

/** Wall-clock time since construction as the network's time: QEMU's guest lives by the wall clock. */
export class WallClock implements Clock {
  private readonly start = process.hrtime.bigint();
  private scheduled = 0;

  now(): number {
    return Number(process.hrtime.bigint() - this.start);
  }

  at(when: number, action: () => void): ScheduledEvent {
    return this.again({ when, order: this.scheduled++ }, action);
  }

  again({ when, order }: SavedEvent, action: () => void): ScheduledEvent {
    const timer = setTimeout(action, Math.max(0, (when - this.now()) / 1e6));
    timer.unref();
    return { when, order, cancel: () => clearTimeout(timer) };
  }
}

/** Waits for one QEMU on a socket of the file system, and joins it to a network. */
export class QemuEthernet {
  private readonly server: Server;
  private socket: Socket | undefined;

  /** @param path a socket that does not exist yet; at most about 100 characters, as the system demands. */
  constructor(
    private readonly path: string,
    private readonly network: EthernetNetwork,
  ) {
    this.server = createServer((socket) => this.join(socket));
    network.receive = (frame) => this.send(frame);
  }

  /** QEMU's option, in the place of the tutorial's `-netdev user,id=ID`. */
  netdev(id: string): string {
    return `stream,id=${id},server=off,addr.type=unix,addr.path=${this.path}`;
  }

  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(this.path, resolve);
    });
  }

  close(): Promise<void> {
    this.socket?.destroy();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private join(socket: Socket): void {
    let received = Buffer.alloc(0);
    this.socket = socket;
    socket.on('error', () => socket.destroy());
    socket.on('data', (bytes) => {
      received = Buffer.concat([received, bytes]);
      while (received.length >= LENGTH_BYTES) {
        const length = received.readUInt32BE(0);
        if (length > MAX_FRAME) return void socket.destroy(new Error(`frame of ${length} bytes`));
        if (received.length < LENGTH_BYTES + length) return;
        this.network.transmit(Uint8Array.from(received.subarray(LENGTH_BYTES, LENGTH_BYTES + length)));
        received = received.subarray(LENGTH_BYTES + length);
      }
    });
  }

  private send(frame: Uint8Array): void {
    const header = Buffer.alloc(LENGTH_BYTES);
    header.writeUInt32BE(frame.length);
    this.socket?.write(Buffer.concat([header, frame]));
  }
}
