/** What talks to us from outside: GDB, and Jupyter's clients. */
import { toBytes } from '../../../emulator/cpu/testing/assembler.js';
import { Debugger } from '../../../emulator/debug/debugger.js';
import { fromLatin1, latin1 } from '../../../emulator/debug/hex.js';
import { encodePacket } from '../../../emulator/debug/packets.js';
import { Timeline } from '../../../emulator/debug/timeline.js';
import { Digest } from '../../../emulator/devices/testing/digest.js';
import { loadCoreModules } from '../../../emulator/host-node/core-modules.js';
import type { MachineOptions } from '../../../emulator/machine/options.js';
import { MachineRunner } from '../../../emulator/machine/runner.js';
import type { Evaluator } from '../../../kernel/core/evaluator.js';
import { Kernel } from '../../../kernel/core/kernel.js';
import { HeaderFactory, type Message } from '../../../kernel/protocol/message.js';
import { createSigner } from '../../../kernel/protocol/signature.js';
import { decode, encode, WireError } from '../../../kernel/protocol/wire.js';
import type { Transport } from '../../../kernel/transport/transport.js';
import { Mutator, refusal } from '../mutate.js';
import type { Target } from '../target.js';

const BASE = 0x4010_0000;
/** ADD X1, X1, #1; STR X1, [X2]; B .-8, with X2 at RAM by MOVZ X2, #0x4020, LSL #16 before. */
const machine: MachineOptions = {
  ramSize: 4 << 20,
  virtualization: true,
  processors: 2,
  seed: 1,
  pacing: 'simulated',
  network: { mac: '52:54:00:12:34:56' },
  loaders: [{ bytes: toBytes([0xd2a8_0402, 0x9100_0421, 0xf900_0041, 0x17ff_fffe]), address: BASE, setsEntry: true }],
};
/** A debugged machine is another one after so many packets: what was done to it is recorded, for the way back. */
const SESSION = 400;
/** Turns that a movement gets before Control-C. */
const TURNS = 12;

const PACKETS = [
  '?',
  'g',
  'p0',
  'p20',
  'p1f',
  'P0=0000000000000000',
  'P20=0000104000000000',
  'm40100000,10',
  'm9000000,4',
  'm8000000,40',
  'm0,8',
  'M40100000,4:00000000',
  'X40100000,2:ab',
  'c',
  's',
  'c40100004',
  'C05',
  'S05;40100004',
  'bs',
  'bc',
  'Z0,40100004,4',
  'z0,40100004,4',
  'Z1,40100008,4',
  'Z2,40200000,8',
  'z2,40200000,8',
  'Z3,40200000,1000',
  'Z4,0,1',
  'Hg1',
  'Hgp1.2',
  'Hc-1',
  'H',
  'T1',
  'Tp1.-1',
  'vCont?',
  'vCont;c',
  'vCont;s:1;c',
  'vCont;r40100000,40100008:1',
  'vCont;r0,ffffffffffffffff',
  'vCont;t',
  'vMustReplyEmpty',
  'vKill;1',
  'D',
  'D;1',
  'k',
  'qSupported:multiprocess+;xmlRegisters=i386',
  'qXfer:features:read:target.xml:0,ffb',
  'qXfer:features:read:target.xml:ffffffff,ffffffff',
  'qC',
  'qfThreadInfo',
  'qsThreadInfo',
  'qThreadExtraInfo,1',
  'qAttached',
  'qqemu.PhyMemMode',
  'Qqemu.PhyMemMode:1',
  'Qqemu.PhyMemMode:0',
  'qRcmd,696e666f20726567697374657273',
  'qRcmd,73797374656d5f7265736574',
  'qRcmd,',
  'QStartNoAckMode',
];
const GARBAGE = [
  '0',
  'ffffffffffffffff',
  'fffffffffffffff0',
  ',',
  ';',
  ':',
  '=',
  '-1',
  'p',
  '.',
  '*',
  '}',
  '\u0003',
  '\0',
  '00',
  '8000000',
  'ffff000000000000',
  '#',
  '$',
];

