/**
 * @peers qemu
 * @seconds 10
 */
import { booted, inOrder, kernelMessage, TEST_MS } from './booted.js';

/** Label and number of words of each fault that wild.c makes, in its order. */
const FAULTS = [
  [6, 4],
  [2, 13],
  [3, 5],
  [8, 1],
  [3, 5],
  [3, 5],
  [3, 5],
  [8, 1],
  [6, 4],
  [6, 4],
  [6, 4],
  [1, 5],
];

test(
  'a parent hears of every fault of its child, and can let it go on',
  async () => {
    const system = `<system>
    <protection_domain name="parent" priority="200"><program_image path="parent.elf" />
      <protection_domain name="wild" priority="100" id="5"><program_image path="wild.elf" /></protection_domain>
    </protection_domain>
  </system>`;
    await booted(system, async (machine) => {
      await inOrder(machine, [
        ...FAULTS.flatMap(([label, words], i) => [
          `parent: label ${label}\r\n`,
          `parent: words ${words}\r\n`,
          `wild: went on ${i + 1}\r\n`,
        ]),
        'parent: enough',
      ]);
      expect(machine.text).not.toMatch(/wild: entered the kernel|cannot read|MON\|ERROR/);
    });
  },
  TEST_MS,
);

const REGISTERS = [
  'pc ',
  'sp',
  'spsr ',
  ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 16, 17, 18, 29, 30, 9, 10, 11, 12, 13, 14, 15, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28].map(
    (n) => `x${n} `,
  ),
  'tpidr_el0 ',
  'tpidrro_el0 ',
]
  .map((name) => `${name}: 0x[0-9a-f]{16}\r\n`)
  .join('');

test(
  "the monitor reports what nobody handles, in Microkit's words",
  async () => {
    const system = '<system><protection_domain name="wild" priority="100"><program_image path="wild.elf" /></protection_domain></system>';
    await booted(system, async (machine) => {
      await inOrder(machine, [
        'MON|ERROR: received message 0x00000006  badge: 0x0000000000000001  tcb cap: 0x000000000000000a\r\nMON|ERROR: faulting PD: wild\r\nRegisters: \r\n',
        new RegExp(`^${REGISTERS}`),
        /MON\|ERROR: VMFault: ip=0x00000000002\w{5}  fault_addr=0x0000000000000038  fsr=0x0000000093\w{6}  \(data fault\)\r\n/,
        /MON\|ERROR:   ec: 0x00000024  Data Abort from a lower Exception level   il: 1   iss: 0x01\w{6}\r\n/,
        'MON|ERROR:   dfsc = translation fault, level 2 (0x00000006) -- write not read\r\n',
        kernelMessage('receiveIPC/142', '"rootserver" @8a[0-9a-f]{6}', 'Reply object already has unexecuted reply!'),
      ]);
      expect(machine.text).not.toContain('wild: went on');
    });
  },
  TEST_MS,
);
