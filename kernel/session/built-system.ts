import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { LineTable } from '../../formats/dwarf-lines.js';
import type { ProgramTypes } from '../../formats/dwarf-types.js';
import { readElfSections } from '../../formats/elf-sections.js';
import type { SpaceInForce } from '../../emulator/debug/observation.js';
import { ElfFile } from '../../sdk/tool/elf.js';
import type { SystemDescription } from '../../sdk/tool/model.js';
import { CAPDL_FILE, readCapdl } from '../../sdk/tool/read-capdl.js';
import {
  ownerOf,
  readObjects,
  readReport,
  type ReportedMapping,
  type ReportedObject,
  type ReportedSpace,
} from '../../sdk/tool/read-report.js';
import { SymbolTable } from '../../sdk/tool/symbols.js';
import type { Session } from './session.js';
import { typesIn } from './program-types.js';
import type { SystemPrograms } from './services.js';
import { invocationName } from './trace-words.js';
import { UserError } from './user-error.js';

/** What runs when EL2 does. */
export const MICROKERNEL = 'microkernel';

/** A system as its image has it: address spaces and capabilities by the tool's report, names by the programs beside it. */
export class BuiltSystem {
  private readonly tables = new Map<string, SymbolTable | undefined>();
  private readonly lineTables = new Map<string, LineTable>();
  private readonly typeTables = new Map<string, ProgramTypes>();

  constructor(
    readonly name: string,
    readonly spaces: readonly ReportedSpace[],
    private readonly folders: readonly string[],
    /** What the description that it was built from says, if it is still there. */
    readonly description: SystemDescription | undefined,
    private readonly parts: SystemPrograms = {},
    /** The kernel objects, where the report has them. */
    readonly objects: readonly ReportedObject[] = [],
  ) {}

  /**
   * By what is in force. A real SDK's report says where each address space's first table is, and leaves out the initial
   * task's: up to SDK 2.0 that is the monitor's, later that of an initialiser, which is none of the system's own. The embedded
   * microkernel numbers its own in the order of the report: VMIDs count from 1.
   */
  space({ space, root }: SpaceInForce): ReportedSpace | undefined {
    if (this.spaces.every((known) => known.root === undefined)) return this.spaces[space - 1];
    const inForce = this.spaces.find((known) => known.root === root);
    return inForce ?? this.spaces.find((known) => known.kind === 'monitor' && known.root === undefined);
  }

  find(name: string): ReportedSpace | undefined {
    return this.spaces.find((space) => space.name === name);
  }

  /** Who is told of a domain's or a virtual machine's faults: the monitor, unless a domain holds its TCB. */
  handlerOf(space: ReportedSpace): string {
    const holder = this.spaces.find(
      ({ kind, capabilities }) =>
        kind === 'domain' && capabilities.some(({ object }) => object.startsWith('TCB: ') && sameOwner(object, space)),
    );
    return holder?.name ?? 'monitor';
  }

  /** The names in the program of a domain, the monitor or the microkernel; undefined where there is no program to read. */
  symbols(name: string): SymbolTable | undefined {
    if (!this.tables.has(name)) this.tables.set(name, this.readSymbols(name));
    return this.tables.get(name);
  }

  /** What an invocation with this label does. */
  invocationName(label: number): string {
    return invocationName(label, this.parts.invocations);
  }

  /** The source lines of a program; undefined where there is no program to read. */
  lines(name: string): LineTable | undefined {
    const known = this.lineTables.get(name);
    if (known) return known;
    const bytes = this.program(name);
    if (!bytes) return undefined;
    const table = new LineTable(readElfSections(bytes)?.sections ?? new Map());
    this.lineTables.set(name, table);
    return table;
  }

  /** The types and global variables of a program; undefined where there is no program to read. */
  types(name: string): ProgramTypes | undefined {
    const known = this.typeTables.get(name);
    if (known) return known;
    const bytes = this.program(name);
    if (!bytes) return undefined;
    const types = typesIn(bytes);
    this.typeTables.set(name, types);
    return types;
  }

  /** The C file that a domain's program is made of, with its name; undefined where that is not one file, or is not there. */
  source(domain: string): { file: string; text: string } | undefined {
    const file = this.imageOf(domain).replace(/\.elf$/, '.c');
    const path = this.folders.map((folder) => join(folder, file)).find((candidate) => existsSync(candidate));
    return path === undefined ? undefined : { file, text: readFileSync(path, 'utf8') };
  }

  private program(name: string): Uint8Array | undefined {
    if (this.find(name)?.kind === 'machine') return undefined;
    return name === MICROKERNEL ? this.parts.kernel : name === 'monitor' ? this.parts.monitor : this.programOf(name);
  }

  private readSymbols(name: string): SymbolTable | undefined {
    const bytes = this.program(name);
    try {
      return bytes && new SymbolTable(new ElfFile(bytes, name));
    } catch {
      // A file that is damaged has no names for anybody.
      return undefined;
    }
  }

  private programOf(domain: string): Uint8Array | undefined {
    const image = this.imageOf(domain);
    const file = this.folders.map((folder) => join(folder, image)).find((candidate) => existsSync(candidate));
    return file === undefined ? undefined : readFileSync(file);
  }

  /** The name of its file. */
  private imageOf(domain: string): string {
    return basename(this.description?.protectionDomains.find(({ name }) => name === domain)?.programImage.path ?? `${domain}.elf`);
  }
}

const sameOwner = (object: string, { kind, name }: ReportedSpace): boolean => {
  const owner = ownerOf(object.slice(object.indexOf(': ') + 2));
  return owner.kind === kind && owner.name === name;
};

/** The mapping that an address of a space lies in. */
export const mappingAt = (space: ReportedSpace, address: number): ReportedMapping | undefined =>
  space.mappings.find(({ start, end }) => address >= start && address < end);

/** What the tool that made an image says of it, in the one way or the other. */
function reportedSpaces(file: string, report: string): ReportedSpace[] {
  const capdl = join(dirname(file), CAPDL_FILE);
  return existsSync(capdl) ? readCapdl(readFileSync(capdl, 'utf8'), report) : readReport(report);
}

/** What the report of a build says of it. Quick; the SDK's own programs are not looked for. */
export function readBuiltSystem(session: Session, name: string, description?: SystemDescription, parts?: SystemPrograms): BuiltSystem {
  const build = session.builds.find(name);
  if (!build) throw new UserError('BuildError', `${name} has not been built`, `Build it with %build ${name} first.`);
  const report = existsSync(build.report) ? readFileSync(build.report, 'utf8') : '';
  const spaces = reportedSpaces(build.report, report);
  if (!spaces.length) {
    const why = `${session.workspace.display(build.report)} does not say what is mapped where`;
    throw new UserError(
      'BuildError',
      why,
      `Build ${name} again, with Microkit SDK 2.0 or newer or the embedded SDK (%sdk embedded, then %build ${name}). %show report ${name} shows what there is.`,
    );
  }
  return new BuiltSystem(
    name,
    spaces,
    [session.workspace.outputOf(name), ...session.workspace.sources(name)],
    description,
    parts,
    readObjects(report),
  );
}

/** The same, with names for the microkernel and the monitor. */
export async function readWholeSystem(session: Session, name: string, description?: SystemDescription): Promise<BuiltSystem> {
  const build = session.builds.find(name);
  const parts = build && (await session.services.systemPrograms?.(build.image, session.builds.sdkOf(name)));
  return readBuiltSystem(session, name, description, parts);
}
