/**
 * The pool of pages of predecoded operations: RAM pages get one when they are executed, and lose it when they hold data now, or when
 * others need the room more.
 */
import * as L from '../cpu/layout';
import { operationsReleased } from './host';
import { now } from './state';
import { forgetFetches, forgetOperations, forgetWrites, guardPage } from './tlb';

/** Writes to words without code that a page bears before it is let go. */
const PATIENCE: u32 = 2;
/** The same where regions were made of it: they are worth that many writes. */
const PATIENCE_WITH_REGIONS: u32 = 256;
/** Each time that a page comes back this soon, in RETURN_UNIT, its patience is four times as long. */
const SOON: u32 = 4;
const MOST_RETURNS: u32 = 9;

/** Of the pool, the part that is freed when it is full. */
const SHARE: u32 = 8;
/** Where the last round through the pool has ended. */
let hand: u32 = 0;


@inline
export function isRamPage(page: u32): bool {
  return page - ((<u32>L.RAM_GUEST) >> 12) < load<u32>(L.RAM_SIZE) >> 12;
}


@inline
function mapCell(page: u32): usize {
  return <usize>L.PAGE_MAP + ((<usize>(page - ((<u32>L.RAM_GUEST) >> 12))) << 2);
}

/** What the page has; 0 for none. */
@inline
export function knownOperations(page: u32): u32 {
  return load<u32>(mapCell(page));
}


@inline
function returnsCell(page: u32): usize {
  return <usize>L.PAGE_RETURNS + ((<usize>(page - ((<u32>L.RAM_GUEST) >> 12))) << 1);
}


@inline
function ownerCell(slot: u32): usize {
  return <usize>L.POOL_OWNER + ((<usize>slot) << 2);
}


@inline
function inSlot(slot: u32): u32 {
  return load<u32>(L.OPS_POOL) + slot * <u32>L.OPS_PAGE_SIZE;
}


@inline
function slotOf(operations: u32): u32 {
  return (operations - load<u32>(L.OPS_POOL)) / <u32>L.OPS_PAGE_SIZE;
}

/** The page that has these operations. */
export function ownerOf(operations: u32): u32 {
  return load<u32>(ownerCell(slotOf(operations)));
}

/** The operations of a page, made when there are none. */
export function operationsOf(page: u32): u32 {
  const known = knownOperations(page);
  if (known) {
    store<u8>(<usize>known, 1, <usize>L.OPS_LOOKED_FOR);
    return known;
  }
  const slot = freeSlot();
  const operations = inSlot(slot);
  // Memory that never had operations is zero, and costs the host nothing while nobody writes to it.
  if (load<u32>(ownerCell(slot))) memory.fill(<usize>operations, 0, <usize>L.OPS_PAGE_SIZE);
  store<u32>(ownerCell(slot), page);
  store<u16>(<usize>operations + 1024 * <usize>L.OP_SIZE, <u16>L.HANDLER_PAGE_END);
  store<u32>(mapCell(page), operations);
  if (isRamPage(page)) {
    countReturn(page);
    guardIfWritable(page);
  }
  return operations;
}

function freeSlot(): u32 {
  if (!load<u32>(L.OPS_POOL_FREE)) {
    const used = load<u32>(L.OPS_POOL_USED);
    const size = load<u32>(L.OPS_POOL_SIZE);
    if (used != size) {
      store<u32>(L.OPS_POOL_USED, used + 1);
      // From here on it shows which are in use.
      if (used == size - size / SHARE) forgetFetches();
      return used;
    }
    makeRoom(size);
  }
  const slot = load<u32>(L.OPS_POOL_FREE) - 1;
  store<u32>(L.OPS_POOL_FREE, load<u32>(<usize>inSlot(slot), <usize>L.OPS_WRITES));
  return slot;
}

