import { writeFileAtomically } from '../../sdk/cache.js';

/** As `writeFileAtomically`, with the mode that a reader's own programs give a file. */
export const writeAtomically = (path: string, text: string): Promise<void> => writeFileAtomically(path, text, 0o666);
