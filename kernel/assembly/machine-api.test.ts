import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeMachine, printingGuest } from '../../emulator/server/testing/fake-machine.js';
import { Session } from '../session/session.js';
import { machineApi } from './machine-api.js';

test('TypeScript cells see the console and let the machine run', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'virtbook-'));
  try {
    mkdirSync(join(folder, '.virtbook/hello'), { recursive: true });
    writeFileSync(join(folder, '.virtbook/hello/loader.img'), '');
    const machine = new FakeMachine(printingGuest(['\x1b[32mone\x1b[0m\r\n', 'two\r\n', 'one more\r\n']));
    const session = new Session({
      folder,
      services: {
        build: () => Promise.reject(new Error('unused')),
        startMachine: async () => machine,
        restoreMachine: () => Promise.reject(new Error('unused')),
      },
    });
    const api = machineApi(session, () => new AbortController().signal);
    await expect(api.console.text()).rejects.toThrow('no machine is running');
    await session.machine.start('hello', 1, 'simulated');
    expect(await api.console.expect('one')).toBe('one');
    // Output counts as new from the end of the last match on.
    expect(await api.console.expect(/^o\w+ more/g)).toBe('one more');
    await expect(api.console.expect('never', { timeout: 5 })).rejects.toThrow(/waits for input/);
    await api.console.send('x');
    expect(machine.typed.map((entry) => entry.text)).toEqual(['x']);
    expect(await api.console.text()).toBe('one\ntwo\none more\n');
    expect((await api.status()).time).toBe(machine.time);
    await api.run();
    expect((await api.pause()).running).toBe(false);
    await session.machine.stop();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
