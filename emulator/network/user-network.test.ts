/** Frames in, frames out, compared with captures of QEMU 7.2's user-mode network (libslirp 4.7.0) where marked so. */
import { at } from '../devices/testing/at.js';
import { SnapshotError, StateReader } from '../devices/snapshotable.js';
import { ipv4, stationMac } from './addresses.js';
import { checksum, concat, read16, read32, utf8, write16, write32 } from './bytes.js';
import { ARP_REQUEST, ETHERTYPE_IPV4, arpFrame, ethernetFrame } from './ethernet.js';
import { buildIp, parseIp, Reassembler, type IpPacket } from './ip.js';
import { FakeClock } from './testing/fake-clock.js';
import { GUEST, GUEST_MAC, Guest, GATEWAY, NAME_SERVER } from './testing/guest.js';
import { parseUdp } from './udp.js';
import { UserNetwork } from './user-network.js';
import type { VirtualHost } from './virtual-host.js';

const BROADCAST = Uint8Array.of(255, 255, 255, 255, 255, 255);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replace(/\s/g, ''), 'hex'));

const echo: VirtualHost = {
  names: ['echo.example'],
  tcp: new Map(),
  udp: new Map([[7, ({ data, reply }) => reply(data)]]),
};

function start(): { clock: FakeClock; guest: Guest; network: UserNetwork } {
  const clock = new FakeClock();
  const network = new UserNetwork({ clock, hosts: [echo] });
  return { clock, network, guest: new Guest(clock, network) };
}

function arp(target: string, sender = 0): Uint8Array {
  const zero = new Uint8Array(6);
  const packet = { senderMac: GUEST_MAC, senderAddress: sender, targetMac: zero, targetAddress: ipv4(target) };
  return arpFrame(BROADCAST, { operation: ARP_REQUEST, ...packet });
}

function bootp(options: string, clientAddress = 0): Uint8Array {
  const message = new Uint8Array(240);
  message.set([1, 1, 6, 0]);
  write32(message, 4, 0x12345678);
  write32(message, 12, clientAddress);
  message.set(GUEST_MAC, 28);
  message.set([99, 130, 83, 99], 236);
  return concat(message, bytes(options), Uint8Array.of(255));
}

function ping(size: number): Uint8Array {
  const message = new Uint8Array(8 + size).map((_, i) => (i < 8 ? 0 : 0x61 + ((i - 8) % 8)));
  message.set([8, 0, 0, 0, 0, 7, 0, 1]);
  write16(message, 2, checksum(message));
  return message;
}

describe('ARP', () => {
  it('answers probes for the gateway and the name server as QEMU does, byte for byte', () => {
    const { clock, guest, network } = start();
    network.transmit(arp('10.0.2.2'));
    network.transmit(arp('10.0.2.3'));
    clock.advance(1e6);
    expect(guest.frames.map(hex)).toEqual([
      '525500d1550152550a0002020806000108000604000252550a0002020a000202525500d155010000000000000000000000000000000000000000000000000000',
      '525500d1550152550a0002030806000108000604000252550a0002030a000203525500d155010000000000000000000000000000000000000000000000000000',
    ]);
  });

  it('leaves addresses that nobody has, and the guest’s own, unanswered', () => {
    const { clock, guest, network } = start();
    for (const address of ['10.0.2.4', '10.0.2.1', '10.0.2.15', '198.51.100.1']) network.transmit(arp(address));
    network.transmit(arp('10.0.2.15', GUEST));
    clock.advance(1e6);
    expect(guest.frames).toEqual([]);
  });

  it('delivers nothing before the latency has passed', () => {
    const { clock, guest, network } = start();
    network.transmit(arp('10.0.2.2'));
    expect(guest.frames).toHaveLength(0);
    clock.advance(49_999);
    expect(guest.frames).toHaveLength(0);
    clock.advance(1);
    expect(guest.frames).toHaveLength(1);
  });
});

