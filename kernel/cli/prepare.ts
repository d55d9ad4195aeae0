import type { GuestFiles } from '../../sdk/guest/guest-folder.js';
import type { OwnFiles } from '../../sdk/guest/own-guest.js';
import type { Toolchain } from '../../sdk/toolchain/index.js';
import { ProgressLine } from './progress.js';

/** Builds the embedded SDK if it is not there; returns its folder. */
export async function prepareSdk(signal?: AbortSignal): Promise<string> {
  const { ensureSdk } = await import('../../sdk/build/sdk.js');
  return withProgress('SDK', (onProgress) => ensureSdk({ onProgress, signal }));
}

/** Finds the compiler that builds use, or brings one. */
export async function prepareToolchain(signal?: AbortSignal): Promise<Toolchain> {
  const { findToolchain } = await import('../../sdk/toolchain/index.js');
  return withProgress('C compiler', (onProgress) => findToolchain({ onProgress, signal }));
}

/** Starts the compiler's machine while the reader reads, where there is one. What goes wrong is told by the build that needs it. */
export async function warmToolchain(): Promise<void> {
  if (!process.env.TOOLCHAIN) return;
  const { warmMachineToolchain } = await import('../../sdk/toolchain/debian/toolchain.js');
  await warmMachineToolchain().catch(() => undefined);
}

/** Brings the Linux guest's kernel and busybox if they are not there. */
export async function prepareGuest(signal?: AbortSignal): Promise<GuestFiles> {
  const { ensureGuestFiles } = await import('../../sdk/guest/guest.js');
  return withProgress('Linux guest', (onProgress) => ensureGuestFiles({ onProgress, signal }));
}

/** Makes the reader's own files the guest. */
export async function chooseGuest(files: OwnFiles, signal?: AbortSignal): Promise<GuestFiles> {
  const { setGuest } = await import('../../sdk/guest/own-guest.js');
  return withProgress('Linux guest', (onProgress) => setGuest(files, { onProgress, signal }));
}

/** Runs work with its steps on stderr, so that stdout holds the result alone. */
export async function withProgress<T>(
  title: string,
  work: (onProgress: (step: { label: string; done: number; total: number }) => void) => Promise<T>,
): Promise<T> {
  const line = new ProgressLine(process.stderr, title);
  try {
    return await work((step) => line.step(step));
  } finally {
    line.end();
  }
}
