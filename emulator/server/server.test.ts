import { ImmediateTranslation } from '../cpu/translator/service.js';
import { loadCoreModules } from '../host-node/core-modules.js';
import type { MachineOptions } from '../machine/options.js';
import { startAt } from './client.js';
import type { WantedText } from './console-watch.js';
import type { Machine } from './machine.js';
import type { OwnerPort, ServerPort } from './port.js';
import type { MachineEvent, MachineRequest } from './protocol.js';
import { MachineServer, type MachineFiles } from './server.js';

const modules = loadCoreModules();
const ENTRY = 0x4800_0000;
/** mov w1, #'A'; 1: strb w1, [x0]; b 1b, with x0 = the PL011 at 0x0900_0000. */
const CHATTER = [0x52a1_2000, 0x5280_0821, 0x3900_0001, 0x17ff_ffff];
/** The same, once, then PSCI's SYSTEM_OFF (0x8400_0008) by HVC. */
const LAST_WORDS = [0x52a1_2000, 0x5280_0821, 0x3900_0001, 0x52b0_8000, 0x1100_2000, 0xd400_0002];

/** Prints 0 to 9 and a line end, for ever. */
const DIGITS = [0x52a1_2000, 0x5280_0601, 0x3900_0001, 0x1100_0421, 0x7100_e83f, 0x54ff_ffa1, 0x5280_0142, 0x3900_0002, 0x17ff_fff9];

function options(program: readonly number[], processors?: number): MachineOptions {
  const bytes = new Uint8Array(Uint32Array.from(program).buffer);
  return {
    ramSize: 2 ** 28,
    virtualization: false,
    loaders: [{ bytes, address: ENTRY, setsEntry: true }],
    seed: 1,
    pacing: 'simulated',
    processors,
  };
}

/** Both ends in this thread. The server's turns happen when the test says so, and only then. */
class Link {
  private readonly due: (() => void)[] = [];
  /** What the server has sent. */
  readonly events: MachineEvent[] = [];
  private toServer: (request: MachineRequest) => void = () => undefined;
  private toOwner: (event: MachineEvent) => void = () => undefined;
  /** What the server has sent, and the owner has not got: a busy host brings messages when it likes. */
  private readonly underWay: MachineEvent[] = [];
  private isHeld = false;
  readonly server: ServerPort = {
    send: (event) => {
      this.events.push(event);
      if (this.isHeld) this.underWay.push(event);
      else this.toOwner(event);
    },
    receive: (listener) => (this.toServer = listener),
    schedule: (action) => void this.due.push(action),
  };
  readonly send = (request: MachineRequest): void => this.toServer(request);
  /** Memories that the server's machines have taken. */
  memories = 0;
  readonly owner: OwnerPort = {
    hasFiles: false,
    send: this.send,
    receive: (listener) => (this.toOwner = listener),
    ended: () => undefined,
    close: async () => undefined,
  };

  constructor(files?: MachineFiles) {
    Object.assign(this.owner, { hasFiles: files !== undefined });
    const take = (pages: number): WebAssembly.Memory => {
      this.memories++;
      return new WebAssembly.Memory({ initial: pages, maximum: pages });
    };
    new MachineServer({
      port: this.server,
      modules: { ...modules, memories: { take, release: () => undefined } },
      files,
      translation: () => new ImmediateTranslation(modules.features),
      codeMaker: () => 'test',
      load: () => {
        throw new Error('there are no modules here');
      },
    });
  }

  start(program: readonly number[], processors?: number): Promise<Machine> {
    return startAt(this.owner, options(program, processors));
  }

  /** One turn. False: none is due. */
  turn(): boolean {
    const action = this.due.shift();
    action?.();
    return action !== undefined;
  }

  finish(): void {
    while (this.turn());
  }

  /** What the server sends from now on waits for `deliver`. */
  hold(): void {
    this.isHeld = true;
  }

  /** The first of what waits, or all of it, and what comes after. */
  deliver(how: 'one' | 'all'): void {
    this.isHeld = how === 'one';
    for (const event of this.underWay.splice(0, how === 'one' ? 1 : Infinity)) this.toOwner(event);
  }
}

test('runs a machine to its end, and says what came out', async () => {
  const link = new Link();
  const machine = await link.start(LAST_WORDS);
  const heard: string[] = [];
  machine.onConsole = (bytes) => heard.push(String.fromCharCode(...bytes));
  machine.onStopped = (reason, { instructions }) => heard.push(`${reason.kind} after ${instructions}`);
  expect(link.turn()).toBe(false);
  await machine.resume();
  link.finish();
  expect(heard).toEqual(['A', 'powerOff after 6']);
});

