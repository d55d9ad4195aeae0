/** Which of the SDK's programs an image was made of: their names make its addresses readable. */
import { promises as fs } from 'node:fs';
import { join } from 'node:path';
import { ElfFile } from '../tool/elf.js';
import { boardDir, configsOf } from './board.js';
import { ensureSdk } from './sdk.js';

export interface SystemPrograms {
  kernel?: Uint8Array | undefined;
  monitor?: Uint8Array | undefined;
}

/** Of the configuration whose code is in the image; nothing where that is true of none, or the SDK is gone. */
export async function programsOfImage(image: Uint8Array, sdk?: string): Promise<SystemPrograms> {
  const folder = sdk ?? (await ensureSdk().catch(() => undefined));
  if (folder === undefined) return {};
  return { kernel: await programOf(image, folder, 'sel4.elf'), monitor: await programOf(image, folder, 'monitor.elf') };
}

async function programOf(image: Uint8Array, sdk: string, name: string): Promise<Uint8Array | undefined> {
  for (const config of configsOf(sdk)) {
    const bytes = await fs.readFile(join(boardDir(sdk, config), 'elf', name)).catch(() => undefined);
    if (!bytes) continue;
    const code = new ElfFile(bytes, name).segments.find(({ executable }) => executable);
    if (code && Buffer.from(image.buffer, image.byteOffset, image.byteLength).includes(Buffer.from(code.data))) return bytes;
  }
  return undefined;
}
