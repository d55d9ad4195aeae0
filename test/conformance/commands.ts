/** An evaluator whose cells are lists of commands, one a line: each thing that a cell can do, at a known moment. */
import type { Comm } from '../../kernel/core/comms.js';
import { KernelError, type CellContext, type Evaluator } from '../../kernel/core/evaluator.js';

type Command = (cell: CellContext, argument: string) => void | Promise<void>;

const COMMANDS: Record<string, Command> = {
  print: (cell, text) => cell.stdout(`${text}\n`),
  write: (cell, text) => cell.stdout(JSON.parse(`"${text}"`) as string),
  warn: (cell, text) => cell.stderr(`${text}\n`),
  burst: (cell, count) => {
    for (let line = 0; line < Number(count); line++) cell.stdout(`${line}\n`);
  },
  result: (cell, text) => cell.result({ data: { 'text/plain': text } }),
  html: (cell, text) => cell.display({ data: { 'text/html': text, 'text/plain': text } }),
  show: (cell, words) => {
    const [displayId, text = ''] = words.split(' ');
    cell.display({ data: { 'text/plain': text } }, { displayId });
  },
  update: (cell, words) => {
    const [displayId = '', text = ''] = words.split(' ');
    cell.updateDisplay(displayId, { data: { 'text/plain': text } });
  },
  clear: (cell, wait) => cell.clearOutput(wait === 'wait'),
  page: (cell, text) => cell.payload({ source: 'page', data: { 'text/plain': text }, start: 0 }),
  next: (cell, text) => cell.payload({ source: 'set_next_input', text, replace: false }),
  ask: async (cell, prompt) => cell.stdout(`answer: ${await cell.input(prompt)}\n`),
  /** Asks, and does not wait for the answer. */
  abandon: (cell, prompt) => void cell.input(prompt).catch((error: Error) => cell.stdout(`${error.name}\n`)),
  password: async (cell, prompt) => cell.stdout(`length ${(await cell.input(prompt, true)).length}\n`),
  sleep: (cell, milliseconds) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, Number(milliseconds));
      cell.signal.addEventListener('abort', () => {
        clearTimeout(timer);
        reject(cell.signal.reason as Error);
      });
    }),
  later: (cell, words) => {
    const [milliseconds, text = ''] = words.split(' ');
    setTimeout(() => cell.stdout(`${text}\n`), Number(milliseconds));
  },
  fail: (_cell, message) => {
    throw new KernelError('CommandError', message, ['CommandError', `  ${message}`]);
  },
  crash: () => {
    throw new TypeError('not a KernelError');
  },
  /** Talks with a front end: repeats what comes, and says when it is over. */
  comm: (cell, target) => {
    const comm = cell.comms?.open(target, { data: { hello: 'front end' }, metadata: { version: '2' }, buffers: [Buffer.from('raw')] });
    if (comm) echo(comm, (text) => cell.stdout(text));
  },
  target: (cell, name) =>
    cell.comms?.register(name, (comm, opening) => {
      echo(comm, (text) => cell.stdout(text));
      comm.send({ data: { welcome: opening.data } });
    }),
  unserializable: (cell) => cell.result({ data: { 'text/plain': 1n as unknown as string } }),
};

function echo(comm: Comm, told: (text: string) => void): void {
  comm.onMessage = async ({ data, buffers, signal }) => {
    if (data['fail']) throw new Error('the handler failed');
    if (data['end']) return comm.close({ bye: true });
    if (data['wait']) {
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      return comm.send({ data: { interrupted: true } });
    }
    comm.send({ data: { echo: data }, buffers });
  };
  comm.onClose = () => told('closed\n');
}

const NAMES = Object.keys(COMMANDS);

export function commandEvaluator(): Evaluator & { shutdowns: boolean[] } {
  const shutdowns: boolean[] = [];
  return {
    identity: {
      implementation: 'commands',
      implementationVersion: '1.2',
      banner: 'one command a line',
      language: { name: 'commands', version: '1', mimetype: 'text/plain', file_extension: '.txt' },
    },
    shutdowns,
    async evaluate(cell) {
      for (const line of cell.code.split('\n').filter(Boolean)) {
        const [name = '', ...rest] = line.split(' ');
        const command = COMMANDS[name];
        if (!command) throw new KernelError('CommandError', `no command '${name}'`);
        await command(cell, rest.join(' '));
      }
    },
    async complete(code, cursor) {
      const before = [...code].slice(0, cursor);
      const start = before.findLastIndex((character) => !/[a-z]/.test(character)) + 1;
      const prefix = before.slice(start).join('');
      return { matches: NAMES.filter((name) => name.startsWith(prefix)), start, end: cursor };
    },
    async inspect(code, _cursor, detail) {
      const name = code.split(' ')[0] ?? '';
      const command = COMMANDS[name];
      return command && { data: { 'text/plain': detail === 1 ? String(command) : name } };
    },
    async isComplete(code) {
      if (code.endsWith('\\')) return { status: 'incomplete', indent: '  ' };
      return { status: code.startsWith('?') ? 'invalid' : 'complete' };
    },
    async expression(code, signal) {
      if (code === 'endless') await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error)));
      if (code === 'bad') throw new KernelError('CommandError', 'a bad expression');
      return { data: { 'text/plain': code.toUpperCase() } };
    },
    async shutdown(restart) {
      shutdowns.push(restart);
    },
  };
}