test('waits for an owner that does not take its output, and loses none', async () => {
  const link = new Link();
  const machine = await link.start(CHATTER);
  const send = (request: MachineRequest): void => link.send(request);
  const kept: MachineRequest[] = [];
  const held: OwnerPort['send'] = (request) => (request.type === 'consumed' ? void kept.push(request) : send(request));
  link.owner.send = held;
  await machine.resume({ nanoseconds: 2.4e6 });
  link.finish();
  const bytes = (): number => link.events.reduce((sum, event) => sum + (event.type === 'console' ? event.bytes.length : 0), 0);
  expect(bytes()).toBeGreaterThan(2 ** 20);
  expect(bytes()).toBeLessThan(2 ** 20 + 2 ** 16);
  expect(link.events.some(({ type }) => type === 'stopped')).toBe(false);
  link.owner.send = send;
  for (const request of kept) send(request);
  link.finish();
  expect(bytes()).toBe(1.2e6 - 1);
  expect(link.events.at(-1)).toMatchObject({ type: 'stopped', reason: { kind: 'limit' }, status: { time: 2.4e6 } });
});

test('a pause stops it, and a limit counts from where it is resumed', async () => {
  const link = new Link();
  const machine = await link.start(CHATTER);
  await machine.resume();
  const { time, running } = await machine.pause();
  expect([time, running]).toEqual([0, false]);
  await machine.resume({ nanoseconds: 1000 });
  link.finish();
  await machine.resume({ nanoseconds: 1000 });
  link.finish();
  expect(await machine.status()).toMatchObject({ running: false, time: 2000 });
});

test('a debugger that kills and goes at once is heard, however late its wish comes', async () => {
  const link = new Link();
  const machine = await link.start(CHATTER);
  const heard: string[] = [];
  const debugged = await machine.openDebugger!(
    { receive: (bytes) => heard.push(String.fromCharCode(...bytes)), left: (how) => heard.push(how) },
    { noReboot: false },
  );
  link.hold();
  debugged.send(new TextEncoder().encode('$vKill;1#6e'));
  // It has its answer, and is gone, before the rest comes.
  while (!heard.join('').includes('OK')) link.deliver('one');
  const closed = debugged.close();
  expect(heard).not.toContain('killed');
  link.deliver('all');
  await closed;
  expect(heard).toContain('killed');
});

/** The console of a run of 5 us, which goes on after each stop, and the states at its end. */
async function watched(wanted: WantedText | undefined, processors: number) {
  const link = new Link();
  const machine = await link.start(DIGITS, processors);
  const stops: string[] = [];
  let shown = '';
  machine.onConsole = (bytes) => (shown += String.fromCharCode(...bytes));
  machine.onStopped = (reason) => void (reason.kind === 'shown' && stops.push(shown));
  await machine.watchConsole?.(wanted);
  for (let time = 0; time < 5000; time = (await machine.status()).time) {
    await machine.resume({ nanoseconds: 5000 - time });
    link.finish();
  }
  const { time, instructions } = await machine.status();
  return { stops, shown, end: [time, instructions, await machine.digest?.()] };
}

test.each([1, 2])('stops at the character that is waited for, and goes on as without, with %i processors', async (processors) => {
  const plain = await watched(undefined, processors);
  expect(plain.stops).toEqual([]);
  const { stops, ...rest } = await watched({ source: '345', flags: '' }, processors);
  expect(stops.slice(0, 2)).toEqual(['012345', '0123456789\n012345']);
  expect(stops).toHaveLength(plain.shown.split('345').length - 1);
  expect({ stops: [], ...rest }).toEqual(plain);
});

test('a restored machine goes on as the one it was taken of', async () => {
  const link = new Link();
  const machine = await link.start(CHATTER);
  await machine.resume({ nanoseconds: 1000 });
  link.finish();
  // There are no files there.
  expect(machine).toMatchObject({ saveSnapshot: undefined });
  const snapshot = await machine.snapshot();
  const other = new Link();
  other.owner.send({ type: 'restore', id: 1, options: { pacing: 'simulated' }, snapshot });
  other.owner.send({ type: 'digest', id: 2 });
  expect(other.events).toEqual([
    { type: 'answer', id: 1, value: undefined },
    { type: 'answer', id: 2, value: await machine.digest?.() },
  ]);
});

/** Files in memory. `written` is what becomes of a file's bytes. */
function files(written = (bytes: Uint8Array): Uint8Array => bytes): MachineFiles {
  const all = new Map<string, Uint8Array>();
  return {
    write: (path, parts) => void all.set(path, written(Buffer.concat(parts))),
    open: (path) => () => all.get(path)!,
  };
}

/** CHATTER, after ldurh w2, [x0, #1]: an odd address of a device. */
const ODD = [CHATTER[0]!, 0x7840_1002, ...CHATTER.slice(1)];