/** A client that knows the packets, but not what to put into them. */
const gdb: Target = {
  name: 'protocol/gdb',
  small: 150,
  run(seed, operations, tick) {
    const modules = loadCoreModules();
    const change = new Mutator(seed);
    const digest = new Digest();
    const begin = (): Debugger => {
      const timeline = new Timeline({
        powerOn: (output) => new MachineRunner(machine, modules, output),
        repeatable: true,
        output: () => undefined,
      });
      const debug: Debugger = new Debugger(timeline, {
        send: (bytes) => digest.bytes(bytes),
        go: () => undefined,
        leave: () => debug.disconnect(),
      });
      return debug;
    };
    let debug = begin();
    for (let done = 0; done < operations;) {
      if (done % SESSION === 0) debug = begin();
      if (!debug.connected) debug.connect();
      const packet = change.pick(PACKETS);
      const kind = change.random.below(8);
      if (kind === 0) debug.receive(change.noise(change.random.below(100)));
      else if (kind === 1) debug.receive(change.bytes(encodePacket(packet)));
      else debug.receive(encodePacket(kind < 5 ? latin1(fromLatin1(change.text(packet, GARBAGE))) : packet));
      for (let turn = 0; debug.connected && !debug.holds; turn++) {
        if (turn === TURNS) debug.receive(Uint8Array.of(3));
        if (turn > TURNS) throw new Error(`${packet}: the machine is not halted`);
        let looks = 0;
        debug.run(Infinity, () => looks++ > 2);
      }
      tick(++done);
    }
    return String(digest);
  },
};

/** Says its code, and something to every question. */
const evaluator: Evaluator = {
  evaluate: async (cell) => {
    cell.stdout(cell.code);
    cell.result({ data: { 'text/plain': cell.code } });
  },
  complete: async (code, cursor) => ({ matches: [code], start: cursor, end: cursor }),
  inspect: async (code) => ({ data: { 'text/plain': code } }),
  isComplete: async () => ({ status: 'complete' }),
  expression: async (code) => ({ data: { 'text/plain': code } }),
  shutdown: async () => undefined,
};

const REQUESTS: Record<string, object> = {
  kernel_info_request: {},
  execute_request: {
    code: 'x',
    silent: false,
    store_history: true,
    user_expressions: { a: '1', b: 'x' },
    allow_stdin: false,
    stop_on_error: true,
  },
  complete_request: { code: 'x 😀 y', cursor_pos: 3 },
  inspect_request: { code: 'x', cursor_pos: 1, detail_level: 1 },
  is_complete_request: { code: 'x' },
  history_request: {
    hist_access_type: 'search',
    output: true,
    raw: true,
    session: 0,
    start: 0,
    stop: 5,
    n: 3,
    pattern: '*x?[',
    unique: true,
  },
  comm_info_request: { target_name: 'x' },
  interrupt_request: {},
  create_subshell_request: {},
  delete_subshell_request: { subshell_id: 'x' },
  list_subshell_request: {},
  usage_request: {},
  debug_request: { type: 'request', seq: 1, command: 'initialize', arguments: {} },
};
/** These are answered by nobody. */
const UNANSWERED: Record<string, object> = {
  comm_open: { comm_id: 'c', target_name: 'x', data: {} },
  comm_msg: { comm_id: 'c', data: { method: 'update' } },
  comm_close: { comm_id: 'c', data: {} },
  input_reply: { value: 'x' },
  nonsense: {},
  constructor: {},
};

type Signer = ReturnType<typeof createSigner>;

/** A request, now and then with parts that are other than they should be; undefined: not even JSON, which no client could have sent. */
function requestFrames(
  change: Mutator,
  headers: HeaderFactory,
  signer: Signer,
): { frames: Uint8Array[]; identities: Uint8Array[] } | undefined {
  const answered = change.random.below(6) > 0;
  const [type, content] = change.pick(Object.entries(answered ? REQUESTS : UNANSWERED));
  const parent = change.chance(10) ? (change.json(headers.header('x')) as Message['header']) : undefined;
  const message = headers.message(
    type,
    change.chance(4) ? content : (change.json(content) as object),
    parent,
    change.chance(8) ? (change.json({ a: 1 }) as Message['metadata']) : {},
  );
  if (change.chance(6)) Object.assign(message, { header: change.json(message.header) });
  const identities = Array.from({ length: change.random.below(3) }, () => change.noise(change.random.below(6)));
  try {
    return { frames: encode({ identities, message }, signer), identities };
  } catch {
    return undefined;
  }
}

