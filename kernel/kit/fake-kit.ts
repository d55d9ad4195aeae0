import type { JsonValue } from '../core/evaluator.js';
import type { ConsoleView, ConsoleViewFactory, Drawing, ViewedMachine } from '../session/console-view.js';
import { MILLISECONDS, silentSink } from '../session/machine-run.js';
import type { Kit } from './kit.js';

/** A view for tests: shows the row of `rowGuest`, and how many rows were ended with RETURN. */
class RowView implements ConsoleView {
  private row: string | undefined;

  constructor(
    private readonly machine: ViewedMachine,
    private ended: number,
  ) {}

  text(text: string): void {
    this.row = /<(.*)>/.exec(text)?.[1] ?? this.row;
  }

  redraw([row = '']: readonly string[]): Drawing | undefined {
    const found = /^<(.*)>$/.exec(row)?.[1];
    if (found === undefined) return undefined;
    this.row = found;
    return this.drawing();
  }

  drawing(): Drawing | undefined {
    if (this.row === undefined) return undefined;
    return () => ({ data: { 'text/plain': `${this.machine.name}: row ${this.ended} is '${this.row}'` } });
  }

  answered(typed: string): void {
    if (typed.includes('\r')) this.ended++;
  }

  save(): JsonValue {
    return this.ended;
  }

  get current(): string | undefined {
    return this.row;
  }
}

const rowView: ConsoleViewFactory<RowView> = {
  name: 'row',
  nothingYet: { message: 'there is no row yet', hint: 'Run the guest.' },
  create: (machine, saved) => new RowView(machine, typeof saved === 'number' ? saved : 0),
};

/** A kit for tests, for a machine with `rowGuest`. */
export const rowKit: Kit = {
  views: [rowView],
  magics: [
    {
      name: 'type',
      kind: 'line',
      listedAfter: 'send',
      summary: 'Types a word, and shows nothing.',
      details: '',
      positionals: [{ name: 'WORD', help: 'what to type' }],
      examples: ['%type hello'],
      async execute({ session, cell, args }) {
        session.machine.requireRun().type(args.positionals.join(' '));
        await session.machine.advance({ timeout: 1000 * MILLISECONDS, quiet: 100 * MILLISECONDS }, silentSink, cell.signal);
      },
    },
  ],
  machine: {
    declaration: '    /** The row as it is. */\n    row(): Promise<string | undefined>;\n',
    methods: { row: (session) => session.machine.requireView(rowView).current },
  },
  bootStages: [{ name: 'row', sign: /^</ }],
};
