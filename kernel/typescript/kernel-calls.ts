import type { FromChild, ToChild, Without } from './ipc.js';
import { MACHINE_METHODS } from './machine-api.js';
import type { Outlet } from './outlet.js';

type Call = Without<Extract<FromChild, { type: 'call' }>, 'type' | 'call' | 'cell'>;

/** What cells ask the kernel for, since only it can do it, until the answers are there. */
export class KernelCalls {
  private readonly waiting = new Map<number, { resolve: (value: unknown) => void; refuse: (ename: string, evalue: string) => void }>();
  private last = 0;

  constructor(private readonly outlet: Pick<Outlet, 'cell' | 'send'>) {}

  /** Resolves or rejects with the kernel's answer. */
  call(what: Call): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const number = ++this.last;
      // Made here, where the code of the cell is on the stack: so it says where.
      const error = new Error();
      const refuse = (name: string, message: string): void => reject(Object.assign(error, { name, message }));
      this.outlet.send({ ...what, type: 'call', call: number, cell: this.outlet.cell });
      this.waiting.set(number, { resolve, refuse });
    });
  }

  settle(answer: Extract<ToChild, { type: 'answer' | 'refused' }>): void {
    const waiting = this.waiting.get(answer.call);
    this.waiting.delete(answer.call);
    if (answer.type === 'answer') waiting?.resolve(answer.value);
    else waiting?.refuse(answer.error.ename, answer.error.evalue);
  }

  /** A method of `machine`, by its path. */
  method(name: string): (...args: unknown[]) => Promise<unknown> {
    return (...args) => this.call({ target: 'machine', method: name, args });
  }

  /** What cells call `machine`. */
  machine(): Record<string, unknown> {
    const machine: Record<string, unknown> = {};
    for (const name of MACHINE_METHODS) {
      const [first, second] = name.split('.') as [string, string | undefined];
      if (second === undefined) machine[first] = this.method(name);
      else machine[first] = { ...(machine[first] as object | undefined), [second]: this.method(name) };
    }
    return machine;
  }
}
