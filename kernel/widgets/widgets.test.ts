import type { Seen } from '../../test/conformance/client.js';
import { dataOf, WidgetClient } from '../../test/support/widget-client.js';
import type { CellContext } from '../core/evaluator.js';
import type { JsonObject } from '../protocol/message.js';
import type { Widget } from './widget.js';
import { Widgets } from './widgets.js';

let frontEnd: WidgetClient;
let client: WidgetClient['client'];

beforeEach(async () => {
  frontEnd = await WidgetClient.start();
  client = frontEnd.client;
});
afterEach(() => frontEnd.stop());

const run = (work: (cell: CellContext) => void | Promise<void>) => frontEnd.run(work);
const say = (id: string, data: object): Promise<Seen[]> => frontEnd.say(id, data);
const click = (id: string): Promise<Seen[]> => frontEnd.click(id);
const models = (): Map<string, JsonObject> => frontEnd.models();
const find = (fields: JsonObject): string => frontEnd.find(fields);

describe('a widget', () => {
  test('is opened as the protocol says, with what it refers to opened before it', async () => {
    const { outputs } = await run((cell) => {
      const widgets = new Widgets(cell.comms!);
      const box = widgets.box([widgets.button('Go', () => undefined), widgets.html('<b>x</b>')], { direction: 'row' });
      cell.display(box.view({ data: { 'text/plain': 'fallback' } }));
    });
    const opened = new Set<string>();
    for (const { header, metadata, content } of outputs.slice(0, -1)) {
      expect([header.msg_type, metadata, content['target_name']]).toEqual(['comm_open', { version: '2.1.0' }, 'jupyter.widget']);
      const { state, buffer_paths } = content['data'] as { state: JsonObject; buffer_paths: unknown };
      expect(buffer_paths).toEqual([]);
      for (const field of ['_model_module', '_model_module_version', '_model_name', '_view_module', '_view_name']) {
        expect(typeof state[field]).toBe('string');
      }
      for (const [, id] of JSON.stringify(state).matchAll(/IPY_MODEL_(\w+)/g)) expect(opened).toContain(id);
      opened.add(content['comm_id'] as string);
    }
    expect(outputs.at(-1)?.content['data']).toEqual({
      'application/vnd.jupyter.widget-view+json': { version_major: 2, version_minor: 0, model_id: find({ _model_name: 'HBoxModel' }) },
      'text/plain': 'fallback',
    });
    const listed = (await client.request('comm_info_request', { target_name: 'jupyter.widget' })).reply.content['comms'];
    expect(new Set(Object.keys(listed as object))).toEqual(opened);
  });

  test('hears clicks, and what its handler changes is sent, once', async () => {
    let clicks = 0;
    await run((cell) => {
      const widgets = new Widgets(cell.comms!);
      const label = widgets.html('0');
      widgets.button('Go', () => label.set({ value: String(Math.min(++clicks, 2)) }));
    });
    const button = find({ _model_name: 'ButtonModel' });
    expect((await click(button)).map(dataOf)).toEqual([]);
    // What a handler sends belongs to the cell of the model that it changes.
    expect(models().get(find({ _model_name: 'HTMLModel' }))?.['value']).toBe('1');
    await click(button);
    const before = client.published.length;
    await click(button);
    expect(clicks).toBe(3);
    expect(client.published.slice(before).filter(({ header }) => header.msg_type === 'comm_msg')).toEqual([]);
    expect(await say(button, { method: 'custom', content: { event: 'hover' } })).toEqual([]);
    expect(clicks).toBe(3);
  });

  test('takes changes from a front end, tells the others, and keeps to the fields it has', async () => {
    let widget!: Widget;
    const changes: JsonObject[] = [];
    await run((cell) => {
      widget = new Widgets(cell.comms!).html('old');
      widget.onChange = (change) => void changes.push(change);
    });
    const sent = await say(widget.id, { method: 'update', state: { value: 'new', surprise: 1, _model_name: 'Other' }, buffer_paths: [] });
    expect(sent.map(dataOf)).toEqual([{ method: 'echo_update', state: { value: 'new' }, buffer_paths: [] }]);
    expect(changes).toEqual([{ value: 'new' }]);
    expect(widget.state).toMatchObject({ value: 'new', _model_name: 'HTMLModel' });
    expect(widget.state).not.toHaveProperty('surprise');
  });

  test('tells its state to who asks, alone and with all others', async () => {
    let widget!: Widget;
    await run((cell) => void (widget = new Widgets(cell.comms!).html('x')));
    const [answer] = await say(widget.id, { method: 'request_state' });
    expect(dataOf(answer as Seen)).toEqual({ method: 'update', state: widget.state, buffer_paths: [] });
    client.send('comm_open', { comm_id: 'control', target_name: 'jupyter.widget.control', data: {} });
    const [all] = await say('control', { method: 'request_states' });
    const { method, states } = dataOf(all as Seen) as { method: string; states: { [id: string]: JsonObject } };
    expect(method).toBe('update_states');
    expect(states[widget.id]).toEqual({
      ...{ model_name: 'HTMLModel', model_module: '@jupyter-widgets/controls', model_module_version: '2.0.0' },
      state: widget.state,
    });
    expect(Object.keys(states)).toHaveLength(models().size);
  });

  test('is forgotten when either side closes it', async () => {
    let one!: Widget, two!: Widget;
    await run((cell) => {
      const widgets = new Widgets(cell.comms!);
      [one, two] = [widgets.html('1'), widgets.html('2')];
    });
    client.send('comm_close', { comm_id: one.id, data: {} });
    await one.refused;
    two.close();
    await client.until(() => !models().has(two.id));
    const comms = (await client.request('comm_info_request')).reply.content['comms'] as object;
    expect([one.id in comms, two.id in comms]).toEqual([false, false]);
  });
});

test.each([
  ['asks for the comms', () => void client.send('comm_info_request', { target_name: 'jupyter.widget' })],
  ['opens the control comm', () => void client.send('comm_open', { comm_id: 'c', target_name: 'jupyter.widget.control', data: {} })],
])('a front end with widgets is known by that it %s', async (_what, sign) => {
  const shown: boolean[] = [];
  const look = (cell: CellContext): void => void shown.push(Widgets.shown(cell.comms!));
  await client.request('comm_info_request');
  await run(look);
  sign();
  await run(look);
  expect(shown).toEqual([false, true]);
});
