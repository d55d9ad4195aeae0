import { ipv4, stationMac } from './addresses.js';
import { utf8, write16 } from './bytes.js';
import { describeFrame } from './describe-frame.js';
import { ARP_REPLY, ARP_REQUEST, arpFrame, ethernetFrame, ETHERTYPE_IPV4 } from './ethernet.js';
import { buildIp, PROTOCOL_ICMP, PROTOCOL_TCP, PROTOCOL_UDP } from './ip.js';
import { ACK, buildTcp, PSH, SYN, type TcpSegment } from './tcp-segment.js';
import { buildUdp } from './udp.js';

const GUEST = ipv4('10.0.2.15');
const HOST = ipv4('198.51.100.1');
const MAC = Uint8Array.of(0x52, 0x54, 0, 0x12, 0x34, 0x56);

const ip = (protocol: number, payload: Uint8Array): Uint8Array[] =>
  buildIp({ source: GUEST, destination: HOST, protocol, identification: 1 }, payload).map((packet) =>
    ethernetFrame(stationMac(HOST), MAC, ETHERTYPE_IPV4, packet),
  );
const described = (protocol: number, payload: Uint8Array): string[] => ip(protocol, payload).map(describeFrame);
const tcp = (flags: number, data = ''): string[] => {
  const segment: TcpSegment = {
    sourcePort: 4000,
    destinationPort: 80,
    sequence: 1,
    acknowledgment: 1,
    flags,
    window: 100,
    data: utf8(data),
  };
  return described(PROTOCOL_TCP, buildTcp(GUEST, HOST, segment));
};
const udp = (sourcePort: number, destinationPort: number, data: Uint8Array): string[] =>
  described(PROTOCOL_UDP, buildUdp(GUEST, HOST, { sourcePort, destinationPort, data }));

test('stations ask for each other', () => {
  const packet = { senderMac: MAC, senderAddress: GUEST, targetMac: new Uint8Array(6), targetAddress: HOST };
  expect(describeFrame(arpFrame(MAC, { operation: ARP_REQUEST, ...packet }))).toBe('ARP who has 198.51.100.1, asks 10.0.2.15');
  expect(describeFrame(arpFrame(MAC, { operation: ARP_REPLY, ...packet }))).toBe('ARP 10.0.2.15 is at 52:54:00:12:34:56');
});

test('segments have their flags, and text its first line', () => {
  expect(tcp(SYN)).toEqual(['TCP 10.0.2.15:4000 > 198.51.100.1:80 [SYN]']);
  expect(tcp(PSH | ACK, 'GET /word HTTP/1.1\r\nHost: x\r\n')).toEqual([
    'TCP 10.0.2.15:4000 > 198.51.100.1:80 [PSH, ACK], 29 bytes: GET /word HTTP/1.1',
  ]);
  expect(tcp(ACK, '\x1b[2J')).toEqual(['TCP 10.0.2.15:4000 > 198.51.100.1:80 [ACK], 4 bytes']);
});

test('datagrams of DHCP and DNS say what they are for', () => {
  const discover = new Uint8Array(244);
  discover.set([53, 1, 1, 255], 240);
  expect(udp(68, 67, discover)).toEqual(['DHCP discover, 10.0.2.15 > 198.51.100.1']);
  const question = new Uint8Array(30);
  question.set([4, ...utf8('word'), 7, ...utf8('example'), 0], 12);
  expect(udp(5000, 53, question)).toEqual(['DNS question word.example, 10.0.2.15 > 198.51.100.1']);
  expect(udp(5000, 7, utf8('hello'))).toEqual(['UDP 10.0.2.15:5000 > 198.51.100.1:7, 5 bytes']);
});

test('others say how long they are', () => {
  expect(described(PROTOCOL_ICMP, Uint8Array.of(8, 0, 0, 0))).toEqual(['ICMP 10.0.2.15 > 198.51.100.1 echo request']);
  expect(described(PROTOCOL_UDP, new Uint8Array(2000))).toEqual([
    'UDP 10.0.2.15 > 198.51.100.1, a fragment: 1480 bytes from 0',
    'UDP 10.0.2.15 > 198.51.100.1, a fragment: 520 bytes from 1480',
  ]);
  expect(described(47, new Uint8Array(8))).toEqual(['IP protocol 47 10.0.2.15 > 198.51.100.1, 8 bytes']);
  const other = ethernetFrame(MAC, stationMac(HOST), 0x86dd, new Uint8Array(40));
  expect(describeFrame(other)).toBe('IPv6 52:55:c6:33:64:01 > 52:54:00:12:34:56, 40 bytes');
});

test('nothing that a guest sends is too strange', () => {
  expect(describeFrame(new Uint8Array(3))).toBe('3 bytes, too few for a frame');
  const [frame = new Uint8Array(0)] = ip(PROTOCOL_TCP, new Uint8Array(20));
  for (let length = 0; length <= frame.length; length++) expect(describeFrame(frame.subarray(0, length))).not.toBe('');
  write16(frame, 24, 0);
  expect(describeFrame(frame)).toBe('IPv4 52:54:00:12:34:56 > 52:55:c6:33:64:01, 40 bytes, damaged');
});
