/**
 * `deploy/jupyterhub` with a real JupyterHub on this computer: a teacher and a student, each with an account and a server of their own behind
 * configurable-http-proxy. Kernels run part 4 at once, nbgrader's exchange takes an assignment there and back, and `virtbook grade` gives the marks.
 * Prints how much memory a user takes. The accounts are in a name space of the hub's: the computer does not get them. Needs root.
 *
 * @peers python debian
 * @seconds 300
 * @apart
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { type Kernel, KernelAPI, KernelConnection, ServerConnection } from '@jupyterlab/services';
import { cellOf, handIn, RIGHT, solutionOf } from '../../kernel/assignments/testing/hand-ins.js';
import { formatNotebook } from '../../kernel/notebook/format.js';
import { cacheDir } from '../../sdk/cache.js';
import { packageRoot } from '../../sdk/root.js';
import { processTree, residentMemory } from '../bench/process-tree.js';
import { freePorts } from '../support/free-port.js';

jest.setTimeout(1_200_000);

const PYTHON_PACKAGES = ['jupyterhub==6.1.1', 'jupyterlab==4.6.6', 'notebook==7.6.5', 'nbgrader==0.9.6'];
const PROXY = 'configurable-http-proxy@5.3.0';
const ROOT = packageRoot();
/** Installed once, and kept. */
const ENVIRONMENT = join(ROOT, 'dist', 'hub');
const FOLDER = mkdtempSync(join(tmpdir(), 'hub-'));
const COURSE = join(FOLDER, 'course');
const USERS = ['teacher', 'ada'] as const;
type User = (typeof USERS)[number];
/** Nobody else has these numbers. */
const FIRST_ID = 61_001;
const TOKEN = 'token-for-tests';
const PATIENCE = 300_000;

const programs = [join(ENVIRONMENT, 'bin'), join(ENVIRONMENT, 'node_modules', '.bin')];
const environment: NodeJS.ProcessEnv = { ...process.env, PATH: [...programs, process.env.PATH].join(delimiter), VIRTBOOK_COURSE: COURSE };
delete environment.VIRTBOOK_CACHE;

let hub: ChildProcess | undefined;
let log = '';
let address = '';

function succeeds(program: string, ...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', env: environment, maxBuffer: 1e8 });
  if (error) throw error;
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}\n${stdout}\n${stderr}`);
  return stdout;
}

function install(): void {
  const stamp = join(ENVIRONMENT, 'complete');
  const wanted = [...PYTHON_PACKAGES, PROXY].join('\n');
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
    // One that all accounts may start: root's own may be in root's home.
    const python = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3';
    succeeds(python, '-m', 'venv', '--clear', ENVIRONMENT);
    succeeds(join(ENVIRONMENT, 'bin', 'python'), '-m', 'pip', 'install', '--quiet', ...PYTHON_PACKAGES);
    succeeds('npm', 'install', '--prefix', ENVIRONMENT, '--no-audit', '--no-fund', PROXY);
    writeFileSync(stamp, wanted);
  }
  succeeds(process.execPath, join(ROOT, 'bin', 'virtbook.js'), 'install', '--prefix', ENVIRONMENT);
}

async function until<T>(what: string, ask: () => Promise<T | undefined | false>): Promise<T> {
  for (const end = Date.now() + PATIENCE; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 200))) {
    const answer = await ask().catch(() => undefined);
    if (answer) return answer;
    if (hub?.exitCode !== null) break;
  }
  throw new Error(`waited without success for ${what}\n${log.slice(-8000)}`);
}

async function api(path: string, method = 'GET'): Promise<Record<string, unknown>> {
  const answer = await fetch(`${address}/hub/api${path}`, { method, headers: { Authorization: `token ${TOKEN}` } });
  if (!answer.ok && answer.status !== 409) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return JSON.parse((await answer.text()) || '{}') as Record<string, unknown>;
}

/** A path of a user's own server, through the proxy. */
async function own<T>(user: User, path: string, body?: object): Promise<T> {
  const answer = await fetch(`${address}/user/${user}${path}`, {
    method: body ? 'POST' : 'GET',
    headers: { Authorization: `token ${TOKEN}`, ...(body && { 'Content-Type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${user}: ${path}: ${answer.status} ${text.slice(0, 2000)}\n${log.slice(-4000)}`);
  return JSON.parse(text) as T;
}

