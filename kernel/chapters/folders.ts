import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, delimiter, dirname, join, resolve } from 'node:path';
import { packageRoot } from '../../sdk/root.js';
import { type BrokenChapter, type Chapter, type Chapters, withUsed } from '../session/chapter.js';
import { isInside } from '../session/folders.js';
import { readChapter } from './read.js';
import { scriptOf } from './script.js';

/** What makes a folder a chapter. */
export const DECLARATION_FILE = 'chapter.json';

interface Place {
  folder: string;
  found: Chapter['found'];
}

/**
 * Chapters on this computer. A name is sought in the working folder, then in folders that were named, then in the package.
 * Each of these may be a chapter itself, or hold chapters.
 */
export class ChapterFolders implements Chapters {
  /** Declarations do not change often, and are asked for with every key that is typed. */
  private readonly known = new Map<string, { stamp: string; chapter: Chapter }>();
  /** Declarations that are being read: each uses the next one. */
  private readonly reading: string[] = [];

  constructor(
    private readonly given: readonly string[],
    private readonly shipped: string | undefined = shippedChapters(),
  ) {}

  find(name: string, folder: string): Chapter | undefined {
    if (name === '.' || name === '..' || /[\\/]/.test(name)) return undefined;
    for (const place of this.places(folder)) {
      const own = basename(place.folder) === name ? this.read(place) : undefined;
      const chapter = own ?? this.read({ ...place, folder: join(place.folder, name) });
      if (chapter) return chapter;
    }
    return undefined;
  }

  all(folder: string): Chapter[] {
    return this.survey(folder).readable;
  }

  survey(folder: string): { readable: Chapter[]; broken: BrokenChapter[] } {
    const chapters = new Map<string, Chapter | Error>();
    for (const place of this.places(folder)) {
      const inside = foldersIn(place.folder).map((name) => ({ ...place, folder: join(place.folder, name) }));
      for (const each of [place, ...inside]) {
        const name = basename(each.folder);
        const chapter = chapters.has(name) ? undefined : this.readable(each);
        if (chapter) chapters.set(name, chapter);
      }
    }
    const readable = [...chapters.values()].flatMap((chapter) => (chapter instanceof Error ? [] : [chapter]));
    const broken = [...chapters].flatMap(([name, error]) => (error instanceof Error ? [{ name, error }] : []));
    return { readable: readable.sort((a, b) => a.order - b.order || (a.name < b.name ? -1 : 1)), broken };
  }

  script(module: string, chapter: Chapter): string {
    // A host may be that of a chapter that this one uses, and may import what is in that one's folder.
    const owner = withUsed(chapter).find(({ folder }) => isInside(folder, module)) ?? chapter;
    return scriptOf(module, owner.folder);
  }

  private places(folder: string): Place[] {
    return [
      { folder: resolve(folder), found: 'working folder' },
      ...this.given.map((each): Place => ({ folder: resolve(each), found: 'chapter folders' })),
      ...(this.shipped === undefined ? [] : [{ folder: this.shipped, found: 'package' as const }]),
    ];
  }

  private readable(place: Place): Chapter | Error | undefined {
    try {
      return this.read(place);
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  private read({ folder, found }: Place): Chapter | undefined {
    const file = join(folder, DECLARATION_FILE);
    const stat = statSync(file, { throwIfNoEntry: false });
    if (!stat?.isFile()) return undefined;
    const stamp = `${found} ${stat.mtimeMs} ${stat.size}`;
    const known = this.known.get(file);
    this.reading.push(file);
    try {
      if (known?.stamp === stamp && known.chapter.uses.every((used) => this.read(used) === used)) return known.chapter;
      const chapter = readChapter(readFileSync(file, 'utf8'), file, found, (name) => this.used(name, { folder, found }));
      this.known.set(file, { stamp, chapter });
      return chapter;
    } finally {
      this.reading.pop();
    }
  }

  /** A chapter that the one in `folder` uses: one beside it comes first. */
  private used(name: string, by: Place): Chapter | 'circle' | undefined {
    const [, ...others] = this.places(by.folder);
    for (const place of [{ ...by, folder: dirname(by.folder) }, ...others]) {
      const each = { ...place, folder: join(place.folder, name) };
      if (this.reading.includes(join(each.folder, DECLARATION_FILE))) return 'circle';
      const chapter = this.read(each);
      if (chapter) return chapter;
    }
    return undefined;
  }
}

/** The folder with the chapters of the package. */
export const shippedChapters = (): string => join(packageRoot(), 'notebooks');

/** Folders that `VIRTBOOK_CHAPTERS` names, as PATH names folders. */
export const chaptersOfEnvironment = (env: NodeJS.ProcessEnv = process.env): string[] =>
  (env.VIRTBOOK_CHAPTERS ?? '').split(delimiter).filter(Boolean);

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => !entry.name.startsWith('.') && (entry.isDirectory() || entry.isSymbolicLink()))
      .map(({ name }) => name)
      .sort();
  } catch {
    return [];
  }
}
