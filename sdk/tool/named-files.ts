import { Complainer } from './complaint.js';
import { Source, type Position } from './source.js';
import { childElements, parseXml, type XmlElement } from './xml.js';

/** Files that a description names, whatever else is in it. */
export interface NamedFiles {
  images: { pd: string; path: string; position: Position }[];
  /** Of `prefill_path`. */
  prefills: string[];
}

/**
 * For a description that another SDK reads: elements and attributes that are not known here do not matter. Empty where
 * the text is not well-formed.
 */
export function namedFiles(text: string, file: string): NamedFiles {
  const files: NamedFiles = { images: [], prefills: [] };
  try {
    collect(parseXml(new Complainer(new Source(file, text))).root, '', files);
  } catch {
    // The SDK's own tool says what is wrong.
  }
  return files;
}

function collect(element: XmlElement, pd: string, into: NamedFiles): void {
  const valueOf = (name: string): string | undefined =>
    element.attributes.find((attribute) => attribute.name === name && !attribute.prefixed)?.value;
  const path = valueOf('path');
  if (element.name === 'program_image' && path !== undefined) into.images.push({ pd, path, position: element.at });
  const prefill = valueOf('prefill_path');
  if (prefill !== undefined) into.prefills.push(prefill);
  const inner = element.name === 'protection_domain' ? (valueOf('name') ?? pd) : pd;
  for (const child of childElements(element)) collect(child, inner, into);
}
