import { foldedLog } from '../render/log.js';
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
  ['microkernel', '<<seL4(CPU 0) [decodeInvocation/645]: Attempted to invoke a null cap #75.>>'],
  ['linux', 'Linux user-space: Finished'],
];

test('each line of a boot is known by who printed it', () => {
  expect(linesByOrigin(boot.map(([, line]) => `${line}\n`).join('')).map(({ origin, line }) => [origin, line])).toEqual(boot);
  expect(linesByOrigin('')).toEqual([]);
});

test('folded, each voice has all its lines together, with colours, and none twice', () => {
  const html = foldedLog(boot.map(([, line]) => line).join('\n'));
  expect(html.match(/<summary>[^<]*/g)).toEqual([
    '<summary>Loader: 2 lines',
    '<summary>Microkernel: 5 lines',
    '<summary>Microkit&#39;s monitor: 1 line',
    '<summary>Protection domains: 5 lines',
    '<summary>Virtual machine monitor: 1 line',
    '<summary>Linux: 3 lines',
  ]);
  expect(html).toContain('color:#1a7f37');
  expect(html.match(/Finished/g)).toHaveLength(1);
  expect(html).not.toMatch(/<(script|style)|\bid="/);
});

test('a flood leaves its newest lines, and says where the others are', () => {
  const html = foldedLog(`Bootstrapping kernel\ndropped to user space\n${'x\n'.repeat(1000)}`);
  expect(html).toContain('600 earlier lines: %log --origin domains');
  expect(html.match(/^x$/gm)?.length).toBeLessThanOrEqual(400);
});
