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

export class KernelProcess {
  private constructor(
    private readonly program: ProgramConsole,
    private readonly shell: Dealer,
    private readonly iopub: Subscriber,
    private readonly signer: Signer,
    private readonly headers: HeaderFactory,
    /** From the start of the process to the first kernel_info_reply. */
    readonly startSeconds: number,
  ) {}

  /** Starts a kernel and asks for kernel_info. @throws Error with what the kernel printed when it does not answer. */
  static async start(command: KernelCommand, folder: string): Promise<KernelProcess> {
    const [shell_port, control_port, stdin_port, iopub_port, hb_port] = (await freePorts(5)) as [number, number, number, number, number];
    const connection: ConnectionInfo = {
      transport: 'tcp', ip: '127.0.0.1', shell_port, control_port, stdin_port, iopub_port, hb_port,
      key: randomBytes(16).toString('hex'), signature_scheme: 'hmac-sha256',
    };
    const file = join(folder, `connection-${shell_port}.json`);
    writeFileSync(file, JSON.stringify(connection));
    const signer = createSigner(connection.signature_scheme, connection.key);
    // They ask again soon when nobody listens yet, so that waiting to ask is no part of the time.
    const shell = new Dealer({ linger: 0, reconnectInterval: 5, receiveTimeout: PATIENCE });
    const iopub = new Subscriber({ linger: 0, reconnectInterval: 5, receiveTimeout: PATIENCE, receiveHighWaterMark: 0 });
    const [name, ...args] = command.map((word) => (word === '{connection_file}' ? file : word)) as [string, ...string[]];
    const start = performance.now();
    const program = new ProgramConsole(name, args, process.env, folder);
    try {
      shell.connect(address(connection, 'shell_port'));
      iopub.connect(address(connection, 'iopub_port'));
      iopub.subscribe('');
      const headers = new HeaderFactory(undefined, 'bench');
      const message = headers.message('kernel_info_request', {});
      await shell.send(encode({ identities: [], message }, signer) as Buffer[]);
      const frames = await Promise.race([
        shell.receive().catch((error: Error) => Promise.reject(new Error(`the kernel did not answer: ${error.message}\n${program.text}`))),
        program.ended.then((how) => Promise.reject(new Error(`the kernel ended with ${how}:\n${program.text}`))),
      ]);
      const seconds = (performance.now() - start) / 1000;
      const { msg_type: type } = decode(frames, signer).message.header;
      if (type !== 'kernel_info_reply') throw new Error(`the kernel answered with ${type}`);
      return new KernelProcess(program, shell, iopub, signer, headers, seconds);
    } catch (error) {
      shell.close();
      iopub.close();
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
    const message = this.headers.message('execute_request', {
      code, silent: false, store_history: true, user_expressions: {}, allow_stdin: true, stop_on_error: true,
    });
    const { msg_id: id } = message.header;
    const start = performance.now();
    await this.shell.send(encode({ identities: [], message }, this.signer) as Buffer[]);
    const published = await this.untilIdle(id);
    const milliseconds = performance.now() - start;
    const reply = decode(await this.shell.receive(), this.signer).message.content as Record<string, unknown>;
    if (reply['status'] !== 'ok') throw new Error(`${JSON.stringify(code)} failed: ${String(reply['ename'])}: ${String(reply['evalue'])}`);
    return { milliseconds, published };
  }

  async stop(): Promise<void> {
    this.shell.close();
    this.iopub.close();
    await this.program.stop();
  }

  private async untilIdle(id: string): Promise<CellTime['published']> {
    const published: CellTime['published'] = [];
    for await (const frames of this.iopub) {
      const message = decode(frames, this.signer).message as CellTime['published'][number];
      if (message.parent_header.msg_id !== id) continue;
      published.push(message);
      if (message.content['execution_state'] === 'idle') return published;
    }
    throw new Error('the socket was closed');
  }
}
