/**
 * `deploy/grading/slurm` on a Slurm of Debian's: a controller and two nodes on this computer. 40 hand-ins, a node that is killed, a task
 * that is put into the queue again, and one summary.
 *
 * @peers slurm
 * @seconds 240
 * @apart
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GradingResult } from '../../kernel/assignments/result.js';
import { packageRoot } from '../../sdk/root.js';
import { doublesHandIn, HALF, SOLUTION, writeDoubles } from './doubles.js';

const FOLDER = mkdtempSync(join(tmpdir(), 'slurm-'));
const RESULTS = join(FOLDER, 'results');
const CHAPTER = join(FOLDER, 'doubles');
const LOSE = join(FOLDER, 'lose');
const PATIENCE = 1_200_000;
const HAND_INS = 40;

const daemons = new Map<string, ChildProcess>();
const environment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  PATH: `${FOLDER}/bin:${process.env.PATH}`,
  SLURM_CONF: join(FOLDER, 'slurm.conf'),
});

const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function until<T>(what: string, ask: () => T | undefined | false): Promise<T> {
  for (const end = Date.now() + PATIENCE / 4; Date.now() < end; await sleep(200)) {
    const answer = ask();
    if (answer) return answer;
  }
  throw new Error(`waited without success for ${what}\n${logs()}`);
}

const logs = (): string =>
  readdirSync(FOLDER)
    .filter((name) => name.endsWith('.log'))
    .map((name) => `${name}:\n${readFileSync(join(FOLDER, name), 'utf8').slice(-2000)}`)
    .join('\n');

function slurm(program: string, ...args: string[]): string {
  const { stdout, stderr, status } = spawnSync(program, args, { encoding: 'utf8', env: environment(), cwd: FOLDER });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}\n${logs()}`);
  return stdout;
}

function start(name: string, program: string, ...args: string[]): void {
  daemons.set(name, spawn(program, args, { env: environment(), stdio: 'ignore' }));
}

interface Listed {
  pid: number;
  parent: number;
  command: string;
  environment: string;
}

/** By Linux' list. */
function processes(): Listed[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const [stat = '', command = '', own = ''] = ['stat', 'cmdline', 'environ'].map((file) =>
          readFileSync(`/proc/${name}/${file}`, 'utf8'),
        );
        const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
        return [{ pid: Number(name), parent, command, environment: own }];
      } catch {
        return [];
      }
    });
}

/** Who works for a node: its daemon, then the keepers of its jobs, who would tell what became of them, then the jobs. */
function workersOf(node: string): number[] {
  const all = processes();
  const jobs = all.filter(({ environment: own }) => own.includes(`SLURMD_NODENAME=${node}\0`));
  const keepers = all.filter(({ pid, command }) => command.startsWith('slurmstepd') && jobs.some(({ parent }) => parent === pid));
  return [daemons.get(node)?.pid ?? 0, ...keepers.map(({ pid }) => pid), ...jobs.map(({ pid }) => pid)];
}

function kill(pids: readonly number[]): void {
  for (const pid of pids.filter((each) => each > 1 && each !== process.pid)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended.
    }
  }
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map((server) => new Promise<number>((resolve) => server.listen(0, () => resolve((server.address() as { port: number }).port)))),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

const NODES = ['n1', 'n2'];

async function configure(): Promise<void> {
  const [control, ...ports] = await freePorts(1 + NODES.length);
  for (const name of ['bin', 'state', ...NODES]) mkdirSync(join(FOLDER, name));
  writeFileSync(join(FOLDER, 'munge.key'), randomBytes(128), { mode: 0o400 });
  const host = hostname().split('.')[0];
  writeFileSync(
    join(FOLDER, 'slurm.conf'),
    `ClusterName=test
SlurmctldHost=${host}(127.0.0.1)
SlurmctldPort=${control}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=${FOLDER}/munge.socket
CredType=cred/munge
StateSaveLocation=${FOLDER}/state
SlurmdSpoolDir=${FOLDER}/%n
SlurmctldPidFile=${FOLDER}/slurmctld.pid
SlurmdPidFile=${FOLDER}/%n.pid
SlurmctldLogFile=${FOLDER}/slurmctld.log
SlurmdLogFile=${FOLDER}/slurmd-%n.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/builtin
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
ReturnToService=2
SlurmdTimeout=10
BatchStartTimeout=10
MinJobAge=3600
KillWait=2
SchedulerParameters=requeue_delay=1
${NODES.map((name, index) => `NodeName=${name} NodeHostname=${host} NodeAddr=127.0.0.1 Port=${ports[index]} CPUs=1 RealMemory=4000`).join('\n')}
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
`,
  );
  const virtbook = join(FOLDER, 'bin', 'virtbook');
  writeFileSync(virtbook, `#!/bin/sh\nexec '${process.execPath}' '${join(packageRoot(), 'bin', 'virtbook.js')}' "$@"\n`);
  chmodSync(virtbook, 0o755);
}

