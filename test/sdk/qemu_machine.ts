/** An image in `qemu-system-aarch64`, started with the tutorial's own command line, and its console. */
import { spawn, type ChildProcess } from 'node:child_process';

/** The tutorial's command line. `netdev` stands where the tutorial has `user,id=mynet0`. */
export function tutorialArguments(image: string, netdev = 'user,id=mynet0'): string[] {
  return [
    '-machine', 'virt,virtualization=on', '-cpu', 'cortex-a53', '-serial', 'mon:stdio',
    '-device', `loader,file=${image},addr=0x70000000,cpu-num=0`, '-m', 'size=2G', '-nographic',
    '-netdev', netdev, '-device', 'virtio-net-device,netdev=mynet0,mac=52:55:00:d1:55:01',
  ];
}

export class QemuMachine {
  /** Everything on the console so far, and QEMU's own complaints. */
  console = '';
  private readonly child: ChildProcess;
  private readonly ended: Promise<void>;
  private listeners: (() => void)[] = [];
  private exited = false;

  constructor(args: readonly string[]) {
    this.child = spawn('qemu-system-aarch64', [...args], { stdio: 'pipe' });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on('data', (bytes: Buffer) => {
        this.console += bytes.toString('latin1');
        this.wake();
      });
    }
    this.ended = new Promise((resolve) => {
      const end = (note: string) => {
        this.console += note;
        this.exited = true;
        this.wake();
        resolve();
      };
      this.child.once('error', (error) => end(`\n[cannot run QEMU: ${error.message}]\n`));
      this.child.once('close', () => end(''));
    });
  }

  /** Resolves once `pattern` is on the console behind character `from`. @returns where it ends. */
  waitFor(pattern: RegExp, timeout: number, from = 0): Promise<number> {
    return new Promise((resolve, reject) => {
      const check = () => {
        const match = pattern.exec(this.console.slice(from));
        if (match) finish(() => resolve(from + match.index + match[0].length));
        else if (this.exited) finish(() => reject(this.complaint(pattern, 'before QEMU ended')));
      };
      const timer = setTimeout(() => finish(() => reject(this.complaint(pattern, `within ${timeout} ms`))), timeout);
      const finish = (settle: () => void) => {
        clearTimeout(timer);
        this.listeners = this.listeners.filter((listener) => listener !== check);
        settle();
      };
      this.listeners.push(check);
      check();
    });
  }

  /** Types key by key, slowly enough for a driver that takes one at a time. */
  async type(keys: string): Promise<void> {
    for (const key of keys) {
      this.child.stdin?.write(key);
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
  }

  async stop(): Promise<void> {
    if (!this.exited) this.child.kill('SIGKILL');
    await this.ended;
  }

  private wake(): void {
    for (const listener of [...this.listeners]) listener();
  }

  private complaint(pattern: RegExp, when: string): Error {
    return new Error(`no ${pattern} on the console ${when}; it ends with:\n${this.console.slice(-3000)}`);
  }
}
