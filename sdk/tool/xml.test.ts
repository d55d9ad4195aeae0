import { SystemDescriptionError } from './complaint.js';
import { readSystem } from './read.js';

function place(xml: string): (string | number | undefined)[] {
  try {
    readSystem(xml, 't');
  } catch (error) {
    if (!(error instanceof SystemDescriptionError)) throw error;
    expect(error.toolText).toMatch(/^Could not parse 't': /);
    return error.diagnostics.flatMap(({ message, line, column }) => [message, line, column]);
  }
  throw new Error('accepted');
}

const CASES: [string, string, number, number][] = [
  ['', 'the document has no root element', 1, 1],
  ['<!-- only -->', 'the document has no root element', 1, 1],
  ['hello', 'text outside of the root element', 1, 1],
  ['<system>', "element 'system' is never closed", 1, 1],
  ['<system>\n <a>\n</system>', "expected 'a' closing tag, not 'system'", 3, 1],
  ['</system>', "closing tag 'system' has no opening tag", 1, 1],
  ['<system></system x>', 'a closing tag is damaged', 1, 9],
  ['<system/>\n<system/>', "a second root element 'system'", 2, 1],
  ['<system/> tail', 'text outside of the root element', 1, 11],
  ['<system/><![CDATA[x]]>', 'text outside of the root element', 1, 10],
  ['<system>\n<a x=1/></system>', "the tag of element 'a' is damaged", 2, 4],
  ['<system>\n<a x="1"y="2"/></system>', "the tag of element 'a' is damaged", 2, 9],
  ['<system>\n<a x="1/></system>', "the tag of element 'a' is damaged", 2, 4],
  ['<system><a x="a<b"/></system>', "the tag of element 'a' is damaged", 1, 12],
  ['<system><a', "the tag of element 'a' is damaged", 1, 11],
  ['<system><a x/></system>', "the tag of element 'a' is damaged", 1, 12],
  ['<system><a x="1"\n x="2"/></system>', "attribute 'x' is already defined", 2, 2],
  ['<system xmlns:a="u" xmlns:b="u"><c a:x="1"\n b:x="2"/></system>', "attribute 'x' is already defined", 2, 2],
  ['<system><a x="1" :x="2"/></system>', "attribute 'x' is already defined", 1, 18],
  ['<system>a < b</system>', "a '<' that starts no tag", 1, 11],
  ['<system>\n&foo;</system>', "unknown entity reference '&foo;'", 2, 1],
  ['<system>a & b</system>', 'malformed entity reference', 1, 11],
  ['<system><a x="&#0;"/></system>', "unknown entity reference '&#0;'", 1, 15],
  ['<system><a x="&#x100000000;"/></system>', "unknown entity reference '&#x100000000;'", 1, 15],
  ['<system><!-- a -- b --></system>', "'--' inside a comment", 1, 16],
  ['<system><!-- a', 'a comment is never closed', 1, 9],
  ['<system><![CDATA[ a', 'a CDATA section is never closed', 1, 9],
  ['<system>]]></system>', "']]>' outside of a CDATA section", 1, 9],
  ['<system><?pi', 'a processing instruction is never closed', 1, 9],
  ['<??><system/>', 'a processing instruction has no name', 1, 3],
  [' <?xml version="1.0"?><system/>', 'unexpected XML declaration', 1, 2],
  ['<!-- first -->\n<?xml version="1.0"?><system/>', 'unexpected XML declaration', 2, 1],
  ['<?xml version="1.0"?><?xml version="1.0"?><system/>', 'unexpected XML declaration', 1, 22],
  ['<system><?xml version="1.0"?></system>', 'unexpected XML declaration', 1, 9],
  ['<?xml version="1.0?><system/>', "'version' in the XML declaration has no value in quotes", 1, 15],
  ['<?xml version=1.0?><system/>', "'version' in the XML declaration has no value in quotes", 1, 15],
  ['<?xml version?><system/>', "expected '=' after 'version' in the XML declaration", 1, 14],
  ['<?xml encoding="UTF-8"?><system/>', "expected 'version' in the XML declaration", 1, 7],
  ['<?xml version="1.0"encoding="UTF-8"?><system/>', "expected a blank after the 'version' of the XML declaration", 1, 20],
  ['<?xml version="1.0" standalone="yes" encoding="UTF-8"?><system/>', "expected '?>' at the end of the XML declaration", 1, 38],
  ['<?xml version="1.0"', "expected '?>' at the end of the XML declaration", 1, 20],
  ['<!DOCTYPE system [<!ENTITY a "b">]><system/>', 'XML with DTD detected', 1, 1],
  ['<system>\u0001</system>', 'a control character that XML does not allow', 1, 9],
  ['<system><n:a/></system>', "an unknown namespace prefix 'n'", 1, 9],
  ['<system><xml:a/></system>', "an unknown namespace prefix 'xml'", 1, 9],
  ['<system><a xmlns:xml="x"/></system>', "'xml' stands for another namespace", 1, 12],
  [
    '<system><a xmlns:b="http://www.w3.org/2000/xmlns/"/></system>',
    "the namespace 'http://www.w3.org/2000/xmlns/' must not be declared",
    1,
    12,
  ],
];

