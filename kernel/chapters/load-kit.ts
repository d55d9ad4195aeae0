import { createRequire } from 'node:module';
import { extname, join } from 'node:path';
import { type Diagnostic, DiagnosticError } from '../../sdk/diagnostic.js';
import type { Kit, LoadedKit } from '../kit/kit.js';
import type { Magic } from '../kit/magic.js';
import { type Chapter, withUsed } from '../session/chapter.js';
import { UserError } from '../session/user-error.js';
import { DECLARATION_FILE, shippedChapters } from './folders.js';
import { isInside } from '../session/folders.js';
import { scriptOf } from './script.js';

const load = createRequire(__filename);

/**
 * Loads what a chapter adds to the kernel: the kits of the chapters that it uses, and its own.
 * @throws DiagnosticError with file and line when a kit cannot be loaded, or is not what chapter.json says of it
 */
export const loadKits = (chapter: Chapter): LoadedKit[] => withUsed(chapter).flatMap(loadKit);

function loadKit(chapter: Chapter): LoadedKit[] {
  if (!chapter.kit) return [];
  const { module, magics } = chapter.kit;
  const kit = exported(chapter, module);
  requireSameNames(
    chapter,
    magics,
    (kit.magics ?? []).map(({ name }) => name),
  );
  const magicsExplained = (kit.magics ?? []).map((magic) => explaining(magic, chapter));
  return [{ chapter: chapter.name, path: module, kit: { ...kit, magics: magicsExplained } }];
}

function exported(chapter: Chapter, module: string): Kit {
  // Tests run from the sources, and so do the chapters of the package then.
  const fromSources = extname(__filename) === '.ts' && isInside(shippedChapters(), module);
  const path = fromSources ? module : scriptOf(module, chapter.folder);
  // From here on Node names the author's file and line where a kit fails.
  if (!isInside(shippedChapters(), module)) process.setSourceMapsEnabled(true);
  let exports: { kit?: unknown; default?: unknown };
  try {
    exports = load(path) as typeof exports;
  } catch (error) {
    throw explained(error, chapter, module);
  }
  const kit = exports.kit ?? exports.default;
  if (typeof kit === 'object' && kit !== null) return kit;
  throw complaint({ file: module, message: 'the module exports no kit', hint: 'write: export const kit: Kit = { ... };' });
}

function requireSameNames(chapter: Chapter, declared: readonly string[], there: readonly string[]): void {
  const file = join(chapter.folder, DECLARATION_FILE);
  const undeclared = there.filter((name) => !declared.includes(name));
  if (undeclared.length > 0) {
    const names = JSON.stringify([...declared, ...undeclared]);
    throw complaint({
      file,
      message: `the kit has magics that are not declared: ${undeclared.join(', ')}`,
      hint: `write "magics": ${names}`,
    });
  }
  const missing = declared.filter((name) => !there.includes(name));
  if (missing.length > 0) {
    throw complaint({ file, message: `the kit has no magic ${missing.join(', ')}`, hint: `write "magics": ${JSON.stringify(there)}` });
  }
}

/** The same magic; where its code fails, the error names the author's file and line. */
function explaining(magic: Magic, chapter: Chapter): Magic {
  return Object.create(magic, {
    name: { value: magic.name, enumerable: true },
    execute: {
      value: async (invocation: Parameters<Magic['execute']>[0]) => {
        try {
          await magic.execute.call(magic, invocation);
        } catch (error) {
          if (invocation.cell.signal.aborted || !isFault(error)) throw error;
          throw explained(error, chapter, chapter.kit?.module ?? chapter.folder);
        }
      },
    },
  }) as Magic;
}

/** Whether something thrown is a mistake in the code that threw it, and not a message to the reader. */
const isFault = (error: unknown): error is Error =>
  error instanceof Error &&
  !(error instanceof UserError) &&
  !(error instanceof DiagnosticError) &&
  /^(Type|Reference|Range|Syntax|URI)?Error$/.test(error.name);

/** An error of a kit's code, with the place in the author's file where it happened. */
function explained(error: unknown, chapter: Chapter, module: string): unknown {
  if (!isFault(error)) return error;
  const message = `${error.name}: ${error.message}`;
  for (const [, file = '', line, column] of (error.stack ?? '').matchAll(/(?:\(|at )(?:file:\/\/)?([^()\n]+?):(\d+):(\d+)\)?$/gm)) {
    if (isInside(chapter.folder, file)) return complaint({ file, line: Number(line), column: Number(column), message });
  }
  return complaint({ file: module, message });
}

const complaint = (about: Omit<Diagnostic, 'severity'>): DiagnosticError =>
  new DiagnosticError('KitError', [{ severity: 'error', ...about }]);
