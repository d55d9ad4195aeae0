/**
 * What clients rely on, as one table over each transport. The cases follow jupyter_kernel_test, ipykernel's and Deno's
 * own suites; the commands of the cells are in `commands.ts`.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { curveKeyPair, Dealer } from 'zeromq';
import { Kernel } from '../../kernel/core/kernel.js';
import { createSigner } from '../../kernel/protocol/signature.js';
import { encode } from '../../kernel/protocol/wire.js';
import { address, type ConnectionInfo } from '../../kernel/transport/connection.js';
import { ZmqTransport } from '../../kernel/transport/zmq.js';
import { freePorts } from '../support/free-port.js';
import { cellContent, curveClient, heartbeat, TestClient, text, type Seen } from './client.js';
import { commandEvaluator } from './commands.js';
import { KEY, SETTINGS, zmqSetting, type Setting } from './settings.js';

describe.each(SETTINGS)('over %s', (_name, open) => {
  let folder: string;
  let setting: Setting;
  let kernel: Kernel;
  let evaluator: ReturnType<typeof commandEvaluator>;
  let client: TestClient;
  const log: string[] = [];
  const others: TestClient[] = [];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'virtbook-'));
    log.length = 0;
    evaluator = commandEvaluator();
    setting = await open(folder);
    kernel = new Kernel(evaluator, setting.transport, { log: (line) => log.push(line) });
    await kernel.start();
    client = await TestClient.connect(setting.connect);
  });

  afterEach(async () => {
    for (const each of [client, ...others.splice(0)]) each.close();
    await kernel.shutdown();
    rmSync(folder, { recursive: true });
  });

  const states = (published: Seen[]): unknown[] =>
    published.filter(({ header }) => header.msg_type === 'status').map(({ content }) => content['execution_state']);

  describe('information', () => {
    test.each(['shell', 'control'] as const)('kernel_info on %s', async (channel) => {
      const { reply, published } = await client.request('kernel_info_request', {}, channel);
      expect(reply.content).toMatchObject({
        status: 'ok',
        protocol_version: '5.5',
        implementation: 'commands',
        language_info: { name: 'commands', file_extension: '.txt' },
      });
      expect(states(published)).toEqual(['busy', 'idle']);
    });

    test('a subscriber is welcomed without a parent', async () => {
      const welcome = client.published.find(({ header }) => header.msg_type === 'iopub_welcome');
      expect(welcome?.content).toEqual({ subscription: '' });
      expect(welcome?.parent_header).toEqual({});
    });

    test('every message has an id of its own', async () => {
      await client.cell('print a\nprint b\nresult c');
      const ids = [...client.published, ...client.replies.map(({ message }) => message)].map(({ header }) => header.msg_id);
      expect(new Set(ids).size).toBe(ids.length);
    });

    test('what is announced is there', async () => {
      const { reply } = await client.request('kernel_info_request');
      expect(reply.content['supported_features']).toEqual(['kernel subshells']);
    });

    test.each(['shell', 'control'] as const)('connect_request, which is deprecated, on %s', async (channel) => {
      const { reply, published } = await client.request('connect_request', {}, channel);
      const { shell_port, control_port, stdin_port, iopub_port, hb_port } = setting.connection ?? {};
      const ports = setting.connection ? { shell_port, control_port, stdin_port, iopub_port, hb_port } : {};
      expect(reply.content).toEqual({ status: 'ok', ...ports });
      expect(states(published)).toEqual(['busy', 'idle']);
    });

    test('usage', async () => {
      const { reply } = await client.request('usage_request', {}, 'control');
      expect(reply.content).toMatchObject({ pid: process.pid });
      expect(reply.content['kernel_memory']).toBeGreaterThan(10_000_000);
      expect((reply.content['host_virtual_memory'] as { total: number }).total).toBeGreaterThan(reply.content['kernel_memory'] as number);
    });

    test('that there is no debugger', async () => {
      const request = { type: 'request', seq: 3, command: 'debugInfo', arguments: {} };
      const { reply } = await client.request('debug_request', request, 'control');
      expect(reply.content).toMatchObject({ type: 'response', request_seq: 3, success: false, command: 'debugInfo' });
      expect(reply.header.msg_type).toBe('debug_reply');
    });
  });

  describe('cells', () => {
    test('busy first, input, output in order, idle last, reply to the asker', async () => {
      const { reply, published } = await client.cell('print hello\nhtml <b>x</b>\nprint world\nresult 42');
      expect(published.map(({ header }) => header.msg_type)).toEqual([
        ...['status', 'execute_input', 'stream', 'display_data', 'stream', 'execute_result', 'status'],
      ]);
      expect(states(published)).toEqual(['busy', 'idle']);
      expect(published[1]?.content).toMatchObject({ execution_count: 1 });
      expect(reply.content).toEqual({ status: 'ok', execution_count: 1, payload: [], user_expressions: {} });
    });

    test('stdout and stderr keep their names and their order', async () => {
      const { outputs } = await client.cell('print a\nwarn b\nprint c');
      expect(outputs.map(({ content }) => [content['name'], content['text']])).toEqual([
        ['stdout', 'a\n'],
        ['stderr', 'b\n'],
        ['stdout', 'c\n'],
      ]);
    });

    test('small writes come together, long waits do not hold them back', async () => {
      const id = client.startCell('print one\nprint two\nask go on?\nprint three');
      await client.until(() => text(client.of(id)) === 'one\ntwo\n');
      client.answer(await client.question(id), 'yes');
      const { outputs } = await client.finish(id);
      expect(outputs.map(({ content }) => content['text'])).toEqual(['one\ntwo\n', 'answer: yes\nthree\n']);
    });

    test('CR LF becomes LF, also when it comes in two pieces; CR alone stays', async () => {
      const { outputs } = await client.cell('write a\\r\\nb\\r\nsleep 80\nwrite \\nc\\rd');
      expect(text(outputs)).toBe('a\nb\nc\rd');
    });

    test('an error is one output and a full reply', async () => {
      const { reply, outputs } = await client.cell('fail on purpose');
      const error = { ename: 'CommandError', evalue: 'on purpose', traceback: ['CommandError', '  on purpose'] };
      expect(outputs.map(({ header, content }) => [header.msg_type, content])).toEqual([['error', error]]);
      expect(reply.content).toMatchObject({ status: 'error', execution_count: 1, ...error });
    });

    test('any other exception is an error too', async () => {
      expect((await client.cell('crash')).reply.content).toMatchObject({ ename: 'TypeError', evalue: 'not a KernelError' });
    });

    test('a value without a JSON form is an error of its cell, and the kernel goes on', async () => {
      expect((await client.cell('unserializable')).reply.content).toMatchObject({ status: 'error', ename: 'TypeError' });
      expect((await client.cell('result 1')).reply.content).toMatchObject({ status: 'ok' });
    });

    test('displays, their updates and clear_output', async () => {
      const first = await client.cell('show board empty\nclear wait\nclear');
      expect(first.outputs.map(({ header, content }) => [header.msg_type, content['transient'] ?? content['wait']])).toEqual([
        ['display_data', { display_id: 'board' }],
        ['clear_output', true],
        ['clear_output', false],
      ]);
      const second = await client.cell('update board full');
      expect(second.outputs[0]?.content).toMatchObject({ data: { 'text/plain': 'full' }, transient: { display_id: 'board' } });
    });

    test('payloads come with the reply, and of two next inputs the last', async () => {
      const { reply } = await client.cell('page help\nnext one\nnext two');
      expect(reply.content['payload']).toEqual([
        { source: 'page', data: { 'text/plain': 'help' }, start: 0 },
        { source: 'set_next_input', text: 'two', replace: false },
      ]);
    });

    test('user expressions, each with its own error', async () => {
      const { reply } = await client.cell('', { user_expressions: { good: 'abc', bad: 'bad' } });
      expect(reply.content['user_expressions']).toMatchObject({
        good: { status: 'ok', data: { 'text/plain': 'ABC' }, metadata: {} },
        bad: { status: 'error', ename: 'CommandError', evalue: 'a bad expression' },
      });
    });

    test('user expressions can be interrupted, and are not evaluated after an error', async () => {
      const id = client.startCell('print on', { user_expressions: { slow: 'endless' } });
      await client.until(() => text(client.of(id)) === 'on\n');
      await client.request('interrupt_request', {}, 'control');
      expect((await client.finish(id)).reply.content).toMatchObject({ status: 'error', ename: 'KeyboardInterrupt' });
      const { reply } = await client.cell('fail', { user_expressions: { good: 'abc' } });
      expect(reply.content).toMatchObject({ status: 'error', user_expressions: {} });
    });

    test('silent cells leave no trace', async () => {
      await client.cell('print counted');
      const { reply, published } = await client.cell('print a\nwarn b\nresult c\nhtml d\nfail e', { silent: true });
      expect(published.map(({ header }) => header.msg_type)).toEqual(['status', 'status']);
      expect(reply.content).toMatchObject({ status: 'error', execution_count: 1 });
      expect((await client.cell('print again')).reply.content).toMatchObject({ execution_count: 2 });
    });

    test('without store_history the count stays', async () => {
      await client.cell('result 1');
      expect((await client.cell('result 1', { store_history: false })).reply.content).toMatchObject({ execution_count: 1 });
    });

    test('fields that a client leaves out have their defaults', async () => {
      const { reply } = await client.request('execute_request', { code: 'result 1' });
      expect(reply.content).toMatchObject({ status: 'ok', execution_count: 1 });
    });

    test('cells run in the order of their requests, one at a time', async () => {
      const ids = ['sleep 60\nprint 0', 'print 1', 'print 2'].map((code) => client.startCell(code));
      for (const id of ids) await client.finish(id);
      const inputs = client.published.filter(({ header }) => header.msg_type === 'stream').map(({ content }) => content['text']);
      expect(inputs).toEqual(['0\n', '1\n', '2\n']);
    });

    test('output that comes late goes to the cell that made it', async () => {
      const early = client.startCell('later 60 late');
      const late = client.startCell('print own\nsleep 150');
      await client.finish(late);
      await client.until(() => text(client.of(early)) === 'late\n');
      expect(text(client.of(late))).toBe('own\n');
    });

    test('50,000 lines arrive whole, in order, in few messages, and idle comes last', async () => {
      const { published, outputs } = await client.cell('burst 50000');
      expect(text(outputs)).toBe(Array.from({ length: 50_000 }, (_, line) => `${line}\n`).join(''));
      expect(outputs.length).toBeLessThan(50);
      expect(published.at(-1)?.content).toEqual({ execution_state: 'idle' });
    });

    test('where nobody watches, 50,000 lines come in the same pieces each time', async () => {
      const pieces = async (code: string) =>
        (await client.cell(code, { allow_stdin: false })).outputs.map(({ content }) => content['text']);
      const first = await pieces('burst 50000');
      expect(first.join('')).toBe(Array.from({ length: 50_000 }, (_, line) => `${line}\n`).join(''));
      expect(first.every((piece) => String(piece).endsWith('\n') && String(piece).length <= 4096)).toBe(true);
      expect(await pieces('burst 50000')).toEqual(first);
      // Time between two writes is no reason for another piece.
      expect(await pieces('print one\nsleep 150\nprint two')).toEqual(['one\ntwo\n']);
    });

    test('5,000 separate messages arrive whole', async () => {
      const { outputs } = await client.cell(Array.from({ length: 5000 }, (_, index) => `html ${index}`).join('\n'));
      expect(outputs.map(({ content }) => (content['data'] as never)['text/html'])).toEqual(
        Array.from({ length: 5000 }, (_, index) => String(index)),
      );
    });
  });

  describe('after an error', () => {
    const waiting = async (options: object): Promise<[Seen, Seen]> => {
      const first = client.startCell('ask go on?\nfail first', options);
      const second = client.startCell('result second');
      // Requests of a channel come in their order: the second cell waits when this one is answered.
      const { reply } = await client.request('kernel_info_request');
      client.answer(await client.question(first), 'yes');
      return [(await client.finish(second)).reply, reply];
    };

    test('cells that wait are not run, other requests are answered', async () => {
      const [cell, question] = await waiting({});
      expect(cell.content).toMatchObject({ status: 'error', ename: 'ExecutionAborted' });
      // It was not run: its prompt stays empty.
      expect(cell.content).not.toHaveProperty('execution_count');
      expect(question.content).toMatchObject({ status: 'ok' });
      expect((await client.cell('result third')).reply.content).toMatchObject({ status: 'ok', execution_count: 2 });
    });

    test('of a silent cell they are run', async () => {
      const [cell] = await waiting({ silent: true });
      expect(cell.content).toMatchObject({ status: 'ok', execution_count: 1 });
    });

    test('cells of other clients that wait are not run either', async () => {
      const other = await TestClient.connect(setting.connect);
      others.push(other);
      const first = client.startCell('ask go on?\nfail first');
      const question = await client.question(first);
      const second = other.startCell('result 1');
      await other.request('kernel_info_request');
      client.answer(question, 'yes');
      expect((await other.finish(second)).reply.content).toMatchObject({ ename: 'ExecutionAborted' });
    });

    test('with stop_on_error false they are run', async () => {
      const [cell] = await waiting({ stop_on_error: false });
      expect(cell.content).toMatchObject({ status: 'ok', execution_count: 2 });
    });
  });

  describe('input', () => {
    test('is asked of the client that sent the cell, and of no other', async () => {
      const other = await TestClient.connect(setting.connect);
      others.push(other);
      const id = client.startCell('ask name?');
      const question = await client.question(id);
      expect(question.content).toEqual({ prompt: 'name?', password: false });
      client.answer(question, 'Ada');
      expect(text((await client.finish(id)).outputs)).toBe('answer: Ada\n');
      expect(other.replies).toEqual([]);
    });

    test('from another client does not count', async () => {
      const other = await TestClient.connect(setting.connect);
      others.push(other);
      const id = client.startCell('ask name?');
      const question = await client.question(id);
      other.answer(question, 'Eve');
      await other.request('kernel_info_request');
      client.answer(undefined, 'Ada');
      expect(text((await client.finish(id)).outputs)).toBe('answer: Ada\n');
    });

    test('of passwords says so', async () => {
      const id = client.startCell('password key?');
      const question = await client.question(id);
      expect(question.content).toEqual({ prompt: 'key?', password: true });
      client.answer(question, 'secret');
      expect(text((await client.finish(id)).outputs)).toBe('length 6\n');
    });

    test('what was printed before the question is seen before it', async () => {
      const id = client.startCell('print choose:\nask which?');
      await client.question(id);
      // Where both come by one way; sockets may bring one sooner than the other.
      if (!setting.connection) expect(text(client.of(id))).toBe('choose:\n');
      await client.until(() => text(client.of(id)) === 'choose:\n');
      client.answer(undefined, '');
      await client.finish(id);
    });

    test('that a cell did not wait for is given up when the cell ends', async () => {
      const first = client.startCell('abandon first?');
      const stale = await client.question(first);
      await client.finish(first);
      await client.until(() => text(client.of(first)) === 'KeyboardInterrupt\n');
      const second = client.startCell('ask second?');
      const question = await client.question(second);
      client.answer(stale, 'stale');
      client.answer(question, 'fresh');
      expect(text((await client.finish(second)).outputs)).toBe('answer: fresh\n');
    });

    test('fails at once where nobody can answer', async () => {
      const { reply } = await client.cell('ask name?', { allow_stdin: false });
      expect(reply.content).toMatchObject({ status: 'error', ename: 'InputRefused' });
    });

    test('is given up on interrupt, and a late answer is not taken for the next question', async () => {
      const first = client.startCell('ask first?');
      const stale = await client.question(first);
      await client.request('interrupt_request', {}, 'control');
      expect((await client.finish(first)).reply.content).toMatchObject({ ename: 'KeyboardInterrupt' });
      client.answer(stale, 'stale');
      const second = client.startCell('ask second?');
      const question = await client.question(second);
      client.answer(stale, 'stale again');
      client.answer(question, 'fresh');
      expect(text((await client.finish(second)).outputs)).toBe('answer: fresh\n');
    });
  });

  describe('interrupt', () => {
    test('stops the running cell and those that wait', async () => {
      const running = client.startCell('print started\nsleep 600000');
      const waiting = client.startCell('print never');
      await client.until(() => text(client.of(running)) !== '');
      const { reply } = await client.request('interrupt_request', {}, 'control');
      expect(reply.content).toEqual({ status: 'ok' });
      expect((await client.finish(running)).reply.content).toMatchObject({ status: 'error', ename: 'KeyboardInterrupt' });
      expect((await client.finish(waiting)).reply.content).toMatchObject({ ename: 'ExecutionAborted' });
    });

    test('of an idle kernel does nothing', async () => {
      expect((await client.request('interrupt_request', {}, 'control')).reply.content).toEqual({ status: 'ok' });
      expect((await client.cell('result 1')).reply.content).toMatchObject({ status: 'ok' });
    });
  });

  test('while a cell runs, everything else is answered, and the kernel still looks busy', async () => {
    const id = client.startCell('sleep 600000');
    await client.until(() => states(client.of(id)).includes('busy'));
    for (const [type, channel, content] of [
      ['kernel_info_request', 'control', {}],
      ['kernel_info_request', 'shell', {}],
      ['complete_request', 'shell', { code: 'pri', cursor_pos: 3 }],
      ['is_complete_request', 'shell', { code: 'print' }],
      ['history_request', 'shell', { hist_access_type: 'tail', n: 1, raw: true, output: false }],
    ] as const) {
      await client.request(type, content, channel);
      await client.until(() => states(client.published).at(-1) === 'busy');
    }
    await client.request('interrupt_request', {}, 'control');
    await client.finish(id);
    expect(states(client.published).at(-1)).toBe('idle');
  });

  describe('questions', () => {
    test('completion', async () => {
      const { reply } = await client.request('complete_request', { code: 'print a\npa', cursor_pos: 10 });
      expect(reply.content).toMatchObject({ matches: ['page', 'password'], cursor_start: 8, cursor_end: 10 });
    });

    test('completion counts in code points', async () => {
      const { reply } = await client.request('complete_request', { code: '𝒳𝒴 pa', cursor_pos: 5 });
      expect(reply.content).toMatchObject({ matches: ['page', 'password'], cursor_start: 3, cursor_end: 5 });
    });

    test('inspection, in both depths, and of nothing', async () => {
      const inspect = async (code: string, detail_level: number): Promise<Seen> =>
        (await client.request('inspect_request', { code, cursor_pos: 1, detail_level })).reply;
      expect((await inspect('print', 0)).content).toMatchObject({ found: true, data: { 'text/plain': 'print' } });
      expect(((await inspect('print', 1)).content['data'] as never)['text/plain']).toMatch(/stdout/);
      expect((await inspect('nothing', 0)).content).toEqual({ status: 'ok', found: false, data: {}, metadata: {} });
    });

    test.each([
      ['print', { status: 'complete' }],
      ['print \\', { status: 'incomplete', indent: '  ' }],
      ['?', { status: 'invalid' }],
    ])('whether %j is complete', async (code, expected) => {
      expect((await client.request('is_complete_request', { code })).reply.content).toEqual(expected);
    });

    test('a malformed request gets an error reply that names the field', async () => {
      const { reply, published } = await client.request('complete_request', { cursor_pos: 1 });
      expect(reply.content).toMatchObject({ status: 'error', ename: 'InvalidRequest', evalue: "'code' must be a string" });
      expect(states(published)).toEqual(['busy', 'idle']);
      expect((await client.request('execute_request', { code: 5 })).reply.content).toMatchObject({ ename: 'InvalidRequest' });
    });
  });

  describe('history', () => {
    const history = async (query: object): Promise<unknown> =>
      (await client.request('history_request', { raw: true, output: false, ...query })).reply.content['history'];

    beforeEach(async () => {
      for (const code of ['result a', 'print b', 'result a']) await client.cell(code);
      await client.cell('result unseen', { store_history: false });
    });

    test.each<[string, object, unknown]>([
      [
        'tail',
        { hist_access_type: 'tail', n: 2 },
        [
          [1, 2, 'print b'],
          [1, 3, 'result a'],
        ],
      ],
      [
        'with outputs',
        { hist_access_type: 'tail', n: 2, output: true },
        [
          [1, 2, ['print b', null]],
          [1, 3, ['result a', 'a']],
        ],
      ],
      ['range', { hist_access_type: 'range', session: 1, start: 1, stop: 2 }, [[1, 1, 'result a']]],
      [
        'range of the current session',
        { hist_access_type: 'range', session: 0, start: 2 },
        [
          [1, 2, 'print b'],
          [1, 3, 'result a'],
        ],
      ],
      ['range of another session', { hist_access_type: 'range', session: 7, start: 0 }, []],
      [
        'search',
        { hist_access_type: 'search', pattern: 'res*' },
        [
          [1, 1, 'result a'],
          [1, 3, 'result a'],
        ],
      ],
      ['search, unique', { hist_access_type: 'search', pattern: '*a', unique: true }, [[1, 3, 'result a']]],
      ['search, the last', { hist_access_type: 'search', pattern: 'r*t ?', n: 1 }, [[1, 3, 'result a']]],
      ['search takes no regular expressions', { hist_access_type: 'search', pattern: 'result .' }, []],
    ])('%s', async (_name, query, expected) => expect(await history(query)).toEqual(expected));
  });

  describe('subshells', () => {
    const subshell = async (): Promise<string> =>
      (await client.request('create_subshell_request', {}, 'control')).reply.content['subshell_id'] as string;

    test('are made, listed and removed', async () => {
      const [one, two] = [await subshell(), await subshell()];
      expect((await client.request('list_subshell_request', {}, 'control')).reply.content).toEqual({
        status: 'ok',
        subshell_id: [one, two],
      });
      expect((await client.request('delete_subshell_request', { subshell_id: one }, 'control')).reply.content).toEqual({ status: 'ok' });
      expect((await client.request('list_subshell_request', {}, 'control')).reply.content['subshell_id']).toEqual([two]);
      const again = await client.request('delete_subshell_request', { subshell_id: one }, 'control');
      expect(again.reply.content).toMatchObject({ status: 'error', ename: 'InvalidRequest' });
    });

    test('run cells while a cell of the main shell runs, with one count for all', async () => {
      const id = await subshell();
      const long = client.startCell('sleep 600000');
      await client.until(() => states(client.of(long)).includes('busy'));
      const { reply, published } = await client.finish(client.startCell('print aside', {}, id));
      expect(reply.content).toMatchObject({ status: 'ok', execution_count: 2 });
      expect(reply.parent_header).toMatchObject({ subshell_id: id });
      expect(states(published)).toEqual(['busy', 'idle']);
      await client.until(() => states(client.published).at(-1) === 'busy');
      await client.request('interrupt_request', {}, 'control');
      expect((await client.finish(long)).reply.content).toMatchObject({ ename: 'KeyboardInterrupt', execution_count: 1 });
    });

    test('run their own cells one after the other, and an error stops those of no other shell', async () => {
      const id = await subshell();
      const failing = client.startCell('ask go on?\nfail here', {}, id);
      const next = client.startCell('print never', {}, id);
      const [first, second] = [client.startCell('ask now?\nprint 1'), client.startCell('print 2')];
      await client.request('kernel_info_request');
      client.answer(await client.question(failing), 'yes');
      expect((await client.finish(failing)).reply.content).toMatchObject({ ename: 'CommandError' });
      client.answer(await client.question(first), 'yes');
      expect((await client.finish(next)).reply.content).toMatchObject({ ename: 'ExecutionAborted' });
      for (const cell of [first, second]) expect((await client.finish(cell)).reply.content).toMatchObject({ status: 'ok' });
    });

    test('that do not exist make an error', async () => {
      const { reply } = await client.finish(client.startCell('print 1', {}, 'nowhere'));
      expect(reply.content).toMatchObject({ ename: 'InvalidRequest', evalue: "there is no subshell 'nowhere'" });
    });
  });

  describe('comms', () => {
    const of = (type: string): Seen[] => client.published.filter(({ header }) => header.msg_type === type);
    const say = async (comm_id: unknown, data: object, buffers: Uint8Array[] = []): Promise<string> => {
      const id = client.send('comm_msg', { comm_id, data }, 'shell', undefined, buffers);
      await client.until(() => states(client.of(id)).includes('idle'));
      return id;
    };

    test('that a client opens for nobody are closed again', async () => {
      const id = client.send('comm_open', { comm_id: 'c1', target_name: 'nobody', data: {} });
      await client.until(() => states(client.of(id)).includes('idle'));
      expect(client.of(id).find(({ header }) => header.msg_type === 'comm_close')?.content).toEqual({ comm_id: 'c1', data: {} });
      expect((await client.request('comm_info_request')).reply.content).toEqual({ status: 'ok', comms: {} });
    });

    test('that a cell opens belong to it, answer, and are listed by target', async () => {
      const { outputs } = await client.cell('comm front.target');
      const [opened] = outputs;
      expect(opened).toMatchObject({ header: { msg_type: 'comm_open' }, metadata: { version: '2' } });
      expect(opened?.content).toMatchObject({ target_name: 'front.target', data: { hello: 'front end' } });
      expect(opened?.buffers.map(String)).toEqual(['raw']);
      const comm = opened?.content['comm_id'] as string;
      const id = await say(comm, { n: 1 }, [Buffer.from('binary')]);
      const echo = client.of(id).find(({ header }) => header.msg_type === 'comm_msg');
      expect(echo?.content).toEqual({ comm_id: comm, data: { echo: { n: 1 } } });
      expect(echo?.buffers.map(String)).toEqual(['binary']);
      const info = async (content: object): Promise<unknown> => (await client.request('comm_info_request', content)).reply.content['comms'];
      const listed = { [comm]: { target_name: 'front.target' } };
      expect(await info({})).toEqual(listed);
      expect(await info({ target_name: 'front.target' })).toEqual(listed);
      expect(await info({ target_name: 'other' })).toEqual({});
      await say(comm, { end: true });
      expect(of('comm_close').at(-1)?.content).toEqual({ comm_id: comm, data: { bye: true } });
      expect(await info({})).toEqual({});
    });

    test('that a client opens reach their target, and their end is told', async () => {
      const cell = client.startCell('target kernel.target');
      await client.finish(cell);
      const id = client.send('comm_open', { comm_id: 'mine', target_name: 'kernel.target', data: { a: 1 } });
      await client.until(() => states(client.of(id)).includes('idle'));
      expect(of('comm_msg').at(-1)?.content).toEqual({ comm_id: 'mine', data: { welcome: { a: 1 } } });
      client.send('comm_close', { comm_id: 'mine', data: {} });
      await client.until(() => text(client.of(cell)) === 'closed\n');
      const late = await say('mine', { n: 2 });
      expect(client.of(late).map(({ header }) => header.msg_type)).toEqual(['status', 'status']);
    });

    test('are heard while a cell runs, and the kernel looks busy afterwards', async () => {
      const { outputs } = await client.cell('comm t');
      const running = client.startCell('sleep 600000');
      await client.until(() => states(client.of(running)).includes('busy'));
      await say(outputs[0]?.content['comm_id'], { n: 1 });
      await client.until(() => states(client.published).at(-1) === 'busy');
      await client.request('interrupt_request', {}, 'control');
      await client.finish(running);
    });

    test('whose handler fails are noted, and one that takes its time can be interrupted', async () => {
      const comm = (await client.cell('comm t')).outputs[0]?.content['comm_id'];
      await say(comm, { fail: true });
      expect(log.join()).toMatch(/comm_msg: Error: the handler failed/);
      const id = client.send('comm_msg', { comm_id: comm, data: { wait: true } });
      await client.until(() => states(client.of(id)).includes('busy'));
      await client.request('interrupt_request', {}, 'control');
      await client.until(() => states(client.of(id)).includes('idle'));
      expect(of('comm_msg').at(-1)?.content).toMatchObject({ data: { interrupted: true } });
    });
  });

  test('two clients see the same story, each its own replies', async () => {
    const other = await TestClient.connect(setting.connect);
    others.push(other);
    const mine = client.startCell('print mine\nresult 1');
    await client.finish(mine);
    await other.cell('print theirs');
    await client.until(() => text(client.published) === 'mine\ntheirs\n');
    await other.until(() => text(other.published) === 'mine\ntheirs\n');
    expect(other.replies.map(({ message }) => message.parent_header.msg_id)).not.toContain(mine);
  });

  test('an unknown message is noted, not shown', async () => {
    client.send('surprise_request', {});
    await client.request('kernel_info_request');
    expect(log).toEqual(["unknown message type 'surprise_request'"]);
    expect(client.published.filter(({ header }) => header.msg_type === 'stream')).toEqual([]);
  });

  test.each([true, false])('shutdown with restart %s: interrupt, reply, then the end', async (restart) => {
    const running = client.startCell('print on\nsleep 600000');
    await client.until(() => text(client.of(running)) !== '');
    const id = client.send('shutdown_request', { restart }, 'control');
    expect((await client.reply(id)).content).toEqual({ status: 'ok', restart });
    expect(await kernel.closed).toEqual({ restart });
    expect(evaluator.shutdowns).toEqual([restart]);
  });

  test('the heartbeat echoes, also while a cell waits for input', async () => {
    if (!setting.connection) return;
    const id = client.startCell('ask name?');
    const question = await client.question(id);
    expect(await heartbeat(setting.connection, 'beat')).toBe('beat');
    client.answer(question, '');
    await client.finish(id);
  });

  test('messages with a wrong signature, or that are none, are dropped without a trace', async () => {
    if (!setting.connection) return;
    const dealer = new Dealer({ linger: 0, ...curveClient(setting.connection) });
    dealer.connect(address(setting.connection, 'shell_port'));
    const message = client.headers.message('execute_request', cellContent('print forged'));
    const forged = encode({ identities: [], message }, createSigner('hmac-sha256', 'another key'));
    const genuine = encode({ identities: [], message }, createSigner('hmac-sha256', KEY));
    const tampered = genuine.map((frame, index) => (index === 5 ? Buffer.from(JSON.stringify(cellContent('print tampered'))) : frame));
    const bad = [forged, tampered, ['garbage'], ['<IDS|MSG>', 'too', 'few'], genuine.slice(0, 4), [Buffer.alloc(5 << 20)]];
    for (const frames of bad) await dealer.send(frames);
    await client.cell('print genuine');
    await client.until(() => log.length === bad.length);
    expect(log.every((line) => line.startsWith('dropped a message on shell'))).toBe(true);
    expect(text(client.published)).toBe('genuine\n');
    dealer.close();
  });
});

test('an address in use is an error that names it', async () => {
  const first = zmqSetting('tcp', '127.0.0.1', await freePorts(5));
  const kernel = new Kernel(commandEvaluator(), first.transport);
  await kernel.start();
  const second = new ZmqTransport(first.connection as ConnectionInfo);
  await expect(new Kernel(commandEvaluator(), second).start()).rejects.toThrow(/cannot listen on tcp:\/\/127\.0\.0\.1:\d+/);
  await second.close();
  await kernel.shutdown();
});

test('a client without the key cannot talk to a kernel with CURVE', async () => {
  const { publicKey, secretKey } = curveKeyPair();
  const { transport, connection } = zmqSetting('tcp', '127.0.0.1', await freePorts(5), { publicKey, secretKey });
  const kernel = new Kernel(commandEvaluator(), transport);
  await kernel.start();
  await expect(heartbeat({ ...connection, curve_publickey: '' } as ConnectionInfo, 'beat', 1000)).rejects.toThrow();
  expect(await heartbeat(connection as ConnectionInfo, 'beat')).toBe('beat');
  await kernel.shutdown();
});
