/** A chapter's light page: its cells can be edited and run. The page itself is `notebookPage`'s. */
import { Displays, OutputArea } from '../kernel/core/displays.js';
import type { Output } from '../kernel/notebook/format.js';
import { outputsHtml } from '../kernel/notebook/outputs.js';
import type { Message } from '../kernel/protocol/message.js';
import { KernelConnection, requestOf } from './connection.js';
import { CellEditor } from './editor.js';
import { lacks, memoryWarning, missingFeature } from './features.js';
import { isKept } from '../kernel/host-web/kept-files.js';
import { keepPage, registerServiceWorker } from './offline.js';
import { Painter } from './painter.js';
import { Preparation } from './preparation.js';
import { ask, echoOf, type Question } from './questions.js';
import { PageWidgets, WIDGET_TARGET } from './widgets.js';

interface CellState {
  readonly editor: CellEditor;
  readonly outputs: HTMLElement;
  readonly count: HTMLElement;
  /** Where its code asks the reader. */
  readonly questions: HTMLElement;
  /** Shows the outputs of the latest run. */
  painter?: Painter;
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
  private readonly preparation = new Preparation(() => this.connected().post({ type: 'prepare' }));

  constructor(
    sources: readonly string[],
    private readonly kernel: URL,
    private readonly status: HTMLElement,
    /** What a reader has to know whatever happens next. */
    private readonly notice: (text: string) => void,
    private readonly key: string,
  ) {
    const elements = [...document.querySelectorAll<HTMLElement>('.cell.code')];
    this.cells = elements.map((element, index) => this.cell(element, sources[index] ?? ''));
  }

  private cell(element: HTMLElement, source: string): CellState {
    const input = element.querySelector<HTMLElement>('.input') ?? document.createElement('pre');
    const [count, outputs, questions] = [document.createElement('span'), document.createElement('div'), document.createElement('div')];
    count.className = 'count';
    outputs.setAttribute('aria-live', 'polite');
    const bar = document.createElement('div');
    bar.className = 'bar';
    bar.append(
      button('\u25b6 Run', () => void this.run(cell)),
      count,
    );
    element.append(bar, outputs, questions);
    const editor = new CellEditor(input, source, `${this.key} ${source}`, {
      run: () => void this.run(cell),
      edited: (text) => this.preparation.edited(text),
      notKept: () => this.notice('The browser has no room left for your changes: copy them before you close the page.'),
    });
    const cell: CellState = { editor, outputs, count, questions };
    return cell;
  }

  /** Has the kernel start before a cell needs it. */
  prepare(): void {
    this.connected();
  }

  async runAll(): Promise<void> {
    await Promise.all(this.cells.map((cell) => this.run(cell)));
  }

  /** Takes the reader's changes back. */
  reset(): void {
    for (const { editor } of this.cells) editor.reset();
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
    for (const { count, questions } of this.cells) {
      count.textContent = '';
      questions.replaceChildren();
    }
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
    const painter = new Painter(() => this.show(cell, area.outputs as unknown as Output[]));
    const area: OutputArea = new OutputArea(this.displays, () => painter.changed());
    cell.painter?.stop();
    cell.painter = painter;
    this.show(cell, []);
    const request = requestOf('execute_request', {
      code: cell.editor.text,
      silent: false,
      store_history: true,
      user_expressions: {},
      allow_stdin: true,
      stop_on_error: true,
    });
    return new Promise((resolve) => {
      let ends = 2;
      const lost = (why: string): void => {
        painter.stop();
        this.show(cell, [...(area.outputs as unknown as Output[]), lostOutput(why)]);
        cell.count.textContent = '';
        over();
      };
      const over = (): void => {
        this.running.delete(lost);
        cell.questions.replaceChildren();
        resolve();
      };
      this.running.add(lost);
      this.listeners.set(request.header.msg_id, (channel, message) => {
        if (channel === 'stdin') return this.ask(cell, area, connection, message);
        const content = message.content as { execution_state?: string; execution_count?: number; status?: string };
        if (channel === 'iopub') area.apply(message);
        else {
          cell.count.textContent = `[${content.execution_count ?? ''}]`;
          if (content.status === 'error') this.stops++;
        }
        if (channel === 'shell' || content.execution_state === 'idle') ends--;
        if (ends > 0) return;
        painter.now();
        over();
      });
      connection.post({ type: 'message', channel: 'shell', message: request });
    });
  }

  private ask(cell: CellState, area: OutputArea, connection: KernelConnection, message: Message): void {
    const { prompt = '', password = false } = message.content as Partial<Question>;
    cell.questions.replaceChildren();
    ask(cell.questions, { prompt, password }, (value) => {
      area.apply(requestOf('stream', { name: 'stdout', text: echoOf({ prompt, password }, value) }));
      const reply: Message = { ...requestOf('input_reply', { status: 'ok', value }), parent_header: message.header };
      connection.post({ type: 'message', channel: 'stdin', message: reply });
    });
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

function button(label: string, action: () => void): HTMLButtonElement {
  const made = document.createElement('button');
  made.type = 'button';
  made.textContent = label;
  made.addEventListener('click', action);
  return made;
}

function paragraph(text: string): HTMLElement {
  const made = document.createElement('p');
  made.textContent = text;
  return made;
}

function start(): void {
  const data = document.querySelector('script#virtbook')?.textContent;
  if (!data) return;
  const { sources, kernel, name } = JSON.parse(data) as { sources: string[]; kernel: string; name: string };
  const bar = document.createElement('div');
  bar.className = 'bar page';
  const [status, notices] = [document.createElement('span'), document.createElement('div')];
  status.setAttribute('role', 'status');
  notices.setAttribute('role', 'alert');
  const notice = (text: string): void => {
    if ([...notices.children].every(({ textContent }) => textContent !== text)) notices.append(paragraph(text));
  };
  status.textContent = 'The cells of this page run in your browser.';
  const missing = missingFeature();
  if (missing !== undefined) {
    status.textContent = lacks(missing);
    return document.body.prepend(bar, status);
  }
  // A site with JupyterLite has its service worker, which other pages of it register in the same words.
  void registerServiceWorker(new URL('service-worker.js?enableCache=true', location.href));
  const page = new LightPage(sources, new URL(kernel, location.href), status, notice, `virtbook ${name}`);
  const warning = memoryWarning();
  if (warning !== undefined) notice(warning);
  bar.append(
    button('\u25b6 Run all', () => void page.runAll()),
    button('\u25a0 Interrupt', () => page.interrupt()),
    button('\u21bb Restart', () => page.restart()),
    button('Take my changes back', () => page.reset()),
    status,
    notices,
  );
  document.body.prepend(bar);
  if (warning === undefined) void prepareIfKept(page, kernel);
}

/** Who has run cells here before will do so again, and need not load anything for it. */
async function prepareIfKept(page: LightPage, kernel: string): Promise<void> {
  if (document.visibilityState === 'visible' && (await isKept(new URL(kernel, location.href).href))) page.prepare();
}

start();
