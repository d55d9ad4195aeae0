/** In the place of `sdk/toolchain/find.ts`: a page finds no programs. Its toolchain is handed in (`../services.ts`). */
import { ToolchainError } from '../../../sdk/toolchain/toolchain.js';

export const findToolchain = async (): Promise<never> => {
  throw new ToolchainError('a page has no programs, and so no C compiler');
};
