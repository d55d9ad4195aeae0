/** Positions in text: the protocol counts code points, JavaScript counts UTF-16 units. */

export function codePointToUnit(text: string, position: number): number {
  let units = 0;
  for (const character of text) {
    if (position-- <= 0) break;
    units += character.length;
  }
  return units;
}

export function unitToCodePoint(text: string, position: number): number {
  return [...text.slice(0, position)].length;
}