describe('not well-formed, with its place', () => {
  for (const [xml, message, line, column] of CASES) test(JSON.stringify(xml), () => expect(place(xml)).toEqual([message, line, column]));
});

describe('what the real tool takes for a declaration, or for an instruction that means nothing', () => {
  const taken = [
    '\uFEFF<?xml version="1.0" encoding="UTF-8"?>',
    `<?xml version = '9.9' encoding="latin1"\n standalone="perhaps"?>`,
    '<?xml version="1.0" standalone="yes" ?>\r\n',
    // No space follows, so it is no declaration.
    ' <?xml\tversion="1.0"?>',
    '<?xml?>',
    '<?XML version?>',
    '<?xml-stylesheet href="a.xsl"?>',
  ];
  for (const start of taken)
    test(JSON.stringify(start), () => expect(() => readSystem(`${start}<system/>`, 't')).toThrow(/protection domain/));
});

test('names that JavaScript knows are names like others', () => {
  for (const name of ['constructor', 'hasOwnProperty', 'toString', '__proto__']) {
    expect(() => readSystem(`<system><${name}/></system>`, 't')).toThrow(SystemDescriptionError);
    expect(() => readSystem(`<system><memory_region ${name}="x"/></system>`, 't')).toThrow(new RegExp(`invalid attribute '${name}'`));
  }
});

const inNamespaces = (image: string): string =>
  `<s:system xmlns:s="urn:x" xmlns="urn:y"><s:protection_domain name="p" s:priority="7">${image}</s:protection_domain></s:system>`;

test('namespaces of elements mean nothing, and attributes with a prefix are not read', () => {
  const [domain] = readSystem(inNamespaces('<program_image path="p.elf"/>'), 't').protectionDomains;
  expect([domain?.programImage.path, domain?.priority]).toEqual(['p.elf', 0]);
  expect(() => readSystem(inNamespaces('<program_image s:path="p.elf"/>'), 't')).toThrow(
    expect.objectContaining({
      diagnostics: [
        expect.objectContaining({
          message: "Missing required attribute 'path' on element 'program_image'",
          hint: 'write path="..." without a prefix',
        }),
      ],
    }),
  );
  expect(() => readSystem(inNamespaces('<program_image path="p.elf" s:colour="red"/>'), 't')).toThrow(/invalid attribute 'colour'/);
});

test.each([
  ['<?\u00d7?>', 'a processing instruction has no name'],
  ['<a:b:c/>', "the tag of element 'a:b' is damaged"],
  ['<xmlns:a xmlns:xmlns="u"/>', "an unknown namespace prefix 'xmlns'"],
  ['<xml:a xmlns:xml="http://www.w3.org/XML/1998/namespace"/>', "an unknown namespace prefix 'xml'"],
])('what is no name is none: %s', (markup, message) => expect(place(`<system>${markup}<protection_domain/></system>`)[0]).toBe(message));

test('names may have letters of any script', () =>
  expect(() => readSystem('<system><?\u{1f130}x \u03b1?><!-- \u00e9 --></system>', 't')).toThrow(/protection domain/));

test('what Unicode calls white space is no text, and a mark of byte order is', () => {
  expect(() => readSystem('<system>\u0085\u3000<![CDATA[\u2028]]></system>', 't')).toThrow(/protection domain/);
  expect(() => readSystem('<system>\uFEFF</system>', 't')).toThrow(/unexpected text/);
});

test('deep nesting ends in a complaint', () => {
  const nested = (depth: number): string => `<system>${'<a>'.repeat(depth)}${'</a>'.repeat(depth)}</system>`;
  expect(place(nested(101))).toEqual(['elements are nested more than 101 deep', 1, 9 + 3 * 100]);
  expect(() => place(nested(100))).toThrow("invalid XML element 'a'");
  expect(() => readSystem('<system>' + '<a>'.repeat(50_000) + '</a>'.repeat(50_000) + '</system>', 't')).toThrow(SystemDescriptionError);
});
