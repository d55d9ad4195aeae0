/** What is longer than this many lines or rows shows its first ones. */
const LONG = 18;

/**
 * HTML in one element of which only the beginning is seen where it is long, until the reader wants all of it.
 * @param id not that of any other on the page
 * @param what it has so many of: lines, or rows
 */
export function shortened(html: string, id: string, count: number, what: string): string {
  if (count <= LONG) return html;
  const name = `all-${id}`;
  return `<div class="long"><input type="checkbox" id="${name}">${html}<label for="${name}">all ${count} ${what}</label></div>`;
}
