/** The embedded SDK has the layout of a Microkit SDK. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CONFIGS, FORWARDED_HEADERS } from '../../sdk/build/components.js';
import { boardDir } from '../../sdk/build/board.js';
import { ensureSdk, isEmbedded, SdkError } from '../../sdk/build/sdk.js';
import { EM_AARCH64, ET_EXEC } from '../../formats/elf.js';
import { readElfSections } from '../../formats/elf-sections.js';
import { run } from '../../sdk/process.js';
import { findToolchain } from '../../sdk/toolchain/index.js';

test('built once; every file that Makefiles and tools look for is in its place', async () => {
  const sdk = await ensureSdk();
  expect(await isEmbedded(sdk)).toBe(true);
  for (const config of CONFIGS) {
    const board = boardDir(sdk, config);
    for (const name of [
      'include/microkit.h',
      'include/sel4/sel4.h',
      'include/kernel/gen_config.h',
      'vmm/include/libvmm/libvmm.h',
      'lib/libmicrokit.a',
      'lib/microkit.ld',
      'lib/libvmm.a',
    ]) {
      expect([name, existsSync(join(board, name))]).toEqual([name, true]);
    }
    for (const name of ['loader', 'sel4', 'monitor']) {
      expect(readElfSections(readFileSync(join(board, 'elf', `${name}.elf`)))).toMatchObject({
        type: ET_EXEC,
        machine: EM_AARCH64,
        dynamic: false,
      });
    }
  }
  const kernel = (config: (typeof CONFIGS)[number]): Buffer => readFileSync(join(boardDir(sdk, config), 'elf', 'sel4.elf'));
  expect(kernel('debug').equals(kernel('release'))).toBe(false);

  const steps: string[] = [];
  expect(await ensureSdk({ onProgress: ({ label }) => steps.push(label) })).toBe(sdk);
  expect(steps).toEqual([]);
}, 600_000);

test("Makefiles find the architecture as Microkit's examples look for it, and another libvmm's headers are not hidden", async () => {
  const sdk = await ensureSdk();
  for (const config of CONFIGS) {
    const include = join(boardDir(sdk, config), 'include');
    const look = `grep 'CONFIG_SEL4_ARCH  ' "$1/kernel/gen_config.h" | cut -d' ' -f4`;
    expect((await run('sh', ['-c', look, 'sh', include])).stdout.trim()).toBe('aarch64');
    expect(existsSync(join(include, 'libvmm'))).toBe(false);
    const macros = readFileSync(join(include, 'kernel', 'gen_config.h'), 'utf8');
    expect(/^#define CONFIG_DEBUG_BUILD /m.test(macros)).toBe(config === 'debug');
  }
}, 600_000);

test('every header that programs name by itself compiles alone, and has what is in it', async () => {
  const sdk = await ensureSdk();
  const toolchain = await findToolchain();
  const folder = mkdtempSync(join(tmpdir(), 'sdk headers '));
  const program = `${FORWARDED_HEADERS.map(([name]) => `#include <${name}>`).join('\n')}
#include <microkit.h>
_Static_assert(seL4_UserTop == 0xffffffffff && seL4_MaxPrio == 255 && seL4_VCPUReg_PAR + 1 == seL4_VCPUReg_VBAR, "");
_Static_assert(BASE_IOPORT_CAP + 64 == BASE_USER_CAPS && CONFIG_AARCH64_USER_CACHE_ENABLE == 1, "");
void init(void) {
    seL4_Word mr0 = 1;
    seL4_Assert(seL4_GetBadge(0) == 0);
    seL4_CallWithMRs(BASE_ENDPOINT_CAP, seL4_MessageInfo_new(0, 0, 0, 1), &mr0, 0, 0, 0);
    seL4_TCB_SetMCPriority(BASE_TCB_CAP, TCB_CAP, seL4_MinPrio);
}
void notified(microkit_channel ch) { (void)ch; }
`;
  try {
    for (const config of CONFIGS) {
      const alone = FORWARDED_HEADERS.map(([name]): [string, string] => [name, `#include <${name}>\n`]);
      for (const [name, text] of [...alone, ['all', program] as const]) {
        const source = join(folder, 'program.c');
        writeFileSync(source, text);
        const includeDirs = [join(boardDir(sdk, config), 'include')];
        const flags = ['-Wall', '-Wextra', '-Werror', '-mstrict-align'];
        const compiled = toolchain.compile({ source, output: join(folder, 'program.o'), includeDirs, flags });
        expect([name, await compiled.then(() => 'compiles', String)]).toEqual([name, 'compiles']);
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 600_000);

test('bin/microkit is a script that a shell takes', async () => {
  const script = join(await ensureSdk(), 'bin', 'microkit');
  expect(statSync(script).mode & 0o111).toBe(0o111);
  expect(await run('sh', ['-n', script])).toMatchObject({ status: 0, stderr: '' });
}, 600_000);

test('MICROKIT_SDK takes its place, if it is one', async () => {
  const own = await ensureSdk();
  const folder = mkdtempSync(join(tmpdir(), 'sdk test-'));
  expect(await ensureSdk({ env: { ...process.env, MICROKIT_SDK: own } })).toBe(own);
  await expect(ensureSdk({ env: { ...process.env, MICROKIT_SDK: folder } })).rejects.toThrow(SdkError);
  rmSync(folder, { recursive: true });
}, 600_000);
