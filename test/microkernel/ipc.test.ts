/**
 * @peers qemu
 */
import { booted, inOrder, kernelMessage, TEST_MS } from './booted.js';

const system = (server: string): string => `<system>
  <protection_domain name="server" priority="200" ${server}><program_image path="server.elf" /></protection_domain>
  <protection_domain name="client" priority="100"><program_image path="client.elf" /></protection_domain>
  <channel><end pd="client" id="1" pp="true" /><end pd="server" id="3" /></channel>
</system>`;

const CALL = [
  'client: starting',
  'client: sum 55',
  "client: the server's channel 3",
  'client: my label 7',
  'client: its label 42',
  'client: its count 120',
];
const ECHOES = Array(3).fill(['server: notified on 3', 'client: notified on 1']).flat() as string[];
const nullCap = (slot: number): RegExp =>
  kernelMessage('decodeInvocation/645', `"child of: 'rootserver'" @20[0-9a-f]{4}`, `Attempted to invoke a null cap #${slot}\\.`);

test(
  'calls, signals, and what happens to those that lead nowhere',
  async () => {
    await booted(system(''), async (machine) => {
      await inOrder(machine, [
        'server: starting',
        ...CALL,
        nullCap(74 + 5),
        "client: nobody's label 2",
        nullCap(10 + 5),
        nullCap(138 + 5),
        ...ECHOES,
        /\[handleInvocation\/286 .*Invocation of invalid cap #100074\.>>/,
        'MON|ERROR: received message 0x00000001  badge: 0x0000000000000002  tcb cap: 0x000000000000000b',
        'MON|ERROR: faulting PD: client',
        'fault_addr=0x00000000000186ea  in_recv_phase=false',
      ]);
      expect(machine.text).not.toContain('client: still here');
    });
  },
  TEST_MS,
);

test(
  "a passive server runs on its callers' and its notification's time",
  async () => {
    await booted(system('passive="true"'), async (machine) => {
      await inOrder(machine, ['server: starting', "MON|INFO: PD 'server' is now passive!", ...CALL, ...ECHOES]);
    });
  },
  TEST_MS,
);
