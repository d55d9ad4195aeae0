/** A Jupyter kernel, ours or another, started as Jupyter starts it, and timed by a client over ZeroMQ. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Dealer, Subscriber } from 'zeromq';
import { HeaderFactory, type Message } from '../../kernel/protocol/message.js';
import { createSigner, type Signer } from '../../kernel/protocol/signature.js';
import { decode, encode } from '../../kernel/protocol/wire.js';
import { address, type ConnectionInfo } from '../../kernel/transport/connection.js';
import { ProgramConsole } from '../peers/program-console.js';
import { freePorts } from '../support/free-port.js';
import { residentMemory } from './process-tree.js';

/** What starts a kernel, as in kernel.json: a connection file takes the place of `{connection_file}`. */
export type KernelCommand = readonly [string, ...string[]];

export interface CellTime {
  /** From the request on the wire to the status `idle`, when the next cell may run. */
  milliseconds: number;
  /** Everything that the cell put out, in order. */
  published: Message<Record<string, unknown>>[];
}

/** Milliseconds that a kernel gets for an answer. */
const PATIENCE = 60_000;

interface Sockets {
  shell: Dealer;
  control: Dealer;
  stdin: Dealer;
  iopub: Subscriber;
}

type Seen = CellTime['published'][number];

export class KernelProcess {
  private constructor(
    private readonly program: ProgramConsole,
    private readonly sockets: Sockets,
    private readonly signer: Signer,
    private readonly headers: HeaderFactory,
    /** From the start of the process to the first kernel_info_reply. */
    readonly startSeconds: number,
  ) {}

  /** Starts a kernel and asks for kernel_info. @throws Error with what the kernel printed when it does not answer. */
  static async start(command: KernelCommand, folder: string, env: Readonly<Record<string, string>> = {}): Promise<KernelProcess> {
    const [shell_port, control_port, stdin_port, iopub_port, hb_port] = (await freePorts(5)) as [number, number, number, number, number];
    const connection: ConnectionInfo = {
      transport: 'tcp',
      ip: '127.0.0.1',
      shell_port,
      control_port,
      stdin_port,
      iopub_port,
      hb_port,
      key: randomBytes(16).toString('hex'),
      signature_scheme: 'hmac-sha256',
    };
    const file = join(folder, `connection-${shell_port}.json`);
    writeFileSync(file, JSON.stringify(connection));
    const signer = createSigner(connection.signature_scheme, connection.key);
    // They ask again soon when nobody listens yet, so that waiting to ask is no part of the time. One client has one name.
    const options = { linger: 0, reconnectInterval: 5, receiveTimeout: PATIENCE };
    const named = { ...options, routingId: `bench-${shell_port}` };
    const iopub = new Subscriber({ ...options, receiveHighWaterMark: 0 });
    const sockets: Sockets = { shell: new Dealer(named), control: new Dealer(named), stdin: new Dealer(named), iopub };
    const [name, ...args] = command.map((word) => (word === '{connection_file}' ? file : word)) as [string, ...string[]];
    const start = performance.now();
    const program = new ProgramConsole(name, args, { ...process.env, ...env }, folder);
    try {
      for (const channel of ['shell', 'control', 'stdin', 'iopub'] as const)
        sockets[channel].connect(address(connection, `${channel}_port`));
      iopub.subscribe('');
      const { shell } = sockets;
      const headers = new HeaderFactory(undefined, 'bench');
      const message = headers.message('kernel_info_request', {});
      await shell.send(encode({ identities: [], message }, signer));
      const frames = await Promise.race([
        shell.receive().catch((error: Error) => Promise.reject(new Error(`the kernel did not answer: ${error.message}\n${program.text}`))),
        program.ended.then((how) => Promise.reject(new Error(`the kernel ended with ${how}:\n${program.text}`))),
      ]);
      const seconds = (performance.now() - start) / 1000;
      const { msg_type: type } = decode(frames, signer).message.header;
      if (type !== 'kernel_info_reply') throw new Error(`the kernel answered with ${type}`);
      return new KernelProcess(program, sockets, signer, headers, seconds);
    } catch (error) {
      closeAll(sockets);
      await program.stop();
      throw error;
    }
  }

  /** Bytes in memory of all its processes; undefined where the host does not say. */
  get memory(): number | undefined {
    return this.program.pid === undefined ? undefined : residentMemory(this.program.pid);
  }

  /** Runs a cell as a front end with a person does. @throws Error when the cell fails. */
  async cell(code: string): Promise<CellTime> {
    const start = performance.now();
    const id = await this.request('shell', 'execute_request', {
      code,
      silent: false,
      store_history: true,
      user_expressions: {},
      allow_stdin: true,
      stop_on_error: true,
    });
    const published = await this.untilIdle(id);
    const milliseconds = performance.now() - start;
    const { content } = await this.reply('shell');
    if (content['status'] !== 'ok')
      throw new Error(`${JSON.stringify(code)} failed: ${String(content['ename'])}: ${String(content['evalue'])}`);
    return { milliseconds, published };
  }

  /**
   * Interrupts a cell when it has shown something (a stream, or a display), or when it asks for input.
   * @returns milliseconds from the interrupt to the end of the cell
   * @throws Error when that was not the interrupt's doing
   */
  async interrupted(code: string, when: RegExp | 'asks'): Promise<number> {
    const id = await this.request('shell', 'execute_request', { code, allow_stdin: true });
    let start: number | undefined;
    const interrupt = async (): Promise<void> => {
      start ??= performance.now();
      await this.request('control', 'interrupt_request', {});
    };
    if (when === 'asks') void this.reply('stdin').then(interrupt);
    await this.untilIdle(id, async (message) => {
      const { text, data } = message.content;
      if (when !== 'asks' && start === undefined && when.test(JSON.stringify(text ?? data ?? ''))) await interrupt();
    });
    const end = performance.now();
    const { content } = await this.reply('shell');
    if (start === undefined || content['ename'] !== 'KeyboardInterrupt')
      throw new Error(`${JSON.stringify(code)} was not interrupted: ${JSON.stringify(content)}`);
    await this.reply('control');
    return end - start;
  }

  /** Milliseconds that a kernel with nothing to do takes to say that it was interrupted. */
  async interruptedIdle(): Promise<number> {
    const start = performance.now();
    await this.request('control', 'interrupt_request', {});
    await this.reply('control');
    return performance.now() - start;
  }

  async stop(): Promise<void> {
    closeAll(this.sockets);
    await this.program.stop();
  }

  /** Returns the identifier of the request. */
  private async request(channel: 'shell' | 'control', type: string, content: object): Promise<string> {
    const message = this.headers.message(type, content);
    await this.sockets[channel].send(encode({ identities: [], message }, this.signer));
    return message.header.msg_id;
  }

  private async reply(channel: 'shell' | 'control' | 'stdin'): Promise<Seen> {
    return decode(await this.sockets[channel].receive(), this.signer).message as Seen;
  }

  private async untilIdle(id: string, seen?: (message: Seen) => Promise<void>): Promise<Seen[]> {
    const published: Seen[] = [];
    for await (const frames of this.sockets.iopub) {
      const message = decode(frames, this.signer).message as Seen;
      if (message.parent_header.msg_id !== id) continue;
      published.push(message);
      if (message.content['execution_state'] === 'idle') return published;
      await seen?.(message);
    }
    throw new Error('the socket was closed');
  }
}

function closeAll(sockets: Sockets): void {
  for (const socket of Object.values(sockets)) (socket as Dealer | Subscriber).close();
}