describe('DHCP', () => {
  const HEADER = 'ffffffffffff 52550a000202 0800';
  /** QEMU's frame from the IP header on, without the zeros. */
  const captured = (head: string, address: string, options: string): string => {
    const frame = new Uint8Array(590);
    frame.set(bytes(`${HEADER} ${head} 02010600 12345678 00000000 00000000 ${address} 0a000202 00000000 525500d15501`));
    frame.set(bytes(`63825363 ${options}`), 14 + 28 + 236);
    return hex(frame);
  };
  const LEASE = '0104ffffff00 03040a000202 06040a000203 330400015180 ff';

  function exchange(options: string, clientAddress = 0): { frames: string[]; ask: (options: string) => string[] } {
    const { clock, guest } = start();
    const ask = (text: string, address = 0): string[] => {
      guest.frames.length = 0;
      guest.sendUdp(0xffffffff, 68, 67, bootp(text, address), 0);
      clock.advance(1e6);
      return guest.frames.map(hex);
    };
    return { frames: ask(options, clientAddress), ask };
  }

  it('offers what QEMU offers, byte for byte', () => {
    const { frames } = exchange('350101 37070103060c0f1c2a');
    const head = '45100240000000004011 6c9c 0a000202ffffffff 00430044022c 315a';
    expect(frames).toEqual([captured(head, '0a00020f', `350102 36040a000202 ${LEASE}`)]);
  });

  it('acknowledges as QEMU does, byte for byte', () => {
    const { ask } = exchange('350101');
    const head = '45100240000100004011 6c9b 0a000202ffffffff 00430044022c 2e5a';
    const frames = ask('350103 32040a00020f 36040a000202');
    expect(frames).toEqual([captured(head, '0a00020f', `350105 36040a000202 ${LEASE}`)]);
  });

  it('refuses an address outside the pool with QEMU’s NAK, byte for byte', () => {
    const { frames } = exchange('350103 32040a00034d');
    const head = '45100240000000004011 6c9c 0a000202ffffffff 00430044022c 3d7d';
    const message = '7265717565737465642061646472657373206e6f7420617661696c61626c65';
    expect(frames).toEqual([captured(head, 'ffffffff', `350106 381f${message} ff`)]);
  });

  it('offers the address asked for when it is free, renews by ciaddr, and says nothing to RELEASE, INFORM and DECLINE', () => {
    const { frames, ask } = exchange('350101 32040a000214');
    expect(at(frames).slice(2 * 58, 2 * 62)).toBe('0a000214');
    expect(ask('350107')).toEqual([]);
    expect(ask('350108')).toEqual([]);
    expect(ask('350104')).toEqual([]);
    const renewed = exchange('350103', GUEST).frames;
    expect(at(renewed).slice(2 * 58, 2 * 62)).toBe('0a00020f');
    // Plain BOOTP, without a message type, is served as well.
    expect(exchange('').frames).toHaveLength(1);
    // A request to another server is none of ours.
    expect(exchange('350103 32040a00020f 36040a000209').frames).toEqual([]);
  });

  it('gives two guests two addresses, and keeps them', () => {
    const { clock, guest } = start();
    const ask = (last: number): string => {
      const message = bootp('350101');
      message[33] = last;
      guest.frames.length = 0;
      guest.sendUdp(0xffffffff, 68, 67, message, 0);
      clock.advance(1e6);
      return hex(at(guest.frames).subarray(58, 62));
    };
    expect([ask(1), ask(2), ask(1), ask(2)]).toEqual(['0a00020f', '0a000210', '0a00020f', '0a000210']);
    for (let last = 3; last <= 16; last++) ask(last);
    expect(() => ask(17)).toThrow(); // no frame at all: the pool is empty
  });
});

