/**
 * A trial: a sequence of random instructions, and the registers and memory that it begins with. The maker knows at each
 * place which registers hold what (`facts.ts`), so that accesses stay inside the trial's memory, or leave it on purpose.
 */
import type { Encoding, Letter } from '../../emulator/cpu/encoding.js';
import { msr } from '../../emulator/cpu/testing/assembler.js';
import { NOWHERE, OFFSET, SCRATCH, recordAddress, slotAddress } from './layout.js';
import { accessOf, indexOffset, isUnpredictable, loadExclusiveFor, type Access } from './memory.js';
import { fillRecord } from './record.js';
import { chooseRow, isYield, rowNamed, systemRegisterAccess, testedRows, writesThreadPointer } from './rows.js';
import { SequenceBuilder, type Item } from './sequence-builder.js';
import { Random } from './state.js';
import { decoder, drawWord, withField, type Drawn, type RegisterPools } from './words.js';

/** Instructions drawn for one sequence, at most. */
const LONGEST = 16;
/** A system call that Linux does not have. */
const NO_SYSTEM_CALL = 5000n;
const readRegister = rowNamed('MRS');
/** The bit that makes an MRS of an MSR. */
const READ = 1 << 21;
const LOAD_EXCLUSIVES: ReadonlySet<string> = new Set(['LDXR_LDAXR', 'LDXP_LDAXP']);
/** What a branch goes over begins with an instruction that leaves a trace. */
const witness = rowNamed('ADD_SUB_immediate');

export interface Trial {
  readonly index: number;
  readonly slot: number;
  readonly items: readonly Item[];
  /** The slot's code. */
  readonly code: Uint32Array;
  /** The initial record. */
  readonly record: Uint32Array;
}

/** Where relative branches have their distance. */
const DISTANCE_FIELDS: ReadonlyMap<string, { shift: number; width: number }> = new Map([
  ['B_BL', { shift: 0, width: 26 }],
  ['B_cond', { shift: 5, width: 19 }],
  ['CBZ_CBNZ', { shift: 5, width: 19 }],
  ['TBZ_TBNZ', { shift: 5, width: 14 }],
]);

/** What an exclusive access transfers: the store's has to be the load's. */
const markOf = ({ row, fields }: Drawn): string => `${row.name.charAt(3)} ${fields.z}`;

interface Branch {
  /** Items that it goes over. */
  over: number;
  readonly position: number;
  /** Told where it leads, in words from the slot's start. */
  readonly land: (position: number) => void;
}

class SequenceMaker extends SequenceBuilder {
  private readonly pools: RegisterPools;
  private branches: Branch[] = [];
  /** Rows to come, with the items before them. */
  private readonly agenda: { row: Encoding; after: number }[] = [];
  /** A write of TPIDR_EL0 that has not been read back. */
  private readBack: number | undefined;
  private monitor: { n: number; z: number; pair: boolean } | undefined;
  /** What load-exclusives have marked, by address. Where sizes differ, only a load-exclusive directly before will do. */
  private readonly marked = new Map<bigint, string>();

  constructor(random: Random, slot: number, record: Uint32Array) {
    super(random, slot, record);
    const some = (): number[] => Array.from({ length: random.pick([3, 6, 10, 20]) }, () => random.below(32));
    this.pools = { general: some(), vector: some() };
  }

  make(first: Encoding): void {
    const { random } = this;
    const count = 1 + random.below(LONGEST);
    const where = random.below(count);
    for (let i = 0; i < count && this.room >= 8; i++) this.item(i === where ? first : this.nextRow());
    this.land(true);
    this.words.push(msr('TPIDR_EL0', 30));
    this.words.push(this.loadLiteral(30, 1));
  }

  private nextRow(): Encoding {
    if (this.readBack !== undefined) return readRegister;
    for (const entry of this.agenda) entry.after--;
    const due = this.agenda.findIndex(({ after }) => after < 0);
    return due >= 0 ? this.agenda.splice(due, 1)[0]!.row : chooseRow(this.random);
  }

  /** Branches that have gone over enough arrive here; at the end, all do. */
  private land(all: boolean): void {
    const arriving = this.branches.filter(({ over }) => all || over === 0);
    this.branches = this.branches.filter(({ over }) => !all && over > 0);
    for (const { position, land } of arriving) {
      land(this.words.length);
      this.facts.arrive(position);
    }
    for (const branch of this.branches) branch.over--;
  }

  private item(row: Encoding): void {
    this.land(false);
    const position = this.words.length;
    this.needs = new Set();
    for (let attempt = 0; ; attempt++) {
      if (attempt === 200) throw new Error(`no word of ${row.name} can be tried`);
      const drawn = this.draw(row);
      if (this.place(drawn)) break;
      this.words.length = position;
    }
    this.items.push({ row: row.name, position, length: this.words.length - position, needs: [...this.needs] });
  }

