import type { Machine } from '../../emulator/machine/machine.js';
import type { RegisterFile } from '../../emulator/machine/protocol.js';
import { saveTo } from './machine-snapshot.js';

export interface MonitorActions {
  /** Writes to the person's terminal. */
  write(text: string): void;
  quit(): void;
  /** Starts the machine anew. */
  reset(): void;
  stop(): Promise<void>;
  cont(): Promise<void>;
}

const PROMPT = '(virtbook) ';
const BACKSPACE = [0x08, 0x7f];
const KILL_LINE = 0x15;
/** Longest command kept; what is typed behind it is ignored. */
const LONGEST = 200;

interface Command {
  usage: string;
  help: string;
  run(monitor: Monitor, argument: string): void | Promise<void>;
}

const COMMANDS: Record<string, Command> = {
  help: { usage: 'help', help: 'this list', run: (monitor) => monitor.help() },
  info: { usage: 'info status|registers', help: 'what the machine does, and the general registers', run: (monitor, what) => monitor.info(what) },
  stop: { usage: 'stop', help: 'hold the machine', run: (monitor) => monitor.actions.stop() },
  cont: { usage: 'cont', help: 'let it go on', run: (monitor) => monitor.actions.cont() },
  system_reset: { usage: 'system_reset', help: 'start the machine anew', run: (monitor) => monitor.actions.reset() },
  system_powerdown: { usage: 'system_powerdown', help: 'press the power button', run: (monitor) => monitor.powerDown() },
  savevm: { usage: 'savevm FILE', help: 'save the machine, for --restore', run: (monitor, file) => monitor.save(file) },
  quit: { usage: 'quit', help: 'leave', run: (monitor) => monitor.actions.quit() },
};
const SHORT: Record<string, string> = { '?': 'help', q: 'quit', s: 'stop', c: 'cont' };

/** The monitor behind Control-A c: a line of input at a time, a few of QEMU's commands. */
export class Monitor {
  private line = '';

  constructor(
    private readonly machine: Machine,
    readonly actions: MonitorActions,
  ) {}

  /** The keys go to the monitor from now on. */
  enter(): void {
    this.line = '';
    this.actions.write(`\r\n${PROMPT}`);
  }

  async input(bytes: Uint8Array): Promise<void> {
    for (const byte of bytes) {
      if (byte === 0x0d || byte === 0x0a) {
        this.actions.write('\r\n');
        const line = this.line;
        this.line = '';
        await this.execute(line.trim());
        this.actions.write(PROMPT);
      } else if (BACKSPACE.includes(byte)) {
        if (this.line) this.actions.write('\b \b');
        this.line = this.line.slice(0, -1);
      } else if (byte === KILL_LINE) {
        this.actions.write('\b \b'.repeat(this.line.length));
        this.line = '';
      } else if (byte >= 0x20 && byte < 0x7f && this.line.length < LONGEST) {
        this.line += String.fromCharCode(byte);
        this.actions.write(String.fromCharCode(byte));
      }
    }
  }

  async info(what: string): Promise<void> {
    if (what === 'status') {
      const { running, time, instructions } = await this.machine.status();
      this.say(`VM status: ${running ? 'running' : 'paused'}`);
      this.say(`virtual time ${(time / 1e9).toFixed(6)} s, ${instructions} instructions`);
    } else if (what === 'registers') {
      for (const line of registerLines(await this.machine.registers())) this.say(line);
    } else {
      this.say(`'info ${what}' is not known (known: status, registers)`);
    }
  }

  async powerDown(): Promise<void> {
    if (!this.machine.pressPowerButton) return this.say('this machine has no power button');
    await this.machine.pressPowerButton();
  }

  /** The machine is held meanwhile, and stays held if it was. */
  async save(file: string): Promise<void> {
    if (!file) return this.say('savevm needs the name of a file');
    const { running } = await this.machine.status();
    await saveTo(file, this.machine);
    if (running) await this.actions.cont();
    this.say(`saved: --restore ${file} goes on from here`);
  }

  help(): void {
    for (const { usage, help } of Object.values(COMMANDS)) this.say(`${usage.padEnd(24)}${help}`);
    this.say(`${'Control-A c'.padEnd(24)}back to the machine`);
  }

  private async execute(line: string): Promise<void> {
    if (line === '') return;
    const [word, ...rest] = line.split(/\s+/) as [string, ...string[]];
    const name = Object.hasOwn(SHORT, word) ? SHORT[word]! : word;
    if (!Object.hasOwn(COMMANDS, name)) return this.say(`unknown command: '${word}' (help lists what is known)`);
    try {
      await COMMANDS[name]!.run(this, rest.join(' '));
    } catch (error) {
      this.say(error instanceof Error ? error.message : String(error));
    }
  }

  private say(text: string): void {
    this.actions.write(`${text}\r\n`);
  }
}

/** Three registers a line, as wide as they are. */
function registerLines(registers: RegisterFile): string[] {
  const cell = (name: string, value: bigint): string => `${name.padStart(3)}=${value.toString(16).padStart(16, '0')}`;
  const cells = [cell('PC', registers.pc), ...registers.x.map((value, n) => cell(`X${n}`, value)), cell('SP', registers.sp)];
  const lines: string[] = [];
  for (let i = 0; i < cells.length; i += 3) lines.push(cells.slice(i, i + 3).join(' '));
  return [...lines, `PSTATE=${registers.pstate.toString(16).padStart(8, '0')} EL${registers.exceptionLevel}`];
}
