/**
 * Where the pages of an address space are in the memory of a machine. The tool of SDK 2.1 and newer only simulates how its initialiser
 * will place them, and says so in the report: most are elsewhere. The processor's own tables are right (DDI 0487, VMSAv8-64).
 */
import type { ReportedMapping, ReportedSpace } from '../../sdk/tool/reported.js';

type ReadPhysical = (address: number, length: number) => Promise<Uint8Array>;

const ENTRY = 8;
const TABLE = 0x1000;
/** Bits of an address below those that choose an entry: of the first level, which has two tables side by side, to the third. */
const LEVELS = [30, 21, 12] as const;
const VALID = 1n;
const LEADS_ON = 2n;
const ADDRESS = 0xffff_ffff_f000n;
const PAGE_BYTES: ReadonlyMap<string, number> = new Map([
  ['4 KiB', 0x1000],
  ['2 MiB', 0x20_0000],
  ['1 GiB', 0x4000_0000],
]);

/** The same space with the addresses that are true now. What is not mapped yet is where the report says, and so is all of a space whose first table is not known. */
export async function asLoaded(space: ReportedSpace, read: ReadPhysical): Promise<ReportedSpace> {
  const { root } = space;
  if (root === undefined) return space;
  const tables = new Tables(read);
  const mappings: ReportedMapping[] = [];
  for (const map of space.mappings) {
    const size = PAGE_BYTES.get(map.pageSize) ?? TABLE;
    for (let start = map.start; start < map.end; start += size) {
      const physical = (await tables.physical(root, start)) ?? map.physical + (start - map.start);
      const last = mappings.at(-1);
      if (last?.name === map.name && last.end === start && last.rights === map.rights && last.physical + (start - last.start) === physical)
        last.end = start + size;
      else mappings.push({ ...map, start, end: start + size, physical });
    }
  }
  return { ...space, mappings };
}

class Tables {
  private readonly known = new Map<number, DataView>();

  constructor(private readonly read: ReadPhysical) {}

  /** Undefined where nothing is mapped. */
  async physical(root: number, address: number): Promise<number | undefined> {
    let table = root;
    let index = Math.floor(address / 2 ** LEVELS[0]);
    for (const shift of LEVELS) {
      const entry = await this.entry(table + index * ENTRY);
      if (!(entry & VALID)) return undefined;
      const to = Number(entry & ADDRESS);
      if (shift === 12 || !(entry & LEADS_ON)) return to - (to % 2 ** shift) + (address % 2 ** shift);
      table = to;
      index = Math.floor(address / 2 ** (shift - 9)) % 512;
    }
    return undefined;
  }

  private async entry(at: number): Promise<bigint> {
    const start = at - (at % TABLE);
    let table = this.known.get(start);
    if (!table) {
      const bytes = await this.read(start, TABLE);
      table = new DataView(bytes.buffer, bytes.byteOffset, TABLE);
      this.known.set(start, table);
    }
    return table.getBigUint64(at - start, true);
  }
}
