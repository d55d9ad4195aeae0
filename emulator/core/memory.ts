/** The slow path of guest accesses: TLB misses, page crossings, devices, writes to code; and instruction fetch. */
import * as L from '../cpu/layout';
import * as walkResult from './walk';
import { FETCH, READ, WRITE, walk, withoutTag } from './walk';
import { checksAlignment, hasWideAlignment, misplaced } from './alignment';
import { codeWritten, hasCode } from './code';
import { beginStep, finishStep, stepWanted } from './debug';
import {
  raiseAlignment,
  raiseDataAbort,
  raiseExternalData,
  raiseExternalFetch,
  raiseIllegalState,
  raiseInstructionAbort,
  raisePcAlignment,
} from './exceptions';
import { pollInterrupts } from './interrupts';
import { directPage, mmioRead, mmioWrite, pageEntered, traceTranslation } from './host';
import { currentLevel, currentPc, requestExit } from './state';
import { isRamPage, noteWritable, operationsOf } from './pool';
import { bankOf, forgetFetches, forgetReads, lineOf, noteSize } from './tlb';
import { isWatched, watch } from './watch';

const NONE: u64 = ~(<u64>0);


@inline
function hostOf(pa: u32): u32 {
  return pa - <u32>L.RAM_GUEST + <u32>L.RAM_HOST;
}

/** Physical address for an access at level `el`; NONE after a data abort. Fills the TLB. */
function translate(va: u64, access: i32, el: i32): u64 {
  const line = lineOf(bankOf(el), access == WRITE ? L.TLB_WRITE : L.TLB_READ, va);
  const page = va & ~(<u64>0xfff);
  if ((load<u64>(line, L.LINE_TAG) & ~(<u64>1)) == page) return ((<u64>load<u32>(line, L.LINE_PAGE)) << 12) | (va & 0xfff);
  if (!walk(va, access, el)) {
    raiseDataAbort(va, access == WRITE, false);
    return NONE;
  }
  const pa = walkResult.address;
  const frame = <u32>(pa >> 12);
  const ram = isRamPage(frame);
  const direct: u32 = ram || access != READ ? 0 : directPage(frame);
  const slow = (ram ? access == WRITE && hasCode(frame) : !direct) || isWatched(page) || checksAlignment(el);
  store<u32>(line, frame, L.LINE_PAGE);
  store<u32>(line, hostOf((direct ? direct : frame) << 12) - <u32>page, L.LINE_ADDEND);
  store<u64>(line, page | (<u64>slow), L.LINE_TAG);
  if (ram && access == WRITE) noteWritable(frame);
  noteSize(bankOf(el), va);
  if (load<i32>(L.TRACE) & L.TRACE_TRANSLATIONS) traceTranslation(page, (<u64>frame) << 12, access, el);
  return pa;
}

/** A device read of 1, 2, 4 bytes, or a multiple of 4, into SCRATCH. */
function readDevice(pa: u64, size: i32, into: usize): void {
  memory.fill(into, 0, <usize>size);
  if (size <= 4) {
    const value = mmioRead(<f64>pa, size);
    if (size == 1) store<u8>(into, <u8>value);
    else if (size == 2) store<u16>(into, <u16>value);
    else store<u32>(into, value);
    return;
  }
  for (let i = 0; i < size; i += 4) store<u32>(into + <usize>i, mmioRead(<f64>(pa + i), 4));
}

function writeDevice(pa: u64, size: i32, from: usize): void {
  if (size == 1) mmioWrite(<f64>pa, 1, load<u8>(from));
  else if (size == 2) mmioWrite(<f64>pa, 2, load<u16>(from));
  // A piece of an access over two pages comes in bytes.
  else if (size & 3) for (let i = 0; i < size; i++) mmioWrite(<f64>(pa + i), 1, load<u8>(from + <usize>i));
  else for (let i = 0; i < size; i += 4) mmioWrite(<f64>(pa + i), 4, load<u32>(from + <usize>i));
  requestExit();
}

/** Copies one piece, inside one page, into SCRATCH + `offset`. */
function readPiece(pa: u64, size: i32, offset: i32): void {
  const into = <usize>L.SCRATCH + <usize>offset;
  if (isRamPage(<u32>(pa >> 12))) memory.copy(into, <usize>hostOf(<u32>pa), <usize>size);
  else for (let i = 0; i < size; i++) readDevice(pa + i, 1, into + <usize>i);
}

function writePiece(pa: u64, size: i32, offset: i32): void {
  const from = <usize>L.SCRATCH + <usize>offset;
  const frame = <u32>(pa >> 12);
  if (isRamPage(frame)) {
    memory.copy(<usize>hostOf(<u32>pa), from, <usize>size);
    codeWritten(frame, (<u32>pa) & 0xfff, size);
  } else writeDevice(pa, size, from);
}

