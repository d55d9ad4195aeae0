import { PROTOCOL_VERSION } from '../protocol/message.js';
import type { ReplyContents } from '../protocol/replies.js';

/** What a kernel says about itself: front ends show it, and colour and name files by the language. */
export interface KernelIdentity {
  /** The name of the kernel, such as `ipykernel`. */
  readonly implementation: string;
  readonly implementationVersion: string;
  /** What consoles show at the start. */
  readonly banner: string;
  readonly language: LanguageInfo;
  /** What front ends list in their Help menu. */
  readonly helpLinks?: readonly { readonly text: string; readonly url: string }[];
}

/** The language of the cells, with the names of "Messaging in Jupyter": notebooks store it in their metadata. */
export interface LanguageInfo {
  readonly name: string;
  readonly version: string;
  readonly mimetype: string;
  /** With its dot. */
  readonly file_extension: string;
  /** How Pygments, CodeMirror and nbconvert call it, where that is not `name`. */
  readonly pygments_lexer?: string;
  readonly codemirror_mode?: string;
  readonly nbconvert_exporter?: string;
}

/** Of an evaluator that does not say what it is. */
const UNNAMED: KernelIdentity = {
  implementation: 'kernel',
  implementationVersion: '0.0.0',
  banner: '',
  language: { name: 'text', version: '', mimetype: 'text/plain', file_extension: '.txt' },
};

export function kernelInfo(identity: KernelIdentity = UNNAMED): ReplyContents['kernel_info_request'] {
  const { language, helpLinks = [] } = identity;
  return {
    status: 'ok',
    protocol_version: PROTOCOL_VERSION,
    implementation: identity.implementation,
    implementation_version: identity.implementationVersion,
    language_info: { ...language },
    banner: identity.banner,
    help_links: [...helpLinks],
    supported_features: ['kernel subshells'],
  };
}
