import type { Magic } from '../kit/magic.js';

export const statsMagic: Magic = {
  name: 'stats',
  kind: 'line',
  summary: 'Tells how the machine executes: instructions, what was translated, and what room there is.',
  details: [
    'Hot code of the guest is translated to WebAssembly while it runs. That changes nothing but speed: a run is the same',
    'with other figures here. Milliseconds are those of this computer.',
  ].join('\n'),
  examples: ['%stats'],
  async execute({ session, cell }) {
    const { machine } = session.machine.requireRun();
    // It knows the translator's limits, and with them the translator.
    const { machineStatistics } = await import('../../emulator/machine/statistics.js');
    cell.stdout(machineStatistics(await machine.status()));
  },
};
