/** Two toolchains that must write the same: Debian's cross compiler, and its compiler for arm64 in a machine of ours. */
import { findToolchain, type Toolchain } from '../../sdk/toolchain/index.js';

export const CROSS = 'aarch64-linux-gnu';
export const MACHINE = 'machine';

/** The toolchain that TOOLCHAIN names so. */
export const named = (name: string): Promise<Toolchain> => findToolchain({ env: { ...process.env, TOOLCHAIN: name } });

/** @throws Error when they are not of the same release of GCC */
export function sameRelease(cross: Toolchain, machine: Toolchain): void {
  const [one, other] = [cross, machine].map(({ name }) => /\d+\.\d+\.\d+/.exec(name)?.[0]);
  if (one === other) return;
  throw new Error(`the cross compiler is GCC ${one}, and Debian has ${other} for arm64: install the cross compiler of the same release`);
}
