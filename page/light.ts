/** A chapter's light page: its cells can be edited and run. The page itself is `notebookPage`'s. */
import { Displays, OutputArea } from '../kernel/core/displays.js';
import { highlightCell } from '../kernel/notebook/highlight.js';
import type { Output } from '../kernel/notebook/format.js';
import { outputsHtml } from '../kernel/notebook/page.js';
import type { Message } from '../kernel/protocol/message.js';
import { KernelConnection, requestOf } from './connection.js';
import { lacks, missingFeature } from './features.js';
import { keepPage, registerServiceWorker } from './offline.js';
import { PageWidgets, WIDGET_TARGET } from './widgets.js';

interface CellState {
  readonly element: HTMLElement;
  readonly input: HTMLElement;
  readonly outputs: HTMLElement;
  readonly count: HTMLElement;
  /** As the chapter has it. */
  readonly source: string;
}

/** Runs cells in a kernel, which starts with the first of them. */
class LightPage {
  private connection: KernelConnection | undefined;
  private readonly displays = new Displays();
  private readonly widgets = new PageWidgets((id, data) => this.post('comm_msg', { comm_id: id, data }));
  private readonly listeners = new Map<string, (channel: string, message: Message) => void>();
  private readonly cells: CellState[];
  /** Cells that run: each is told why its kernel has ended. */
  private readonly running = new Set<(why: string) => void>();
  private turn: Promise<unknown> = Promise.resolve();
  /** Counts the times that everything was stopped: what waited before does not run. */
  private stops = 0;

  constructor(
    sources: readonly string[],
    private readonly kernel: URL,
    private readonly status: HTMLElement,
    private readonly key: string,
  ) {
    const elements = [...document.querySelectorAll<HTMLElement>('.cell.code')];
    this.cells = elements.map((element, index) => this.cell(element, sources[index] ?? ''));
  }

  private cell(element: HTMLElement, source: string): CellState {
    const input = element.querySelector<HTMLElement>('.input') ?? document.createElement('pre');
    const [count, outputs, run] = [document.createElement('span'), document.createElement('div'), document.createElement('button')];
    count.className = 'count';
    outputs.setAttribute('aria-live', 'polite');
    run.textContent = '\u25b6 Run';
    run.type = 'button';
    const bar = document.createElement('div');
    bar.className = 'bar';
    bar.append(run, count);
    element.append(bar, outputs);
    const cell: CellState = { element, input, outputs, count, source };
    run.addEventListener('click', () => void this.run(cell));
    input.setAttribute('contenteditable', 'plaintext-only');
    input.setAttribute('spellcheck', 'false');
    input.setAttribute('role', 'textbox');
    input.setAttribute('aria-multiline', 'true');
    input.setAttribute('aria-label', 'code of the cell');
    input.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || !(event.shiftKey || event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      void this.run(cell);
    });
    const kept = storage()?.getItem(this.keyOf(source)) ?? undefined;
    if (kept !== undefined) input.textContent = kept;
    input.addEventListener('input', () => this.keep(cell));
    // After the click that has taken the focus: what it is on must not move before.
    input.addEventListener('blur', () => setTimeout(() => colour(input), SETTLE_TIME));
    return cell;
  }

  private keyOf(source: string): string {
    return `${this.key} ${source}`;
  }

  /** What a reader writes is there again after a reload. */
  private keep({ input, source }: CellState): void {
    const text = textIn(input);
    try {
      if (text === source) storage()?.removeItem(this.keyOf(source));
      else storage()?.setItem(this.keyOf(source), text);
    } catch {
      this.status.textContent = 'The browser has no room left for your changes: copy them before you close the page.';
    }
  }

  async runAll(): Promise<void> {
    await Promise.all(this.cells.map((cell) => this.run(cell)));
  }

  /** Takes the reader's changes back. */
  reset(): void {
    for (const { input, source } of this.cells) {
      storage()?.removeItem(this.keyOf(source));
      input.innerHTML = highlightCell(source);
    }
  }

  interrupt(): void {
    this.stops++;
    this.connection?.interrupt();
  }

  restart(): void {
    this.stops++;
    this.connection?.close();
    this.connection = undefined;
    this.listeners.clear();
    this.running.clear();
    this.widgets.clear();
    this.turn = Promise.resolve();
    this.status.textContent = 'The kernel is off. It starts with the next cell.';
    for (const { count } of this.cells) count.textContent = '';
  }

  /** After those that wait already. A cell that fails ends the others. */
  private run(cell: CellState): Promise<unknown> {
    const { stops } = this;
    cell.count.textContent = '[*]';
    this.turn = this.turn.then(async () => {
      if (stops !== this.stops) return void (cell.count.textContent = '');
      const connection = this.connected();
      await connection.ready;
      if (connection.lost !== undefined) return this.show(cell, [lostOutput(connection.lost)]);
      return this.execute(cell, connection);
    });
    return this.turn;
  }

  private connected(): KernelConnection {
    if (this.connection && this.connection.lost === undefined) return this.connection;
    this.status.textContent = 'The kernel is loading \u2026';
    const connection = new KernelConnection(this.kernel, {
      message: (channel, message) => {
        if (!this.widgets.received(message)) this.listeners.get(message.parent_header.msg_id ?? '')?.(channel, message);
      },
      files: () => undefined,
      lost: (why) => {
        this.status.textContent = `The kernel has ended: ${why}. The next cell starts another.`;
        this.stops++;
        for (const end of this.running) end(why);
      },
    });
    this.widgets.clear();
    connection.post({ type: 'start', folder: '', files: [] });
    // So the kernel knows that this page shows widgets.
    void connection.ready.then(() => this.post('comm_info_request', { target_name: WIDGET_TARGET }));
    void connection.ready.then(() => {
      if (connection.lost !== undefined) return;
      this.status.textContent = 'The kernel is ready.';
      void keepPage('.', 'index.html');
    });
    return (this.connection = connection);
  }

  private post(type: string, content: object): void {
    this.connection?.post({ type: 'message', channel: 'shell', message: requestOf(type, content) });
  }

  private execute(cell: CellState, connection: KernelConnection): Promise<void> {
    const area: OutputArea = new OutputArea(this.displays, () => this.show(cell, area.outputs as unknown as Output[]));
    this.show(cell, []);
    const request = requestOf('execute_request', {
      code: textIn(cell.input),
      silent: false,
      store_history: true,
      user_expressions: {},
      allow_stdin: true,
      stop_on_error: true,
    });
    return new Promise((resolve) => {
      let ends = 2;
      const lost = (why: string): void => {
        this.show(cell, [...(area.outputs as unknown as Output[]), lostOutput(why)]);
        cell.count.textContent = '';
        over();
      };
      const over = (): void => {
        this.running.delete(lost);
        resolve();
      };
      this.running.add(lost);
      this.listeners.set(request.header.msg_id, (channel, message) => {
        if (channel === 'stdin') return this.answer(connection, message);
        const content = message.content as { execution_state?: string; execution_count?: number; status?: string };
        if (channel === 'iopub') area.apply(message);
        else {
          cell.count.textContent = `[${content.execution_count ?? ''}]`;
          if (content.status === 'error') this.stops++;
        }
        if (channel === 'shell' || content.execution_state === 'idle') ends--;
        if (ends === 0) over();
      });
      connection.post({ type: 'message', channel: 'shell', message: request });
    });
  }

  private answer(connection: KernelConnection, message: Message): void {
    const { prompt: question = '' } = message.content as { prompt?: string };
    const value = prompt(question) ?? '';
    const reply: Message = { ...requestOf('input_reply', { status: 'ok', value }), parent_header: message.header };
    connection.post({ type: 'message', channel: 'stdin', message: reply });
  }

  private show({ outputs }: CellState, shown: readonly Output[]): void {
    const models: string[] = [];
    const marked = shown.map((output): Output => {
      const model = 'data' in output ? this.widgets.modelOf(output.data) : undefined;
      if (model === undefined) return output;
      models.push(model);
      return { ...output, data: { 'text/html': '<div class="widget"></div>' } } as Output;
    });
    outputs.innerHTML = outputsHtml(marked);
    const places = outputs.querySelectorAll('.widget');
    for (const [index, model] of models.entries()) places[index]?.replaceWith(this.widgets.elementOf(model));
  }
}

