/** Every kind of compiler does the same: GCC and Clang on machines that have them, and the one that is brought, anywhere. */
import { spawnSync } from 'node:child_process';
import { findToolchain } from '../../sdk/toolchain/index.js';
import { testConduct } from './toolchain-conduct.js';

/** Compilers that a machine may have; it needs none of them. */
const OPTIONAL = [
  ['aarch64-linux-gnu', 'aarch64-linux-gnu-gcc'],
  ['clang', 'clang', 'ld.lld', 'llvm-ar'],
] as const;
const present = OPTIONAL.filter(([, ...programs]) => programs.every((program) => !spawnSync(program, ['--version']).error));

describe.each([...present.map(([name]) => name), 'zig'])('%s', testConduct);

test('a TOOLCHAIN that is none is named in the error', async () => {
  await expect(findToolchain({ env: { ...process.env, TOOLCHAIN: 'pdp11-unknown' } })).rejects.toThrow(/TOOLCHAIN is 'pdp11-unknown'/);
});
