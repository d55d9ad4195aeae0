import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EMBEDDED_SDK } from '../../sdk/build/board.js';
import { DEFAULT_MACHINE } from '../session/chapter.js';
import { filesEnding } from '../session/folders.js';
import type { Session } from '../session/session.js';
import { namesOfTaskFiles, taskFile } from '../tasks/beginning.js';
import { type BodyLanguage, plainText, type Sources } from '../writing/body-language.js';
import { CSource } from '../writing/c-source.js';
import { sdkApi } from '../writing/sdk-api.js';
import { SystemXml } from '../writing/system-xml.js';
import { whyNotAnSdk } from './find-sdk.js';

/** The reader's files, those of the chapters where the reader has none of that name, and those that readers begin tasks with. */
export function sourcesOf({ workspace }: Session): Sources {
  const folders = workspace.everySource();
  return {
    names(ending) {
      const begun = namesOfTaskFiles(workspace).filter((name) => name.endsWith(ending));
      return [...new Set([...folders.flatMap((folder) => filesEnding(folder, ending)), ...begun])];
    },
    read(name) {
      const path = name && folders.map((folder) => join(folder, name)).find((candidate) => existsSync(candidate));
      return path ? readFileSync(path, 'utf8') : taskFile(workspace, name);
    },
  };
}

/** Bytes of RAM of the machine that the notebook's chapter wants, or that there is without one. */
export const ramOf = (session: Session): number => (session.workspace.chapter?.machine ?? DEFAULT_MACHINE).ramSize;

/** The Microkit SDK in place of the embedded one. */
export function sdkOf({ workspace: { sdk } }: Session): string | undefined {
  return sdk === EMBEDDED_SDK ? undefined : (sdk ?? (process.env.MICROKIT_SDK || undefined));
}

/** The same in words, with where it was set. */
export function describeSdk(session: Session): string {
  const { sdk } = session.workspace;
  if (sdk === EMBEDDED_SDK) return sdk;
  if (sdk !== undefined) return session.workspace.display(sdk);
  const environment = process.env.MICROKIT_SDK;
  if (!environment) return EMBEDDED_SDK;
  const why = whyNotAnSdk(environment);
  return `${environment} (from MICROKIT_SDK${why === undefined ? '' : `, but it is not a Microkit SDK: ${why}`})`;
}

/** The language of a file, told by its name. */
export function bodyLanguage(session: Session, name: string): BodyLanguage {
  const [path = ''] = name.split(/\s+--/);
  if (path.endsWith('.system')) return new SystemXml(sourcesOf(session));
  if (/\.[ch]$/.test(path)) return new CSource(sourcesOf(session), sdkApi(sdkOf(session)));
  return plainText;
}
