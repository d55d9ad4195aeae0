import type { Magic } from './magic.js';

const count = new Intl.NumberFormat('en');
const mebibytes = (bytes: number): string => `${(bytes / (1 << 20)).toFixed(1)} MiB`;

export const statsMagic: Magic = {
  name: 'stats',
  kind: 'line',
  summary: 'Tells how the machine executes: instructions, and what was translated.',
  details: [
    'Hot code of the guest is translated to WebAssembly while it runs. That changes nothing but speed: a run is the same',
    'with other figures here. Milliseconds are those of this computer.',
  ].join('\n'),
  examples: ['%stats'],
  async execute({ session, cell }) {
    const { machine } = session.requireRun();
    const { time, instructions, translation } = await machine.status();
    const rows: [string, string][] = [
      ['simulated time', `${(time / 1e9).toFixed(3)} s`],
      ['instructions executed', count.format(instructions)],
    ];
    if (translation) {
      rows.push(
        ['instructions translated', count.format(translation.instructions)],
        ['translated regions', `${count.format(translation.regions)} now, ${count.format(translation.evicted)} made room for others`],
        ['WebAssembly', `${mebibytes(translation.bytes)} now, ${count.format(translation.modules)} modules so far`],
        ['code that changed', `${count.format(translation.invalidations)} times`],
        ['time spent translating', `${translation.milliseconds.toFixed(0)} ms`],
      );
    }
    const width = Math.max(...rows.map(([name]) => name.length));
    cell.stdout(rows.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join(''));
  },
};
