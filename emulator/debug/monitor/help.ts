/** What the monitor's commands are called and what they do, for whoever offers them. */
import { INFO_TOPICS } from './info.js';

export interface CommandHelp {
  usage: string;
  help: string;
}

/** The commands that look into a machine. */
export const LOOKING: Record<'cpu' | 'info' | 'print' | 'x' | 'xp', CommandHelp> = {
  cpu: { usage: 'cpu index', help: 'set the default CPU' },
  info: { usage: 'info subcommand', help: `show ${Object.keys(INFO_TOPICS).join(', ')}: 'help info' tells more` },
  print: { usage: 'print|p /fmt expr', help: 'print expression value ($x0, $pc and the other registers have their names)' },
  x: { usage: 'x /fmt addr', help: "virtual memory dump starting at 'addr' (fmt: a count, x d u o c or i, and b h w or g)" },
  xp: { usage: 'xp /fmt addr', help: "physical memory dump starting at 'addr'" },
};

const SHORT: Record<string, string> = { p: 'print', '?': 'help', q: 'quit', s: 'stop', c: 'cont' };

export function fullName(word: string): string {
  return Object.hasOwn(SHORT, word) ? SHORT[word]! : word;
}

/** What `help` shows, of one command or of all; undefined where there is no such command. */
export function helpText(commands: Readonly<Record<string, CommandHelp>>, topic: string): string | undefined {
  const line = ({ usage, help }: CommandHelp): string => `${usage} -- ${help}\n`;
  if (topic === '')
    return Object.keys(commands)
      .sort()
      .map((name) => line(commands[name]!))
      .join('');
  const [word = '', subject] = topic.split(/\s+/);
  const name = fullName(word);
  if (!Object.hasOwn(commands, name)) return undefined;
  if (name !== 'info') return line(commands[name]!);
  const topics = Object.keys(INFO_TOPICS).filter((each) => subject === undefined || each === subject);
  if (topics.length === 0) return undefined;
  return topics
    .map((each) => line({ usage: `info ${each} ${INFO_TOPICS[each]!.usage}`.trimEnd(), help: INFO_TOPICS[each]!.help }))
    .join('');
}
