/** What has to be said about Debian's packages by those who give files of them to others: versions, licences, sources. */
import { promises as fs } from 'node:fs';
import { basename, join } from 'node:path';
import { run } from '../process.js';
import { AptError } from './apt.js';

export interface DebianPackage {
  name: string;
  version: string;
  /** Source packages with their versions: its own first, then those that it was built of, too. */
  sources: { name: string; version: string }[];
  /** Short names of its licences. */
  licences: string[];
  /** Its whole copyright file. */
  copyright: string;
}

/** Licences that many packages only name, by the names that Debian's files have. */
export type CommonLicences = Record<string, string>;

export interface PackageFacts {
  packages: DebianPackage[];
  commonLicences: CommonLicences;
}

/** The package with the texts of licences that others only name. */
export const LICENCES_PACKAGE = 'base-files';
const COMMON_LICENCES = ['usr', 'share', 'common-licenses'];

/**
 * @param debs packages that were unpacked into `tree`, each with those that it has its documents from
 * @param licences a folder that the package with the licences was unpacked into
 * @throws AptError for a package without its copyright file
 */
export async function packageFacts(debs: readonly string[], tree: string, licences: string, signal?: AbortSignal): Promise<PackageFacts> {
  const packages: DebianPackage[] = [];
  for (const deb of debs) {
    const { stdout } = await run('dpkg-deb', ['--field', deb, 'Package', 'Version', 'Source', 'Built-Using'], { signal });
    packages.push(await describe(controlFields(stdout), deb, tree));
  }
  return {
    packages: packages.sort((one, other) => (one.name < other.name ? -1 : 1)),
    commonLicences: await commonLicences(join(licences, ...COMMON_LICENCES)),
  };
}

async function describe(fields: ReadonlyMap<string, string>, deb: string, tree: string): Promise<DebianPackage> {
  const [name, version] = [fields.get('Package'), fields.get('Version')];
  if (name === undefined || version === undefined) throw new AptError(`${basename(deb)} does not say which package it is`);
  const copyright = await fs.readFile(join(tree, 'usr', 'share', 'doc', name, 'copyright'), 'utf8').catch(() => {
    throw new AptError(`Debian's package ${name} has no copyright file`);
  });
  return { name, version, sources: sourcesOf(name, version, fields), licences: licencesIn(copyright), copyright };
}

/** The fields of a control file (deb-control(5)), by their names. */
export function controlFields(text: string): Map<string, string> {
  const fields = text.split(/\n(?![ \t])/).flatMap((field) => {
    const [, name, value = ''] = /^([^:\s]+):\s*([^]*)$/.exec(field) ?? [];
    return name === undefined ? [] : [[name, value.replace(/\s+/g, ' ').trim()] as const];
  });
  return new Map(fields);
}

export function sourcesOf(name: string, version: string, fields: ReadonlyMap<string, string>): DebianPackage['sources'] {
  const [, source = name, given = version] = /^(\S+)(?:\s+\(([^)]*)\))?$/.exec(fields.get('Source') ?? '') ?? [];
  const more = [...(fields.get('Built-Using') ?? '').matchAll(/(\S+)\s+\(=\s*([^)\s]+)\)/g)];
  return [{ name: source, version: given }, ...more.map(([, each = '', its = '']) => ({ name: each, version: its }))];
}

/** In the order of a copyright file: of Debian's machine-readable form, or those of the common licences that are named. */
export function licencesIn(copyright: string): string[] {
  const pattern = /^Format:/m.test(copyright.slice(0, 500)) ? /^License:[ \t]*(\S.*)$/gm : /common-licenses\/([A-Za-z][\w.-]*\w)/g;
  return [...new Set([...copyright.matchAll(pattern)].map(([, name = '']) => name.trim()))];
}

async function commonLicences(folder: string): Promise<CommonLicences> {
  const names = (await fs.readdir(folder)).sort();
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await fs.readFile(join(folder, name), 'utf8')] as const)));
}

/** Each package once, in the order of their names. */
export function unitedFacts(several: readonly PackageFacts[]): PackageFacts {
  const packages = new Map(several.flatMap(({ packages: some }) => some).map((each) => [`${each.name} ${each.version}`, each]));
  return {
    packages: [...packages.values()].sort((one, other) => (one.name < other.name ? -1 : 1)),
    commonLicences: Object.assign({}, ...several.map(({ commonLicences: some }) => some)) as CommonLicences,
  };
}