/** Runs for 1 us, saves the machine, and runs for another: what there is to be known then. */
async function saved(link: Link, between: (machine: Machine) => Promise<unknown>) {
  const machine = await link.start(ODD);
  let shown = 0;
  machine.onConsole = (bytes) => (shown += bytes.length);
  await machine.resume({ nanoseconds: 1000 });
  link.finish();
  await between(machine);
  link.finish();
  await machine.resume({ nanoseconds: 1000 });
  link.finish();
  const { time, instructions } = await machine.status();
  return [shown, time, instructions, await machine.digest?.(), await machine.noticed?.()];
}

describe('a machine that is saved', () => {
  const stays = (): ReturnType<typeof saved> => saved(new Link(files()), (machine) => machine.saveSnapshot!('file'));
  const moves = (machine: Machine): Promise<unknown> => machine.saveSnapshot!('file', { moves: true });

  test('can go on in new memory: nobody else sees a difference', async () => {
    const link = new Link(files());
    const there = await saved(link, moves);
    expect(there).toEqual(await stays());
    expect(there.at(-1)).toHaveLength(1);
    expect(link.memories).toBe(2);
  });

  test('stays where it is while a debugger looks on', async () => {
    const link = new Link(files());
    const debugged = await saved(link, async (machine) => {
      const debug = await machine.openDebugger!({ receive: () => undefined, left: () => undefined }, { noReboot: false });
      await moves(machine);
      await debug.close();
    });
    expect(debugged).toEqual(await stays());
    expect(link.memories).toBe(1);
  });

  test('is not written where it is larger than it may be, and goes on', async () => {
    let written = 0;
    const link = new Link({ ...files(), write: () => void written++ });
    const refused = await saved(link, (machine) =>
      expect(machine.saveSnapshot!('file', { most: 1000 })).rejects.toThrow('and may have 1000'),
    );
    expect(refused).toEqual(await stays());
    expect(written).toBe(0);
  });

  test('is not lost where the disk has not kept what was written', async () => {
    const damaged = (bytes: Uint8Array): Uint8Array => bytes.subarray(0, bytes.length / 2);
    const link = new Link(files(damaged));
    const kept = await saved(link, (machine) => expect(moves(machine)).rejects.toThrow(/damaged|cut/));
    expect(kept).toEqual(await stays());
    expect(link.memories).toBe(1);
  });
});

test('memory is read at addresses of 64 bits, such as a kernel has for itself', async () => {
  /** Turns the MMU on: the first gigabyte of RAM is at its own address, and from 0xffff_ff80_4000_0000 on. Then it waits. */
  const turnOn = [
    ...[0x1000_8000, 0xd518_2000, 0xd518_2020], // adr x0, 0x1000 ahead; msr ttbr0_el1, x0; msr ttbr1_el1, x0
    ...[0x5280_0321, 0x72b0_0321, 0xd518_2041], // tcr_el1: 39 bits of address, pages of 4 KiB
    ...[0x5280_1fe2, 0xd518_a202, 0xd503_3fdf], // mair_el1: normal memory; isb
    ...[0xd538_1003, 0xb240_0063, 0xd518_1003, 0xd503_3fdf], // sctlr_el1.M; isb
    0x1400_0000,
  ];
  const program = [...turnOn, ...Array<number>(1024 - turnOn.length).fill(0), 0, 0, 0x4000_0701, 0];
  const link = new Link();
  const machine = await link.start(program);
  await machine.resume({ nanoseconds: 1e4 });
  link.finish();
  const high = 0xffff_ff80_0000_0000n + BigInt(ENTRY);
  const words = async (address: number | bigint, space: 'physical' | 'virtual'): Promise<number[]> => {
    const bytes = await machine.readMemory(address, 12, space);
    return [...new Uint32Array(bytes.buffer, bytes.byteOffset, 3)];
  };
  expect(await words(ENTRY + 4, 'physical')).toEqual(turnOn.slice(1, 4));
  expect(await words(high + 4n, 'virtual')).toEqual(turnOn.slice(1, 4));
  expect(await words(ENTRY + 4, 'virtual')).toEqual(turnOn.slice(1, 4));
  await expect(machine.readMemory(0xffff_ffff_ffff_fff8n, 4, 'virtual')).rejects.toThrow('0xfffffffffffffff8 is not in RAM');
  await expect(machine.readMemory(high, 4, 'physical')).rejects.toThrow('0xffffff8048000000 is not in RAM');
});

test.each([
  ['before there is a machine', { type: 'status', id: 7 }, /there is no machine yet/],
  [
    'with modules that the host does not have',
    {
      type: 'start',
      id: 7,
      options: { ...options([]), devices: [{ kind: 'block', storage: { module: 'disk', argument: 0 } }] },
      trace: { items: [] },
    },
    /there are no modules here/,
  ],
] satisfies [string, MachineRequest, RegExp][])('a question %s fails, and the server goes on', async (_when, request, message) => {
  const link = new Link();
  link.owner.send(request);
  expect(link.events).toEqual([{ type: 'failed', id: 7, message: expect.stringMatching(message) as unknown, name: 'Error' }]);
  await link.start(LAST_WORDS);
});
