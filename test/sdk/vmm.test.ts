/**
 * The VMM library without a kernel: on bare metal, against a bench that plays the kernel's part (test/sdk/vmm).
 *
 * @peers qemu
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../sdk/root.js';
import { findToolchain, FREESTANDING } from '../../sdk/toolchain/index.js';
import { QemuMachine } from '../peers/qemu-machine.js';

const SDK = join(packageRoot(), 'sdk');
const BENCH = join(packageRoot(), 'test', 'sdk', 'vmm');
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vmm-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function sources(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => /\.[cS]$/.test(name))
    .map((name) => join(directory, name));
}

test('emulates devices and interrupts, and asks the kernel for nothing it would refuse, whatever the guest does', async () => {
  const toolchain = await findToolchain();
  const includeDirs = [join(SDK, 'libmicrokit', 'include'), join(SDK, 'libmicrokit', 'config', 'debug'), join(SDK, 'vmm', 'include')];
  const flags = [...FREESTANDING, '-std=gnu11', '-mstrict-align', '-mgeneral-regs-only', '-O2', '-Wall', '-Wextra', '-Werror'];
  const objects = await Promise.all(
    [...sources(BENCH), ...sources(join(SDK, 'vmm', 'src'))].map(async (source, index) => {
      const output = join(folder, `${index}.o`);
      await (source.endsWith('.S') ? toolchain.assemble({ source, output }) : toolchain.compile({ source, output, includeDirs, flags }));
      return output;
    }),
  );
  await toolchain.link({ objects, script: join(BENCH, 'bench.ld'), output: join(folder, 'bench.elf') });
  const machine = new QemuMachine(['-M', 'virt', '-cpu', 'cortex-a53', '-m', '64', '-nographic', '-kernel', join(folder, 'bench.elf')]);
  try {
    await machine.waitFor(/passed\n|failed\n|exception/, 300_000);
    expect(machine.text).toBe('all passed\n');
  } finally {
    await machine.stop();
  }
}, 60_000);
