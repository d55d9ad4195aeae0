/** Node's `child_process`: a page starts no programs, and says so as a system without the program does. */
class NoProgram {
  readonly pid = undefined;
  readonly stdout = silent;
  readonly stderr = silent;

  constructor(private readonly program: string) {}

  on(event: string, listener: (error: Error) => void): this {
    if (event !== 'error') return this;
    const error = Object.assign(new Error(`a page cannot run ${this.program}`), { code: 'EACCES' });
    queueMicrotask(() => listener(error));
    return this;
  }
  once(event: string, listener: (error: Error) => void): this {
    return this.on(event, listener);
  }
}

const silent = {
  setEncoding() {
    return this;
  },
  on() {
    return this;
  },
};

export const spawn = (program: string): NoProgram => new NoProgram(program);
export const fork = spawn;
export function execFile(program: string, ...rest: unknown[]): void {
  const callback = rest.at(-1) as (error: Error) => void;
  callback(new Error(`a page cannot run ${program}`));
}
