import { attributesOf, type AttributeSpec, type ElementName, ELEMENTS, isElementName } from '../../sdk/tool/elements.js';
import { MAX_ID } from '../../sdk/tool/limits.js';
import type { Completeness, MimeBundle } from '../core/evaluator.js';
import { type BodyLanguage, nothing, type Sources, type Suggestion, type Suggestions } from './body-language.js';
import { parseC } from './c-header.js';
import { sourceOf } from './domain-facts.js';
import { attributeHelp, elementHelp } from './system-help.js';
import { placeAt, scanTags, type Tag, type TagAttribute, valueOf, type XmlPlace } from './xml-tags.js';

/** System descriptions, by the table that the tool checks them with. */
export class SystemXml implements BodyLanguage {
  constructor(private readonly sources: Sources) {}

  suggest(text: string, position: number): Suggestions {
    const scanned = scanTags(text);
    const place = placeAt(text, position, scanned);
    if (!place) return nothing(position);
    const found = this.candidates(place, scanned.tags).filter((candidate) => candidate.text.startsWith(place.written));
    return { start: position - place.written.length, end: position, found };
  }

  private candidates(place: XmlPlace, tags: Tag[]): Suggestion[] {
    const around = place.ancestors.at(-1)?.name;
    switch (place.kind) {
      case 'text':
        return [...childrenOf(around, '<'), ...(around ? [{ text: `</${around}>`, kind: 'element' }] : [])];
      case 'element':
        return childrenOf(around, '');
      case 'closing':
        return around ? [{ text: `${around}>`, kind: 'element' }] : [];
      case 'attribute':
        return attributeNames(place.tag, place.attribute, around);
      case 'value':
        return this.values(place, tags);
    }
  }

  private values({ tag, attribute, ancestors }: XmlPlace & { kind: 'value' }, tags: Tag[]): Suggestion[] {
    const spec = specOf(tag, attribute, ancestors.at(-1)?.name);
    if (!spec) return [];
    if (spec.refersTo) return declared(tags, spec.refersTo);
    if (spec.values) return spec.values.map((value) => ({ text: value, kind: 'value' }));
    if (tag.name === 'program_image')
      return this.sources.names('.c').map((name) => ({ text: name.replace(/\.c$/, '.elf'), kind: 'file', detail: `built from ${name}` }));
    if (spec.name === 'id') return freeIds(tag, ancestors, tags);
    if (spec.name === 'symbol' || spec.name.startsWith('setvar_')) return this.variables(ancestors.at(-1), tags);
    return [];
  }

  /** Variables of the program of a protection domain. */
  private variables(domain: Tag | undefined, tags: Tag[]): Suggestion[] {
    if (!domain) return [];
    const image = tags.slice(tags.indexOf(domain)).find(({ name }) => name === 'program_image');
    const source = this.sources.read(sourceOf(valueOf(image, 'path') ?? ''));
    return parseC(source ?? '', '')
      .filter(({ kind }) => kind === 'variable')
      .map(({ name, declaration }) => ({ text: name, kind: 'variable', detail: declaration }));
  }

  inspect(text: string, position: number): MimeBundle | undefined {
    const scanned = scanTags(text);
    const place = placeAt(text, position, scanned);
    if (!place || place.kind === 'text') return undefined;
    const { tag, ancestors } = place;
    if (!isElementName(tag.name)) return undefined;
    if (place.kind === 'element' || place.kind === 'closing' || !place.attribute) return elementHelp(tag.name, ancestors.at(-1)?.name);
    const spec = specOf(tag, place.attribute, ancestors.at(-1)?.name);
    if (!spec) return elementHelp(tag.name, ancestors.at(-1)?.name);
    const meant =
      spec.refersTo &&
      scanned.tags.find(
        ({ name, attributes }) => name === spec.refersTo && attributes.some((a) => a.name === 'name' && a.value === place.attribute?.value),
      );
    return attributeHelp(tag.name, spec, meant && text.slice(meant.start, meant.end));
  }

  /** Complete when the root is closed; until then more may come. */
  isComplete(text: string): Completeness {
    const open: string[] = [];
    const { tags, opaque } = scanTags(text);
    for (const tag of tags) {
      if (!tag.finished)
        return tag === tags.at(-1) && text.slice(tag.end).trim() === '' ? { status: 'incomplete', indent: '' } : { status: 'invalid' };
      if (tag.kind === 'opening') open.push(tag.name);
      if (tag.kind === 'closing' && open.pop() !== tag.name) return { status: 'invalid' };
    }
    const inComment = opaque.some(({ end }) => end > text.length);
    if (open.length === 0 && tags.length > 0 && !inComment) return { status: 'complete' };
    return { status: 'incomplete', indent: ' '.repeat(4 * open.length) };
  }
}

function specOf(tag: Tag, attribute: TagAttribute, parent: string | undefined): AttributeSpec | undefined {
  return isElementName(tag.name) ? attributesOf(tag.name, parent).find(({ name }) => name === attribute.name) : undefined;
}

function childrenOf(parent: string | undefined, sign: string): Suggestion[] {
  const names: readonly ElementName[] = parent === undefined ? ['system'] : isElementName(parent) ? ELEMENTS[parent].children : [];
  return names.map((name) => ({ text: sign + name, kind: 'element', detail: ELEMENTS[name].help }));
}

/** Those that are missing, required ones first. The value is to be written next. */
function attributeNames(tag: Tag, current: TagAttribute | undefined, parent: string | undefined): Suggestion[] {
  if (!isElementName(tag.name)) return [];
  const written = new Set(tag.attributes.filter((attribute) => attribute !== current).map(({ name }) => name));
  const specs = attributesOf(tag.name, parent).filter(({ name }) => !written.has(name));
  specs.sort((a, b) => Number(b.required ?? false) - Number(a.required ?? false));
  return specs.map(({ name, help }) => ({ text: current?.valueStart === undefined ? `${name}="` : name, kind: 'attribute', detail: help }));
}

function declared(tags: Tag[], kind: ElementName): Suggestion[] {
  const names = tags.filter((tag) => tag.name === kind && tag.kind !== 'closing').flatMap((tag) => valueOf(tag, 'name') ?? []);
  return [...new Set(names)].map((name) => ({ text: name, kind }));
}

/** The lowest channel number that is not taken; children and virtual CPUs are counted apart. */
function freeIds(tag: Tag, ancestors: Tag[], tags: Tag[]): Suggestion[] {
  const owner = tag.name === 'end' ? valueOf(tag, 'pd') : tag.name === 'irq' ? valueOf(ancestors.at(-1), 'name') : undefined;
  if (owner === undefined) return [];
  const taken = new Set<string | undefined>();
  let domain: string | undefined;
  for (const other of tags) {
    if (other.name === 'protection_domain') domain = valueOf(other, 'name');
    const theirs = other.name === 'end' ? valueOf(other, 'pd') : other.name === 'irq' ? domain : undefined;
    if (other !== tag && theirs === owner) taken.add(valueOf(other, 'id'));
  }
  const free = Array.from({ length: MAX_ID }, (_, index) => String(index + 1)).find((id) => !taken.has(id));
  return free === undefined ? [] : [{ text: free, kind: 'value', detail: `the first that ${owner} does not use` }];
}
