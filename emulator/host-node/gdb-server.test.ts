import { connect, type Socket } from 'node:net';
import type { DebugClient, Machine } from '../server/machine.js';
import { FakeMachine, hangingGuest } from '../server/testing/fake-machine.js';
import { GdbServer, parseGdbAddress } from './gdb-server.js';

test.each([
  ['tcp::1234', { host: '127.0.0.1', port: 1234 }],
  ['tcp:0.0.0.0:80', { host: '0.0.0.0', port: 80 }],
  ['tcp:[::1]:80,server=on,wait=off', { host: '::1', port: 80 }],
  ['tcp::70000', undefined],
  ['unix:/tmp/gdb', undefined],
  ['1234', undefined],
])('-gdb %s', (text, address) => expect(parseGdbAddress(text)).toEqual(address));

/** A machine that sends back what a debugger sends. */
function echoing(): { machine: Machine; state: { open: boolean; client: DebugClient | undefined } } {
  const state: { open: boolean; client: DebugClient | undefined } = { open: false, client: undefined };
  const machine: Machine = Object.assign(new FakeMachine(hangingGuest), {
    openDebugger: (client: DebugClient) => {
      Object.assign(state, { open: true, client });
      return Promise.resolve({
        send: (bytes: Uint8Array) => client.receive(bytes),
        close: () => Promise.resolve(void (state.open = false)),
      });
    },
  });
  return { machine, state };
}

const events: string[] = [];
let server: GdbServer;
beforeEach(async () => {
  events.length = 0;
  server = await GdbServer.listen(
    { host: '127.0.0.1', port: 0 },
    { detached: () => events.push('detached'), killed: () => events.push('killed') },
  );
});
afterEach(() => server.close());

const dial = (text: string): Socket =>
  connect(server.address.port, server.address.host)
    .on('error', () => undefined)
    .setEncoding('latin1')
    .on('connect', function (this: Socket) {
      this.write(text);
    });
const data = (socket: Socket): Promise<string> => new Promise((resolve) => socket.once('data', (text) => resolve(String(text))));
const closed = (socket: Socket): Promise<void> => new Promise((resolve) => socket.once('close', () => resolve()));

test('a debugger that comes early waits for the machine, and a second one is sent away', async () => {
  const first = dial('$?#3f');
  await new Promise((resolve) => first.once('connect', resolve));
  const second = dial('$?#3f');
  await closed(second);
  const { machine, state } = echoing();
  server.serve(machine);
  expect(await data(first)).toBe('$?#3f');
  first.destroy();
  while (state.open) await new Promise((resolve) => setTimeout(resolve, 5));
});

test('what does not speak the protocol is sent away', async () => {
  const { machine } = echoing();
  server.serve(machine);
  const browser = dial('POST / HTTP/1.1\r\n\r\n$k#6b');
  let answered = false;
  browser.on('data', () => (answered = true));
  await closed(browser);
  expect(answered).toBe(false);
});

test('letting go and the wish for an end are told, and end the connection', async () => {
  const { machine, state } = echoing();
  server.serve(machine);
  const socket = dial('+');
  await data(socket);
  state.client!.left('detached');
  await closed(socket);
  expect(events).toEqual(['detached']);
});
