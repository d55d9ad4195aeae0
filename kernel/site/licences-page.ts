/** What a site has of others, with whose terms, and where the sources are. */
import type { DebianPackage, PackageFacts } from '../../sdk/guest/debian-package.js';
import { escapeHtml } from '../render/html.js';
import { pageOf } from '../notebook/page.js';

export const LICENCES_PAGE = 'licences/index.html';

/** As a reader's own guest has it: nobody here knows where it is from. */
const OWN_GUEST =
  "<p>The Linux guest of these chapters is made of files that were given with <code>virtbook guest</code>. Who gives this site to others also says where these files' sources are.</p>";

export interface Contents {
  facts: PackageFacts;
  /** The Linux guest is not Debian's. */
  ownGuest: boolean;
}

/** The pages and texts, by their paths. */
export function licencePages({ facts, ownGuest }: Contents): Map<string, string> {
  const { packages, commonLicences } = facts;
  const files = new Map<string, string>();
  for (const { name, copyright } of packages) files.set(`licences/${name}.txt`, copyright);
  for (const [name, text] of Object.entries(commonLicences)) files.set(`licences/common/${name}.txt`, text);
  files.set(LICENCES_PAGE, pageOf('Licences and sources', body(facts, ownGuest)));
  return files;
}

function body({ packages, commonLicences }: PackageFacts, ownGuest: boolean): string {
  const debian =
    packages.length === 0
      ? '<p>There is no file of a Debian package in this site.</p>'
      : `<p>The C compiler, the Linux that runs it, and the Linux of virtual machines are files of these packages for arm64, as Debian has built them.
<code>apt-get source NAME=VERSION</code> brings the source of one on a Debian system, and the snapshot archive of Debian keeps all versions. A name in
the column <em>Source</em> leads to the same files in the browser.</p>
<div style="overflow-x:auto"><table><thead><tr><th>Package</th><th>Version</th><th>Licences</th><th>Source</th></tr></thead>
<tbody>${packages.map((each) => row(each)).join('\n')}</tbody></table></div>
<p>Licences that these texts name: ${Object.keys(commonLicences)
          .map((name) => link(`common/${name}.txt`, name))
          .join(', ')}.</p>`;
  return `<nav><a href="../../../../../index.html">All chapters</a></nav>
<h1>Licences and sources</h1>
<p>What runs in these pages is virtbook, with the packages of npm that are named, with their licences, in ${link('../THIRD-PARTY-LICENCES.txt', 'this list')}.</p>
<h2>From Debian</h2>
${debian}
${ownGuest ? OWN_GUEST : ''}`;
}

function row({ name, version, licences, sources }: DebianPackage): string {
  const origins = sources.map((each) =>
    link(`https://sources.debian.org/src/${encodeURIComponent(each.name)}/${each.version}/`, `${each.name} ${each.version}`),
  );
  return `<tr><td>${link(`${name}.txt`, name)}</td><td>${escapeHtml(version)}</td><td>${escapeHtml(licences.join(', ') || 'in its text')}</td><td>${origins.join('<br>')}</td></tr>`;
}

const link = (address: string, label: string): string => `<a href="${escapeHtml(address)}">${escapeHtml(label)}</a>`;
