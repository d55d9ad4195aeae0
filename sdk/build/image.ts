/** From program images to loader.img and report by our own tool; and what tells whether another tool would make others. */
import { promises as fs, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Diagnostic } from '../diagnostic.js';
import { buildImage, type SystemDescription } from '../tool/index.js';
import { BOARD } from './components.js';
import { digest } from './digest.js';

export interface ImageRequest {
  system: SystemDescription;
  sdk: string;
  config: string;
  /** Program images by the path that the description gives. */
  programs: ReadonlyMap<string, string>;
  /** Bytes of images that have been read already, by their path. */
  contents?: ReadonlyMap<string, Uint8Array>;
}

export interface BuiltImage {
  /** In parts, one after the other. */
  image: readonly Uint8Array[];
  report: string;
  /** What the image sets up, as newer SDKs tell it. */
  capdl?: string | undefined;
  warnings: Diagnostic[];
}

export function buildWithOwnTool(request: ImageRequest): BuiltImage {
  const { parts, report, warnings } = buildImage({
    system: request.system,
    board: BOARD,
    config: request.config,
    sdk: request.sdk,
    findImage: (path) => {
      const file = request.programs.get(path);
      return file === undefined ? undefined : (request.contents?.get(file) ?? readFileSync(file));
    },
  });
  return { image: parts, report, warnings };
}

/** Changes with whatever turns program images into a loader image. */
export async function toolIdentity(sdk: string, embedded: boolean): Promise<string> {
  if (!embedded) {
    const { size, mtimeMs } = await fs.stat(join(sdk, 'bin', 'microkit'));
    return digest(sdk, await fs.readFile(join(sdk, 'VERSION'), 'utf8').catch(() => ''), `${size} ${mtimeMs}`);
  }
  return digest(sdk, (ownTool ??= digest(...ownToolFiles())));
}

/** Of names and contents of this package's tool and of what it reads files with. What runs was loaded from them, so they are read once. */
let ownTool: string | undefined;

function ownToolFiles(): (string | Buffer)[] {
  return [join(__dirname, '..', 'tool'), join(__dirname, '..', '..', 'formats')].flatMap((folder) => {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => /\.[jt]s$/.test(path) && !path.includes('.test.'))
      .sort();
    return [...files, ...files.map((path) => readFileSync(join(folder, path)))];
  });
}
