// The bill of materials, in CycloneDX 1.6 as JSON: what of others is shipped, in which version, under which licence.
import { join } from 'node:path';
import { licenceOf, manifestOf } from '../../scripts/licences.mjs';

/** The address of a package in the words of the purl specification: `@` of a scope is written `%40`. */
const purl = (type, name, version) => `pkg:${type}/${name.replace(/^@/, '%40')}@${version}`;

/** CycloneDX has single licences by their id, and what is composed as an expression. */
const licences = (expression) => (/\s/.test(expression) ? [{ expression }] : [{ license: { id: expression } }]);

function component(root, path, how) {
  const folder = join(root, path);
  const { name, version, description } = manifestOf(folder);
  return {
    type: 'library',
    'bom-ref': purl('npm', name, version),
    name,
    version,
    ...(description && { description }),
    licenses: licences(licenceOf(folder)),
    purl: purl('npm', name, version),
    properties: [{ name: 'virtbook:shipped', value: how }],
  };
}

/**
 * @param type `npm` or `pypi`
 * @param parts paths below the root of packages: `inside` files of ours, and `beside` them in node_modules
 */
export function billOfMaterials(root, type, { inside, beside }) {
  const { name, version, description } = manifestOf(root);
  const ref = purl(type, name, version);
  const all = [
    ...inside.map((path) => component(root, path, 'inside')),
    ...beside.map((path) => component(root, path, type === 'npm' ? 'installed with it' : 'beside')),
  ];
  // A package may be there twice: a copy of its own for one that wants another version is told by its version.
  const components = [...new Map(all.map((each) => [each['bom-ref'], each])).values()].sort((a, b) =>
    a['bom-ref'] < b['bom-ref'] ? -1 : 1,
  );
  const bom = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: { type: 'application', 'bom-ref': ref, name, version, description, licenses: licences(licenceOf(root)), purl: ref },
    },
    components,
    dependencies: [{ ref, dependsOn: components.map((each) => each['bom-ref']) }, ...components.map((each) => ({ ref: each['bom-ref'] }))],
  };
  return `${JSON.stringify(bom, undefined, 2)}\n`;
}

/** The licences of everything in a bill, as one SPDX expression. */
export function allLicences(bom) {
  const { metadata, components } = JSON.parse(bom);
  const expressions = [metadata.component, ...components].flatMap(({ licenses }) =>
    licenses.map((each) => each.expression ?? each.license.id),
  );
  const parts = expressions.flatMap((expression) => (expression.includes(' OR ') ? [`(${expression})`] : expression.split(' AND ')));
  return [...new Set(parts)].sort().join(' AND ');
}
