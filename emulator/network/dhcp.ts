/** The DHCP server of the user-mode network (RFC 2131), which answers byte for byte as QEMU's does. */
import type { Snapshotable, State, StateReader } from '../devices/snapshotable.js';
import { LEASE_COUNT, LIMITED_BROADCAST } from './addresses.js';
import { latin1, read8, read32, utf8, write32 } from './bytes.js';
import { addressPlan, type AddressPlan, type NetworkSettings } from './settings.js';

export const DHCP_SERVER_PORT = 67;
export const DHCP_CLIENT_PORT = 68;
/** Seconds. */
const LEASE_TIME = 86_400;

/** Every reply has this length: a BOOTP message with 312 bytes of vendor options. */
const REPLY_LENGTH = 548;
const OPTIONS_OFFSET = 240;
const MAGIC_COOKIE = 0x63825363;

const BOOTREQUEST = 1;
const BOOTREPLY = 2;
const MessageType = { DISCOVER: 1, OFFER: 2, REQUEST: 3, DECLINE: 4, ACK: 5, NAK: 6, RELEASE: 7, INFORM: 8 } as const;
const Option = {
  PAD: 0,
  SUBNET_MASK: 1,
  ROUTER: 3,
  NAME_SERVER: 6,
  HOST_NAME: 12,
  DOMAIN_NAME: 15,
  REQUESTED_ADDRESS: 50,
  LEASE_TIME: 51,
  MESSAGE_TYPE: 53,
  SERVER_IDENTIFIER: 54,
  MESSAGE: 56,
  END: 255,
} as const;

/** A reply, and the hardware address that it is for. It is always broadcast: the client may have no address yet. */
export interface DhcpReply {
  message: Uint8Array;
  clientMac: Uint8Array;
  /** The address given to the client; undefined for a refusal. */
  address: number | undefined;
}

export class DhcpServer implements Snapshotable {
  /** Index is the offset from the first lease; the value is the holder's hardware address. */
  private readonly leases: (string | undefined)[] = new Array<string | undefined>(LEASE_COUNT).fill(undefined);
  private readonly plan: AddressPlan;

  constructor(private readonly settings: NetworkSettings = {}) {
    this.plan = addressPlan(settings);
  }

  saveState(): State {
    return { leases: this.leases.map((holder) => (holder === undefined ? {} : { holder })) };
  }

  restoreState(state: StateReader): void {
    state
      .records('leases', LEASE_COUNT)
      .forEach((lease, slot) => (this.leases[slot] = lease.optional('holder', () => lease.text('holder'))));
  }

  /** Undefined when the message wants no answer: damaged, for another server, or of a kind that QEMU leaves unanswered. */
  handle(request: Uint8Array): DhcpReply | undefined {
    if (!isRequest(request)) return undefined;
    const options = parseOptions(request.subarray(OPTIONS_OFFSET));
    const clientMac = request.slice(28, 34);
    const client = latin1(clientMac);
    const server = addressOption(options, Option.SERVER_IDENTIFIER);
    const requested = addressOption(options, Option.REQUESTED_ADDRESS);
    switch (options.get(Option.MESSAGE_TYPE)?.[0]) {
      case undefined: // plain BOOTP: the reply is an acknowledgement that its client reads as BOOTP
        return this.grant(request, clientMac, MessageType.ACK, this.choose(client, requested));
      case MessageType.DISCOVER:
        return this.grant(request, clientMac, MessageType.OFFER, this.choose(client, requested));
      case MessageType.REQUEST:
        if (server === undefined || server === this.plan.gateway) return this.answerRequest(request, clientMac, requested);
        this.release(client);
        return undefined;
      case MessageType.RELEASE:
        this.release(client);
        return undefined;
      default: // INFORM and DECLINE: QEMU's network says nothing
        return undefined;
    }
  }

  private answerRequest(request: Uint8Array, clientMac: Uint8Array, requested: number | undefined): DhcpReply | undefined {
    const client = latin1(clientMac);
    const current = read32(request, 12);
    const wanted = requested ?? (current === 0 ? undefined : current);
    const slot = wanted === undefined ? this.choose(client, undefined) : this.claim(client, wanted);
    return slot === undefined ? refuse(request, clientMac, this.plan.gateway) : this.grant(request, clientMac, MessageType.ACK, slot);
  }

