/** Which received frames a network card keeps, as its driver asked over the control queue (virtio 1.2, 5.1.6.5). */
import { saveArray, type Snapshotable, type State, type StateReader } from '../snapshotable.js';

/** Addresses kept per table; more than this, and the card lets all of that kind through. */
const TABLE_SIZE = 64;
const VLAN_COUNT = 4096;
const ETHERTYPE_VLAN = 0x8100;

export type ReceiveMode = 'promiscuous' | 'allMulticast' | 'allUnicast' | 'noMulticast' | 'noUnicast' | 'noBroadcast';

interface AddressTable {
  addresses: Set<string>;
  overflow: boolean;
}

export class ReceiveFilter implements Snapshotable {
  readonly modes: Record<ReceiveMode, boolean> = {
    promiscuous: true,
    allMulticast: false,
    allUnicast: false,
    noMulticast: false,
    noUnicast: false,
    noBroadcast: false,
  };
  private unicast: AddressTable = { addresses: new Set(), overflow: false };
  private multicast: AddressTable = { addresses: new Set(), overflow: false };
  private readonly vlans = new Uint8Array(VLAN_COUNT).fill(1);

  reset(): void {
    for (const mode of Object.keys(this.modes) as ReceiveMode[]) this.modes[mode] = mode === 'promiscuous';
    this.setTables([], []);
    this.setAllVlans(true);
  }

  setTables(unicast: readonly Uint8Array[], multicast: readonly Uint8Array[]): void {
    this.unicast = table(unicast);
    this.multicast = table(multicast);
  }

  /** Without the VLAN feature every VLAN passes; with it, none until the driver names it. */
  setAllVlans(pass: boolean): void {
    this.vlans.fill(pass ? 1 : 0);
  }

  /** False when there is no such VLAN. */
  setVlan(id: number, pass: boolean): boolean {
    if (id >= VLAN_COUNT) return false;
    this.vlans[id] = pass ? 1 : 0;
    return true;
  }

  saveState(): State {
    return {
      modes: { ...this.modes },
      unicast: saveTable(this.unicast),
      multicast: saveTable(this.multicast),
      vlans: saveArray(this.vlans),
    };
  }

  restoreState(state: StateReader): void {
    const modes = state.record('modes');
    for (const mode of Object.keys(this.modes) as ReceiveMode[]) this.modes[mode] = modes.boolean(mode);
    this.unicast = restoreTable(state.record('unicast'));
    this.multicast = restoreTable(state.record('multicast'));
    state.fill('vlans', this.vlans);
  }

  accepts(frame: Uint8Array, own: Uint8Array): boolean {
    if (this.modes.promiscuous) return true;
    const vlan = vlanOf(frame);
    if (vlan !== undefined && this.vlans[vlan] === 0) return false;
    const destination = frame.subarray(0, 6);
    if (isGroupMac(destination)) {
      if (destination.every((byte) => byte === 0xff)) return !this.modes.noBroadcast;
      if (this.modes.noMulticast) return false;
      return this.modes.allMulticast || this.multicast.overflow || this.multicast.addresses.has(key(destination));
    }
    if (this.modes.noUnicast) return false;
    if (this.modes.allUnicast || this.unicast.overflow) return true;
    return key(destination) === key(own) || this.unicast.addresses.has(key(destination));
  }
}

/** The first bit on the wire tells a group's address, broadcast included, from a station's. */
export function isGroupMac(address: Uint8Array): boolean {
  return ((address[0] ?? 0) & 1) === 1;
}

/** The number in the frame's tag, if it has one (IEEE 802.1Q). */
function vlanOf(frame: Uint8Array): number | undefined {
  if (frame.length < 16) return undefined;
  const view = new DataView(frame.buffer, frame.byteOffset, 16);
  return view.getUint16(12) === ETHERTYPE_VLAN ? view.getUint16(14) & 0xfff : undefined;
}

function key(address: Uint8Array): string {
  return address.join(':');
}

function table(addresses: readonly Uint8Array[]): AddressTable {
  if (addresses.length > TABLE_SIZE) return { addresses: new Set(), overflow: true };
  return { addresses: new Set(addresses.map(key)), overflow: false };
}

function saveTable({ addresses, overflow }: AddressTable): State {
  return { addresses: [...addresses].map((address) => Uint8Array.from(address.split(':'), Number)), overflow };
}

function restoreTable(state: StateReader): AddressTable {
  return { ...table(state.byteArrays('addresses')), overflow: state.boolean('overflow') };
}
