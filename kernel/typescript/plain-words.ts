/**
 * The compiler takes a cell for a file of a project: where a name is missing, it may advise to set an option or to install
 * declarations. Authors of cells can do neither, and it would not help: the name is missing because this Node does not have it,
 * or because only pages do. Here is what to say instead.
 */
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { LATER, type LaterLibrary } from './compiler-options.js';

const MEMBER = /^(Property '([^']+)' does not exist on type '(\w*)[^']*')/;
const NAME = /^(Cannot find name '([^']+)')/;
const TYPE_ONLY = /^('([^']+)' only refers to a type, but is being used as a value here)/;

/** Advice of the compiler, from where it begins. */
const ADVICE =
  /\.? (?:Do you need to (?:change your target library|install type definitions)|Try changing the 'lib' compiler option)\b[^]*$/;

const NO_PAGE = 'cells run in Node, which has no page. To show HTML, write: import { display } from "tslab"; display.html("...")';
const ASK = 'cells run in Node, which has no page. To ask the reader, write: await input("...")';

/** Names that only pages have. */
const OF_PAGES: Readonly<Record<string, string>> = {
  $: NO_PAGE,
  jQuery: NO_PAGE,
  document: NO_PAGE,
  window: NO_PAGE,
  alert: NO_PAGE,
  prompt: ASK,
  confirm: ASK,
};

const OF_TEST_RUNNERS = new Set(['describe', 'suite', 'it', 'test']);

/** @param text a message of the compiler */
export function inPlainWords(text: string): string {
  const [, said = '', name = '', owner] = MEMBER.exec(text) ?? NAME.exec(text) ?? TYPE_ONLY.exec(text) ?? [];
  if (!said) return text;
  const lacking = LATER.find((each) => !each.present() && declares(each, owner, name));
  if (lacking) {
    const has = `Node ${lacking.since} and newer have it`;
    return `${said}: Node ${process.versions.node}, which runs the cells, does not have it. ${has}.`;
  }
  const instead = owner === undefined ? insteadOf(name) : undefined;
  if (instead !== undefined) return `${said}: ${instead}`;
  return text.replace(ADVICE, '.');
}

function insteadOf(name: string): string | undefined {
  if (OF_TEST_RUNNERS.has(name)) return `to test with what Node has, write: import { ${name} } from "node:test"`;
  return Object.hasOwn(OF_PAGES, name) ? OF_PAGES[name] : undefined;
}

/** Whether a library declares a name, or a member of a type. */
function declares({ library }: LaterLibrary, owner: string | undefined, name: string): boolean {
  const path = join(dirname(ts.getDefaultLibFilePath({})), `lib.${library}.d.ts`);
  const text = ts.sys.readFile(path) ?? '';
  if (!text.includes(name)) return false;
  const find = (node: ts.Node): boolean =>
    (owner === undefined ? isDeclarationOf(node, name) : isMemberOf(node, owner, name)) || (ts.forEachChild(node, find) ?? false);
  return find(ts.createSourceFile(path, text, ts.ScriptTarget.Latest));
}

function isDeclarationOf(node: ts.Node, name: string): boolean {
  const named = ts.isVariableDeclaration(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node);
  return named && ts.isIdentifier(node.name) && node.name.text === name;
}

/** Types that inherit what a library adds to `IteratorObject`. */
const ITERATORS = /^(?:(?:Array|Map|Set|String|RegExpString|Segment)Iterator|Generator)$/;

function isMemberOf(node: ts.Node, owner: string, name: string): boolean {
  if (!ts.isInterfaceDeclaration(node)) return false;
  const { text: type } = node.name;
  if (type !== owner && !(type === 'IteratorObject' && ITERATORS.test(owner))) return false;
  return node.members.some((member) => member.name !== undefined && ts.isIdentifier(member.name) && member.name.text === name);
}
