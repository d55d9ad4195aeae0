/**
 * The machine's network as a guest of QEMU's `-netdev user` sees it: one Ethernet segment, 10.0.2.0/24, with a gateway,
 * a name server and a DHCP server, and beyond the gateway the virtual hosts. Nothing here reaches the real network; what the host forwards comes in as from the gateway.
 */
import type { Clock, ScheduledEvent } from '../devices/peripheral.js';
import { SnapshotError, type Snapshotable, type State, type StateReader } from '../devices/snapshotable.js';
import { ETHERNET_BROADCAST, FIRST_VIRTUAL_HOST, LIMITED_BROADCAST, VIRTUAL_HOST_COUNT, formatIpv4, stationMac } from './addresses.js';
import { DHCP_CLIENT_PORT, DHCP_SERVER_PORT, DhcpServer } from './dhcp.js';
import { DNS_PORT, answerQuery, isHostName } from './dns.js';
import { ARP_REPLY, ARP_REQUEST, ETHERNET_HEADER, ETHERTYPE_ARP, ETHERTYPE_IPV4, arpFrame, ethernetFrame, parseArp } from './ethernet.js';
import { ECHO_REQUEST, IcmpError, echoReply, icmpError, isIcmpError } from './icmp.js';
import { PROTOCOL_ICMP, PROTOCOL_TCP, PROTOCOL_UDP, Reassembler, buildIp, parseIp } from './ip.js';
import type { IpFields, IpPacket } from './ip.js';
import { read8, read16 } from './bytes.js';
import type { EthernetNetwork, FrameDirection } from './link.js';
import { HostForwarding, type GuestEvent, type HostAction } from './host-forwarding.js';
import { SeededRandom } from './random.js';
import { addressPlan, inSubnet, isGroupAddress, type AddressPlan, type NetworkSettings } from './settings.js';
import { TcpStack } from './tcp-stack.js';
import { TFTP_PORT, refuseTransfer } from './tftp.js';
import { buildUdp, parseUdp } from './udp.js';
import type { UdpDatagram } from './udp.js';
import type { VirtualHost } from './virtual-host.js';

/** Virtual nanoseconds from a frame's leaving the network to its arrival at the card. */
const DEFAULT_LATENCY_NS = 50_000;
/** Hardware addresses remembered; a network with more than this many guests does not exist. */
const MAX_NEIGHBOURS = 64;
/** Frames under way to the guest; beyond it the network drops, as any does. */
const MAX_IN_FLIGHT = 4096;
/** Datagrams that wait for an answer to whose their address is, and virtual nanoseconds that they wait, as on QEMU's network. */
const MAX_UNRESOLVED = 32;
const RESOLUTION_TIMEOUT_NS = 1e9;
const TOS_LOW_DELAY = 0x10;
const TOS_INTERNETWORK_CONTROL = 0xc0;
const ICMP_TTL = 255;

export interface UserNetworkOptions {
  clock: Clock;
  hosts: readonly VirtualHost[];
  /** The segment's addresses, and what guests are called; as QEMU has them unless given. */
  settings?: NetworkSettings;
  /** Told what the guest does with what the host forwards to it. */
  toHost?: (event: GuestEvent) => void;
  /** Decides initial sequence numbers. */
  seed?: number;
  /** Virtual nanoseconds that each frame to the guest takes. */
  latency?: number;
}

export class UserNetwork implements EthernetNetwork, Snapshotable {
  receive: (frame: Uint8Array) => void = () => undefined;
  /** Told about each frame: one that the guest's card sends, and one that arrives at it. The bytes stay as they are. */
  onFrame: ((direction: FrameDirection, frame: Uint8Array) => void) | undefined;

  private readonly clock: Clock;
  private readonly latency: number;
  private readonly hostByAddress = new Map<number, VirtualHost>();
  private readonly addressByName = new Map<string, number>();
  private readonly neighbours = new Map<number, Uint8Array>();
  private readonly settings: NetworkSettings;
  private readonly plan: AddressPlan;
  private dhcp: DhcpServer;
  private readonly reassembler: Reassembler;
  private readonly tcp: TcpStack;
  private readonly forwarding: HostForwarding;
  private identification = 0;
  /** Frames on their way to the guest, each with its arrival. */
  private readonly inFlight = new Map<ScheduledEvent, Uint8Array>();
  /** Packets for stations whose hardware address has been asked for, in order. */
  private unresolved: { address: number; until: number; packet: Uint8Array }[] = [];

