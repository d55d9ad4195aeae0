import { HeaderFactory } from '../protocol/message.js';
import { Displays, OutputArea } from './displays.js';

const headers = new HeaderFactory();
const bundle = (text: string, id?: string): object => ({
  data: { 'text/plain': text },
  metadata: {},
  transient: id === undefined ? {} : { display_id: id },
});

function areaOf(displays: Displays, ...messages: [type: string, content: object][]): OutputArea {
  const area = new OutputArea(displays);
  for (const [type, content] of messages) area.apply(headers.message(type, content));
  return area;
}

const stream = (text: string, name = 'stdout'): [string, object] => ['stream', { name, text }];

test('text of one stream is one output, other outputs part it', () => {
  const { outputs } = areaOf(new Displays(), stream('a'), stream('b'), stream('c', 'stderr'), ['display_data', bundle('d')], stream('e'));
  expect(outputs.map((output) => output['text'] ?? output['data'])).toEqual(['ab', 'c', { 'text/plain': 'd' }, 'e']);
});

test('outputs have the fields of the notebook format, and no others', () => {
  const { outputs } = areaOf(
    new Displays(),
    ['status', { execution_state: 'busy' }],
    ['execute_result', { ...bundle('1'), execution_count: 3 }],
    ['error', { ename: 'E', evalue: 'v', traceback: [] }],
    ['display_data', bundle('x', 'id')],
  );
  expect(outputs).toEqual([
    { output_type: 'execute_result', execution_count: 3, data: { 'text/plain': '1' }, metadata: {} },
    { output_type: 'error', ename: 'E', evalue: 'v', traceback: [] },
    { output_type: 'display_data', data: { 'text/plain': 'x' }, metadata: {} },
  ]);
});

test('an update reaches displays of earlier cells', () => {
  const displays = new Displays();
  const earlier = areaOf(displays, ['display_data', bundle('old', 'board')], ['display_data', bundle('other', 'x')]);
  const later = areaOf(displays, ['update_display_data', bundle('new', 'board')]);
  expect(earlier.outputs.map((output) => output['data'])).toEqual([{ 'text/plain': 'new' }, { 'text/plain': 'other' }]);
  expect(later.outputs).toEqual([]);
});

test('clear_output clears now, or when the next output comes', () => {
  expect(areaOf(new Displays(), stream('a'), ['clear_output', { wait: false }]).outputs).toEqual([]);
  expect(areaOf(new Displays(), stream('a'), ['clear_output', { wait: true }]).outputs).toHaveLength(1);
  const replaced = areaOf(new Displays(), stream('a'), ['clear_output', { wait: true }], stream('b'));
  expect(replaced.outputs).toEqual([{ output_type: 'stream', name: 'stdout', text: 'b' }]);
});
