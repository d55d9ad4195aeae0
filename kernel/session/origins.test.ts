import { foldedLog, isConsole, voicesOf } from '../render/log.js';
import { linesByOrigin } from './origins.js';

/** The voices of part 4, in the order of a boot. */
const boot: [origin: string, line: string][] = [
  ['loader', 'LDR|INFO: Flags:                0x0000000000000001'],
  ['loader', '             seL4 configured as hypervisor'],
  ['microkernel', 'Bootstrapping kernel'],
  ['microkernel', 'available phys memory regions: 1'],
  ['microkernel', '  [60000000..c0000000]'],
  ['microkernel', 'Booting all finished, dropped to user space'],
  ['monitor', 'MON|INFO: completed system invocations'],
  ['domains', 'SERIAL SERVER: starting'],
  ['domains', 'Welcome to the Wordle client!'],
  ['domains', '[ ] [ ] [ ] [ ] [ ] '],
  ['vmm', 'vmm|INFO: starting guest at 0x40000000'],
  ['linux', '[    0.000000] Booting Linux on physical CPU 0x0000000000 [0x410fd034]'],
  ['linux', 'udhcpc: lease of 10.0.2.15 obtained from 10.0.2.2, lease time 86400'],
  ['domains', '[\x1b[32mc\x1b[0m] [r] [a] [n] [e] '],
  ['domains', 'WORDLE SERVER|ERROR: called on an unexpected channel'],
  ['monitor', 'MON|ERROR: faulting PD: client'],
  ['monitor', 'Registers: '],
  ['monitor', 'pc : 0x0000000000200870'],
  ['monitor', 'sp: 0x000000ffffffff50'],
  ['monitor', 'tpidrro_el0 : 0x0000000000000000'],
  ['microkernel', '<<seL4(CPU 0) [decodeInvocation/645]: Attempted to invoke a null cap #75.>>'],
  ['linux', 'Linux user-space: Finished'],
];

test('each line of a boot is known by who printed it', () => {
  expect(linesByOrigin(boot.map(([, line]) => `${line}\n`).join('')).map(({ origin, line }) => [origin, line])).toEqual(boot);
  expect(linesByOrigin('')).toEqual([]);
});

const lines = (count: number, text: string): string => Array.from({ length: count }, (_, n) => `${text} ${n}\n`).join('');

test('folded, long stretches of one voice stand under its name, all else as it came, and nothing twice', () => {
  const text = `${lines(10, 'LDR|INFO: \x1b[32mregion\x1b[0m')}Bootstrapping kernel\nBooting all finished, dropped to user space\n${lines(40, 'vmm|INFO: <b>')}`;
  const html = foldedLog(text);
  expect([...html.matchAll(/<summary[^>]*>([^<]*)/g)].map(([, summary]) => summary)).toEqual([
    'Loader: 7 lines',
    'Virtual machine monitor: 30 lines',
  ]);
  expect(html).toMatch(/<\/details><pre style="[^"]*">Bootstrapping kernel\nBooting all finished/);
  expect(html).toContain('color:#1a7f37');
  for (let n = 0; n < 40; n++)
    expect(html.match(new RegExp(`&#60;b&#62; ${n}$`, 'gm')) ?? html.match(new RegExp(`&#60;b&#62; ${n}<`, 'g'))).toHaveLength(1);
  expect(html).not.toMatch(/<(script|style)|\bid="/);
});

test('who printed how much', () => {
  expect(voicesOf(boot.map(([, line]) => line).join('\n'))).toBe(
    "Lines by who printed them: Loader 2, Microkernel 5, Microkit's monitor 6, Protection domains 5, Virtual machine monitor 1, Linux 3. %log --origin monitor shows those of one.",
  );
  expect(voicesOf('')).toBe('');
  expect([isConsole('LDR|INFO: a\nMON|INFO: b'), isConsole('LDR|INFO: a')]).toEqual([true, false]);
});