const lostOutput = (why: string): Output => ({ output_type: 'error', ename: 'KernelLost', evalue: why, traceback: [`KernelLost: ${why}`] });

/** Undefined where the reader's settings forbid it: changes are then gone with the page. */
function storage(): Storage | undefined {
  try {
    return localStorage;
  } catch {
    return undefined;
  }
}

/** Milliseconds after an editor has lost the focus. */
const SETTLE_TIME = 300;

function colour(input: HTMLElement): void {
  if (document.activeElement !== input) input.innerHTML = highlightCell(textIn(input));
}

/** As it is seen: browsers write line ends in ways of their own, and one more at the end. */
const textIn = (input: HTMLElement): string => input.innerText.replace(/\n$/, '');

function start(): void {
  const data = document.getElementById('virtbook')?.textContent;
  if (!data) return;
  const { sources, kernel, name } = JSON.parse(data) as { sources: string[]; kernel: string; name: string };
  const bar = document.createElement('div');
  bar.className = 'bar page';
  const status = document.createElement('span');
  status.setAttribute('role', 'status');
  status.textContent = 'The cells of this page run in your browser.';
  const missing = missingFeature();
  if (missing !== undefined) {
    status.textContent = lacks(missing);
    return document.body.prepend(bar, status);
  }
  // A site with JupyterLite has its service worker, which other pages of it register in the same words.
  void registerServiceWorker(new URL('service-worker.js?enableCache=true', location.href));
  const page = new LightPage(sources, new URL(kernel, location.href), status, `virtbook ${name}`);
  const button = (label: string, action: () => void): HTMLButtonElement => {
    const made = document.createElement('button');
    made.type = 'button';
    made.textContent = label;
    made.addEventListener('click', action);
    return made;
  };
  bar.append(
    button('\u25b6 Run all', () => void page.runAll()),
    button('\u25a0 Interrupt', () => page.interrupt()),
    button('\u21bb Restart', () => page.restart()),
    button('Take my changes back', () => page.reset()),
    status,
  );
  document.body.prepend(bar);
}

start();
