/** What must not be seen, whatever arrives; and what everybody must see alike. Over each transport. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Dealer } from 'zeromq';
import { Kernel } from '../../kernel/core/kernel.js';
import type { Message, RequestChannel } from '../../kernel/protocol/message.js';
import { createSigner } from '../../kernel/protocol/signature.js';
import { encode } from '../../kernel/protocol/wire.js';
import { address } from '../../kernel/transport/connection.js';
import { MemoryTransport } from '../../kernel/transport/memory.js';
import { cellContent, curveClient, overMemory, TestClient, text } from './client.js';
import { commandEvaluator } from './commands.js';
import { KEY, SETTINGS, type Setting } from './settings.js';

const LARGE = 5 << 20;

describe.each(SETTINGS)('over %s', (_name, open) => {
  let folder: string;
  let setting: Setting;
  let kernel: Kernel;
  let client: TestClient;
  const log: string[] = [];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'virtbook-'));
    log.length = 0;
    setting = await open(folder);
    kernel = new Kernel(commandEvaluator(), setting.transport, { log: (line) => log.push(line) });
    await kernel.start();
    client = await TestClient.connect(setting.connect);
  });

  afterEach(async () => {
    client.close();
    await kernel.shutdown();
    rmSync(folder, { recursive: true });
  });

  /** All that was published for requests. */
  const told = ({ published }: TestClient): unknown[] =>
    published
      .filter(({ parent_header }) => parent_header.msg_id)
      .map(({ header, parent_header, content, metadata }) => [header, parent_header, content, metadata]);

  test('two clients see the same messages in the same order, whoever asked', async () => {
    const other = await TestClient.connect(setting.connect);
    try {
      await client.cell('print one\nhtml <b>two</b>\nwarn three\nresult 4\nfail five');
      await other.cell('show board six\nupdate board seven\nclear\nprint eight');
      const id = client.startCell('ask nine?');
      client.answer(await client.question(id), 'ten');
      await client.finish(id);
      await other.until(() => other.of(id).some(({ content }) => content['execution_state'] === 'idle'));
      // A cell of the others comes with its code: that is how a front end can show it.
      expect(other.of(id).find(({ header }) => header.msg_type === 'execute_input')?.content).toMatchObject({ code: 'ask nine?' });
      expect(told(client).length).toBeGreaterThan(15);
      expect(told(client)).toEqual(told(other));
    } finally {
      other.close();
    }
  });

  test('requests on control are answered in their order', async () => {
    const types = [
      'kernel_info',
      'interrupt',
      'list_subshell',
      'kernel_info',
      'create_subshell',
      'list_subshell',
      'interrupt',
      'kernel_info',
    ];
    const ids = types.map((type) => client.send(`${type}_request`, {}, 'control'));
    for (const id of ids) await client.finish(id);
    const answered = client.replies.filter(({ channel }) => channel === 'control').map(({ message }) => message.parent_header.msg_id);
    expect(answered).toEqual(ids);
  });

  test("messages of 5 MB are messages: code, output, a comm's buffer", async () => {
    const word = 'x'.repeat(LARGE);
    const { outputs, reply } = await client.cell(`print ${word}`);
    expect(reply.content).toMatchObject({ status: 'ok' });
    expect(text(outputs) === `${word}\n`).toBe(true);
    const comm = (await client.cell('comm large')).outputs[0]?.content['comm_id'];
    const id = client.send('comm_msg', { comm_id: comm, data: {} }, 'shell', undefined, [Buffer.alloc(LARGE, 7)]);
    await client.until(() => client.of(id).some(({ content }) => content['execution_state'] === 'idle'));
    const echo = client.of(id).find(({ header }) => header.msg_type === 'comm_msg');
    expect(Buffer.from(echo?.buffers[0] as Uint8Array).equals(Buffer.alloc(LARGE, 7))).toBe(true);
  });

  test.each<[string, RequestChannel, string, object]>([
    ['unknown', 'shell', 'surprise_request', {}],
    ['unknown', 'control', 'surprise_request', {}],
    ['unknown and large', 'shell', 'surprise_request', { filling: 'x'.repeat(LARGE) }],
    ['cells on control', 'control', 'execute_request', cellContent('print never')],
    ['answers to no question', 'stdin', 'input_reply', { value: 'x' }],
    ['requests on stdin', 'stdin', 'execute_request', cellContent('print never')],
    ['replies', 'shell', 'execute_reply', { status: 'ok' }],
    ['comms without a name', 'shell', 'comm_msg', { data: {} }],
  ])('%s (%s, %s): nothing of it is in a cell', async (_what, channel, type, content) => {
    const running = client.startCell('print before\nsleep 100\nprint after');
    await client.until(() => client.of(running).length > 0);
    client.send(type, content, channel);
    expect(text((await client.finish(running)).outputs)).toBe('before\nafter\n');
    await client.cell('print next');
    const shown = client.published.filter(({ header }) => !['status', 'execute_input', 'iopub_welcome'].includes(header.msg_type));
    expect(shown.every(({ header }) => header.msg_type === 'stream')).toBe(true);
    expect(text(shown)).toBe('before\nafter\nnext\n');
  });

  test('what is no message, on any socket, is dropped while a cell runs, and the cell does not notice', async () => {
    const { connection } = setting;
    if (!connection) return;
    const running = client.startCell('print before\nsleep 200\nprint after');
    await client.until(() => client.of(running).length > 0);
    const message = client.headers.message('execute_request', cellContent('print forged'));
    const genuine = encode({ identities: [], message }, createSigner('hmac-sha256', KEY)) as Buffer[];
    const delimiter = genuine[0]!;
    const signed = (parts: string[]): Buffer[] => {
      const frames = parts.map((part) => Buffer.from(part));
      return [delimiter, Buffer.from(createSigner('hmac-sha256', KEY).sign(frames)), ...frames];
    };
    const bad: Buffer[][] = [
      encode({ identities: [], message }, createSigner('hmac-sha256', 'another key')) as Buffer[],
      [Buffer.alloc(LARGE, 1)],
      [delimiter],
      genuine.slice(0, 3),
      signed(['{', '{}', '{}', '{}']),
      signed(['[]', '{}', '{}', '{}']),
      signed(['null', 'null', 'null', 'null']),
      signed(['{"msg_id":1,"msg_type":["execute_request"]}', '{}', '{}', '{}']),
      signed([JSON.stringify(message.header), '{}', '{}', '[]']),
    ];
    const dealers = (['shell', 'control', 'stdin'] as const).map((channel) => {
      const dealer = new Dealer({ linger: 0, ...curveClient(connection) });
      dealer.connect(address(connection, `${channel}_port`));
      return dealer;
    });
    for (const dealer of dealers) for (const frames of bad) await dealer.send(frames);
    await client.until(() => log.length === bad.length * dealers.length);
    expect(log.filter((line) => !line.startsWith('dropped a message on '))).toEqual([]);
    expect(text((await client.finish(running)).outputs)).toBe('before\nafter\n');
    for (const dealer of dealers) dealer.close();
  });
});

test('that the kernel is starting is told first, once, and for no request', async () => {
  const transport = new MemoryTransport();
  const published: Message[] = [];
  transport.connect({ published: (message) => void published.push(message) });
  const kernel = new Kernel(commandEvaluator(), transport);
  await kernel.start();
  const client = await TestClient.connect(overMemory(transport));
  await client.cell('print on');
  const starting = published.filter(({ content }) => (content as { execution_state?: string }).execution_state === 'starting');
  expect(starting).toEqual([published[0]]);
  expect(starting[0]?.parent_header).toEqual({});
  client.close();
  await kernel.shutdown();
});
