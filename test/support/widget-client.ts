import { Kernel } from '../../kernel/core/kernel.js';
import type { CellContext, Evaluator } from '../../kernel/core/evaluator.js';
import type { JsonObject } from '../../kernel/protocol/message.js';
import { MemoryTransport } from '../../kernel/transport/memory.js';
import { overMemory, type Seen, TestClient } from '../conformance/client.js';

export const dataOf = ({ content }: Seen): JsonObject => content['data'] as JsonObject;

/** A kernel whose cells do what a test wants of them, and a front end that holds the models of widgets. */
export class WidgetClient {
  private constructor(
    readonly client: TestClient,
    private readonly kernel: Kernel,
    private readonly setWork: (work: (cell: CellContext) => void | Promise<void>) => void,
  ) {}

  static async start(): Promise<WidgetClient> {
    let work: (cell: CellContext) => void | Promise<void> = () => undefined;
    const evaluator: Evaluator = {
      evaluate: async (cell) => work(cell),
      isComplete: async () => ({ status: 'unknown' }),
      complete: async (_code, cursor) => ({ matches: [], start: cursor, end: cursor }),
      inspect: async () => undefined,
      expression: async () => ({ data: {} }),
      shutdown: async () => undefined,
    };
    const transport = new MemoryTransport();
    const kernel = new Kernel(evaluator, transport, { log: () => undefined });
    await kernel.start();
    return new WidgetClient(await TestClient.connect(overMemory(transport)), kernel, (next) => (work = next));
  }

  async stop(): Promise<void> {
    this.client.close();
    await this.kernel.shutdown();
  }

  run(work: (cell: CellContext) => void | Promise<void>): ReturnType<TestClient['cell']> {
    this.setWork(work);
    return this.client.cell('a cell');
  }

  /** Sends a message to a model, and returns what the kernel published for it. */
  async say(id: string, data: object): Promise<Seen[]> {
    const { client } = this;
    const request = client.send('comm_msg', { comm_id: id, data });
    await client.until(() => client.of(request).some(({ content }) => content['execution_state'] === 'idle'));
    return client.of(request).filter(({ header }) => header.msg_type !== 'status');
  }

  click(id: string): Promise<Seen[]> {
    return this.say(id, { method: 'custom', content: { event: 'click' } });
  }

  /** Models as a front end holds them: opened, then updated. */
  models(): Map<string, JsonObject> {
    const held = new Map<string, JsonObject>();
    for (const { header, content } of this.client.published) {
      const id = content['comm_id'] as string;
      const data = (content['data'] ?? {}) as { state?: JsonObject };
      if (header.msg_type === 'comm_open') held.set(id, { ...data.state });
      if (header.msg_type === 'comm_msg') Object.assign(held.get(id) ?? {}, data.state);
      if (header.msg_type === 'comm_close') held.delete(id);
    }
    return held;
  }

  /** The id of a model with these values. */
  find(fields: JsonObject): string {
    const found = [...this.models()].find(([, state]) => Object.entries(fields).every(([name, value]) => state[name] === value));
    if (!found) throw new Error(`no model with ${JSON.stringify(fields)}`);
    return found[0];
  }
}
