/** What TypeScript cells can ask of the machine, from the declarations that their type checker reads. */
import type { MimeBundle } from '../core/evaluator.js';
import { escapeHtml } from '../render/html.js';

/** A member of an interface, or a function: how it is written, and what its comment says. */
interface Described {
  /** Such as `machine.console.send(text: string): Promise<void>`. */
  signature: string;
  about: string;
}

/** How members of these interfaces are reached. */
const OWNERS: Readonly<Record<string, string>> = {
  Machine: 'machine.',
  AddedToMachine: 'machine.',
  ExpectedMachine: 'expect(machine).',
  ExpectedEvents: 'expect(events).',
  ExpectedValue: 'expect(value).',
};

/** The members of the interfaces above, in order, with those of their parts; then the functions. */
export function describeDeclarations(declarations: string): Described[] {
  const reader = new DeclarationReader();
  for (const line of onOneLine(declarations)) reader.take(line.trim());
  return reader.found;
}

class DeclarationReader {
  readonly found: Described[] = [];
  /** How the members that are being read are reached; undefined where nobody asks for them. */
  private readonly owners: (string | undefined)[] = [];
  private about = '';
  /** What has been read of a member of several lines. */
  private member = '';

  take(line: string): void {
    const comment = /^\/\*\* ?(.*?) ?\*\/$/.exec(line)?.[1];
    if (comment !== undefined) this.about = comment;
    else if (line !== '' && (this.member !== '' || !this.bracket(line))) this.piece(line);
  }

  /** Where an interface, or an object in it, begins or ends. False: the line is something else. */
  private bracket(line: string): boolean {
    const name = /^(?:export )?interface (\w+)/.exec(line)?.[1];
    const part = /^(\w+): \{$/.exec(line)?.[1];
    const owner = this.owners.at(-1);
    if (name !== undefined) this.owners.push(OWNERS[name]);
    else if (part !== undefined) this.owners.push(owner === undefined ? undefined : `${owner}${part}.`);
    else if (/^\}[;,]?$/.test(line)) this.owners.pop();
    else return false;
    this.about = '';
    return true;
  }

  private piece(line: string): void {
    const member = `${this.member} ${line}`.trim();
    this.member = isWhole(member) ? '' : member;
    if (this.member !== '') return;
    const owner = this.owners.at(-1);
    const called =
      /^(?:export )?declare function (.*);$/s.exec(member)?.[1] ?? (owner === undefined ? undefined : owner + member.replace(/;$/, ''));
    if (called !== undefined) this.found.push({ signature: called, about: this.about });
    this.about = '';
  }
}

/** Its lines, with each comment on one. */
const onOneLine = (declarations: string): string[] =>
  declarations.replace(/\/\*\*[^]*?\*\//g, (comment) => comment.replace(/\s*\n\s*\*?(?!\/) ?/g, ' ')).split('\n');

/** All brackets are closed, and it ends as a member does. */
const isWhole = (text: string): boolean => text.endsWith(';') && count(text, /[{([]/g) === count(text, /[})\]]/g);

const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;

const TITLE = 'What TypeScript cells can ask of the machine that %run started, and what they can expect:';

export function machineHelp(declarations: string): MimeBundle {
  const all = describeDeclarations(declarations);
  const rows = all.map(({ signature, about }) => {
    const cell = 'text-align:left;vertical-align:top';
    return `<tr><td style="${cell}"><code>${escapeHtml(signature)}</code></td><td style="${cell}">${escapeHtml(about)}</td></tr>`;
  });
  return {
    data: {
      'text/plain': [TITLE, ...all.flatMap(({ signature, about }) => ['', `  ${signature}`, ...(about ? [`      ${about}`] : [])])].join(
        '\n',
      ),
      'text/html': `<div>${escapeHtml(TITLE)}</div><table style="margin:0.5em 0">${rows.join('')}</table>`,
    },
  };
}