  private draw(row: Encoding): Drawn {
    const { random, pools } = this;
    if (row.name === 'MRS' && this.readBack !== undefined) {
      const word = ((this.readBack & ~31) | READ | random.pick(pools.general)) >>> 0;
      this.readBack = undefined;
      return { ...decoder.find(word), word };
    }
    if (row.name === 'MRS' || row.name === 'MSR_register') {
      const word = systemRegisterAccess(row, random) | (random.chance(0.8) ? random.pick(pools.general) : random.below(32));
      return { ...decoder.find(word), word };
    }
    return drawWord(row, random, pools);
  }

  /** Appends the instruction with what it needs. False: it cannot be tried as drawn. */
  private place(drawn: Drawn): boolean {
    const access = accessOf(drawn);
    if (access) return this.access(drawn, access);
    const distance = DISTANCE_FIELDS.get(drawn.row.name);
    if (distance) return this.branch(drawn, distance.shift, distance.width);
    return this.placeOther(drawn);
  }

  private placeOther(drawn: Drawn): boolean {
    const { row, word } = drawn;
    switch (row.name) {
      case 'BR_RET':
      case 'BLR':
        return this.computedBranch(drawn);
      case 'LDR_literal':
      case 'LDR_literal_SIMD_FP': {
        // Words of the trial itself.
        const near = withField(drawn, 'i', this.random.below(16) - 8 + (this.words.length < 8 ? 8 : 0));
        if (near) this.append(near);
        return near !== undefined;
      }
      case 'SVC':
        if (!this.provide(8, NO_SYSTEM_CALL)) return false;
        this.append(drawn);
        this.facts.write(0, this.words.length - 1, this.items.length);
        return true;
      case 'MSR_register':
        // The harness needs TPIDR_EL0: what has been written to it is looked at in the sequence.
        if (writesThreadPointer(word)) this.readBack = word;
        break;
      case 'WFE':
        // In QEMU this goes through the operating system, which opens the exclusive monitor.
        for (const address of this.marked.keys()) this.marked.set(address, 'lost');
        this.monitor = undefined;
        break;
      case 'HINT':
        if (isYield(word)) return false;
        break;
    }
    this.append(drawn);
    return true;
  }

  private access(original: Drawn, form: Access): boolean {
    const { facts } = this;
    const { drawn: based, access, matching } = this.withBase(original, form);
    if (access.base === 't' && based.fields.t === 31) return false;
    const { drawn, offset } = access.index ? this.withIndex(based, access.index) : { drawn: based, offset: 0n };
    if (offset === undefined || isUnpredictable(drawn, access)) return false;

    const displacement = access.displacement + offset;
    const n = drawn.fields[access.base];
    const target = this.target(access, n, displacement);
    if (!this.provide(n, BigInt.asUintN(64, target.address - displacement))) return false;
    const step = access.step === 'm' ? this.stepOf(drawn.fields.m) : access.step;
    const value = facts.value(n);
    if (access.storeExclusive) this.markFor(drawn, target.address, matching);
    this.append(drawn);
    if (access.step !== undefined && !target.faults) {
      facts.write(n, this.words.length - 1, this.items.length, step === undefined ? undefined : BigInt.asUintN(64, value + step));
    }
    if (LOAD_EXCLUSIVES.has(drawn.row.name)) this.noteMark(drawn, target.address);
    return true;
  }

  /** Chooses small immediates and known bases more often. `matching`: it is a store-exclusive to what the last load-exclusive marked. */
  private withBase(original: Drawn, form: Access): { drawn: Drawn; access: Access; matching: boolean } {
    const { random, facts, monitor } = this;
    let drawn = original;
    let access = form;
    const change = (letter: Letter, value: number): void => {
      drawn = withField(drawn, letter, value) ?? drawn;
      access = accessOf(drawn)!;
    };
    const { name, fieldBits } = drawn.row;
    if (fieldBits.has('i') && random.chance(0.6)) change('i', random.pick([0, 0, 1, 2, 3, -1, -2]));
    const known = facts.relied();
    const canMatch = access.storeExclusive && monitor?.pair === (name === 'STXP_STLXP') && facts.isKnown(monitor.n);
    const matching = canMatch && random.chance(0.8);
    if (matching) {
      change('n', monitor.n);
      change('z', monitor.z);
    } else if (known.length > 0 && random.chance(0.4)) change(access.base, random.pick(known));
    else if (!facts.isFree(drawn.fields[access.base]) && random.chance(0.6))
      change(access.base, this.freeRegister(drawn.fields[access.base]));
    return { drawn, access, matching };
  }

  /** Before a store-exclusive: mostly the load-exclusive that it belongs to. */
  private markFor(drawn: Drawn, address: bigint, matching: boolean): void {
    const { facts, random } = this;
    const known = this.marked.get(address);
    const mixed = known !== undefined && known !== markOf(drawn);
    if (!mixed && !(random.chance(0.8) && !(matching && known))) return;
    this.words.push(loadExclusiveFor(drawn));
    if (drawn.row.name === 'STXP_STLXP') facts.write(drawn.fields.n === 7 ? 8 : 7, this.words.length - 1, this.items.length);
  }

