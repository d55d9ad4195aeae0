/** The guest as an object file: kernel, device tree and initial RAM disk between the symbols that libvmm's programs know. */
import { promises as fs } from 'node:fs';
import { join } from 'node:path';
import { cacheDir, ensureDirectory } from '../cache.js';
import { GUEST_BOOTARGS, guestDeviceTree } from '../guest/devicetree.js';
import { ensureGuest, type GuestRecipe } from '../guest/guest.js';
import type { Work } from '../progress.js';
import type { Toolchain } from '../toolchain/index.js';
import { digest } from './digest.js';

/** Symbols by which a program asks for the guest; each has another one for its end. */
export const GUEST_SYMBOLS = ['_guest_kernel_image', '_guest_dtb_image', '_guest_initrd_image'] as const;

export interface GuestObject {
  path: string;
  /** Changes with the guest. */
  key: string;
  /** To be called before the object is read; absent: it is there. What was linked with it before needs no object. */
  make?: () => Promise<void>;
}

/**
 * @param extraBootargs appended to the kernel's command line
 * @throws AptError, GuestFileError
 */
export async function ensureGuestObject(
  recipe: GuestRecipe,
  toolchain: Toolchain,
  extraBootargs: string,
  work: Work,
): Promise<GuestObject> {
  const { path, key, make } = await planGuestObject(recipe, toolchain, extraBootargs, work);
  await make?.();
  return { path, key };
}

/** As `ensureGuestObject`, but the object is not made or looked at yet. */
export async function planGuestObject(recipe: GuestRecipe, toolchain: Toolchain, extraBootargs: string, work: Work): Promise<GuestObject> {
  const guest = await ensureGuest(recipe, work);
  const { size } = await fs.stat(guest.initrd);
  const deviceTree = guestDeviceTree({ initrdSize: size, bootargs: [GUEST_BOOTARGS, extraBootargs].filter(Boolean).join(' ') });
  // Files in the cache never change under their names.
  const key = digest(toolchain.identity, guest.kernel, guest.initrd, deviceTree);
  const folder = cacheDir('guest-objects', key.slice(0, 16));
  const fill = async (temporary: string): Promise<void> => {
    work.onProgress?.({ label: 'packing the Linux guest', done: 0, total: 0 });
    const dtb = join(temporary, 'guest.dtb');
    const source = join(temporary, 'guest.S');
    await fs.writeFile(dtb, deviceTree);
    await fs.writeFile(source, assembly({ _guest_kernel_image: guest.kernel, _guest_dtb_image: dtb, _guest_initrd_image: guest.initrd }));
    await toolchain.assemble({ source, output: join(temporary, 'guest.o'), signal: work.signal });
  };
  return { path: join(folder, 'guest.o'), key, make: async () => void (await ensureDirectory(folder, fill, work.signal)) };
}

function assembly(files: { [name in (typeof GUEST_SYMBOLS)[number]]: string }): string {
  const one = (symbol: string, file: string): string =>
    [
      `.global ${symbol}, ${symbol}_end`,
      // Whole pages keep one image out of the other's page; a device tree wants 8 bytes at least.
      '.balign 4096',
      `${symbol}:`,
      `.incbin "${file.replace(/[\\"]/g, '\\$&')}"`,
      `${symbol}_end:`,
    ].join('\n');
  return ['.section .rodata.guest, "a"', ...Object.entries(files).map(([symbol, file]) => one(symbol, file)), ''].join('\n');
}