  /** Throws a RangeError for a host name that DNS cannot carry or two hosts share, and for more hosts than addresses. */
  constructor(options: UserNetworkOptions) {
    this.clock = options.clock;
    this.latency = options.latency ?? DEFAULT_LATENCY_NS;
    this.settings = options.settings ?? {};
    this.plan = addressPlan(this.settings);
    this.dhcp = new DhcpServer(this.settings);
    this.reassembler = new Reassembler(options.clock);
    const { gateway, firstLease } = this.plan;
    this.forwarding = new HostForwarding({
      connect: (from, to, port, service) => this.tcp.connect(gateway, from, to, port, service),
      sendDatagram: (from, to, port, data) => {
        const datagram = buildUdp(gateway, to, { sourcePort: from, destinationPort: port, data });
        this.sendIp({ source: gateway, destination: to, protocol: PROTOCOL_UDP }, datagram);
      },
      event: options.toHost ?? (() => undefined),
      defaultGuest: firstLease,
    });
    this.tcp = new TcpStack({
      clock: options.clock,
      random: new SeededRandom(options.seed ?? 0),
      serviceAt: (address, port) => this.hostByAddress.get(address)?.tcp.get(port),
      outgoing: this.forwarding.service,
      transmit: (source, destination, bytes) => this.sendIp({ source, destination, protocol: PROTOCOL_TCP }, bytes),
    });
    this.placeHosts(options.hosts);
  }

  /** The address of a virtual host, by name; undefined for a name that does not exist. */
  resolve(name: string): string | undefined {
    const address = this.addressByName.get(name.toLowerCase());
    return address === undefined ? undefined : formatIpv4(address);
  }

  transmit(frame: Uint8Array): void {
    this.onFrame?.('sent', frame);
    if (frame.length < ETHERNET_HEADER) return;
    const payload = frame.subarray(ETHERNET_HEADER);
    const source = frame.slice(6, 12);
    const type = read16(frame, 12);
    if (type === ETHERTYPE_ARP) this.handleArp(payload);
    else if (type === ETHERTYPE_IPV4) this.handleIp(source, payload);
  }

  /** Something comes from the host for the guest. */
  fromHost(action: HostAction): void {
    this.forwarding.perform(action);
  }

  /** As if the network had been unplugged and started again: leases, connections and frames under way are gone. */
  reset(): void {
    for (const arrival of this.inFlight.keys()) arrival.cancel();
    this.inFlight.clear();
    this.unresolved = [];
    this.identification = 0;
    this.neighbours.clear();
    this.dhcp = new DhcpServer(this.settings);
    this.reassembler.clear();
    this.tcp.clear();
  }

  saveState(): State {
    const { dhcp, reassembler, tcp, identification, neighbours, inFlight, hostByAddress } = this;
    return {
      dhcp: dhcp.saveState(),
      reassembler: reassembler.saveState(),
      tcp: tcp.saveState(),
      forwarding: this.forwarding.saveState(),
      identification,
      neighbours: [...neighbours].map(([address, mac]) => ({ address, mac: mac.slice() })),
      inFlight: [...inFlight].map(([{ when, order }, frame]) => ({ when, order, frame: frame.slice() })),
      unresolved: this.unresolved.map(({ address, until, packet }) => ({ address, until, packet: packet.slice() })),
      hosts: [...hostByAddress.values()].map((host) => host.memory?.saveState() ?? {}),
    };
  }

  restoreState(state: StateReader): void {
    this.reset();
    this.dhcp.restoreState(state.record('dhcp'));
    this.reassembler.restoreState(state.record('reassembler'));
    this.tcp.restoreState(state.record('tcp'));
    this.forwarding.restoreState(state.record('forwarding'));
    this.identification = state.integer('identification', 0, 0xffff);
    for (const station of state.records('neighbours'))
      this.neighbours.set(station.integer('address', 0, 0xffff_ffff), station.bytes('mac', 6));
    for (const frame of state.records('inFlight')) {
      const event = { when: frame.integer('when'), order: frame.integer('order') };
      this.arriveLater(frame.bytes('frame'), (arrive) => this.clock.again(event, arrive));
    }
    this.unresolved = state
      .records('unresolved')
      .map((each) => ({ address: each.integer('address', 0, 0xffff_ffff), until: each.integer('until'), packet: each.bytes('packet') }));
    if (this.unresolved.length > MAX_UNRESOLVED)
      throw new SnapshotError('the snapshot is damaged: it has too many packets that wait for an address; take a new one');
    const memories = state.records('hosts', this.hostByAddress.size);
    for (const host of this.hostByAddress.values()) {
      const memory = memories.shift();
      if (memory) host.memory?.restoreState(memory);
    }
  }