/** Bytes of a user's server and all that it has started. */
async function memoryOf(user: User): Promise<number> {
  const { servers } = (await api(`/users/${user}`)) as { servers: Record<string, { state: { pid: number } }> };
  return residentMemory(servers['']?.state.pid ?? 0) ?? 0;
}

/** Of the hub and its proxy, without users' servers. */
function memoryOfHub(): number {
  const all = residentMemory(hub?.pid ?? 0) ?? 0;
  const servers = processTree(hub?.pid ?? 0).filter((pid) =>
    readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('jupyterhub-singleuser'),
  );
  return all - servers.reduce((sum, pid) => sum + (residentMemory(pid) ?? 0), 0);
}

/** False for what another process is about to make in this computer's cache, or has left there when it was ended. */
const isComplete = (path: string): boolean => !/^\..*\.\d+\.[0-9a-f]{8}$/.test(basename(path));

const homeOf = (user: User): string => join(FOLDER, 'homes', user);

const settingsOf = (user: User): ServerConnection.ISettings =>
  ServerConnection.makeSettings({
    baseUrl: `${address}/user/${user}/`,
    wsUrl: `${address.replace('http', 'ws')}/user/${user}/`,
    token: TOKEN,
    appendToken: true,
  });

const kernels: { id: string; settings: ServerConnection.ISettings; connection: Kernel.IKernelConnection }[] = [];

async function startKernel(user: User, name = 'virtbook'): Promise<Kernel.IKernelConnection> {
  const settings = settingsOf(user);
  const model = await own<KernelAPI.IModel>(user, '/api/kernels', { name, path: name === 'virtbook' ? 'work' : '' });
  const connection = new KernelConnection({ model, serverSettings: settings });
  kernels.push({ id: model.id, settings, connection });
  await connection.info;
  return connection;
}

async function run(kernel: Kernel.IKernelConnection, code: string): Promise<string> {
  let output = '';
  const future = kernel.requestExecute({ code });
  future.onIOPub = ({ content }) => void (output += JSON.stringify(content));
  const { content } = await future.done;
  if (content.status !== 'ok') throw new Error(`${code}\n${JSON.stringify(content)}\n${output.slice(-4000)}`);
  return output;
}

/** A command of the shell as a user types it in a terminal of JupyterLab. @returns what it prints */
async function shell(user: User, command: string): Promise<string> {
  const python = await startKernel(user, 'python3');
  const said = await run(
    python,
    `import subprocess\ndone = subprocess.run(${JSON.stringify(command)}, shell=True, capture_output=True, text=True)\n` +
      'print(done.stdout, done.stderr)\nassert done.returncode == 0, done.returncode',
  );
  // What a user takes is measured without it.
  python.dispose();
  await KernelAPI.shutdownKernel(python.id, settingsOf(user));
  kernels.splice(
    kernels.findIndex(({ connection }) => connection === python),
    1,
  );
  return said;
}

