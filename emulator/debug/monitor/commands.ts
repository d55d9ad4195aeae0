/** The monitor's commands that look into a machine, by QEMU's names. Who has the machine adds those that do something to it. */
import { fullName, helpText, LOOKING, type CommandHelp } from './help.js';
import { INFO_TOPICS } from './info.js';
import { dumpMemory, printValue, readFormat, type DumpFormat } from './memory-dump.js';
import { readExpression } from './expression.js';
import { MonitorError, type MonitorTarget } from './target.js';

export interface MonitorCommand extends CommandHelp {
  run(argument: string): string;
}

/** One person's monitor: it remembers the format of the last dump, as QEMU's does. */
export class MonitorCommands {
  private format: DumpFormat = { count: 1, format: 'x', size: 4 };
  private readonly commands: Record<string, MonitorCommand>;

  /** `help`: what is to be written for the list of commands. */
  constructor(
    private readonly target: MonitorTarget,
    more: Record<string, MonitorCommand> = {},
    private readonly help = 'help',
  ) {
    this.commands = {
      cpu: { ...LOOKING.cpu, run: (argument) => this.chooseProcessor(argument) },
      help: { usage: 'help|? [cmd]', help: 'show the help', run: (topic) => helpText(this.commands, topic) ?? this.unknown(topic) },
      info: { ...LOOKING.info, run: (argument) => this.info(argument) },
      print: { ...LOOKING.print, run: (argument) => this.print(argument) },
      x: { ...LOOKING.x, run: (argument) => this.dump(argument, 'virtual') },
      xp: { ...LOOKING.xp, run: (argument) => this.dump(argument, 'physical') },
      ...more,
    };
  }

  /** Executes one line. @returns what is shown. */
  execute(line: string): string {
    // `x/4i` is `x /4i`.
    const [, word = '', argument = ''] = /^([^\s/]+)\s*(.*)$/.exec(line.trim()) ?? [];
    const name = fullName(word);
    try {
      return Object.hasOwn(this.commands, name) ? this.commands[name]!.run(argument) : this.unknown(word);
    } catch (error) {
      if (!(error instanceof MonitorError)) throw error;
      return `${error.message}\nTry "${this.help} ${word}" for more information\n`;
    }
  }

  private unknown(command: string): string {
    return `unknown command: '${command}' (${this.help} lists the commands)\n`;
  }

  private info(argument: string): string {
    if (argument === '') return helpText(this.commands, 'info')!;
    const [topic, ...rest] = argument.split(/\s+/) as [string, ...string[]];
    if (!Object.hasOwn(INFO_TOPICS, topic)) return `unknown command: 'info ${topic}' (known: ${Object.keys(INFO_TOPICS).join(', ')})\n`;
    return INFO_TOPICS[topic]!.show(this.target, rest.join(' '));
  }

  private chooseProcessor(argument: string): string {
    const cpu = this.expression(argument);
    if (cpu < 0n || cpu >= BigInt(this.target.processors)) return 'invalid CPU index\n';
    this.target.cpu = Number(cpu);
    return '';
  }

  private print(argument: string): string {
    return `${printValue(this.expression(this.readFormat(argument)), this.format.format)}\n`;
  }

  private dump(argument: string, space: 'virtual' | 'physical'): string {
    const address = this.expression(this.readFormat(argument));
    return dumpMemory(this.target, BigInt.asUintN(64, address), this.format, space);
  }

  /** @returns what follows the format. */
  private readFormat(argument: string): string {
    const [, format, rest] = /^\/(\S*)\s*(.*)$/.exec(argument) ?? [];
    this.format = readFormat(format ?? '', this.format);
    return rest ?? argument;
  }

  private expression(text: string): bigint {
    const { value, rest } = readExpression(text, (name) => this.target.register(name));
    if (rest.trim() !== '') throw new MonitorError(`extraneous characters at the end of line: '${rest.trim()}'`);
    return value;
  }
}
