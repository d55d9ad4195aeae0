/**
 * The installed kernel in a real Jupyter server, driven by the client library of JupyterLab.
 *
 * @peers jupyter
 * @seconds 20
 * @long
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommsOverSubshells, type Kernel, KernelAPI, KernelConnection, type KernelMessage, ServerConnection } from '@jupyterlab/services';
import { freePort } from '../support/free-port.js';
import { PATIENCE } from '../support/until.js';

jest.setTimeout(60_000);

const ROOT = join(__dirname, '..', '..');
const ENVIRONMENT = join(ROOT, 'dist', 'python');
const PYTHON = join(ENVIRONMENT, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
const TOKEN = 'a token for tests';

let folder: string;
let server: ChildProcess | undefined;
let settings: ServerConnection.ISettings;
let kernel: Kernel.IKernelConnection;
/** The same, unless starting it failed. */
let connected: Kernel.IKernelConnection | undefined;

beforeAll(async () => {
  // The library tells all that it does.
  for (const level of ['debug', 'warn'] as const) jest.spyOn(console, level).mockImplementation(() => undefined);
  if (!existsSync(join(ENVIRONMENT, 'complete'))) {
    throw new Error("Jupyter's server is missing: `npm test` installs it where python3 with venv and pip is installed");
  }
  const install = spawnSync(process.execPath, [join(ROOT, 'bin', 'virtbook.js'), 'install', '--prefix', ENVIRONMENT], { encoding: 'utf8' });
  if (install.status !== 0) throw new Error(install.stderr);
  folder = mkdtempSync(join(tmpdir(), 'virtbook-'));
  const port = await freePort();
  const options = [`--port=${port}`, '--no-browser', '--allow-root', `--IdentityProvider.token=${TOKEN}`, `--ServerApp.root_dir=${folder}`];
  const started = spawn(PYTHON, ['-m', 'jupyter_server', ...options], {
    env: { ...process.env, JUPYTER_RUNTIME_DIR: folder },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  server = started;
  let log = '';
  started.stderr.on('data', (data: Buffer) => (log += String(data)));
  const baseUrl = `http://127.0.0.1:${port}/`;
  for (const end = Date.now() + PATIENCE; ;) {
    const answer = await fetch(`${baseUrl}api/status?token=${encodeURIComponent(TOKEN)}`).catch(() => undefined);
    if (answer?.ok) break;
    if (Date.now() > end || started.exitCode !== null) throw new Error(`the server does not answer:\n${log}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  settings = ServerConnection.makeSettings({ baseUrl, wsUrl: baseUrl.replace('http', 'ws'), token: TOKEN });
  // A manager of kernels would go on asking the server for news when the tests are over.
  connected = kernel = new KernelConnection({ model: await KernelAPI.startNew({ name: 'virtbook' }, settings), serverSettings: settings });
  await kernel.info;
});

afterAll(async () => {
  if (connected) {
    // Without its connection: that would try to reconnect.
    const { id } = connected;
    connected.dispose();
    await KernelAPI.shutdownKernel(id, settings);
  }
  const running = server;
  if (running?.exitCode === null) {
    const ended = new Promise((resolve) => running.once('exit', resolve));
    running.kill('SIGTERM');
    await ended;
  }
  if (folder) rmSync(folder, { recursive: true, force: true });
});

async function run(code: string): Promise<{ reply: KernelMessage.IExecuteReplyMsg; outputs: KernelMessage.IIOPubMessage[] }> {
  const outputs: KernelMessage.IIOPubMessage[] = [];
  const future = kernel.requestExecute({ code });
  future.onIOPub = (message) => void outputs.push(message);
  return { reply: await future.done, outputs };
}

function published(
  future: Kernel.IShellFuture<KernelMessage.IExecuteRequestMsg, KernelMessage.IExecuteReplyMsg>,
  type: string,
): Promise<void> {
  return new Promise((resolve) => {
    future.onIOPub = ({ header }) => {
      if (header.msg_type === type) resolve();
    };
  });
}

const text = (outputs: KernelMessage.IIOPubMessage[]): string =>
  outputs.map(({ content }) => (content as { text?: string }).text ?? '').join('');

test('says what it is and what it can do', async () => {
  expect((await kernel.info).language_info).toMatchObject({ name: 'typescript', codemirror_mode: 'typescript' });
  expect(kernel.supportsSubshells).toBe(true);
});

test('runs magics', async () => {
  const { reply, outputs } = await run('%env FROM=lab\n%env');
  expect(reply.content.status).toBe('ok');
  expect(text(outputs)).toContain('FROM');
});

test('lines by the ten thousand arrive whole through the server, which limits rates', async () => {
  const { outputs } = await run('for (let i = 0; i < 30000; i++) console.log(i)');
  expect(text(outputs).trim().split('\n').map(Number)).toEqual(Array.from({ length: 30_000 }, (_, line) => line));
});

test('is interrupted through the server, and restarted', async () => {
  const future = kernel.requestExecute({ code: "console.log('on'); while (true) {}" });
  await published(future, 'stream');
  await kernel.interrupt();
  expect((await future.done).content).toMatchObject({ status: 'error', ename: 'KeyboardInterrupt' });
  await run('let kept = 1');
  await kernel.restart();
  expect((await run('kept')).reply.content).toMatchObject({ status: 'error', ename: 'TypeScriptError' });
});

test('answers in a subshell while a cell of the notebook runs', async () => {
  const long = kernel.requestExecute({ code: 'await new Promise(() => undefined)', stop_on_error: true });
  await published(long, 'execute_input');
  const { content } = await kernel.requestCreateSubshell({}).done;
  const beside = kernel.requestExecute({ code: '%env BESIDE=1' });
  const aside = kernel.clone({ handleComms: false });
  aside.subshellId = content.subshell_id;
  expect((await aside.requestExecute({ code: '%env ASIDE=1' }).done).content.status).toBe('ok');
  expect(kernel.status).toBe('busy');
  await kernel.interrupt();
  expect((await long.done).content.status).toBe('error');
  expect((await beside.done).content).toMatchObject({ status: 'error', ename: 'ExecutionAborted' });
  aside.dispose();
});

test.each([CommsOverSubshells.Disabled, CommsOverSubshells.PerCommTarget])(
  'a comm for nobody is closed again, comms over subshells: %s',
  async (mode) => {
    kernel.commsOverSubshells = mode;
    const comm = kernel.createComm('nobody');
    const closed = new Promise<void>((resolve) => (comm.onClose = () => resolve()));
    comm.open({ hello: 1 });
    await closed;
    // Whatever the library has asked for on its own, such as a subshell, is answered before this.
    await kernel.requestKernelInfo();
  },
);