/** Whether something answered the device accesses since the last look; takes the external abort otherwise. */
function busAnswered(va: u64, write: bool): bool {
  if (!load<i32>(L.BUS_ERROR)) return true;
  store<i32>(L.BUS_ERROR, 0);
  raiseExternalData(va, write);
  return false;
}

function read(va: u64, size: i32, el: i32): u32 {
  if (misplaced(va, size, el)) {
    raiseAlignment(va, 0);
    return 0xffffffff;
  }
  const room = 0x1000 - <i32>(va & 0xfff);
  const first = translate(va, READ, el);
  if (first == NONE) return 0xffffffff;
  if (size <= room) {
    if (watch(va, size, L.WATCH_READ, el)) return 0xffffffff;
    if (isRamPage(<u32>(first >> 12))) return hostOf(<u32>first);
    readDevice(first, size, L.SCRATCH);
    return busAnswered(va, false) ? L.SCRATCH : 0xffffffff;
  }
  const second = translate(va + room, READ, el);
  if (second == NONE) return 0xffffffff;
  if (watch(va, size, L.WATCH_READ, el)) return 0xffffffff;
  readPiece(first, room, 0);
  readPiece(second, size - room, room);
  return busAnswered(va, false) ? L.SCRATCH : 0xffffffff;
}

function write(va: u64, size: i32, el: i32): i32 {
  if (misplaced(va, size, el)) {
    raiseAlignment(va, 1);
    return 1;
  }
  const room = 0x1000 - <i32>(va & 0xfff);
  const first = translate(va, WRITE, el);
  if (first == NONE) return 1;
  if (size <= room) {
    if (watch(va, size, L.WATCH_WRITE, el)) return 1;
    writePiece(first, size, 0);
    return busAnswered(va, true) ? 0 : 1;
  }
  // Both pages are known to be writable before either is changed.
  const second = translate(va + room, WRITE, el);
  if (second == NONE) return 1;
  if (watch(va, size, L.WATCH_WRITE, el)) return 1;
  writePiece(first, room, 0);
  writePiece(second, size - room, room);
  return busAnswered(va, true) ? 0 : 1;
}

export function readSlow(va: u64, size: i32): u32 {
  return read(va, size, currentLevel());
}

export function writeSlow(va: u64, size: i32): i32 {
  return write(va, size, currentLevel());
}

/** Fills the TLB for an access that translated code missed with: -1 when it is not plain memory, or would fault. */
function refill(va: u64, size: i32, access: i32): u32 {
  if (<i32>(va & 0xfff) + size > 0x1000) return 0xffffffff;
  const el = currentLevel();
  const line = lineOf(bankOf(el), access == WRITE ? L.TLB_WRITE : L.TLB_READ, va);
  const page = va & ~(<u64>0xfff);
  const strict = checksAlignment(el);
  if (strict && !hasWideAlignment(va, size)) return 0xffffffff;
  let frame: u32;
  if (load<u64>(line, L.LINE_TAG) == (page | 1)) {
    // A line for the slow path is known to be no plain memory, but where all are for it.
    frame = load<u32>(line, L.LINE_PAGE);
    return strict && isRamPage(frame) && !(access == WRITE && hasCode(frame)) && !isWatched(page)
      ? hostOf((frame << 12) | ((<u32>va) & 0xfff))
      : 0xffffffff;
  }
  if (!walk(va, access, el)) return 0xffffffff;
  const pa = walkResult.address;
  frame = <u32>(pa >> 12);
  if (!isRamPage(frame) || (access == WRITE && hasCode(frame)) || isWatched(page)) return 0xffffffff;
  store<u32>(line, frame, L.LINE_PAGE);
  store<u32>(line, hostOf(frame << 12) - <u32>page, L.LINE_ADDEND);
  store<u64>(line, page | (<u64>strict), L.LINE_TAG);
  if (access == WRITE) noteWritable(frame);
  noteSize(bankOf(el), va);
  if (load<i32>(L.TRACE) & L.TRACE_TRANSLATIONS) traceTranslation(page, (<u64>frame) << 12, access, el);
  return hostOf(<u32>pa);
}

export function refillRead(va: u64, size: i32): u32 {
  return refill(va, size, READ);
}

export function refillWrite(va: u64, size: i32): u32 {
  return refill(va, size, WRITE);
}

/** LDTR and STTR: at EL1 they access as EL0 would. */
@inline
function unprivilegedLevel(): i32 {
  const el = currentLevel();
  return el == 1 ? 0 : el;
}

export function readUnprivileged(va: u64, size: i32): u32 {
  return read(va, size, unprivilegedLevel());
}

export function writeUnprivileged(va: u64, size: i32): i32 {
  return write(va, size, unprivilegedLevel());
}

/** DC and IC by address: nothing to do but to fault where the address does not translate. */
export function cacheMaintenance(va: u64, invalidate: i32): i32 {
  const el = currentLevel();
  // Only EL0 needs read permission; invalidation is a write.
  if (walk(va, el == 0 ? READ : invalidate ? WRITE : READ, el)) return 0;
  raiseDataAbort(va, true, true);
  return 1;
}

