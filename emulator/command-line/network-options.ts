/** The options of QEMU's command line that describe the network: `-netdev user`, and `-nic`, which brings a card, too. */
import { isHostName } from '../network/dns.js';
import { addressPlan, type ForwardRule, type NetworkSettings } from '../network/settings.js';
import {
  parseNumber,
  parseOptionValue,
  parseSwitch,
  QemuOptionError,
  requireWord,
  splitCommas,
  type OptionValue,
} from './option-values.js';
import type { DeviceDraft, DriverRow, OptionRow } from './draft.js';
import type { NetworkLine } from './lines.js';

const DEFAULT_MAC = '52:54:00:12:34:56';
const LOOPBACK = /^127\.\d+\.\d+\.\d+$/;
const LAST_PORT = 0xffff;
const INSIDE = "the machine's network is inside this process";

/** Parameters that would bring something of the host's into the network, or that it does not have. */
const REFUSED: Record<string, string> = {
  guestfwd: `${INSIDE}, and the guest reaches nothing of the host's (hostfwd lets the host reach the guest)`,
  smb: `${INSIDE}, and shows the guest no folder of the host's`,
  smbserver: `${INSIDE}, and shows the guest no folder of the host's`,
  tftp: `${INSIDE}, and shows the guest no folder of the host's: give a kernel by -kernel, or files by -drive or -initrd`,
  bootfile: 'there is nothing to boot over the network: give a kernel by -kernel',
  'tftp-server-name': 'there is nothing to boot over the network: give a kernel by -kernel',
  dnssearch: 'names in it are those of virtual hosts, which are complete',
  'ipv6-net': 'the network knows IPv4 only',
  'ipv6-prefix': 'the network knows IPv4 only',
  'ipv6-prefixlen': 'the network knows IPv4 only',
  'ipv6-host': 'the network knows IPv4 only',
  'ipv6-dns': 'the network knows IPv4 only',
};
const KNOWN = ['net', 'host', 'dns', 'dhcpstart', 'hostname', 'domainname', 'restrict', 'ipv4', 'ipv6', 'hostfwd'];

function readNetdev(draft: DeviceDraft, text: string): void {
  const { parameters, line } = readUser(`-netdev ${text}`, '-netdev', text, ['id']);
  const id = parameters.get('id');
  if (id === undefined) throw new QemuOptionError(`-netdev ${text}: parameter 'id' is missing`);
  if (draft.networks.has(id)) throw new QemuOptionError(`-netdev ${text}: there is an '${id}' already`);
  draft.networks.set(id, line);
}

/** Board `virt` makes the card of a `-nic` before all other devices, on PCI. */
function readNic(draft: DeviceDraft, text: string): void {
  if (text === 'none') return;
  const option = `-nic ${text}`;
  const { parameters, line } = readUser(option, '-nic', text, ['id', 'model', 'mac']);
  requireWord('-nic model=', parameters.get('model') ?? 'virtio', ['virtio', 'virtio-net-pci']);
  const mac = requireMac(option, parameters.get('mac') ?? DEFAULT_MAC);
  draft.devices.unshift({
    text: option,
    resolve(all) {
      all.connected = line;
      return { kind: 'network', mac, pci: true };
    },
  });
}

function readUser(option: string, name: string, text: string, known: string[]): { parameters: Map<string, string>; line: NetworkLine } {
  const parts = splitCommas(text);
  for (const part of parts) {
    const [key = ''] = part.split('=');
    if (Object.hasOwn(REFUSED, key)) throw new QemuOptionError(`${option}: '${key}' is not supported: ${REFUSED[key]}`);
  }
  const { first, parameters } = parseOptionValue(name, text, 'type', [...known, ...KNOWN]);
  requireWord(name, first, name === '-nic' ? ['user', 'none'] : ['user']);
  const given = (key: string): string | undefined => parameters.get(key);
  parseSwitch(name, 'restrict', given('restrict') ?? 'on');
  if (!parseSwitch(name, 'ipv4', given('ipv4') ?? 'on')) throw new QemuOptionError(`${option}: 'ipv4' is always on`);
  if (parseSwitch(name, 'ipv6', given('ipv6') ?? 'off')) throw new QemuOptionError(`${option}: 'ipv6' is always off`);
  const settings: NetworkSettings = {
    ...segment(option, given('net')),
    gateway: given('host'),
    nameServer: given('dns'),
    firstLease: given('dhcpstart'),
    hostName: requireName(option, 'hostname', given('hostname')),
    domainName: requireName(option, 'domainname', given('domainname')),
  };
  try {
    addressPlan(settings);
  } catch (error) {
    throw error instanceof RangeError ? new QemuOptionError(`${option}: ${error.message}`) : error;
  }
  const forwards = parts.filter((part) => part.startsWith('hostfwd=')).map((part) => readForward(option, part.slice('hostfwd='.length)));
  return { parameters, line: { settings, forwards } };
}

