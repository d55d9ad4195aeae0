/** Ethernet II frames and ARP (RFC 826). */
import { read16, read32, write16, write32 } from './bytes.js';

export const ETHERTYPE_IPV4 = 0x0800;
export const ETHERTYPE_ARP = 0x0806;
export const ETHERNET_HEADER = 14;

export const ARP_REQUEST = 1;
export const ARP_REPLY = 2;
/** QEMU's network pads its ARP frames to this many bytes. */
const ARP_FRAME = 64;

export interface ArpPacket {
  operation: number;
  senderMac: Uint8Array;
  senderAddress: number;
  targetMac: Uint8Array;
  targetAddress: number;
}

export function ethernetFrame(destination: Uint8Array, source: Uint8Array, type: number, payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(ETHERNET_HEADER + payload.length);
  frame.set(destination, 0);
  frame.set(source, 6);
  write16(frame, 12, type);
  frame.set(payload, ETHERNET_HEADER);
  return frame;
}

/** Undefined unless the payload is ARP for IPv4 over Ethernet. */
export function parseArp(payload: Uint8Array): ArpPacket | undefined {
  if (payload.length < 28) return undefined;
  if (read16(payload, 0) !== 1 || read16(payload, 2) !== ETHERTYPE_IPV4) return undefined;
  if (payload[4] !== 6 || payload[5] !== 4) return undefined;
  return {
    operation: read16(payload, 6),
    senderMac: payload.slice(8, 14),
    senderAddress: read32(payload, 14),
    targetMac: payload.slice(18, 24),
    targetAddress: read32(payload, 24),
  };
}

export function arpFrame(destination: Uint8Array, packet: ArpPacket): Uint8Array {
  const payload = new Uint8Array(ARP_FRAME - ETHERNET_HEADER);
  write16(payload, 0, 1);
  write16(payload, 2, ETHERTYPE_IPV4);
  payload[4] = 6;
  payload[5] = 4;
  write16(payload, 6, packet.operation);
  payload.set(packet.senderMac, 8);
  write32(payload, 14, packet.senderAddress);
  payload.set(packet.targetMac, 18);
  write32(payload, 24, packet.targetAddress);
  return ethernetFrame(destination, packet.senderMac, ETHERTYPE_ARP, payload);
}