  private placeHosts(hosts: readonly VirtualHost[]): void {
    if (hosts.length > VIRTUAL_HOST_COUNT) throw new RangeError(`at most ${VIRTUAL_HOST_COUNT} virtual hosts fit the network`);
    hosts.forEach((host, index) => {
      const address = FIRST_VIRTUAL_HOST + index;
      this.hostByAddress.set(address, host);
      for (const name of host.names.map((text) => text.toLowerCase())) {
        if (!isHostName(name)) throw new RangeError(`'${name}' is not a host name`);
        if (this.addressByName.has(name)) throw new RangeError(`two virtual hosts are called '${name}'`);
        this.addressByName.set(name, address);
      }
    });
  }

  private handleArp(payload: Uint8Array): void {
    const packet = parseArp(payload);
    if (!packet) return;
    this.learn(packet.senderAddress, packet.senderMac);
    // Probes (sender 0.0.0.0) are answered for addresses in use; announcements ask for the guest's own, which is not.
    if (packet.operation !== ARP_REQUEST) return;
    if (packet.targetAddress !== this.plan.gateway && packet.targetAddress !== this.plan.nameServer) return;
    this.deliver(
      arpFrame(packet.senderMac, {
        operation: ARP_REPLY,
        senderMac: stationMac(packet.targetAddress),
        senderAddress: packet.targetAddress,
        targetMac: packet.senderMac,
        targetAddress: packet.senderAddress,
      }),
    );
  }

  private handleIp(source: Uint8Array, bytes: Uint8Array): void {
    const fragment = parseIp(bytes);
    if (!fragment) return;
    this.learn(fragment.source, source);
    const packet = this.reassembler.add(fragment);
    if (!packet) return;
    if (packet.protocol === PROTOCOL_UDP && this.handleDhcp(packet)) return;
    // Only stations of the segment are served: to any other source no answer would find its way.
    if (!this.neighbours.has(packet.source) || isGroupAddress(this.plan, packet.destination)) return;
    if (packet.ttl <= 1 && !inSubnet(this.plan, packet.destination))
      return this.sendError(IcmpError.timeExceeded, packet, this.plan.gateway);
    if (packet.protocol === PROTOCOL_ICMP) this.handleIcmp(packet);
    else if (packet.protocol === PROTOCOL_UDP) this.handleUdp(packet);
    else if (packet.protocol === PROTOCOL_TCP) this.tcp.receive(packet.source, packet.destination, packet.payload);
    else this.sendError(IcmpError.protocolUnreachable, packet);
  }

  private exists(address: number): boolean {
    return address === this.plan.gateway || address === this.plan.nameServer || this.hostByAddress.has(address);
  }

  private handleIcmp(packet: IpPacket): void {
    if (packet.payload[0] !== ECHO_REQUEST) return;
    if (!this.exists(packet.destination)) return this.sendError(IcmpError.networkUnreachable, packet);
    const reply = echoReply(packet.payload);
    if (!reply) return;
    this.sendIp({ source: packet.destination, destination: packet.source, protocol: PROTOCOL_ICMP, ttl: ICMP_TTL }, reply);
  }

  private handleUdp(packet: IpPacket): void {
    const datagram = parseUdp(packet.source, packet.destination, packet.payload);
    if (!datagram) return;
    if (!this.exists(packet.destination)) return this.sendError(IcmpError.networkUnreachable, packet);
    const reply = (data: Uint8Array): void => this.replyUdp(packet, datagram, data);
    if (packet.destination === this.plan.nameServer && datagram.destinationPort === DNS_PORT) {
      const answer = answerQuery(datagram.data, {
        addressOf: (name) => this.addressByName.get(name),
        nameOf: (address) => this.hostByAddress.get(address)?.names[0]?.toLowerCase(),
      });
      if (answer) reply(answer);
      return;
    }
    if (packet.destination === this.plan.gateway && this.forwarding.receiveDatagram(datagram.destinationPort, datagram.data.slice()))
      return;
    if (packet.destination === this.plan.gateway && datagram.destinationPort === TFTP_PORT) {
      const refusal = refuseTransfer(datagram.data);
      if (refusal) reply(refusal);
      return;
    }
    const service = this.hostByAddress.get(packet.destination)?.udp?.get(datagram.destinationPort);
    if (!service) return this.sendError(IcmpError.portUnreachable, packet);
    const sourceAddress = formatIpv4(packet.source);
    service({ sourceAddress, sourcePort: datagram.sourcePort, data: datagram.data.slice(), reply });
  }

  private replyUdp(packet: IpPacket, { sourcePort, destinationPort }: UdpDatagram, data: Uint8Array): void {
    const { source, destination } = packet;
    const reply = buildUdp(destination, source, { sourcePort: destinationPort, destinationPort: sourcePort, data });
    this.sendIp({ source: destination, destination: source, protocol: PROTOCOL_UDP }, reply);
  }

