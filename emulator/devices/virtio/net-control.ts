/** Commands of a network card's control queue (virtio 1.2, section 5.1.6.5): parsed, checked, applied. */
import type { ReceiveFilter, ReceiveMode } from './receive-filter.js';

/** Feature bits of the network device (virtio 1.2, 5.1.3) that this card offers. */
export const NetFeature = {
  CTRL_GUEST_OFFLOADS: 2,
  MAC: 5,
  GSO: 6,
  MRG_RXBUF: 15,
  STATUS: 16,
  CTRL_VQ: 17,
  CTRL_RX: 18,
  CTRL_VLAN: 19,
  CTRL_RX_EXTRA: 20,
  GUEST_ANNOUNCE: 21,
  CTRL_MAC_ADDR: 23,
} as const;

const Class = { RX: 0, MAC: 1, VLAN: 2, ANNOUNCE: 3, GUEST_OFFLOADS: 5 } as const;
/** Position is the command number of class RX. */
const RX_MODES: readonly ReceiveMode[] = ['promiscuous', 'allMulticast', 'allUnicast', 'noMulticast', 'noUnicast', 'noBroadcast'];
const MAC_TABLE_SET = 0;
const MAC_ADDR_SET = 1;
const VLAN_ADD = 0;
const VLAN_DEL = 1;

/** What a command may change. */
export interface ControlTarget {
  filter: ReceiveFilter;
  /** The card's address; replaced whole. */
  mac: Uint8Array;
  hasFeature(bit: number): boolean;
}

/** Applies one command: class, number, then its data. False (VIRTIO_NET_ERR) when it is unknown or malformed. */
export function applyControlCommand(target: ControlTarget, command: Uint8Array): boolean {
  const [group, number] = command;
  if (number === undefined) return false;
  const data = command.subarray(2);
  switch (group) {
    case Class.RX:
      return setReceiveMode(target, number, data);
    case Class.MAC:
      return setAddresses(target, number, data);
    case Class.VLAN:
      return setVlan(target, number, data);
    case Class.ANNOUNCE:
      // Acknowledges an announcement request; this card never asks for one, so there is nothing to acknowledge.
      return false;
    case Class.GUEST_OFFLOADS:
      // No receive offload is offered, so the only set that a driver can rightly ask for is the empty one.
      return number === 0 && data.length === 8 && data.every((byte) => byte === 0);
    default:
      return false;
  }
}

function setReceiveMode(target: ControlTarget, number: number, data: Uint8Array): boolean {
  const mode = RX_MODES[number];
  if (mode === undefined || data.length !== 1) return false;
  const extra = number > RX_MODES.indexOf('allMulticast');
  if (!target.hasFeature(extra ? NetFeature.CTRL_RX_EXTRA : NetFeature.CTRL_RX)) return false;
  target.filter.modes[mode] = data[0] !== 0;
  return true;
}

function setVlan(target: ControlTarget, number: number, data: Uint8Array): boolean {
  const [low, high, ...more] = data;
  if (low === undefined || high === undefined || more.length > 0 || (number !== VLAN_ADD && number !== VLAN_DEL)) return false;
  return target.filter.setVlan(low | (high << 8), number === VLAN_ADD);
}

function setAddresses(target: ControlTarget, number: number, data: Uint8Array): boolean {
  if (number === MAC_ADDR_SET) {
    if (!target.hasFeature(NetFeature.CTRL_MAC_ADDR) || data.length !== 6) return false;
    target.mac = data.slice();
    return true;
  }
  if (number !== MAC_TABLE_SET) return false;
  const unicast = readTable(data);
  const multicast = unicast && readTable(unicast.rest);
  if (!unicast || !multicast || multicast.rest.length > 0) return false;
  target.filter.setTables(unicast.addresses, multicast.addresses);
  return true;
}

/** A 32-bit count and that many addresses. */
function readTable(data: Uint8Array): { addresses: Uint8Array[]; rest: Uint8Array } | undefined {
  if (data.length < 4) return undefined;
  const count = new DataView(data.buffer, data.byteOffset, 4).getUint32(0, true);
  if (count * 6 > data.length - 4) return undefined;
  const addresses: Uint8Array[] = [];
  for (let i = 0; i < count; i++) addresses.push(data.subarray(4 + 6 * i, 10 + 6 * i));
  return { addresses, rest: data.subarray(4 + 6 * count) };
}
