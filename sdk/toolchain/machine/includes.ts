/**
 * Which files a compiler may want to read for a source: they have to be in the machine before it starts. More than it
 * reads is found, since nothing is evaluated: every file that a name could mean, in every folder that is searched.
 */
import { folderOf, nameOf, pathIn, type Files } from './files.js';

export interface SearchSettings {
  source: string;
  /** In the order of the search. */
  folders: readonly string[];
}

export interface FoundFile {
  path: string;
  stamp: string;
  /** Only the assembler takes it in, whole: it has no names of other files. */
  wholeOnly: boolean;
}

export interface FoundFiles {
  files: FoundFile[];
  /** Paths where there is no file now, but where one would be taken in. */
  absent: Set<string>;
}

interface Mention {
  name: string;
  how: 'text' | 'whole' | 'part';
}

/** A name that is no literal: any file of the folders could be meant. */
const COMPUTED = '*';

const DIRECTIVE = /^[ \t]*(?:#|%:|\?\?=)[ \t]*(?:include|include_next|import|embed)\b[ \t]*(?:"([^"\n]*)"|<([^>\n]*)>|(\S))/gm;
const QUESTION = /\b__has_(?:include|include_next|embed)\s*\(\s*(?:"([^"\n]*)"|<([^>\n]*)>|(\S))/g;
/** Also in a string of C, where its quotes have backslashes. */
const ASSEMBLER = /\.(incbin|include)\s*\\?"([^"\\\n]+)\\?"[ \t]*(,)?/gi;

/** Names of files in a source of C or assembly. */
export function mentions(source: string): Mention[] {
  const text = source.replace(/\\\r?\n/g, '');
  const found: Mention[] = [];
  for (const pattern of [DIRECTIVE, QUESTION]) {
    for (const [, quoted, angled] of text.matchAll(pattern)) found.push({ name: quoted ?? angled ?? COMPUTED, how: 'text' });
  }
  for (const [, directive = '', name = '', more] of text.matchAll(ASSEMBLER)) {
    found.push({ name, how: directive.toLowerCase() === 'include' ? 'text' : more ? 'part' : 'whole' });
  }
  return found;
}

const decoder = new TextDecoder();

/** What a source mentions, by its stamp: headers are asked for again with every source. */
type Known = Map<string, { stamp: string; mentions: Mention[] }>;

/** The files of a source, with itself; and `more`, which a compiler has asked for. @throws when one cannot be read */
export class IncludeSearch {
  private readonly known: Known = new Map();

  constructor(private readonly files: Files) {}

  async of({ source, folders }: SearchSettings, more: readonly string[] = []): Promise<FoundFiles> {
    const found = new Map<string, FoundFile>();
    const absent = new Set<string>();
    const add = async (path: string, how: Mention['how']): Promise<void> => {
      if (absent.has(path)) return;
      const before = found.get(path);
      if (before) {
        before.wholeOnly &&= how === 'whole';
        return;
      }
      const stamp = await this.files.stamp(path);
      if (stamp === undefined) {
        absent.add(path);
        return;
      }
      found.set(path, { path, stamp, wholeOnly: how === 'whole' });
      if (how !== 'text') return;
      const own = folderOf(path);
      for (const mention of await this.mentionsOf(path, stamp)) {
        const places = [...new Set([own, folderOf(source), ...folders])];
        for (const folder of places) {
          const names =
            mention.name === COMPUTED ? (await this.files.list(folder)).filter((name) => /\.(h|inc|def)$/.test(name)) : [mention.name];
          for (const name of names) await add(pathIn(folder, name), mention.how);
        }
      }
    };
    await add(source, 'text');
    for (const name of more) for (const folder of [folderOf(source), ...folders]) await add(pathIn(folder, name), 'part');
    return { files: [...found.values()], absent };
  }

  private async mentionsOf(path: string, stamp: string): Promise<Mention[]> {
    const known = this.known.get(path);
    if (known?.stamp === stamp) return known.mentions;
    const mentioned = mentions(decoder.decode(await this.files.read(path)));
    this.known.set(path, { stamp, mentions: mentioned });
    return mentioned;
  }
}

/** Names of files that a compiler or an assembler has not found. */
export function missingFiles(messages: readonly string[]): string[] {
  return messages.flatMap((message) => {
    const name =
      /^(.*): No such file or directory/.exec(message)?.[1] ??
      /^(?:file not found: |can't open )(.*?)(?: for reading.*)?$/.exec(message)?.[1];
    return name ? [name.startsWith('/') ? name : name, nameOf(name)] : [];
  });
}
