import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { packageRoot } from '../../sdk/root.js';
import type { KernelIdentity } from '../core/info.js';

let identity: KernelIdentity | undefined;

/** What virtbook says about itself. Loads no more than two files: clients wait for this answer before they show anything. */
export function virtbookIdentity(): KernelIdentity {
  return (identity ??= describe());
}

function describe(): KernelIdentity {
  const version = versionIn(join(packageRoot(), 'package.json'));
  const language = versionIn(createRequire(__filename).resolve('typescript/package.json'));
  return {
    implementation: 'virtbook',
    implementationVersion: version,
    language: {
      name: 'typescript',
      version: language,
      mimetype: 'application/typescript',
      file_extension: '.ts',
      // The Python package brings a lexer that knows magics. Elsewhere: TypeScript that may hold XML, as cells may: books are made with
      // warnings as errors, and `typescript` finds `</` wrong.
      pygments_lexer: process.env.VIRTBOOK_PREFIX ? 'virtbook' : 'tsx',
      // A plain name: front ends look it up, and an object makes some of them fall back to JavaScript.
      codemirror_mode: 'typescript',
      nbconvert_exporter: 'script',
    },
    banner: `virtbook ${version}: TypeScript ${language}, and an ARM64 machine inside. %lsmagic lists the magics.`,
    helpLinks: [
      { text: 'TypeScript', url: 'https://www.typescriptlang.org/docs/' },
      { text: 'Microkit', url: 'https://docs.sel4.systems/projects/microkit/' },
    ],
  };
}

/** The version of a package, by the path of its `package.json`. */
function versionIn(path: string): string {
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}