beforeAll(async () => {
  await configure();
  start(
    'munged',
    'munged',
    '--foreground',
    '--force',
    `--key-file=${FOLDER}/munge.key`,
    `--socket=${FOLDER}/munge.socket`,
    `--pid-file=${FOLDER}/munge.pid`,
    `--seed-file=${FOLDER}/munge.seed`,
    `--log-file=${FOLDER}/munge.log`,
  );
  await until('munge', () => existsSync(join(FOLDER, 'munge.socket')));
  start('slurmctld', 'slurmctld', '-D', '-c');
  for (const node of NODES) start(node, 'slurmd', '-D', '-N', node);
  await until('both nodes', () =>
    /^idle 2$/m.test(spawnSync('sinfo', ['-h', '-o', '%T %D'], { encoding: 'utf8', env: environment() }).stdout),
  );
}, PATIENCE);

afterAll(() => {
  for (const node of NODES) kill(workersOf(node));
  for (const daemon of daemons.values()) daemon.kill('SIGKILL');
  rmSync(FOLDER, { recursive: true, force: true });
});

test(
  '40 hand-ins are graded by two nodes, one of which is killed; what is not graded at first is put into the queue again',
  async () => {
    writeDoubles(CHAPTER, LOSE, true);
    const expected = new Map<string, number>();
    const paths = Array.from({ length: HAND_INS }, (_, index) => {
      const name = `student ${index}`;
      // No two are the same, so that each has a machine of its own.
      const [body, points] = index % 3 === 0 ? [HALF, 1] : [SOLUTION, 2];
      expected.set(name.replace(' ', '_'), points);
      mkdirSync(join(FOLDER, 'submitted', name, 'doubles'), { recursive: true });
      const path = join(FOLDER, 'submitted', name, 'doubles', 'doubles.ipynb');
      writeFileSync(path, doublesHandIn(CHAPTER, body, `int number = ${index};\n`));
      return path;
    });
    const submit = join(packageRoot(), 'deploy', 'grading', 'slurm', 'submit.sh');
    slurm(submit, CHAPTER, RESULTS, '8', ...paths);
    const graded = (): GradingResult[] =>
      readdirSync(RESULTS)
        .filter((name) => /^student.*\.json$/.test(name))
        .map((name) => JSON.parse(readFileSync(join(RESULTS, name), 'utf8')) as GradingResult);
    await until('the first results', () => graded().length >= 4);
    const dead = await until('a job on the first node', () => {
      const workers = workersOf('n1');
      return workers.length > 2 && workers;
    });
    kill(dead);
    daemons.get('n1')?.kill('SIGKILL');
    // The next machine is lost, in a task of the other node: one that has lost its node would not be put into the queue twice.
    writeFileSync(LOSE, '');
    await until('the loss of a machine', () => !existsSync(LOSE));
    // The node comes back, as one that is switched on again.
    await until('the loss of the node', () => /down/.test(slurm('sinfo', '-h', '-n', 'n1', '-o', '%T')));
    start('n1', 'slurmd', '-D', '-N', 'n1');
    await until('the summary', () => existsSync(join(RESULTS, 'summary.csv')));
    expect(new Map(graded().map(({ name, score }) => [name, score]))).toEqual(expected);
    expect(existsSync(LOSE)).toBe(false);
    const rows = readFileSync(join(RESULTS, 'summary.csv'), 'utf8').trim().split('\r\n').slice(1);
    expect(rows.map((row) => row.split(',')[1]).sort()).toEqual([...expected.keys()].sort());
    const restarts = [...slurm('scontrol', 'show', 'jobs').matchAll(/Restarts=(\d+)/g)].map(([, count]) => Number(count));
    expect(restarts.filter((count) => count > 0).length).toBeGreaterThanOrEqual(2);
    expect(readdirSync(FOLDER).filter((name) => name.startsWith('virtbook-grade')).length).toBe(8);
  },
  PATIENCE,
);
