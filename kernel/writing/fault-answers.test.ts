import { readSystem } from '../../sdk/tool/read.js';
import { warnOfUnansweredFaults } from './fault-answers.js';

const warned = (body: string, guest = '<virtual_machine name="guest"><vcpu id="0" /></virtual_machine>'): string[] => {
  const text = `<system><protection_domain name="vmm"><program_image path="vmm.elf" />${guest}</protection_domain></system>`;
  const vmm = `int other(void) { return 0; }\n\nseL4_Bool fault(microkit_child child, microkit_msginfo m, microkit_msginfo *reply)\n{\n    ${body}\n}\n`;
  const sources = { names: () => [], read: (name: string) => (name === 'vmm.c' ? vmm : undefined) };
  return warnOfUnansweredFaults(readSystem(text, 't.system'), sources).map(({ line, column, message }) => `${line}:${column}: ${message}`);
};

test('a fault() that never says that there is an answer', () => {
  expect(warned('fault_handle(child, m);\n    return seL4_False;')).toEqual(["6:5: fault() of 'vmm' answers no fault of 'guest'"]);
  expect(warned('if (m) {\n        return (false);\n    }\n    return 0;')).toEqual(["8:5: fault() of 'vmm' answers no fault of 'guest'"]);
});

test('one that does, perhaps, or that has no guest', () => {
  expect(warned('if (fault_handle(child, m)) return seL4_True;\n    return seL4_False;')).toEqual([]);
  expect(warned('return fault_handle(child, m);')).toEqual([]);
  expect(warned('microkit_vcpu_restart(child, 0); return seL4_False;')).toEqual([]);
  expect(warned('return seL4_False;', '')).toEqual([]);
  expect(warned('// return seL4_False;')).toEqual([]);
});
