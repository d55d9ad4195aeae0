/** The address plan of QEMU's user-mode network (`-netdev user`), which guests and tutorials rely on. */

/** An IPv4 address as an unsigned 32-bit number. Throws a RangeError when `text` is not a dotted quad. */
export function ipv4(text: string): number {
  const parts = text.split('.').map(Number);
  if (parts.length !== 4 || !parts.every((part) => Number.isInteger(part) && part >= 0 && part <= 255)) {
    throw new RangeError(`'${text}' is not an IPv4 address`);
  }
  return parts.reduce((address, part) => address * 256 + part, 0);
}

export function formatIpv4(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join('.');
}

/** Addresses that can be leased at once, from FIRST_LEASE on. */
export const LEASE_COUNT = 16;
export const LIMITED_BROADCAST = 0xffffffff;
/** Virtual hosts are in TEST-NET-2 (RFC 5737), outside the guest's subnet, so that traffic passes the gateway. */
export const FIRST_VIRTUAL_HOST = ipv4('198.51.100.1');
export const VIRTUAL_HOST_COUNT = 254;

export const ETHERNET_BROADCAST = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff);

/** Stations of the subnet that are not the guest have the Ethernet address 52:55 and their IPv4 address. */
export function stationMac(address: number): Uint8Array {
  return Uint8Array.of(0x52, 0x55, address >>> 24, address >>> 16, address >>> 8, address);
}
