// What npm packages say about themselves, for those who pass them on.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The package.json of a package. */
export const manifestOf = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

/** The SPDX expression of a package's licence. @throws Error when it names none */
export function licenceOf(folder) {
  const { name, license } = manifestOf(folder);
  const expression = typeof license === 'string' ? license : license?.type;
  if (!expression) throw new Error(`${name} names no licence in its package.json`);
  return expression;
}

/** Names of a package's files that hold its licence or a notice that goes with it. */
export const licenceFiles = (folder) =>
  readdirSync(folder)
    .filter((name) => /^(licen[cs]e|copying|notice|thirdpartynotice)/i.test(name))
    .sort();

/** One text with the licences of packages, by their folders. */
export function licenceTexts(folders) {
  return folders
    .map((folder) => {
      const { name, version } = manifestOf(folder);
      const texts = licenceFiles(folder).map((file) => readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim());
      return `${name} ${version}: ${licenceOf(folder)}\n\n${texts.join('\n\n')}\n`;
    })
    .join(`\n${'-'.repeat(80)}\n\n`);
}
