import { randomUUID } from 'node:crypto';
import { InvalidRequest } from '../protocol/requests.js';
import type { JsonObject } from '../protocol/json.js';
import type { Header, Message } from '../protocol/message.js';
import type { PublishedContents } from '../protocol/published.js';
import type { IoPub } from './iopub.js';

/** What a comm carries. Buffers are binary attachments, in the order that the data refers to them. */
export interface CommContent {
  data: JsonObject;
  metadata?: JsonObject;
  buffers?: readonly Uint8Array[];
}

export interface CommMessage extends Required<CommContent> {
  /** Aborted when the reader interrupts the kernel while the message is handled. */
  signal: AbortSignal;
}

/** The kernel looks busy until the handler is through. */
export type CommHandler = (message: CommMessage) => void | Promise<void>;

/** One end of a conversation between the kernel and an object in the front ends (Messaging in Jupyter, "Custom messages"). */
export interface Comm {
  readonly id: string;
  readonly target: string;
  /** Does nothing after the comm was closed. */
  send(content: CommContent): void;
  /** Ends it from this side; `onClose` is not told. */
  close(data?: JsonObject): void;
  onMessage: CommHandler | undefined;
  /** A front end ended it, perhaps at once because it has no such target. */
  onClose: CommHandler | undefined;
}

/** How a cell, or the handler of a message, starts conversations. What is sent belongs to that cell. */
export interface CommHost {
  open(target: string, opening: CommContent): Comm;
  /** What front ends may open. An earlier registration of the same name is replaced. */
  register(target: string, opened: (comm: Comm, opening: CommMessage) => void | Promise<void>): void;
  /** Whether a front end has opened a comm of this target, or asked which there are: those that know it do, early on. */
  wanted(target: string): boolean;
  /** The same for all hosts of a kernel: what to keep per kernel can be kept by it. */
  readonly kernel: object;
}

type CommType = 'comm_open' | 'comm_msg' | 'comm_close';
type Publish = <Type extends CommType>(
  parent: Header | undefined,
  type: Type,
  names: Omit<PublishedContents[Type], 'data'>,
  content: CommContent,
) => void;

class KernelComm implements Comm {
  onMessage: CommHandler | undefined;
  onClose: CommHandler | undefined;
  open = true;

  constructor(
    readonly id: string,
    readonly target: string,
    /** The request that what is sent belongs to: the cell that opened the comm, then the message that came last. */
    public parent: Header | undefined,
    private readonly publish: Publish,
    private readonly ended: () => void,
  ) {}

  send(content: CommContent): void {
    if (this.open) this.publish(this.parent, 'comm_msg', { comm_id: this.id }, content);
  }

  close(data: JsonObject = {}): void {
    if (!this.open) return;
    this.publish(this.parent, 'comm_close', { comm_id: this.id }, { data });
    this.end();
  }

  end(): void {
    this.open = false;
    this.ended();
  }
}

/** All comms of a kernel, and the targets that front ends may open. */
export class Comms {
  private readonly comms = new Map<string, KernelComm>();
  private readonly targets = new Map<string, (comm: Comm, opening: CommMessage) => void | Promise<void>>();

  private readonly asked = new Set<string>();

  constructor(private readonly iopub: IoPub) {}

  /** @param parent the request that the conversations belong to. */
  hostFor(parent: Header): CommHost {
    return {
      kernel: this,
      wanted: (target) => this.asked.has(target),
      register: (target, opened) => void this.targets.set(target, opened),
      open: (target, opening) => {
        const comm = this.add(randomUUID().replaceAll('-', ''), target, parent);
        this.publish(parent, 'comm_open', { comm_id: comm.id, target_name: target }, opening);
        return comm;
      },
    };
  }

  /** Answers a `comm_info_request`. */
  info(target?: string): { [id: string]: { target_name: string } } {
    if (target !== undefined) this.asked.add(target);
    const all = [...this.comms.values()].filter((comm) => target === undefined || comm.target === target);
    return Object.fromEntries(all.map((comm) => [comm.id, { target_name: comm.target }]));
  }

  /** Takes a `comm_open`, `comm_msg` or `comm_close`. Settles with the handler; messages of unknown comms are ignored. */
  async received(message: Message, signal: AbortSignal): Promise<void> {
    const { header, metadata, buffers, content } = message;
    const { comm_id: id, target_name: target, data = {} } = content as { comm_id?: unknown; target_name?: unknown; data?: JsonObject };
    if (typeof id !== 'string') throw new InvalidRequest("'comm_id' must be a string");
    const event: CommMessage = { data, metadata, buffers, signal };
    if (header.msg_type === 'comm_open') {
      this.asked.add(String(target));
      const opened = this.targets.get(String(target));
      // The protocol asks for a comm that nobody wants to be closed again.
      if (!opened) return this.publish(header, 'comm_close', { comm_id: id }, { data: {} });
      return opened(this.add(id, String(target), header), event);
    }
    const comm = this.comms.get(id);
    if (!comm) return;
    comm.parent = header;
    if (header.msg_type === 'comm_msg') return comm.onMessage?.(event);
    comm.end();
    return comm.onClose?.(event);
  }

  private add(id: string, target: string, parent: Header): KernelComm {
    const comm = new KernelComm(id, target, parent, this.publish, () => void this.comms.delete(id));
    this.comms.set(id, comm);
    return comm;
  }

  private readonly publish: Publish = (parent, type, names, { data, metadata, buffers }) =>
    this.iopub.publish(parent, type, { ...names, data } as PublishedContents[typeof type], metadata, buffers);
}