  /** True when the packet was for the DHCP server, answered or not. */
  private handleDhcp(packet: IpPacket): boolean {
    if (packet.destination !== LIMITED_BROADCAST && packet.destination !== this.plan.gateway) return false;
    const datagram = parseUdp(packet.source, packet.destination, packet.payload);
    if (datagram?.destinationPort !== DHCP_SERVER_PORT) return false;
    const reply = this.dhcp.handle(datagram.data);
    if (!reply) return true;
    if (reply.address !== undefined) this.learn(reply.address, reply.clientMac);
    const ports = { sourcePort: DHCP_SERVER_PORT, destinationPort: DHCP_CLIENT_PORT };
    const udp = buildUdp(this.plan.gateway, LIMITED_BROADCAST, { ...ports, data: reply.message });
    this.sendIp({ source: this.plan.gateway, destination: LIMITED_BROADCAST, protocol: PROTOCOL_UDP, tos: TOS_LOW_DELAY }, udp);
    return true;
  }

  /** Errors come from the address that could not be reached, as on QEMU's network, unless `from` says otherwise. */
  private sendError(error: { type: number; code: number }, about: IpPacket, from = about.destination): void {
    if (about.protocol === PROTOCOL_ICMP && isIcmpError(about.payload)) return;
    const fields = { source: from, destination: about.source, protocol: PROTOCOL_ICMP, ttl: ICMP_TTL };
    this.sendIp({ ...fields, tos: TOS_INTERNETWORK_CONTROL }, icmpError(error, about));
  }

  private sendIp(fields: Omit<IpFields, 'identification'>, payload: Uint8Array): void {
    const broadcast = fields.destination === LIMITED_BROADCAST;
    const destination = broadcast ? ETHERNET_BROADCAST : this.neighbours.get(fields.destination);
    if (!destination && !this.canAsk(fields.destination)) return;
    const identification = this.identification;
    this.identification = (identification + 1) & 0xffff;
    const packets = buildIp({ ...fields, identification }, payload);
    if (destination) for (const packet of packets) this.deliverIp(destination, packet);
    else this.ask(fields.destination, packets);
  }

  private deliverIp(destination: Uint8Array, packet: Uint8Array): void {
    this.deliver(ethernetFrame(destination, stationMac(this.plan.gateway), ETHERTYPE_IPV4, packet));
  }

  private canAsk(address: number): boolean {
    return inSubnet(this.plan, address) && !isGroupAddress(this.plan, address) && !this.exists(address);
  }

  /** Asks who has an address that only the host has named so far. What is to go there waits for the answer (RFC 1122, section 2.3.2.2). */
  private ask(address: number, packets: Uint8Array[]): void {
    const now = this.clock.now();
    const waiting = this.unresolved.filter(({ until }) => until > now);
    this.unresolved = [...waiting, ...packets.map((packet) => ({ address, until: now + RESOLUTION_TIMEOUT_NS, packet }))].slice(
      -MAX_UNRESOLVED,
    );
    const sender = { senderMac: stationMac(this.plan.gateway), senderAddress: this.plan.gateway };
    this.deliver(arpFrame(ETHERNET_BROADCAST, { operation: ARP_REQUEST, ...sender, targetMac: new Uint8Array(6), targetAddress: address }));
  }

  private learn(address: number, mac: Uint8Array): void {
    if (!inSubnet(this.plan, address) || isGroupAddress(this.plan, address) || this.exists(address) || (read8(mac, 0) & 1) === 1) return;
    if (!this.neighbours.has(address) && this.neighbours.size >= MAX_NEIGHBOURS) return;
    const isNew = !this.neighbours.has(address);
    this.neighbours.set(address, mac);
    if (!isNew || this.unresolved.length === 0) return;
    const now = this.clock.now();
    const wanted = this.unresolved.filter((each) => each.address === address && each.until > now);
    this.unresolved = this.unresolved.filter((each) => each.address !== address);
    for (const { packet } of wanted) this.deliverIp(mac, packet);
  }

  private deliver(frame: Uint8Array): void {
    if (this.inFlight.size >= MAX_IN_FLIGHT) return;
    this.arriveLater(frame, (arrive) => this.clock.at(this.clock.now() + this.latency, arrive));
  }

  private arriveLater(frame: Uint8Array, schedule: (arrive: () => void) => ScheduledEvent): void {
    const arrival = schedule(() => {
      this.inFlight.delete(arrival);
      this.onFrame?.('received', frame);
      this.receive(frame);
    });
    this.inFlight.set(arrival, frame);
  }
}
