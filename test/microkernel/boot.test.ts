/**
 * @peers qemu
 * @seconds 10
 */
import { tutorialArguments } from '../peers/qemu-machine.js';
import { booted, BOOT_MS, inOrder, TEST_MS } from './booted.js';

const SYSTEM = '<system><protection_domain name="one" priority="100"><program_image path="idle.elf" /></protection_domain></system>';

test(
  "loader and kernel say what they do, in the tutorial's words",
  async () => {
    await booted(SYSTEM, async (machine) => {
      const hex = (digits: number): string => `0x[0-9a-f]{${digits}}`;
      await machine.waitFor(/one: starting/, BOOT_MS);
      const lines = [
        'LDR\\|INFO: altloader for seL4 starting',
        'LDR\\|INFO: Flags:                0x0000000000000001',
        ' {13}seL4 configured as hypervisor',
        'LDR\\|INFO: Kernel:      entry:   0x0000008060000000',
        `LDR\\|INFO: Root server: physmem: ${hex(16)} -- ${hex(16)}`,
        `LDR\\|INFO:              virtmem: 0x000000008a000000 -- ${hex(16)}`,
        'LDR\\|INFO:              entry  : 0x000000008a000000',
        `(LDR\\|INFO: region: ${hex(8)}   addr: ${hex(16)}   size: ${hex(16)}   offset: ${hex(16)}   type: 0x0000000000000001(\r\n(?=LDR\\|INFO: region))?)+`,
        `(LDR\\|INFO: copying region ${hex(8)}(\r\n(?=LDR\\|INFO: copying))?)+`,
        'LDR\\|INFO: Setting all interrupts to Group 1',
        'LDR\\|INFO: GICv2 ITLinesNumber: 0x00000008',
        'LDR\\|INFO: CurrentEL=EL2',
        'LDR\\|INFO: Resetting CNTVOFF',
        'LDR\\|INFO: enabling MMU',
        'LDR\\|INFO: jumping to kernel',
        'Bootstrapping kernel',
        '.*not seL4.*not verified.*',
        'Warning: Could not infer GIC interrupt target ID, assuming 0\\.',
        'available phys memory regions: 1',
        '  \\[60000000\\.\\.c0000000\\]',
        'reserved virt address space regions: 3',
        ...Array<string>(3).fill('  \\[80[0-9a-f]{8}\\.\\.80[0-9a-f]{8}\\]'),
        'Booting all finished, dropped to user space',
        'MON\\|INFO: Microkit Bootstrap',
        'MON\\|INFO: Number of system invocations:    0x00000001',
        'MON\\|INFO: completed system invocations',
        'one: starting',
      ];
      expect(machine.text).toMatch(new RegExp(`^${lines.join('\r\n')}`));
    });
  },
  TEST_MS,
);

test(
  'an image that was put elsewhere moves itself to where it belongs',
  async () => {
    const elsewhere = (image: string): string[] =>
      tutorialArguments(image).flatMap((argument) =>
        argument.startsWith('loader,')
          ? [`loader,file=${image},addr=0x78000000,force-raw=on`, '-device', 'loader,addr=0x78000000,cpu-num=0']
          : [argument],
      );
    await booted(
      SYSTEM,
      async (machine) => {
        await inOrder(machine, ['LDR|INFO: relocating from 0x0000000078000000 to 0x0000000070000000', 'one: starting']);
      },
      { arguments: elsewhere },
    );
  },
  TEST_MS,
);

test(
  'without EL2 the loader stops, and says so',
  async () => {
    const noHypervisor = (image: string): string[] =>
      tutorialArguments(image).map((argument) => argument.replace(',virtualization=on', ''));
    await booted(
      SYSTEM,
      async (machine) => {
        await inOrder(machine, ['LDR|ERROR: seL4 configured as a hypervisor, but not in EL2']);
      },
      { arguments: noHypervisor },
    );
  },
  TEST_MS,
);

test(
  'the release configuration runs, and is silent',
  async () => {
    const uart = `<system>
    <memory_region name="uart" size="0x1000" phys_addr="0x9000000" />
    <protection_domain name="quiet" priority="100"><program_image path="quiet.elf" />
      <map mr="uart" vaddr="0x2000000" perms="rw" cached="false" setvar_vaddr="uart" />
    </protection_domain>
  </system>`;
    await booted(
      uart,
      async (machine) => {
        // Its own driver prints: the kernel has no debug calls here.
        await machine.waitFor(/Q/, BOOT_MS);
        expect(machine.text).toBe('Q');
      },
      { config: 'release' },
    );
  },
  TEST_MS,
);
