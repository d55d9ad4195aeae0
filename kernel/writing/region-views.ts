/** Structures that a program looks for in a memory region, and that are larger than it: one half is in C, the other in XML. */
import type { ProgramTypes } from '../../formats/dwarf-types.js';
import type { Diagnostic } from '../../sdk/diagnostic.js';
import type { MemoryMap, MemoryRegion, ProtectionDomain, SystemDescription } from '../../sdk/tool/model.js';
import type { Sources } from './body-language.js';
import { blankComments } from './c-header.js';
import { addressVariables, sourceOf } from './domain-facts.js';

/** What a program takes the memory at the address in a variable for. */
interface View {
  /** As it is written: `struct queue`. */
  type: string;
  size: number;
  /** In the source. */
  at: number;
  length: number;
}

type Types = Pick<ProgramTypes, 'sizeOf' | 'variable'>;

/** @param typesOf what the program of an image (`server.elf`) says about its types; undefined where that is not known */
export function warnOfSmallRegions(
  system: SystemDescription,
  sources: Sources,
  typesOf: (image: string) => Types | undefined,
): Diagnostic[] {
  const told = new Set<string>();
  return system.protectionDomains.flatMap((domain) => {
    const file = sourceOf(domain.programImage.path);
    const settings = settingsOf(system, domain);
    const text = settings.length === 0 ? undefined : sources.read(file);
    const types = text === undefined ? undefined : typesOf(domain.programImage.path);
    if (text === undefined || !types) return [];
    const code = blankComments(text);
    return settings.flatMap(({ variable, map, region }) => {
      const view = viewsOf(code, variable, types).find(({ size }) => BigInt(size) > region.size);
      // Those who share a region take it for the same.
      if (!view || told.has(region.name)) return [];
      told.add(region.name);
      const before = code.slice(0, view.at);
      const line = before.split('\n').length;
      return [
        {
          severity: 'warning',
          file,
          line,
          column: view.at - before.lastIndexOf('\n'),
          length: view.length,
          sourceLine: text.split(/\r?\n/)[line - 1],
          message: `${view.type} has ${hex(view.size)} bytes, and memory region '${region.name}', which it is in here, has ${hex(region.size)}`,
          hint: `${whatHappens(domain, map, region)}: in ${system.file}, write size="${hex(enough(view.size, region))}" on <memory_region name="${region.name}">, or make ${view.type} smaller`,
        },
      ];
    });
  });
}

const hex = (value: number | bigint): string => `0x${value.toString(16)}`;

const enough = (size: number, { pageSize }: MemoryRegion): bigint => ((BigInt(size) + pageSize - 1n) / pageSize) * pageSize;

/** The variables that get the address of a region. */
function settingsOf(system: SystemDescription, domain: ProtectionDomain): { variable: string; map: MemoryMap; region: MemoryRegion }[] {
  return addressVariables(domain).flatMap(({ variable, map }) => {
    const region = system.memoryRegions.find(({ name }) => name === map.region);
    return region ? [{ variable, map, region }] : [];
  });
}

/** Casts of the variable itself, and what it is declared to point to. Where something is added to it, nothing is known. */
function viewsOf(code: string, variable: string, types: Types): View[] {
  const casts = new RegExp(
    String.raw`\(\s*(?:(?:const|volatile)\s+)*((?:struct\s+|union\s+)?)(\w+)\s*(?:(?:const|volatile)\s*)*\*\s*\)\s*(?:\(\s*${variable}\s*\)|${variable}\b(?!\s*[-+[(]))`,
    'g',
  );
  const views = [...code.matchAll(casts)].flatMap(({ 0: whole, 1: structure = '', 2: name = '', index }): View[] => {
    const size = types.sizeOf(name, structure !== '');
    return size === undefined ? [] : [{ type: `${structure}${name}`.replace(/\s+/g, ' '), size, at: index, length: whole.length }];
  });
  const pointed = types.variable(variable)?.of;
  const at = code.search(new RegExp(String.raw`\b${variable}\b`));
  return pointed?.kind === 'structure' && pointed.size !== undefined && at >= 0
    ? [{ type: pointed.name ?? `what ${variable} points to`, size: pointed.size, at, length: variable.length }, ...views]
    : views;
}

function whatHappens({ maps }: ProtectionDomain, { address }: MemoryMap, { size }: MemoryRegion): string {
  const next = maps.find((other) => other.address === address + size);
  return next ? `what is written past its end is in '${next.region}', which follows` : 'an access past its end is a fault';
}
