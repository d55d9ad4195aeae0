import { DiagnosticError } from '../diagnostic.js';

/**
 * The text of a description's bytes. Microkit reads UTF-8 alone, whatever the XML declaration says. @throws DiagnosticError for others
 */
export function decodeDescription(bytes: Uint8Array, file: string): string {
  try {
    // One byte order mark is for the reader of the text; a second one is a character.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new DiagnosticError('SystemDescriptionError', [
      { severity: 'error', file, line: firstBadLine(bytes), message: 'this is not UTF-8 text', hint: hintFor(bytes) },
    ]);
  }
}

function hintFor([first, second]: Uint8Array): string {
  const utf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  return utf16 ? 'it is UTF-16: save it as UTF-8' : 'a letter with an accent is probably in another encoding: save the file as UTF-8';
}

/** The line of the first byte that is none of a character's. Undecodable bytes are never line ends. */
function firstBadLine(bytes: Uint8Array): number {
  let line = 1;
  for (let start = 0; start < bytes.length; line++) {
    const end = bytes.indexOf(0x0a, start);
    const text = bytes.subarray(start, end < 0 ? undefined : end);
    if (new TextDecoder('utf-8').decode(text).includes('\ufffd')) return line;
    if (end < 0) break;
    start = end + 1;
  }
  return 1;
}
