import { DownloadError } from '../../sdk/release/download.js';
import { type FetchedRelease, fetchRelease, NEWEST_RELEASE } from '../../sdk/release/release.js';
import { CommandFailure } from './failure.js';
import { withProgress } from './prepare.js';

/** Why the checksum is believed. */
const TRUST: Readonly<Record<FetchedRelease['trust'], string>> = {
  given: 'the one that you gave',
  beside: 'the one that is beside the archive',
  noted: 'the one that was noted when it was fetched first',
  first: 'noted now: nobody has said what it must be. Compare it with the one of somebody whom you trust',
};

/** `virtbook sdk fetch [VERSION]`: prints the folder, and on stderr how to use it. */
export async function sdkFetchCommand(
  version = NEWEST_RELEASE,
  { sha256, from }: { sha256?: string | undefined; from?: string | undefined },
  signal: AbortSignal,
): Promise<void> {
  try {
    const release = await withProgress(`Microkit SDK ${version}`, (onProgress) =>
      fetchRelease(version, { sha256, from, onProgress, signal }),
    );
    process.stderr.write(
      `${release.before ? `Microkit SDK ${version} is here already.` : `Microkit SDK ${version} is here.`}\n` +
        `Its SHA-256 is ${release.sha256}: ${TRUST[release.trust]}.\n` +
        `Use it in a notebook with %sdk ${version}\n`,
    );
    process.stdout.write(`${release.folder}\n`);
  } catch (error) {
    if (signal.aborted) throw new CommandFailure(130, 'virtbook: interrupted; the same command continues from here');
    if (!(error instanceof DownloadError)) throw error;
    throw new CommandFailure(1, `virtbook: ${error.message}`);
  }
}