/** All pages are taken: frees some, by the clock algorithm. What nobody has looked for since the hand last passed goes first. */
function makeRoom(size: u32): void {
  for (let missing = size / SHARE; missing; hand = (hand + 1) % size) {
    const operations = inSlot(hand);
    if (operations == load<u32>(L.PAGE_OPS)) continue;
    if (load<u8>(<usize>operations, <usize>L.OPS_LOOKED_FOR)) {
      store<u8>(<usize>operations, 0, <usize>L.OPS_LOOKED_FOR);
      continue;
    }
    free(load<u32>(ownerCell(hand)), operations);
    missing--;
  }
  forgetFetches();
  forgetWrites();
}

function free(page: u32, operations: u32): void {
  operationsReleased(operations);
  store<u32>(mapCell(page), 0);
  store<u32>(<usize>operations, load<u32>(L.OPS_POOL_FREE), <usize>L.OPS_WRITES);
  store<u32>(L.OPS_POOL_FREE, slotOf(operations) + 1);
}

/**
 * A write met no code of this page. Where that is so again and again, the page is data now, and is let go: until then each
 * write to it goes the long way. The page that is executed stays. One that comes back soon has both, and bears more the next time.
 * @param writes how many writes of a word that was
 */
export function writtenBesides(page: u32, operations: u32, writes: u32): void {
  if (operations == load<u32>(L.PAGE_OPS) || !isRamPage(page)) return;
  const written = load<u32>(<usize>operations, <usize>L.OPS_WRITES) + writes;
  store<u32>(<usize>operations, written, <usize>L.OPS_WRITES);
  const returns = returnsOf(page);
  if (written < PATIENCE << (returns << 1)) return;
  if (written < PATIENCE_WITH_REGIONS && hasRegions(operations)) return;
  store<u8>(returnsCell(page), coarseTime(), 1);
  free(page, operations);
  forgetOperations(page, operations);
}


@inline
function returnsOf(page: u32): u32 {
  return (<u32>load<u8>(returnsCell(page))) & ~(L.PAGE_WRITABLE | L.PAGE_WRITTEN);
}

function countReturn(page: u32): void {
  const returns = returnsOf(page);
  const left = load<u8>(returnsCell(page), 1);
  const soon = left != 0 && <u32>(<u8>(coarseTime() - left)) < SOON;
  const counted = soon ? min(returns + 1, MOST_RETURNS) : 0;
  store<u8>(returnsCell(page), (<u8>counted) | (load<u8>(returnsCell(page)) & (<u8>(L.PAGE_WRITABLE | L.PAGE_WRITTEN))));
}

/** A line of the TLB leads to this RAM page for writing. */
@inline
export function noteWritable(page: u32): void {
  const cell = returnsCell(page);
  store<u8>(cell, load<u8>(cell) | (<u8>(L.PAGE_WRITABLE | L.PAGE_WRITTEN)));
}

/** Somebody else has written to this page. */
export function noteWritten(page: u32): void {
  if (!isRamPage(page)) return;
  const cell = returnsCell(page);
  store<u8>(cell, load<u8>(cell) | (<u8>L.PAGE_WRITTEN));
}

/** Whether there may be anything else than zeros in this RAM page. */
@inline
export function wasWritten(page: u32): bool {
  return (load<u8>(returnsCell(page)) & (<u8>L.PAGE_WRITTEN)) != 0;
}

/** A page got code: writes to it must be seen. */
function guardIfWritable(page: u32): void {
  const cell = returnsCell(page);
  if (!(load<u8>(cell) & (<u8>L.PAGE_WRITABLE))) return;
  store<u8>(cell, load<u8>(cell) & (<u8>~L.PAGE_WRITABLE));
  guardPage(page);
}

/** Never 0: that is for a page that was not let go. */
function coarseTime(): u8 {
  return max<u8>(1, <u8>(now() >> (<u64>L.RETURN_UNIT)));
}

function hasRegions(operations: u32): bool {
  const covered = <usize>operations + <usize>L.OPS_COVERED;
  for (let at = covered; at < covered + 128; at += 8) if (load<u64>(at)) return true;
  return false;
}
