/** Our reader of XML, which knows places and refuses what is not well-formed, against one that we did not write. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { XMLParser } from 'fast-xml-parser';
import { packageRoot } from '../root.js';
import { Complainer } from './complaint.js';
import { Source } from './source.js';
import { childElements, parseXml, type XmlElement } from './xml.js';

interface Outline {
  name: string;
  attributes: Record<string, string>;
  children: Outline[];
}

const ATTRIBUTES = ':@';
const peer = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseAttributeValue: false,
  ignoreDeclaration: true,
  htmlEntities: true,
});

/** What the peer has read: each node is an object whose one key besides the attributes is its name. */
function peersOutline(nodes: readonly Record<string, unknown>[]): Outline[] {
  return nodes.flatMap((node) => {
    const name = Object.keys(node).find((key) => key !== ATTRIBUTES);
    if (name === undefined || name === '#text') return [];
    const attributes = (node[ATTRIBUTES] ?? {}) as Record<string, string>;
    return [{ name, attributes, children: peersOutline(node[name] as Record<string, unknown>[]) }];
  });
}

function ownOutline(element: XmlElement): Outline {
  return {
    name: element.name,
    attributes: Object.fromEntries(element.attributes.map(({ name, value }) => [name, value])),
    children: childElements(element).map(ownOutline),
  };
}

const descriptions = ['notebooks', 'test'].flatMap((folder) =>
  readdirSync(join(packageRoot(), folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.system'))
    .map((file) => join(folder, file)),
);

const TRICKY = `<?xml version="1.0" encoding="UTF-8"?>
<!-- <system> in a comment -->
<system>
  <protection_domain name='a&amp;b' priority = "1"
      ><map mr="x&lt;y&gt;&quot;&apos;"/><![CDATA[<map/>]]></protection_domain>
  <memory_region name="&#65;&#x42;" />
</system>
`;

test('there are descriptions to read', () => {
  expect(descriptions.length).toBeGreaterThan(3);
});

test.each([...descriptions.map((file) => [file, readFileSync(join(packageRoot(), file), 'utf8')]), ['a tricky one', TRICKY]])(
  '%s is the same tree for fast-xml-parser',
  (_file, text = '') => {
    const own = parseXml(new Complainer(new Source('t', text))).root;
    expect([ownOutline(own)]).toEqual(peersOutline(peer.parse(text) as Record<string, unknown>[]));
  },
);
