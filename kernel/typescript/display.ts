/** tslab's interface for displays, which cells import as `tslab`. */
import { randomBytes } from 'node:crypto';
import ts from 'typescript';
import type { SessionHost } from './cell-session.js';

type Show = SessionHost['display'];

/** The version of tslab whose converter and interface these are. */
const TSLAB_VERSION = '1.0.22';
const TYPES = {
  javascript: 'text/javascript',
  html: 'text/html',
  markdown: 'text/markdown',
  latex: 'text/latex',
  svg: 'image/svg+xml',
  png: 'image/png',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  pdf: 'application/pdf',
  text: 'text/plain',
} as const;

/** @param id of the display that each call replaces; absent: each call shows one thing more */
function createDisplay(show: Show, id?: string): Record<string, unknown> {
  let shown = false;
  const raw = (contentType: string, content: string | Uint8Array): void => {
    const data = content instanceof Uint8Array ? Buffer.from(content).toString('base64') : content;
    show({ data: { [contentType]: data }, metadata: {} }, id, shown);
    shown = id !== undefined;
  };
  const named = Object.entries(TYPES).map(([name, type]) => [name, (content: string | Uint8Array) => raw(type, content)]);
  return { ...(Object.fromEntries(named) as object), raw };
}

/** The module `tslab`. */
export function displayModule(show: Show): object {
  return {
    __esModule: true,
    display: createDisplay(show),
    newDisplay: () => createDisplay(show, randomBytes(8).toString('hex')),
    versions: { tslab: TSLAB_VERSION, typescript: ts.version, node: process.version },
  };
}
