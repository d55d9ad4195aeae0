/** The kernel of a site in a page, without a front end: cells go in, and their outputs come out in notebook format. */
import type { Page } from 'playwright-core';
import { Displays, OutputArea } from '../../kernel/core/displays.js';
import { HeaderFactory, type Message } from '../../kernel/protocol/message.js';
import type { FromKernel, ToKernel } from '../../kernel/site/page-messages.js';

/** What is used of a page's worker: the compiler of tests knows Node's library alone. */
interface PageWorker {
  postMessage(message: unknown): void;
  onmessage: (event: { data: unknown }) => void;
  onerror: (event: { message: string }) => void;
}
declare global {
  // What the page has, and what is put there.
  var Worker: new (address: string, options: { type: 'module' }) => PageWorker;
  var virtbookWorker: PageWorker;
  var fromKernel: (message: string) => Promise<void>;
}

export interface PageCell {
  status: string;
  outputs: unknown[];
}

export class PageKernel {
  private readonly headers = new HeaderFactory();
  private readonly displays = new Displays();
  private readonly listeners = new Map<string, (channel: string, message: Message) => void>();
  private isReady: () => void = () => undefined;
  private failed: (error: Error) => void = () => undefined;

  private constructor(private readonly page: Page) {}

  /** @param script address of the kernel's module, from the page's */
  static async start(page: Page, script: string): Promise<PageKernel> {
    const kernel = new PageKernel(page);
    const ready = new Promise<void>((resolve, reject) => {
      kernel.isReady = resolve;
      kernel.failed = reject;
    });
    await page.exposeFunction('fromKernel', (message: string) => kernel.received(JSON.parse(message) as FromKernel));
    await page.evaluate((address) => {
      const worker = new Worker(address, { type: 'module' });
      // Bytes, which these tests do not look at, have no form in JSON that would come back.
      worker.onmessage = ({ data }) => void fromKernel(JSON.stringify({ ...(data as object), files: undefined }));
      worker.onerror = ({ message }) => void fromKernel(JSON.stringify({ type: 'failed', why: message }));
      globalThis.virtbookWorker = worker;
    }, script);
    await kernel.post({ type: 'start', folder: '', files: [] });
    await ready;
    return kernel;
  }

  async run(code: string): Promise<PageCell> {
    const area = new OutputArea(this.displays);
    const content = { code, silent: false, store_history: true, user_expressions: {}, allow_stdin: false, stop_on_error: false };
    const message = this.headers.message('execute_request', content);
    const ended = new Promise<string>((resolve) => {
      let status: string | undefined;
      let idle = false;
      this.listeners.set(message.header.msg_id, (channel, answer) => {
        const said = answer.content as { status?: string; execution_state?: string };
        if (channel === 'iopub') area.apply(answer);
        else status = said.status;
        idle ||= said.execution_state === 'idle';
        if (idle && status !== undefined) resolve(status);
      });
    });
    await this.post({ type: 'message', channel: 'shell', message });
    return { status: await ended, outputs: area.outputs };
  }

  private async post(message: ToKernel): Promise<void> {
    await this.page.evaluate((sent) => globalThis.virtbookWorker.postMessage(sent), message as never);
  }

  private received(message: FromKernel): void {
    if (message.type === 'ready') this.isReady();
    else if (message.type === 'failed') this.failed(new Error(message.why));
    else if (message.type === 'message') {
      this.listeners.get(message.message.parent_header.msg_id ?? '')?.(message.channel, message.message);
    }
  }
}