  private grant(request: Uint8Array, clientMac: Uint8Array, type: number, slot: number | undefined): DhcpReply | undefined {
    if (slot === undefined) return undefined;
    this.release(latin1(clientMac));
    this.leases[slot] = latin1(clientMac);
    const { firstLease, netmask, gateway, nameServer } = this.plan;
    const { hostName, domainName } = this.settings;
    const address = firstLease + slot;
    const message = reply(request, gateway, address, type, [
      [Option.SUBNET_MASK, addressBytes(netmask)],
      [Option.ROUTER, addressBytes(gateway)],
      [Option.NAME_SERVER, addressBytes(nameServer)],
      [Option.LEASE_TIME, addressBytes(LEASE_TIME)],
      ...(hostName === undefined ? [] : [[Option.HOST_NAME, utf8(hostName)] as [number, Uint8Array]]),
      ...(domainName === undefined ? [] : [[Option.DOMAIN_NAME, utf8(domainName)] as [number, Uint8Array]]),
    ]);
    return { message, clientMac, address };
  }

  /** The address asked for if it is free, else the one that the client holds, else the first that nobody holds. */
  private choose(client: string, wanted: number | undefined): number | undefined {
    const claimed = wanted === undefined ? undefined : this.claim(client, wanted);
    if (claimed !== undefined) return claimed;
    const held = this.leases.indexOf(client);
    if (held >= 0) return held;
    const free = this.leases.findIndex((holder, slot) => holder === undefined && this.isFree(slot));
    return free >= 0 ? free : undefined;
  }

  /** A small segment may end, or have another station, where leases go on. */
  private isFree(slot: number): boolean {
    const { firstLease, gateway, nameServer, directedBroadcast } = this.plan;
    const address = firstLease + slot;
    return address !== gateway && address !== nameServer && address < directedBroadcast;
  }

  private claim(client: string, address: number): number | undefined {
    const slot = address - this.plan.firstLease;
    if (slot < 0 || slot >= LEASE_COUNT || !this.isFree(slot)) return undefined;
    const holder = this.leases[slot];
    return holder === undefined || holder === client ? slot : undefined;
  }

  private release(client: string): void {
    const slot = this.leases.indexOf(client);
    if (slot >= 0) this.leases[slot] = undefined;
  }
}

/** A BOOTP request of an Ethernet station, with vendor options. */
function isRequest(bytes: Uint8Array): boolean {
  const [operation, hardware, length] = bytes;
  return (
    bytes.length >= OPTIONS_OFFSET && operation === BOOTREQUEST && hardware === 1 && length === 6 && read32(bytes, 236) === MAGIC_COOKIE
  );
}

function refuse(request: Uint8Array, clientMac: Uint8Array, gateway: number): DhcpReply {
  const text = utf8('requested address not available');
  const message = reply(request, gateway, LIMITED_BROADCAST, MessageType.NAK, [[Option.MESSAGE, text]]);
  return { message, clientMac, address: undefined };
}

function reply(
  request: Uint8Array,
  gateway: number,
  address: number,
  type: number,
  options: [code: number, value: Uint8Array][],
): Uint8Array {
  const message = new Uint8Array(REPLY_LENGTH);
  message[0] = BOOTREPLY;
  message[1] = 1;
  message[2] = 6;
  message.set(request.subarray(4, 8), 4); // transaction identifier
  write32(message, 16, address);
  write32(message, 20, gateway);
  message.set(request.subarray(28, 34), 28);
  write32(message, 236, MAGIC_COOKIE);
  let offset = OPTIONS_OFFSET;
  const put = (code: number, value: Uint8Array): void => {
    message.set([code, value.length], offset);
    message.set(value, offset + 2);
    offset += 2 + value.length;
  };
  put(Option.MESSAGE_TYPE, Uint8Array.of(type));
  if (type !== MessageType.NAK) put(Option.SERVER_IDENTIFIER, addressBytes(gateway));
  for (const [code, value] of options) put(code, value);
  message[offset] = Option.END;
  return message;
}

function parseOptions(bytes: Uint8Array): Map<number, Uint8Array> {
  const options = new Map<number, Uint8Array>();
  for (let i = 0; i < bytes.length && bytes[i] !== Option.END;) {
    if (bytes[i] === Option.PAD) {
      i++;
      continue;
    }
    const length = bytes[i + 1];
    if (length === undefined || i + 2 + length > bytes.length) break;
    options.set(read8(bytes, i), bytes.subarray(i + 2, i + 2 + length));
    i += 2 + length;
  }
  return options;
}

function addressOption(options: Map<number, Uint8Array>, code: number): number | undefined {
  const value = options.get(code);
  return value?.length === 4 ? read32(value, 0) : undefined;
}

function addressBytes(address: number): Uint8Array {
  const bytes = new Uint8Array(4);
  write32(bytes, 0, address);
  return bytes;
}