function segment(option: string, net: string | undefined): NetworkSettings {
  if (net === undefined) return {};
  const [, network, prefix] = /^([\d.]+)\/(\d+)$/.exec(net) ?? [];
  if (network === undefined) throw new QemuOptionError(`${option}: net= is a network such as 10.0.2.0/24, not '${net}'`);
  return { network, prefix: Number(prefix) };
}

function requireName(option: string, key: string, name: string | undefined): string | undefined {
  if (name === undefined || isHostName(name.toLowerCase())) return name;
  throw new QemuOptionError(`${option}: '${name}' is not a ${key}`);
}

/** `PROTOCOL:[HOST]:PORT-[GUEST]:PORT`. Nobody but this computer is let in: QEMU, without HOST, would let in everybody. */
function readForward(option: string, rule: string): ForwardRule {
  const match = /^(tcp|udp)?:([^:]*):(\d+)-([\d.]*):(\d+)$/.exec(rule);
  if (!match) throw new QemuOptionError(`${option}: hostfwd= is such as tcp:127.0.0.1:8080-:80, not '${rule}'`);
  const [, protocol = 'tcp', host, hostPort, guest, guestPort] = match as unknown as [
    string,
    string | undefined,
    string,
    string,
    string,
    string,
  ];
  const hostAddress = host === '' || host === 'localhost' ? '127.0.0.1' : host;
  if (!LOOPBACK.test(hostAddress)) {
    throw new QemuOptionError(
      `${option}: hostfwd= listens on this computer only, as a guest is not to be trusted with a network: give 127.0.0.1, not '${host}'`,
    );
  }
  const port = (text: string): number => {
    const number = parseNumber(option, 'hostfwd', text);
    if (number === 0 || number > LAST_PORT) throw new QemuOptionError(`${option}: ${text} is not a port (1 to ${LAST_PORT})`);
    return number;
  };
  return {
    protocol: protocol as 'tcp' | 'udp',
    hostAddress,
    hostPort: port(hostPort),
    guestAddress: guest === '' ? undefined : guest,
    guestPort: port(guestPort),
  };
}

function readCard(draft: DeviceDraft, text: string, { parameters }: OptionValue, pci: { pci?: true }): void {
  const netdev = parameters.get('netdev');
  if (netdev === undefined) throw new QemuOptionError(`-device ${text}: parameter 'netdev' is missing`);
  const mac = requireMac(`-device ${text}`, parameters.get('mac') ?? DEFAULT_MAC);
  draft.devices.push({
    text,
    resolve: (all) => {
      all.connected = all.networks.get(netdev);
      if (!all.connected) throw new QemuOptionError(`-device ${text}: there is no -netdev with the id '${netdev}'`);
      return { kind: 'network', mac, ...pci };
    },
  });
}

/** An Ethernet address of one station, in the usual form. */
function requireMac(option: string, mac: string): string {
  if (/^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i.test(mac) && !(parseInt(mac.slice(0, 2), 16) & 1)) return mac.toLowerCase().replaceAll('-', ':');
  throw new QemuOptionError(`${option}: '${mac}' is not an Ethernet address such as ${DEFAULT_MAC}`);
}

/** In the order of -help. */
export const NETWORK_OPTIONS: readonly (OptionRow | DriverRow)[] = [
  {
    driver: 'virtio-net',
    buses: true,
    parameters: ['netdev', 'mac'],
    read: readCard,
    help: '  -netdev user,id=ID -device virtio-net-device,netdev=ID[,mac=MAC]',
  },
  {
    names: ['nic'],
    value: ({ parts }, value) => readNic(parts, value),
    help: `  -nic user[,mac=MAC]                  the same as a PCI device; -nic none
                                       after user: net=ADDR/BITS, host=, dns=, dhcpstart=, hostname=, domainname=`,
  },
  {
    names: ['netdev'],
    value: ({ parts }, value) => readNetdev(parts, value),
    help: `  -netdev user,id=ID,hostfwd=tcp|udp:[127.0.0.1]:PORT-[ADDR]:PORT
                                       this computer, and no other, can reach a port of the guest; such runs do not repeat`,
  },
];
