/** The files that a kernel in a page reads: of the package, the embedded SDK and the chapters. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join, relative, sep } from 'node:path';
import { packageRoot } from '../../sdk/root.js';
import { shippedChapters } from '../chapters/folders.js';
import { transpile } from '../chapters/transpile.js';
import { type Chapter, withUsed } from '../session/chapter.js';
import { isInside } from '../session/folders.js';
import { PACKAGE, SDK } from './places.js';

/** Of chapters: what only their authors need. */
const NOT_FOR_READERS = /(^|\/)(testing|node_modules)\/|\.test\.ts$|(^|\/)\.|\.map$|\.d\.ts$/;

type Files = Map<string, Uint8Array>;

/** @param sdk folder of the embedded SDK */
export function houseFiles(chapters: readonly Chapter[], sdk: string): Files {
  const files: Files = new Map();
  const root = packageRoot();
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const typescript = createRequire(__filename)('typescript/package.json') as { version: string };
  add(files, `${PACKAGE}/package.json`, JSON.stringify({ name: 'virtbook', version }));
  add(files, `${PACKAGE}/node_modules/typescript/package.json`, JSON.stringify({ version: typescript.version }));
  // In the place of the tool's own code, by which builds know that they are of another version.
  const build = readFileSync(join(root, 'dist', 'emulator', 'wasm-modules', 'build-id'));
  for (const folder of ['sdk/tool', 'formats']) files.set(`${PACKAGE}/dist/${folder}/build.js`, build);
  for (const folder of ['libmicrokit/include', 'libmicrokit/config', 'vmm/include', 'guest/initramfs']) {
    addFolder(files, join(root, 'sdk', folder), `${PACKAGE}/sdk/${folder}`);
  }
  addFolder(files, sdk, SDK, /^bin\//);
  for (const chapter of new Set(chapters.flatMap((each) => withUsed(each)))) addChapter(files, chapter);
  return files;
}

/** In the page all chapters are the package's. */
export const placeOf = ({ name }: Pick<Chapter, 'name'>): string => `${PACKAGE}/notebooks/${name}`;

function addChapter(files: Files, chapter: Chapter): void {
  addFolder(files, chapter.folder, placeOf(chapter), NOT_FOR_READERS);
  const built = `${PACKAGE}/dist/notebooks/${chapter.name}`;
  if (isInside(shippedChapters(), chapter.folder)) {
    addFolder(
      files,
      join(packageRoot(), 'dist', 'notebooks', basename(chapter.folder)),
      built,
      /(^|\/)testing\/|\.test\.js$|\.d\.ts$|\.map$/,
    );
    return;
  }
  for (const module of scriptsOf(chapter)) {
    for (const { target, content } of transpile(module, chapter.folder)) {
      const bare = content.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n').replaceAll(packageRoot().split(sep).join('/'), PACKAGE);
      add(files, `${built}/${target}`, bare);
    }
  }
}

/** Its own; those of chapters that it uses are added with them. */
const scriptsOf = ({ folder, kit, machine, tasks }: Chapter): string[] => [
  ...(kit ? [kit.module] : []),
  ...(machine.network?.hosts ?? []).map(({ module }) => module).filter((module) => isInside(folder, module)),
  ...tasks.flatMap(({ checks }) => (checks === undefined ? [] : [checks])),
];

const add = (files: Files, path: string, text: string): void => void files.set(path, new TextEncoder().encode(text));

function addFolder(files: Files, folder: string, to: string, without?: RegExp): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(folder, path).split(sep).join('/');
    if (entry.isFile() && !without?.test(name)) files.set(`${to}/${name}`, readFileSync(path));
  }
}
