/** Which of the SDK's programs an image was made of: their names make its addresses readable. */
import { promises as fs } from 'node:fs';
import { join } from 'node:path';
import { ElfFile } from '../tool/elf.js';
import { boardDir, configsOf } from './board.js';
import { ensureSdk } from './sdk.js';

export interface SystemPrograms {
  kernel?: Uint8Array | undefined;
  monitor?: Uint8Array | undefined;
  /** What the labels of invocations mean to this kernel, where the SDK says it: that depends on the kernel's version and configuration. */
  invocations?: ReadonlyMap<number, string> | undefined;
}

/** Of the configuration whose code is in the image; nothing where that is true of none, or the SDK is gone. */
export async function programsOfImage(image: Uint8Array, sdk?: string): Promise<SystemPrograms> {
  const folder = sdk ?? (await ensureSdk().catch(() => undefined));
  if (folder === undefined) return {};
  const [kernel, monitor] = [await programOf(image, folder, 'sel4.elf'), await programOf(image, folder, 'monitor.elf')];
  return { kernel: kernel?.bytes, monitor: monitor?.bytes, invocations: kernel && (await invocationsOf(folder, kernel.config)) };
}

async function programOf(image: Uint8Array, sdk: string, name: string): Promise<{ bytes: Uint8Array; config: string } | undefined> {
  for (const config of configsOf(sdk)) {
    const bytes = await fs.readFile(join(boardDir(sdk, config), 'elf', name)).catch(() => undefined);
    if (!bytes) continue;
    const code = new ElfFile(bytes, name).segments.find(({ executable }) => executable);
    if (code && Buffer.from(image.buffer, image.byteOffset, image.byteLength).includes(Buffer.from(code.data))) return { bytes, config };
  }
  return undefined;
}

/** A real SDK has its kernel's labels by name beside it. */
async function invocationsOf(sdk: string, config: string): Promise<Map<number, string> | undefined> {
  const text = await fs.readFile(join(boardDir(sdk, config), 'invocations_all.json'), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const labels = Object.entries(JSON.parse(text) as Record<string, unknown>);
    return new Map(labels.flatMap(([name, label]): [number, string][] => (typeof label === 'number' ? [[label, name]] : [])));
  } catch {
    return undefined;
  }
}
