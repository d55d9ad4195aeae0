/** How a user-mode network is laid out, and what of it the host may reach: the parameters of QEMU's `-netdev user`. */
import { ipv4 } from './addresses.js';

/** Addresses as dotted quads; what is absent is as QEMU has it. */
export interface NetworkSettings {
  /** The segment, and how many bits of an address name it. */
  network?: string | undefined;
  prefix?: number | undefined;
  gateway?: string | undefined;
  nameServer?: string | undefined;
  /** The first address that is leased; as many as `LEASE_COUNT` follow, where the segment has room. */
  firstLease?: string | undefined;
  /** What the guest is told it is called, and in which domain. */
  hostName?: string | undefined;
  domainName?: string | undefined;
}

/** A port of the host that leads into the guest (`hostfwd`). */
export interface ForwardRule {
  protocol: 'tcp' | 'udp';
  hostAddress: string;
  hostPort: number;
  /** Absent: the first address that is leased. */
  guestAddress?: string | undefined;
  guestPort: number;
}

/** The same as numbers, whole and sound. */
export interface AddressPlan {
  network: number;
  netmask: number;
  gateway: number;
  nameServer: number;
  firstLease: number;
  directedBroadcast: number;
}

/** Where QEMU puts gateway, name server and first lease, counted from the start of the segment. */
const GATEWAY_OFFSET = 0x0202;
const NAME_SERVER_OFFSET = 0x0203;
const FIRST_LEASE_OFFSET = 0x020f;
const DEFAULT_NETWORK = '10.0.2.0';
const DEFAULT_PREFIX = 24;
const SHORTEST_PREFIX = 4;
/** Room for gateway, name server, one guest, and the two addresses that nobody has. */
const LONGEST_PREFIX = 29;

/** Throws a RangeError that says which address cannot be. */
export function addressPlan(settings: NetworkSettings = {}): AddressPlan {
  const { prefix = DEFAULT_PREFIX } = settings;
  if (!Number.isInteger(prefix) || prefix < SHORTEST_PREFIX || prefix > LONGEST_PREFIX) {
    throw new RangeError(`a network has a prefix of ${SHORTEST_PREFIX} to ${LONGEST_PREFIX} bits, not ${prefix}`);
  }
  const netmask = (0xffff_ffff << (32 - prefix)) >>> 0;
  const hostBits = ~netmask >>> 0;
  const network = (ipv4(settings.network ?? DEFAULT_NETWORK) & netmask) >>> 0;
  const at = (given: string | undefined, offset: number): number =>
    given === undefined ? (network | (offset & hostBits)) >>> 0 : ipv4(given);
  const plan: AddressPlan = {
    network,
    netmask,
    gateway: at(settings.gateway, GATEWAY_OFFSET),
    nameServer: at(settings.nameServer, NAME_SERVER_OFFSET),
    firstLease: at(settings.firstLease, FIRST_LEASE_OFFSET),
    directedBroadcast: (network | hostBits) >>> 0,
  };
  const stations = [
    ['host', plan.gateway],
    ['dns', plan.nameServer],
    ['dhcpstart', plan.firstLease],
  ] as const;
  for (const [name, address] of stations) {
    if ((address & netmask) >>> 0 !== network || address === network || address === plan.directedBroadcast) {
      throw new RangeError(`the address of ${name} is not in the network: give ${name}=`);
    }
  }
  if (new Set(stations.map(([, address]) => address)).size < stations.length)
    throw new RangeError('host, dns and dhcpstart must be different addresses');
  return plan;
}

export function inSubnet({ network, netmask }: AddressPlan, address: number): boolean {
  return (address & netmask) >>> 0 === network;
}

/** True for addresses to which no error may be sent (RFC 1122, section 3.2.2). */
export function isGroupAddress({ directedBroadcast }: AddressPlan, address: number): boolean {
  return address >>> 28 >= 0xe || address === directedBroadcast || address === 0;
}
