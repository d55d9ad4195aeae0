/** The kernel for pages, with the chapters and all that they need: what a site and the wheel for JupyterLite are made of. */
import { unitedFacts } from '../../sdk/guest/debian-package.js';
import { AptError } from '../../sdk/guest/apt.js';
import { guestFacts } from '../../sdk/guest/guest.js';
import { type DebianCompiler, ensureDebianCompiler } from '../../sdk/toolchain/debian/packages.js';
import { findToolchain } from '../../sdk/toolchain/index.js';
import type { Chapter } from '../session/chapter.js';
import { writeExtension, type WrittenExtension } from '../site/extension.js';
import { houseFiles } from '../site/house.js';
import { licencePages } from '../site/licences-page.js';
import { recordChapters } from '../site/record.js';
import { prepareGuest, prepareSdk, withProgress } from './prepare.js';

export interface ExtensionSettings {
  /** Folders with chapters. */
  folders: readonly string[];
  /** With the C compiler, where it can be had. */
  compiler: boolean;
  say: (text: string) => void;
  signal: AbortSignal;
}

/** Runs the chapters, and writes the kernel with all that they need as a prebuilt extension of JupyterLite. */
export async function makeExtension(into: string, chapters: readonly Chapter[], settings: ExtensionSettings): Promise<WrittenExtension> {
  const { folders, say, signal } = settings;
  const sdk = await prepareSdk(signal);
  const hasGuest = chapters.some(({ guest }) => guest);
  if (hasGuest) await prepareGuest(signal);
  const toolchain = await findToolchain({ signal });
  const compiler = settings.compiler ? await siteCompiler(say, signal) : 'it was made with --no-compiler';
  const guest = hasGuest ? await withProgress('Linux guest', (onProgress) => guestFacts({ onProgress, signal })) : undefined;
  const recorded = await withProgress('Chapters', (onProgress) =>
    recordChapters(chapters, {
      sdk,
      toolchain,
      folders,
      signal,
      onCell: ({ name }, done, total) => onProgress({ label: `compiling what ${name} needs`, done, total }),
    }),
  );
  const facts = unitedFacts([...(typeof compiler === 'string' ? [] : [compiler.facts]), ...(guest ? [guest] : [])]);
  const licences = licencePages({ facts, ownGuest: hasGuest && !guest });
  return writeExtension(into, { house: houseFiles(chapters, sdk), recorded, compiler, licences });
}

/** Why there is none, where apt cannot bring it. */
async function siteCompiler(say: (text: string) => void, signal: AbortSignal): Promise<DebianCompiler | string> {
  try {
    return await withProgress('C compiler', (onProgress) => ensureDebianCompiler({ onProgress, signal }));
  } catch (error) {
    if (!(error instanceof AptError)) throw error;
    say(`The site has no C compiler, and readers can only run the chapters as they are: ${error.message}`);
    return "apt could not bring Debian's gcc when it was made";
  }
}
