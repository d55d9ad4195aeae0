import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../sdk/root.js';
import { MACHINE_METHODS } from '../typescript/machine-api.js';
import { CELL_DECLARATION } from '../typescript/machine-declaration.js';
import { describeDeclarations, machineHelp } from './machine-help.js';

const KIT = 'interface AddedToMachine {\n/**\n * The word\n * of the day.\n */\nword(): Promise<string>;\n}\n';
/** `machine.events` of `machine.events(wanted?: ...): ...`. */
const nameOf = ({ signature }: { signature: string }): string => /^(?:expect\(\w+\)\.|machine\.)?[\w.]+/.exec(signature)?.[0] ?? signature;

test('every method of the machine is described, and what kits add', () => {
  const all = describeDeclarations(CELL_DECLARATION + KIT);
  const names = all.map(nameOf);
  for (const method of MACHINE_METHODS) expect(names).toContain(`machine.${method}`);
  expect(names).toEqual(expect.arrayContaining(['expect(events).inOrder', 'expect(value).is', 'fail', 'input']));
  expect(all.find(({ signature }) => signature.startsWith('machine.word'))).toEqual({
    signature: 'machine.word(): Promise<string>',
    about: 'The word of the day.',
  });
  const undescribed = all.filter(({ signature, about }) => signature.startsWith('machine.') && about === '').map(nameOf);
  expect(undescribed).toEqual([]);
  expect(machineHelp(CELL_DECLARATION).data['text/plain']).toContain(
    "\n  machine.console.send(text: string): Promise<void>\n      Types on the guest's console.\n",
  );
});

test('the guide for authors has the methods of the machine that checks are about, and no others', () => {
  const source = readFileSync(join(packageRoot(), 'kernel/tasks/machine.ts'), 'utf8');
  const declared = describeDeclarations(source.replace('interface CheckedMachine', 'interface Machine')).map((each) =>
    nameOf(each).slice('machine.'.length),
  );
  const guide = readFileSync(join(packageRoot(), 'docs/authoring.md'), 'utf8');
  const table = /### What the machine tells\n([^]*?)\n### /.exec(guide)?.[1] ?? '';
  const rows = table.split('\n').filter((line) => line.startsWith('| `'));
  const written = rows.flatMap((row) => [...(row.split(' | ')[0] ?? '').matchAll(/`([\w.]+)\(/g)].map(([, name]) => name ?? ''));
  expect(written.sort()).toEqual(declared.sort());
  const matchers = describeDeclarations(CELL_DECLARATION)
    .map(nameOf)
    .filter((name) => name.startsWith('expect('));
  for (const name of matchers) expect(guide).toContain(`.${name.replace(/^expect\(\w+\)\./, '')}(`);
});