/**
 * AT: `operation` is op1 << 3 | op2. The result goes to PAR_EL1, but for what EL1 must not learn from it: a table that
 * stage 2 refuses, and for tables that are no memory (DDI 0487 D8.13, "Synchronous faults generated by AT").
 */
export function addressTranslate(operation: i32, va: u64): i32 {
  const hypervisor = operation >> 3 == 4;
  const op2 = operation & 7;
  const both = hypervisor && op2 >= 4;
  const el = hypervisor && op2 < 2 ? 2 : op2 & 2 ? 0 : 1;
  const done = walk(va, op2 & 1 ? WRITE : READ, el, both ? 2 : 1);
  if (!done && (walkResult.externalAbort() || (walkResult.stage2 && walkResult.onTable && currentLevel() == 1))) {
    raiseDataAbort(va, true, true);
    return 1;
  }
  let par: u64;
  if (done) par = (walkResult.address & 0x0000fffffffff000) | (walkResult.attributes << 56) | (walkResult.shareability << 7) | (1 << 11);
  else par = 1 | ((<u64>walkResult.status) << 1) | ((<u64>walkResult.onTable) << 8) | ((<u64>walkResult.stage2) << 9) | (1 << 11);
  store<u64>(<usize>L.SYSREG_BASE + L.SR_PAR_EL1 * 8, par);
  return 0;
}

/** For the machine's owner: physical address of a virtual one at the present level; -1 where it does not translate. */
export function physicalAddress(va: u64): f64 {
  return walk(va, READ, currentLevel()) ? <f64>walkResult.address : -1;
}

/**
 * A device no longer reads like memory in these pages, or reads differently: no read or fetch may pass it by. Lines of
 * the slow path stay: they say nothing of it.
 */
export function directChanged(first: u32, count: u32): void {
  forgetReads(first, count);
  forgetFetches();
}

/**
 * ISB: the page being executed may have moved, or may not be executable any more. Between a change of the controls and
 * the barrier the architecture lets either be fetched.
 */
export function synchronize(): i32 {
  const page = load<u64>(L.PAGE_VA);
  const line = lineOf(load<u32>(L.TLB_BASE), L.TLB_FETCH, page);
  if (load<u64>(line, L.LINE_TAG) == page && load<u32>(line, L.LINE_ADDEND) == load<u32>(L.PAGE_OPS)) return 0;
  store<u64>(L.PC, currentPc() + 4);
  return 1;
}

/** Operation to execute for the program counter cell; 0 when the interpreter must return. */
export function fetch(): u32 {
  // An exception by a fetch belongs to the slice that has room for its time: then slicing changes nothing.
  if (load<i32>(L.EXIT_REASON) || load<i32>(L.REMAINING) <= 0) return 0;
  store<u64>(L.PC, withoutTag(load<u64>(L.PC), currentLevel()));
  if (stepWanted() || load<i32>(L.STEP)) finishStep();
  pollInterrupts();
  while (true) {
    const pc = load<u64>(L.PC);
    const page = pc & ~(<u64>0xfff);
    if (!(pc & 3)) {
      const line = lineOf(load<u32>(L.TLB_BASE), L.TLB_FETCH, pc);
      let operations: u32 = 0;
      if (load<u64>(line, L.LINE_TAG) == page) operations = load<u32>(line, L.LINE_ADDEND);
      else if (walk(pc, FETCH, currentLevel())) {
        const pa = walkResult.address;
        const frame = <u32>(pa >> 12);
        const executable = isRamPage(frame) ? frame : directPage(frame);
        if (executable) {
          operations = operationsOf(executable);
          store<u32>(line, operations, L.LINE_ADDEND);
          store<u64>(line, page, L.LINE_TAG);
          noteSize(load<u32>(L.TLB_BASE), pc);
          if (load<i32>(L.BREAKPOINTS)) pageEntered(operations, page);
          if (load<i32>(L.TRACE) & L.TRACE_TRANSLATIONS) traceTranslation(page, pa & ~(<u64>0xfff), FETCH, currentLevel());
        } else raiseExternalFetch(pc);
      } else raiseInstructionAbort(pc);
      if (operations && load<i32>(L.PSTATE_IL)) raiseIllegalState(pc);
      else if (operations) {
        store<u64>(L.PAGE_VA, page);
        store<u32>(L.PAGE_OPS, operations);
        if (stepWanted()) beginStep(operations, (<u32>pc) & 0xffc);
        return operations + (((<u32>pc) & 0xffc) << 2);
      }
    } else raisePcAlignment(pc);
    // An exception at its own vector would go round for ever: each round costs an instruction's time.
    const left = load<i32>(L.REMAINING);
    if (left <= 0) return 0;
    store<i32>(L.REMAINING, left - 1);
    // A step that another level watches goes on at the vector.
    if (stepWanted()) finishStep();
  }
  return 0;
}
