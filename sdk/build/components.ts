/** What the SDK's parts are made of, and how: the build's half of what the parts' READMEs say. Paths are relative to sdk/. */

export type Config = 'debug' | 'release';
export const CONFIGS: readonly Config[] = ['debug', 'release'];
export const BOARD = 'qemu_virt_aarch64';

export interface Component {
  name: string;
  /** Folders, of which every .c and .S directly in them is compiled, and single files; one object each. */
  sources: readonly string[];
  includeDirs: readonly string[];
  /** Added to the common flags. */
  flags: readonly string[];
  /** In the folder of a board and configuration; an archive, or an ELF file with the linker script it needs. */
  output: { archive: string } | { elf: string; script: string; linkFlags?: readonly string[] };
}

/** Of everything that the SDK itself is made of. The processor is the toolchain's business. */
export const COMMON_FLAGS = ['-std=gnu11', '-mstrict-align', '-O2', '-g', '-Wall', '-Wextra', '-Werror'] as const;

/** Headers in include/ of a board and configuration: whole folders, of which the later ones add to the earlier. */
export function headerDirs(config: Config): string[] {
  return ['libmicrokit/include', `libmicrokit/config/${config}`];
}

/**
 * Where the VMM library's headers are, in sdk/ and in the folder of a board and configuration. They are not among the SDK's
 * own: those come first in everybody's search path, and another VMM library's would not be found.
 */
export const VMM_HEADERS = 'vmm/include';

/** Files that are copied as they are: from sdk/ to the folder of a board and configuration. */
export const COPIED: readonly [from: string, to: string][] = [['libmicrokit/microkit.ld', 'lib/microkit.ld']];

/**
 * Headers of libsel4 that a program may name by themselves. Ours are fewer: each of these is one line, which includes the one that
 * has its declarations.
 */
export const FORWARDED_HEADERS: readonly [name: string, included: string][] = [
  ...['autoconf.h', 'sel4/gen_config.h', 'sel4/benchmark_track_types.h', 'sel4/benchmark_utilisation_types.h'].map(to('sel4/config.h')),
  ...['sel4/assert.h', 'sel4/debug_assert.h'].map(to('sel4/macros.h')),
  ...['sel4/arch/constants.h', 'sel4/sel4_arch/constants.h', 'sel4/plat/api/constants.h'].map(to('sel4/constants.h')),
  ...[
    'simple_types.h',
    'shared_types.h',
    'errors.h',
    'arch/types.h',
    'arch/simple_types.h',
    'sel4_arch/types.h',
    'sel4_arch/simple_types.h',
  ]
    .map((name) => `sel4/${name}`)
    .map(to('sel4/types.h')),
  ...['sel4/syscall.h', 'sel4/functions.h', 'sel4/arch/syscalls.h', 'sel4/sel4_arch/syscalls.h', 'sel4/syscalls_mcs.h'].map(
    to('sel4/registers.h'),
  ),
  ...['sel4/invocation.h', 'sel4/arch/invocation.h', 'sel4/sel4_arch/invocation.h', 'interfaces/sel4_client.h'].map(
    to('sel4/invocations.h'),
  ),
  ['sel4/sel4_arch/faults.h', 'sel4/faults.h'],
];

function to(included: string): (name: string) => [string, string] {
  return (name) => [name, included];
}

/** Of every ELF file in the SDK, and of programs. */
export const LINK_FLAGS = ['-nostdlib', '-static', '-z', 'max-page-size=4096'] as const;

/** `@include` stands for the SDK's own headers. */
export function components(config: Config): Component[] {
  return [
    {
      name: 'loader',
      sources: ['loader'],
      includeDirs: ['microkernel/include'],
      flags: ['-mgeneral-regs-only', ...printing(config)],
      output: { elf: 'elf/loader.elf', script: 'loader/loader.ld' },
    },
    {
      name: 'microkernel',
      sources: ['microkernel/src'],
      includeDirs: ['microkernel/include'],
      flags: ['-mgeneral-regs-only', ...printing(config)],
      output: { elf: 'elf/sel4.elf', script: 'microkernel/kernel.ld' },
    },
    { name: 'libmicrokit', sources: ['libmicrokit/src'], includeDirs: ['@include'], flags: [], output: { archive: 'lib/libmicrokit.a' } },
    { name: 'libvmm', sources: ['vmm/src'], includeDirs: ['@include', VMM_HEADERS], flags: [], output: { archive: 'lib/libvmm.a' } },
    {
      // It is started by the kernel, not by the library's main.
      name: 'monitor',
      sources: ['monitor', 'libmicrokit/src/crt0.S', 'libmicrokit/src/string.c'],
      includeDirs: ['@include', 'microkernel/include'],
      flags: [],
      output: { elf: 'elf/monitor.elf', script: 'libmicrokit/microkit.ld', linkFlags: ['--defsym=__microkit_base=0x8a000000'] },
    },
  ];
}

function printing(config: Config): string[] {
  return config === 'debug' ? ['-DCONFIG_PRINTING'] : [];
}