  /** After a load-exclusive: a store-exclusive is to come, more often than not. */
  private noteMark(drawn: Drawn, address: bigint): void {
    const { random } = this;
    const { n, z } = drawn.fields;
    const pair = drawn.row.name === 'LDXP_LDAXP';
    const known = this.marked.get(address);
    this.marked.set(address, known === undefined || known === markOf(drawn) ? markOf(drawn) : 'mixed');
    this.monitor = { n, z, pair };
    if (random.chance(0.6)) this.agenda.push({ row: rowNamed(pair ? 'STXP_STLXP' : 'STXR_STLXR'), after: random.below(3) });
  }

  /**
   * The instruction with an index register whose value is known, and what that adds to the address: any known value will
   * do, small ones more often. No offset: it cannot be tried.
   */
  private withIndex(original: Drawn, form: NonNullable<Access['index']>): { drawn: Drawn; offset: bigint | undefined } {
    const { facts, random } = this;
    let drawn = original;
    let { m } = original.fields;
    if (m !== 31 && !facts.isKnown(m)) {
      m = this.freeRegister(31);
      drawn = withField(original, 'm', m) ?? original;
    }
    if (m === 31) return { drawn, offset: 0n };
    if (m === drawn.fields.n) return { drawn, offset: undefined };
    if (facts.isFree(m) && random.chance(0.6)) facts.begin(m, BigInt.asUintN(64, BigInt(random.below(24) - 8)));
    return { drawn, offset: indexOffset(this.relyOn(m), form) };
  }

  /** What a post-index register adds; undefined where that is not known. */
  private stepOf(m: number): bigint | undefined {
    return this.facts.isKnown(m) ? this.relyOn(m) : undefined;
  }

  /** The address of an access: where its base leads already, if that is in the trial's memory; else by chance. */
  private target(
    { alignment, storeExclusive, staysInside }: Access,
    n: number,
    displacement: bigint,
  ): { address: bigint; faults: boolean } {
    const { random, facts } = this;
    const scratch = BigInt(recordAddress(this.slot) + OFFSET.scratch);
    if (facts.isKnown(n) && !facts.isFree(n)) {
      const address = BigInt.asUintN(64, facts.value(n) + displacement);
      const offset = address - scratch;
      if (offset >= 0n && offset <= BigInt(SCRATCH - 64) && address % BigInt(alignment) === 0n) return { address, faults: false };
    }
    if (!storeExclusive && !staysInside && random.chance(0.015))
      return { address: BigInt(NOWHERE + random.below(4096) * 16), faults: true };
    let offset = random.chance(0.5) ? 64 + random.below(32) : random.below(SCRATCH - 64);
    offset -= offset % alignment;
    // Of a misaligned store-exclusive QEMU finds that the monitor does not match, first.
    const misaligned = alignment > 1 && !storeExclusive && random.chance(0.04);
    if (misaligned) offset += 1 + random.below(alignment - 1);
    return { address: scratch + BigInt(offset), faults: misaligned };
  }

  /** Goes over the next few instructions, the first of which tells whether it did. */
  private goOver(position: number, land: Branch['land']): void {
    const over = this.random.below(4);
    if (over > 0) this.agenda.push({ row: witness, after: 0 });
    this.branches.push({ over, position, land });
  }

  private branch(drawn: Drawn, shift: number, width: number): boolean {
    const position = this.words.length;
    const mask = ((1 << width) - 1) << shift;
    this.append(drawn);
    if (drawn.row.name === 'B_BL' && drawn.fields.o) this.facts.write(30, position, this.items.length);
    this.goOver(position, (target) => {
      this.words[position] = ((drawn.word & ~mask) | (((target - position) << shift) & mask)) >>> 0;
    });
    return true;
  }

  private computedBranch(drawn: Drawn): boolean {
    const { facts } = this;
    const changed = facts.isFree(drawn.fields.n) ? drawn : withField(drawn, 'n', this.freeRegister(drawn.fields.n))!;
    const n = changed.fields.n;
    // By number 31 it is the zero register, not the stack pointer.
    if (n === 31) return false;
    const address = (target: number): bigint => BigInt(slotAddress(this.slot) + 4 * target);
    let land: Branch['land'];
    if (facts.isFree(n)) {
      facts.reserve(n);
      land = (target) => this.setInitial(n, address(target));
    } else {
      const literal = this.literals.push(0n) - 1;
      this.words.push(this.loadLiteral(n, literal));
      facts.write(n, this.words.length - 1, this.items.length);
      land = (target) => (this.literals[literal] = address(target));
    }
    this.append(changed);
    const position = this.words.length - 1;
    if (drawn.row.name === 'BLR') facts.write(30, position, this.items.length);
    this.goOver(position, land);
    return true;
  }
}

/** `away` gives the word that branches from an address to where the harness stores everything. `record` is filled. */
export function makeTrial(seed: number, index: number, slot: number, record: Uint32Array, away: (from: number) => number): Trial {
  const random = new Random(seed, index);
  fillRecord(random, slot, record);
  const maker = new SequenceMaker(random, slot, record);
  maker.make(testedRows[index % testedRows.length]!);
  return { index, slot, items: maker.items, code: maker.code((position) => away(slotAddress(slot) + 4 * position)), record };
}
