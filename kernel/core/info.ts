import { readFileSync } from 'node:fs';
import { PROTOCOL_VERSION, type ReplyContents } from '../protocol/message.js';

/** What a kernel says about itself. */
export interface KernelIdentity {
  implementation: string;
  implementationVersion: string;
  banner: string;
  /** Version of TypeScript that cells are checked with. */
  languageVersion: string;
}

export function kernelInfo(identity: Partial<KernelIdentity> = {}): ReplyContents['kernel_info_request'] {
  const own = packageVersion('../../package.json', '../../../package.json');
  const version = identity.implementationVersion ?? own;
  const language = identity.languageVersion ?? packageVersion('@tslab/typescript-for-tslab/package.json');
  return {
    status: 'ok',
    protocol_version: PROTOCOL_VERSION,
    implementation: identity.implementation ?? 'virtbook',
    implementation_version: version,
    language_info: {
      name: 'typescript',
      version: language,
      mimetype: 'application/typescript',
      file_extension: '.ts',
      // TypeScript that may hold XML, as cells may: books are made with warnings as errors, and `typescript` finds `</` wrong.
      pygments_lexer: 'tsx',
      // A plain name: front ends look it up, and an object makes some of them fall back to JavaScript.
      codemirror_mode: 'typescript',
      nbconvert_exporter: 'script',
    },
    banner: identity.banner ?? `virtbook ${version}: TypeScript ${language}, and an ARM64 machine inside. %lsmagic lists the magics.`,
    help_links: [
      { text: 'TypeScript', url: 'https://www.typescriptlang.org/docs/' },
      { text: 'Microkit', url: 'https://docs.sel4.systems/projects/microkit/' },
    ],
    supported_features: ['kernel subshells'],
  };
}

/** The version of the first of these that exists: sources and compiled files stand at different depths. */
function packageVersion(...specifiers: string[]): string {
  for (const specifier of specifiers) {
    try {
      const { version } = JSON.parse(readFileSync(require.resolve(specifier), 'utf8')) as { version?: string };
      if (version) return version;
    } catch {
      continue;
    }
  }
  return '0.0.0';
}
