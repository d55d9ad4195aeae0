import { commandEvaluator } from '../../test/conformance/commands.js';
import { InProcessKernel } from './client.js';

let kernel: InProcessKernel;
beforeEach(async () => void (kernel = await InProcessKernel.start(commandEvaluator())));
afterEach(() => kernel.shutdown());

test('a cell comes back with outputs in notebook format', async () => {
  expect(await kernel.executeCell('print a\nprint b\nresult 42')).toEqual({
    status: 'ok',
    executionCount: 1,
    outputs: [
      { output_type: 'stream', name: 'stdout', text: 'a\nb\n' },
      { output_type: 'execute_result', execution_count: 1, data: { 'text/plain': '42' }, metadata: {} },
    ],
    payload: [],
    userExpressions: {},
  });
});

test('a cell that fails says why', async () => {
  expect(await kernel.executeCell('fail on purpose')).toMatchObject({
    status: 'error',
    error: { ename: 'CommandError', evalue: 'on purpose' },
    outputs: [{ output_type: 'error', ename: 'CommandError' }],
  });
});

test('outputs are told as they come, and again when a later cell updates them', async () => {
  const told: string[] = [];
  const first = await kernel.executeCell('show board empty', {
    onOutputs: (outputs) => told.push(JSON.stringify(outputs[0]?.['data'])),
  });
  await kernel.executeCell('update board full');
  expect(told).toEqual(['{"text/plain":"empty"}', '{"text/plain":"full"}']);
  expect(first.outputs[0]).toMatchObject({ data: { 'text/plain': 'full' } });
});

test('questions are answered, or refused where there is nobody', async () => {
  const answered = await kernel.executeCell('ask name?', { answer: async (prompt) => `Ada (${prompt})` });
  expect(answered.outputs).toMatchObject([{ text: 'answer: Ada (name?)\n' }]);
  expect(await kernel.executeCell('ask name?')).toMatchObject({ error: { ename: 'InputRefused' } });
});

test('an interrupt ends the running cell', async () => {
  const running = kernel.executeCell('sleep 60000');
  await kernel.request('kernel_info_request');
  await kernel.interrupt();
  expect(await running).toMatchObject({ status: 'error', error: { ename: 'KeyboardInterrupt' } });
});
