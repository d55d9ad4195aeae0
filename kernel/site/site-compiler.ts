/** What a site says about its C compiler, and where its parts are. */
export type SiteCompiler = CompilerParts | { absent: string };

export interface CompilerParts {
  /** For people. */
  name: string;
  /** Changes with anything that is in its machine. */
  identity: string;
  /** The kernel of its machine: a piece, which guests may have, too. */
  kernel: string;
  /** How much a page loads for it, packed: bytes. */
  size: number;
}