describe('IPv4, ICMP and UDP', () => {
  it('answers a ping as QEMU does, byte for byte', () => {
    const { clock, guest } = start();
    guest.announce();
    guest.sendIp(GATEWAY, 1, ping(8));
    clock.advance(1e6);
    const captured = '525500d1550152550a00020208004500002400070000ff01a3c10a0002020a00020f00006e6200070001 6162636465666768';
    const expected = bytes(captured);
    // QEMU had sent seven packets before that one: identification and checksum differ by as much.
    write16(expected, 18, 0);
    write16(expected, 24, read16(expected, 24) + 7);
    expect(guest.frames.map(hex)).toEqual([hex(expected)]);
  });

  it.each([0, 1472, 1473, 4000, 60_000])('carries a ping of %i bytes, in fragments where it must', (size) => {
    const { clock, guest } = start();
    guest.announce();
    guest.sendIp(ipv4('198.51.100.1'), 1, ping(size));
    clock.advance(1e6);
    const packets = guest.takePackets();
    expect(packets).toHaveLength(Math.max(1, Math.ceil((size + 8) / 1480)));
    const reassembler = new Reassembler(new FakeClock());
    const whole = packets.map((packet) => reassembler.add(packet)).find((packet) => packet !== undefined);
    expect(whole?.payload.subarray(8)).toEqual(ping(size).subarray(8));
    expect(checksum(whole?.payload ?? new Uint8Array(1))).toBe(0);
    expect(whole?.payload[0]).toBe(0);
  });

  it('reassembles fragments in any order, once, and drops overlapping or oversized ones', () => {
    const clock = new FakeClock();
    const reassembler = new Reassembler(clock);
    const payload = new Uint8Array(5000).map((_, i) => i * 7);
    const parts = buildIp({ source: 1, destination: 2, protocol: 1, identification: 9 }, payload).map((p) => parseIp(p)!);
    expect(parts).toHaveLength(4);
    const order = [3, 1, 1, 0, 2];
    const results = order.map((i) => reassembler.add(at(parts, i)));
    expect(results.slice(0, 4)).toEqual([undefined, undefined, undefined, undefined]);
    expect(results[4]?.payload).toEqual(payload);

    const [first, second, third, last] = [0, 1, 2, 3].map((i) => at(parts, i)) as [IpPacket, IpPacket, IpPacket, IpPacket];
    const shifted = { ...second, fragmentOffset: second.fragmentOffset - 8 };
    for (const part of [first, shifted, second, third, last]) expect(reassembler.add(part)).toBeUndefined();
    const huge = { ...last, fragmentOffset: 65528, identification: 77 };
    expect(reassembler.add(huge)).toBeUndefined();
    clock.advance(61e9);
    expect(clock.pending).toBe(0);
  });

  it('drops a datagram whose fragments reach past its last one, or that has two ends', () => {
    const reassembler = new Reassembler(new FakeClock());
    const base = parseIp(buildIp({ source: 1, destination: 2, protocol: 1, identification: 9 }, new Uint8Array(8))[0]!)!;
    const piece = (offset: number, length: number, more: boolean) => ({
      ...base,
      fragmentOffset: offset,
      moreFragments: more,
      payload: new Uint8Array(length),
    });
    // 8 bytes before the end and 8 after it add up to the 16 that the last fragment promises.
    for (const part of [piece(0, 8, true), piece(32, 8, true), piece(16, 0, false)]) expect(reassembler.add(part)).toBeUndefined();
    for (const part of [piece(0, 8, true), piece(24, 8, false), piece(8, 8, false)]) expect(reassembler.add(part)).toBeUndefined();
    const state = { pending: [{ key: 'x', total: 8, when: 1, order: 0, fragments: [{ offset: 8, payload: new Uint8Array(8) }] }] };
    expect(() => reassembler.restoreState(new StateReader(state, 'reassembler'))).toThrow(SnapshotError);
  });

  it('says that other networks are unreachable, quoting the packet, and stays silent about broadcasts and errors', () => {
    const { clock, guest } = start();
    guest.announce();
    guest.sendIp(ipv4('8.8.8.8'), 1, ping(8));
    clock.advance(1e6);
    const error = at(guest.takePackets());
    expect([error.source, error.payload[0], error.payload[1]]).toEqual([ipv4('8.8.8.8'), 3, 0]);
    expect(checksum(error.payload)).toBe(0);
    expect(read32(error.payload, 8 + 16)).toBe(ipv4('8.8.8.8'));
    expect(error.payload.subarray(28)).toEqual(ping(8));

    guest.sendIp(ipv4('10.0.2.255'), 1, ping(8));
    guest.sendIp(ipv4('224.0.0.1'), 1, ping(8));
    guest.sendIp(ipv4('8.8.8.8'), 1, error.payload);
    clock.advance(1e6);
    expect(guest.takePackets()).toEqual([]);
  });

  it('reports an expired time to live, unknown protocols and closed ports', () => {
    const { clock, guest } = start();
    guest.announce();
    const host = ipv4('198.51.100.1');
    const outcome = (): number[][] => {
      clock.advance(1e6);
      return guest.takePackets().map((packet) => [packet.source, at(packet.payload), at(packet.payload, 1)]);
    };
    guest.sendIp(host, 1, ping(8), { ttl: 1 });
    expect(outcome()).toEqual([[GATEWAY, 11, 0]]);
    guest.sendIp(GATEWAY, 1, ping(8), { ttl: 1 });
    expect(outcome()).toEqual([[GATEWAY, 0, 0]]);
    guest.sendIp(host, 47, ping(8));
    expect(outcome()).toEqual([[host, 3, 2]]);
    guest.sendUdp(host, 5000, 9, utf8('hi'));
    expect(outcome()).toEqual([[host, 3, 3]]);
    guest.sendUdp(ipv4('203.0.113.5'), 5000, 9, utf8('hi'));
    expect(outcome()).toEqual([[ipv4('203.0.113.5'), 3, 0]]);
  });

  it('carries UDP to a virtual host and back', () => {
    const { clock, guest } = start();
    guest.announce();
    const host = ipv4('198.51.100.1');
    guest.sendUdp(host, 5000, 7, utf8('over there'));
    clock.advance(1e6);
    const packet = at(guest.takePackets());
    const datagram = parseUdp(packet.source, packet.destination, packet.payload);
    expect(datagram).toEqual({ sourcePort: 7, destinationPort: 5000, data: utf8('over there') });
  });

  it('drops packets whose IP, ICMP or UDP checksum is wrong', () => {
    const { clock, guest, network } = start();
    guest.announce();
    const good = at(buildIp({ source: GUEST, destination: GATEWAY, protocol: 1, identification: 1 }, ping(8)));
    for (const place of [10, 22]) {
      const bad = good.map((byte, i) => (i === place ? byte ^ 1 : byte));
      network.transmit(ethernetFrame(stationMac(GATEWAY), GUEST_MAC, ETHERTYPE_IPV4, bad));
    }
    clock.advance(1e6);
    expect(guest.frames).toEqual([]);
    network.transmit(ethernetFrame(stationMac(GATEWAY), GUEST_MAC, ETHERTYPE_IPV4, good));
    clock.advance(1e6);
    expect(guest.frames).toHaveLength(1);
  });
});

it('refuses hosts that cannot be named', () => {
  const clock = new FakeClock();
  const host = (name: string): VirtualHost => ({ names: [name], tcp: new Map() });
  expect(() => new UserNetwork({ clock, hosts: [host('a b')] })).toThrow("'a b' is not a host name");
  expect(() => new UserNetwork({ clock, hosts: [host('a.b'), host('A.B')] })).toThrow("two virtual hosts are called 'a.b'");
  expect(new UserNetwork({ clock, hosts: [host('x.y'), host('A.B')] }).resolve('a.B')).toBe('198.51.100.2');
  expect(NAME_SERVER).toBe(ipv4('10.0.2.3'));
});