/** The frames as they come: some too deep, some damaged, some lost. */
function damagedFrames(change: Mutator, frames: Uint8Array[], identities: Uint8Array[], signer: Signer): Uint8Array[] {
  // Deeper than what can be written again, in a part that is otherwise right.
  if (change.chance(60)) {
    const at = frames.length - 1 - change.random.below(4);
    frames[at] = Buffer.from(
      Buffer.from(frames[at]!)
        .toString()
        .replace(/^\{/, `{"deep":${'['.repeat(20_000)}${']'.repeat(20_000)},`)
        .replace(/,\}$/, '}'),
    );
    frames[identities.length + 1] = Buffer.from(signer.sign(frames.slice(-4)));
  }
  if (!change.chance(6)) return frames;
  return frames.map((frame) => (change.chance(4) ? change.bytes(frame) : frame)).filter(() => !change.chance(20));
}

/** Whether a request, on that channel, has to be answered. */
const mustBeAnswered = (type: string, channel: string): boolean =>
  Object.hasOwn(REQUESTS, type) && channel !== 'stdin' && (type !== 'execute_request' || channel === 'shell');

/** Frames of a client: damaged ones are dropped, and whatever a request says it gets one reply. */
const messages: Target = {
  name: 'protocol/jupyter',
  small: 400,
  async run(seed, operations, tick) {
    const change = new Mutator(seed);
    const digest = new Digest();
    const signer = createSigner('hmac-sha256', 'key');
    const headers = new HeaderFactory('session', 'user');
    let replies: Message[] = [];
    let states: unknown[] = [];
    const transport: Transport = {
      start: async () => undefined,
      send: (channel, identities, message) => {
        encode({ identities: [...identities], message }, signer);
        if (channel !== 'stdin') replies.push(message);
      },
      publish: (topic, message) => {
        encode({ identities: [Buffer.from(topic)], message }, signer);
        if (message.header.msg_type === 'status') states.push((message.content as { execution_state?: unknown }).execution_state);
      },
      drained: async () => undefined,
      close: async () => undefined,
    };
    const settled = async (): Promise<void> => {
      for (let turn = 0; turn < 3; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
    };
    const kernel = new Kernel(evaluator, transport);
    await kernel.start();
    for (let done = 0; done < operations;) {
      replies = [];
      states = [];
      const request = requestFrames(change, headers, signer);
      if (!request) {
        tick(++done);
        continue;
      }
      const frames = damagedFrames(change, request.frames, request.identities, signer);
      try {
        const { message: received, identities: from } = decode(frames, change.chance(12) ? createSigner('hmac-sha256', '') : signer);
        // A shutdown is obeyed, and then there is nothing more to try.
        if (received.header.msg_type === 'shutdown_request') continue;
        const channel = change.pick(['shell', 'shell', 'shell', 'control', 'stdin'] as const);
        kernel.received({ channel, identities: from, message: received });
        const mustAnswer = mustBeAnswered(received.header.msg_type, channel);
        await settled();
        // Some answers come of the host: files, and what the kernel takes.
        for (let waits = 0; mustAnswer && states.at(-1) !== 'idle' && waits < 12_000; waits++)
          await new Promise((resolve) => setTimeout(resolve, 5));
        if (mustAnswer && replies.length !== 1) throw new Error(`${replies.length} replies to ${JSON.stringify(received)}`);
        if (mustAnswer && states.at(-1) !== 'idle')
          throw new Error(`the kernel is ${String(states.at(-1))} after ${JSON.stringify(received)}`);
        for (const { header, content: reply } of replies)
          digest.text(`${header.msg_type} ${String((reply as { status?: unknown }).status)}`);
      } catch (error) {
        digest.text(refusal(error, [WireError]));
      }
      tick(++done);
    }
    await kernel.shutdown();
    return String(digest);
  },
};

export const protocols: readonly Target[] = [gdb, messages];
