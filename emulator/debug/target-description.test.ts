import { XMLParser } from 'fast-xml-parser';
import { debugRegisters } from './registers.js';
import { TARGET_DESCRIPTION } from './target-description.js';

interface Feature {
  '@_name': string;
  reg: { '@_name': string; '@_regnum': string; '@_bitsize': string }[];
}

test('the description names the standard features with their registers in order', () => {
  const { target } = new XMLParser({ ignoreAttributes: false }).parse(TARGET_DESCRIPTION) as {
    target: { architecture: string; feature: Feature[] };
  };
  expect(target.architecture).toBe('aarch64');
  expect(target.feature.map((feature) => feature['@_name'])).toEqual([
    'org.gnu.gdb.aarch64.core',
    'org.gnu.gdb.aarch64.fpu',
    'org.qemu.gdb.arm.sys.regs',
  ]);
  const all = target.feature.flatMap(({ reg }) => reg);
  expect(all.map((reg) => Number(reg['@_regnum']))).toEqual(all.map((_, n) => n));
  expect(all.map((reg) => reg['@_name'])).toEqual(debugRegisters.map(({ name }) => name));
  expect(new Set(debugRegisters.map(({ name }) => name)).size).toBe(debugRegisters.length);
  expect(all.slice(31, 35).map((reg) => `${reg['@_name']} ${reg['@_bitsize']}`)).toEqual(['sp 64', 'pc 64', 'cpsr 32', 'v0 128']);
});
