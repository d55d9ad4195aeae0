import { type Kit, type Magic, UserError } from 'virtbook/kernel';
import { greetingView } from './greeting-view.js';

const greetMagic: Magic = {
  name: 'greet',
  kind: 'line',
  summary: 'Repeats the last greeting, so often.',
  details: 'The greeting comes from a host on the network of the machine.',
  positionals: [{ name: 'TIMES', help: 'a number', optional: true }],
  examples: ['%greet', '%greet 2'],
  async execute({ session, cell, args }) {
    const { greeting } = session.machine.requireView(greetingView);
    if (greeting === undefined) throw new UserError('RunError', 'nobody has greeted yet', 'Run the chapter first.');
    cell.stdout(`${greeting}\n`.repeat(Number(args.positionals[0] ?? 1)));
  },
};

export const kit: Kit = { views: [greetingView], magics: [greetMagic] };
