/** An Ethernet frame in a line: who to whom, and what is in it. For people; nothing depends on it. */
import { ETHERNET_BROADCAST, formatIpv4 } from './addresses.js';
import { latin1, read8, read16 } from './bytes.js';
import { DHCP_CLIENT_PORT, DHCP_SERVER_PORT } from './dhcp.js';
import { DNS_PORT } from './dns.js';
import { ARP_REPLY, ARP_REQUEST, ETHERNET_HEADER, ETHERTYPE_ARP, ETHERTYPE_IPV4, parseArp } from './ethernet.js';
import { type IpPacket, parseIp, PROTOCOL_ICMP, PROTOCOL_TCP, PROTOCOL_UDP } from './ip.js';
import { ACK, FIN, parseTcp, PSH, RST, SYN } from './tcp-segment.js';
import { parseUdp } from './udp.js';

const ETHERTYPE_IPV6 = 0x86dd;
/** Characters of a first line that are shown. */
const LONGEST_LINE = 60;

/** Such as `TCP 10.0.2.15:40000 > 198.51.100.1:80 [PSH, ACK], 85 bytes: GET /word HTTP/1.1`. */
export function describeFrame(frame: Uint8Array): string {
  if (frame.length < ETHERNET_HEADER) return `${frame.length} bytes, too few for a frame`;
  const type = read16(frame, 12);
  const payload = frame.subarray(ETHERNET_HEADER);
  const known = type === ETHERTYPE_ARP ? describeArp(payload) : type === ETHERTYPE_IPV4 ? describeIp(payload) : undefined;
  if (known !== undefined) return known;
  const name =
    { [ETHERTYPE_ARP]: 'ARP', [ETHERTYPE_IPV4]: 'IPv4', [ETHERTYPE_IPV6]: 'IPv6' }[type] ?? `Ethernet type 0x${type.toString(16)}`;
  const damaged = type === ETHERTYPE_ARP || type === ETHERTYPE_IPV4 ? ', damaged' : '';
  return `${name} ${mac(frame, 6)} > ${mac(frame, 0)}, ${payload.length} bytes${damaged}`;
}

function mac(frame: Uint8Array, offset: number): string {
  const bytes = frame.subarray(offset, offset + 6);
  if (bytes.every((byte, index) => byte === ETHERNET_BROADCAST[index])) return 'all';
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}

function describeArp(payload: Uint8Array): string | undefined {
  const packet = parseArp(payload);
  if (packet?.operation === ARP_REQUEST) return `ARP who has ${formatIpv4(packet.targetAddress)}, asks ${formatIpv4(packet.senderAddress)}`;
  if (packet?.operation === ARP_REPLY) return `ARP ${formatIpv4(packet.senderAddress)} is at ${mac(packet.senderMac, 0)}`;
  return undefined;
}

function describeIp(payload: Uint8Array): string | undefined {
  const packet = parseIp(payload);
  if (!packet) return undefined;
  const { source, destination, protocol, fragmentOffset, moreFragments } = packet;
  const between = (from?: number, to?: number): string =>
    `${formatIpv4(source)}${from === undefined ? '' : `:${from}`} > ${formatIpv4(destination)}${to === undefined ? '' : `:${to}`}`;
  const name = { [PROTOCOL_ICMP]: 'ICMP', [PROTOCOL_TCP]: 'TCP', [PROTOCOL_UDP]: 'UDP' }[protocol] ?? `IP protocol ${protocol}`;
  const length = `${packet.payload.length} bytes`;
  if (fragmentOffset > 0 || moreFragments) return `${name} ${between()}, a fragment: ${length} from ${fragmentOffset}`;
  const inside =
    protocol === PROTOCOL_UDP ? describeUdp(packet, between) : protocol === PROTOCOL_TCP ? describeTcp(packet, between) : undefined;
  if (protocol === PROTOCOL_ICMP) return `ICMP ${between()} ${icmpKind(packet.payload)}`;
  return inside ?? `${name} ${between()}, ${length}`;
}

type Between = (from?: number, to?: number) => string;

const ICMP_KINDS: Readonly<Record<number, string>> = {
  0: 'echo reply',
  3: 'destination unreachable',
  5: 'redirect',
  8: 'echo request',
  11: 'time exceeded',
};

const icmpKind = (message: Uint8Array): string => ICMP_KINDS[read8(message, 0)] ?? `type ${read8(message, 0)}`;

function describeUdp(packet: IpPacket, between: Between): string | undefined {
  const datagram = parseUdp(packet.source, packet.destination, packet.payload);
  if (!datagram) return undefined;
  const { sourcePort: from, destinationPort: to, data } = datagram;
  const ports = [from, to];
  if (ports.includes(DHCP_SERVER_PORT) && ports.includes(DHCP_CLIENT_PORT)) return `DHCP ${dhcpKind(data)}, ${between()}`;
  if (ports.includes(DNS_PORT)) return `DNS ${from === DNS_PORT ? 'answer' : 'question'} ${dnsName(data)}, ${between()}`;
  return `UDP ${between(from, to)}, ${data.length} bytes`;
}

/** Where a DHCP message's options begin, after the cookie (RFC 2131, section 3), and the option with its type. */
const DHCP_OPTIONS = 240;
const DHCP_MESSAGE_TYPE = 53;
const DHCP_END = 255;
const DHCP_KINDS = ['', 'discover', 'offer', 'request', 'decline', 'acknowledgement', 'refusal', 'release', 'inform'];

function dhcpKind(message: Uint8Array): string {
  for (let at = DHCP_OPTIONS; at < message.length && message[at] !== DHCP_END;) {
    if (message[at] === 0) at++;
    else if (message[at] === DHCP_MESSAGE_TYPE) return DHCP_KINDS[read8(message, at + 2)] ?? `type ${read8(message, at + 2)}`;
    else at += 2 + read8(message, at + 1);
  }
  return 'message';
}

/** The name that a message asks for, as its first question has it (RFC 1035, section 4.1). */
function dnsName(message: Uint8Array): string {
  const labels: string[] = [];
  for (let at = 12; at < message.length && labels.length < 32;) {
    const length = read8(message, at);
    if (length === 0 || length > 63) break;
    labels.push(latin1(message.subarray(at + 1, at + 1 + length)));
    at += 1 + length;
  }
  return printable(labels.join('.')) || '(no name)';
}

const FLAGS: readonly [bit: number, name: string][] = [
  [SYN, 'SYN'],
  [FIN, 'FIN'],
  [RST, 'RST'],
  [PSH, 'PSH'],
  [ACK, 'ACK'],
];

function describeTcp(packet: IpPacket, between: Between): string | undefined {
  const segment = parseTcp(packet.source, packet.destination, packet.payload);
  if (!segment) return undefined;
  const flags = FLAGS.filter(([bit]) => (segment.flags & bit) !== 0).map(([, name]) => name);
  const { data } = segment;
  const [first = ''] = latin1(data.subarray(0, LONGEST_LINE)).split(/[\r\n]/);
  // Text shows itself; other data is a number of bytes.
  const text = first !== '' && printable(first) === first ? `: ${first}` : '';
  const size = data.length > 0 ? `, ${data.length} bytes${text}` : '';
  return `TCP ${between(segment.sourcePort, segment.destinationPort)} [${flags.join(', ')}]${size}`;
}

/** Without what a terminal might take for a command. */
const printable = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?');