beforeAll(async () => {
  if (process.getuid?.() !== 0) throw new Error('a hub that starts servers of several accounts needs root');
  // The library tells all that it does.
  for (const level of ['debug', 'warn'] as const) jest.spyOn(console, level).mockImplementation(() => undefined);
  install();
  chmodSync(FOLDER, 0o755);
  cpSync(join(ROOT, 'notebooks', 'part4', 'graded'), join(homeOf('teacher'), 'course'), { recursive: true });
  for (const [index, user] of USERS.entries()) {
    mkdirSync(join(homeOf(user), 'work'), { recursive: true });
    succeeds('chown', '-R', String(FIRST_ID + index), homeOf(user));
  }
  mkdirSync(join(COURSE, 'exchange'), { recursive: true });
  chmodSync(join(COURSE, 'exchange'), 0o1777);
  environment.VIRTBOOK_CACHE = cacheDir();
  succeeds(process.execPath, join(ROOT, 'bin', 'virtbook.js'), 'grade', 'prepare', 'part4');
  delete environment.VIRTBOOK_CACHE;
  mkdirSync(join(COURSE, 'cache'));
  for (const part of ['toolchain', 'sdk', 'guest', 'guest-objects', 'initial-disks']) {
    if (existsSync(cacheDir(part))) cpSync(cacheDir(part), join(COURSE, 'cache', part), { recursive: true, filter: isComplete });
  }

  const accounts = USERS.map((user, index) => `${user}:x:${FIRST_ID + index}:${FIRST_ID + index}::${homeOf(user)}:/bin/sh\n`);
  writeFileSync(join(FOLDER, 'passwd'), readFileSync('/etc/passwd', 'utf8') + accounts.join(''));
  const groups = USERS.map((user, index) => `${user}:x:${FIRST_ID + index}:\n`);
  writeFileSync(join(FOLDER, 'group'), readFileSync('/etc/group', 'utf8') + groups.join(''));

  const [port, control, proxy] = await freePorts(3);
  address = `http://127.0.0.1:${port}`;
  const config = join(FOLDER, 'jupyterhub_config.py');
  writeFileSync(
    config,
    `c = get_config()
load_subconfig(${JSON.stringify(join(ROOT, 'deploy', 'jupyterhub', 'jupyterhub_config.py'))})
c.JupyterHub.authenticator_class = 'dummy'
c.Authenticator.allow_all = True
# The client library of these tests says who it is in the address of its socket.
c.Spawner.environment['JUPYTERHUB_ALLOW_TOKEN_IN_URL'] = '1'
c.JupyterHub.hub_port = ${control}
c.ConfigurableHTTPProxy.api_url = 'http://127.0.0.1:${proxy}'
c.JupyterHub.services = [{'name': 'test', 'api_token': ${JSON.stringify(TOKEN)}}]
c.JupyterHub.load_roles = [{'name': 'test', 'scopes': ['admin:users', 'admin:servers', 'admin:server_state', 'access:servers'], 'services': ['test']}]
`,
  );
  environment.VIRTBOOK_HUB_URL = address;
  const mounted = `mount --bind '${FOLDER}/passwd' /etc/passwd && mount --bind '${FOLDER}/group' /etc/group && exec "$@"`;
  const program = join(ENVIRONMENT, 'bin', 'jupyterhub');
  hub = spawn('unshare', ['--mount', 'sh', '-c', mounted, 'sh', program, '--config', config], {
    cwd: FOLDER,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [hub.stdout, hub.stderr]) stream?.on('data', (data: Buffer) => (log += String(data)));
  await until('the hub', () => api('/'));
  for (const user of USERS) {
    await api(`/users/${user}`, 'POST');
    await api(`/users/${user}/server`, 'POST');
  }
  for (const user of USERS) await until(`the server of ${user}`, async () => (await api(`/users/${user}`)).server !== null);
});

afterAll(async () => {
  for (const { id, settings, connection } of kernels) {
    connection.dispose();
    await KernelAPI.shutdownKernel(id, settings).catch(() => undefined);
  }
  if (hub?.exitCode === null) {
    for (const user of USERS) await api(`/users/${user}/server`, 'DELETE').catch(() => undefined);
    const ended = new Promise((resolve) => hub?.once('exit', resolve));
    hub.kill('SIGTERM');
    await ended;
  }
  rmSync(FOLDER, { recursive: true, force: true, maxRetries: 5 });
});

test('both have the kernel, and what is prepared is shared', async () => {
  for (const user of USERS) {
    expect(Object.keys((await own<{ kernelspecs: object }>(user, '/api/kernelspecs')).kernelspecs)).toContain('virtbook');
    const shared = join(homeOf(user), '.cache', 'virtbook', 'sdk');
    expect(readdirSync(shared)).toEqual(readdirSync(join(COURSE, 'cache', 'sdk')));
    expect(await shell(user, `id -un; touch '${shared}'/*/VERSION '${COURSE}/cache/x' || echo refused`)).toMatch(
      new RegExp(`${user}.*refused`),
    );
  }
});

test('both run part 4 at once, each with files and a machine of its own', async () => {
  const before = Object.fromEntries(await Promise.all(USERS.map(async (user) => [user, await memoryOf(user)] as const)));
  const both = await Promise.all(USERS.map(async (user) => ({ user, kernel: await startKernel(user) })));
  const idle = Object.fromEntries(await Promise.all(USERS.map(async (user) => [user, await memoryOf(user)] as const)));
  await Promise.all(
    both.map(async ({ user, kernel }) => {
      await run(kernel, '%chapter part4');
      await run(kernel, solutionOf('system'));
      await run(kernel, user === 'ada' ? solutionOf('server') : '%file wordle_server.c');
      await run(kernel, '%build part4');
      expect(await run(kernel, '%run part4 --seed 21 --until "Transfer word.*$"')).toContain('Transfer word');
    }),
  );
  const booted = Object.fromEntries(await Promise.all(USERS.map(async (user) => [user, await memoryOf(user)] as const)));
  expect(await run(both[1]!.kernel, '%check plays --points')).toContain('"4"');
  const shown = (bytes: number | undefined): string => `${Math.round((bytes ?? 0) / 1e6)} MB`;
  const rows = USERS.map(
    (user) => `${user}: server ${shown(before[user])}, with a kernel ${shown(idle[user])}, part 4 booted ${shown(booted[user])}`,
  );
  process.stdout.write(`${rows.join('\n')}\nhub and proxy: ${shown(memoryOfHub())}\n`);
});

test('the exchange takes the assignment there and back, and both ways to grade give the marks', async () => {
  const course = join(homeOf('teacher'), 'course');
  const teacher = (command: string): Promise<string> => shell('teacher', `cd course && ${command}`);
  await teacher('nbgrader generate_assignment part4 && nbgrader release_assignment part4');
  // As JupyterLab's list of assignments does it.
  interface Listed {
    value: { assignment_id: string; status: string }[];
  }
  const listed = await own<Listed>('ada', '/assignments?course_id=virtbook');
  expect(listed.value).toMatchObject([{ assignment_id: 'part4', status: 'released' }]);
  const what = { course_id: 'virtbook', assignment_id: 'part4' };
  await own('ada', '/assignments/fetch', what);
  const fetched = join(homeOf('ada'), 'part4', 'part4.ipynb');
  expect(readFileSync(fetched, 'utf8')).toContain('YOUR CODE HERE');
  writeFileSync(fetched, formatNotebook(handIn(RIGHT)));
  await own('ada', '/assignments/submit', what);
  await teacher('nbgrader collect part4');
  const collected = join(course, 'submitted', 'ada', 'part4', 'part4.ipynb');
  expect(JSON.parse(readFileSync(collected, 'utf8'))).toMatchObject({ cells: handIn(RIGHT).cells.map(({ id }) => ({ id })) });

  const virtbook = `'${process.execPath}' '${join(ROOT, 'bin', 'virtbook.js')}'`;
  expect(await teacher(`${virtbook} grade submitted/ada/part4/part4.ipynb --assignment part4 --output results`)).toContain('ada: 9 of 9');
  await teacher('nbgrader autograde part4 --create && nbgrader generate_feedback part4 && nbgrader release_feedback part4');
  await own('ada', '/assignments/fetch_feedback', what);
  const feedback = join(homeOf('ada'), 'part4', 'feedback');
  const [page = ''] = readdirSync(feedback, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.html'));
  expect(readFileSync(join(feedback, page), 'utf8')).toMatch(/Score: 9\.0 \/ 9\.0/);
  expect(cellOf(handIn(RIGHT), 'plays').source).toContain('%check');
});
