/** The monitor: what a person can ask of a machine, a line at a time. */
import { fullName, helpText, LOOKING, type CommandHelp } from '../debug/monitor/help.js';
import type { Machine } from '../server/machine.js';
import type { ForwardRule } from '../network/settings.js';

export interface MonitorActions {
  /** Writes to the person's terminal. */
  write(text: string): void;
  quit(): void;
  /** Starts the machine again, from power-on. */
  reset(): void;
  stop(): Promise<void>;
  cont(): Promise<void>;
  /** Writes the machine to a file; absent where there are no files. */
  save?: ((file: string) => Promise<void>) | undefined;
}

const PROMPT = '(virtbook) ';
const BACKSPACE = [0x08, 0x7f];
const KILL_LINE = 0x15;
/** Longest command kept; what is typed after it is ignored. */
const LONGEST = 200;

interface Command extends CommandHelp {
  run(monitor: Monitor, argument: string): void | Promise<void>;
}

/** What does something to the machine. What only looks into it is done in its own thread, for GDB's `monitor`, too. */
const COMMANDS: Record<string, Command> = {
  help: { usage: 'help|? [cmd]', help: 'show the help', run: (monitor, topic) => monitor.help(topic) },
  stop: { usage: 'stop|s', help: 'stop emulation', run: (monitor) => monitor.actions.stop() },
  cont: { usage: 'cont|c', help: 'resume emulation', run: (monitor) => monitor.actions.cont() },
  system_reset: { usage: 'system_reset', help: 'start the machine again', run: (monitor) => monitor.actions.reset() },
  system_powerdown: { usage: 'system_powerdown', help: 'press the power button', run: (monitor) => monitor.powerDown() },
  savevm: { usage: 'savevm FILE', help: 'save the machine, for --restore', run: (monitor, file) => monitor.save(file) },
  quit: { usage: 'quit|q', help: 'leave', run: (monitor) => monitor.actions.quit() },
};

/** Commands of QEMU's that people try, and what to do instead. */
const NOT_HERE: Record<string, string> = {
  nmi: 'a Cortex-A53 has no interrupt that cannot be masked',
  loadvm: 'start with --restore FILE',
  delvm: 'savevm writes files: remove the file',
  device_add: 'devices are given on the command line',
  device_del: 'devices are given on the command line',
  sendkey: 'there is no keyboard: type on the console',
  gdbserver: 'start with -s',
  log: 'start with -d',
  migrate: 'use savevm FILE, and --restore FILE there',
  screendump: 'there is no display',
};

/** The monitor that Control-A c leads to: a line of input at a time, some of QEMU's commands. */
export class Monitor {
  private line = '';

  constructor(
    private readonly machine: Machine,
    readonly actions: MonitorActions,
    /** What the host listens on for the guest. */
    private readonly forwards: readonly ForwardRule[] = [],
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

  async powerDown(): Promise<void> {
    if (!this.machine.pressPowerButton) return this.say('this machine has no power button');
    await this.machine.pressPowerButton();
  }

  /** The machine is held meanwhile, and stays held if it was. */
  async save(file: string): Promise<void> {
    if (!this.actions.save) return this.say('this machine cannot be saved');
    if (!file) return this.say('savevm needs the name of a file');
    const { running } = await this.machine.status();
    await this.actions.save(file);
    if (running) await this.actions.cont();
    this.say(`saved: --restore ${file} continues from here`);
  }

  help(topic: string): void {
    const text = helpText({ ...COMMANDS, ...LOOKING }, topic);
    if (text === undefined) return this.unknown(topic);
    this.say(text + (topic === '' ? 'Control-A c -- back to the machine' : ''));
  }

  private async execute(line: string): Promise<void> {
    const [, word, argument] = /^([^\s/]+)\s*(.*)$/.exec(line) ?? [];
    if (word === undefined || argument === undefined) return line === '' ? undefined : this.unknown(line);
    const name = fullName(word);
    try {
      if (Object.hasOwn(COMMANDS, name)) await COMMANDS[name]!.run(this, argument);
      else if (Object.hasOwn(LOOKING, name)) await this.look(line, argument);
      else if (Object.hasOwn(NOT_HERE, name)) this.say(`'${name}' is not supported: ${NOT_HERE[name]}`);
      else this.unknown(word);
    } catch (error) {
      this.say(error instanceof Error ? error.message : String(error));
    }
  }

  private async look(line: string, argument: string): Promise<void> {
    if (!this.machine.monitor) return this.say('this machine cannot be inspected');
    this.say(await this.machine.monitor(line));
    if (!/^network\s*$/.test(argument) || !line.startsWith('info')) return;
    for (const { protocol, hostAddress, hostPort, guestAddress, guestPort } of this.forwards) {
      this.say(`    hostfwd=${protocol}:${hostAddress}:${hostPort}-${guestAddress ?? ''}:${guestPort}`);
    }
  }

  private unknown(command: string): void {
    this.say(`unknown command: '${command}' (help lists the commands)`);
  }

  /** One line or more. */
  private say(text: string): void {
    const lines = text.replace(/\n$/, '');
    if (lines !== '') this.actions.write(`${lines.replaceAll('\n', '\r\n')}\r\n`);
  }
}
