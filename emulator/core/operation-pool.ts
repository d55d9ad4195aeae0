/**
 * The pool of predecoded code: which pages of RAM have operations, and where. A page gets some when it is executed for the
 * first time, and gives them back when it holds data (code.ts), or when others need the room.
 */
import * as L from '../cpu/layout';
import { pageReleased } from './host';
import { forgetFetches, forgetPage, forgetWrites, guardPage } from './tlb';

/** Lookups of pages for execution. It wraps: then pages that are in use may go once, which costs time and nothing else. */
let lookups: u32 = 0;


@inline
function mapCell(page: u32): usize {
  return <usize>L.PAGE_MAP + ((<usize>(page - ((<u32>L.RAM_GUEST) >> 12))) << 2);
}


@inline
function slotAt(number: u32): u32 {
  return load<u32>(L.OPS_POOL) + number * <u32>L.OPS_PAGE_SIZE;
}


@inline
function ownerCell(operations: u32): usize {
  return <usize>L.POOL_OWNER + ((<usize>((operations - load<u32>(L.OPS_POOL)) / <u32>L.OPS_PAGE_SIZE)) << 2);
}

/** The page that these operations stand for. */
@inline
export function ownerOf(operations: u32): u32 {
  return load<u32>(ownerCell(operations));
}

/** The operations of a page; 0 when it has none. */
@inline
export function knownOperations(page: u32): u32 {
  const cell = load<u32>(mapCell(page));
  return cell > <u32>L.RELEASES_MAX ? cell : 0;
}

/** The operations of a page that is about to be executed, made when there are none. */
export function operationsOf(page: u32): u32 {
  const known = knownOperations(page);
  const operations = known ? known : newOperations(page);
  store<u32>(<usize>operations, ++lookups, L.OPS_STAMP);
  return operations;
}

function newOperations(page: u32): u32 {
  const operations = takeSlot();
  const releases = load<u32>(mapCell(page));
  store<u32>(ownerCell(operations), page);
  store<u16>(<usize>operations + 1024 * <usize>L.OP_SIZE, <u16>L.HANDLER_PAGE_END);
  store<u32>(<usize>operations, releases, L.OPS_RELEASES);
  store<u32>(<usize>operations, 2 << releases, L.OPS_PATIENCE);
  store<u32>(mapCell(page), operations);
  guardPage(page);
  return operations;
}

/** A slot that nobody has, all zeros. */
function takeSlot(): u32 {
  if (!load<u32>(L.OPS_POOL_FREE) && load<u32>(L.OPS_POOL_USED) == load<u32>(L.OPS_POOL_SIZE)) makeRoom();
  const free = load<u32>(L.OPS_POOL_FREE);
  if (free) {
    store<u32>(L.OPS_POOL_FREE, load<u32>(<usize>free, L.OPS_STAMP));
    return free;
  }
  const used = load<u32>(L.OPS_POOL_USED);
  const operations = slotAt(used);
  store<u32>(L.OPS_POOL_USED, used + 1);
  // Memory that never had operations is zero, and costs the host nothing while nobody writes to it.
  if (ownerOf(operations)) memory.fill(<usize>operations, 0, <usize>L.OPS_PAGE_SIZE);
  return operations;
}

/** Gives back what a page has; `releases` is to be remembered of it. Nothing of it may be executed just now. */
export function release(page: u32, operations: u32, releases: u32): void {
  forgetPage(page, operations);
  giveBack(operations, releases);
}

function giveBack(operations: u32, releases: u32): void {
  pageReleased(operations);
  store<u32>(mapCell(ownerOf(operations)), releases);
  store<u32>(ownerCell(operations), 0);
  memory.fill(<usize>operations, 0, <usize>L.OPS_PAGE_SIZE);
  store<u32>(<usize>operations, load<u32>(L.OPS_POOL_FREE), L.OPS_STAMP);
  store<u32>(L.OPS_POOL_FREE, operations);
}

/** The pool is full: the quarter of the pages goes that execution has not come to for the longest time. */
function makeRoom(): void {
  const size = load<u32>(L.OPS_POOL_SIZE);
  let some: u32 = 0;
  let enough = lookups + 1;
  while (enough - some > 1) {
    const middle = some + ((enough - some) >> 1);
    if (pagesBefore(middle) < size >> 2) some = middle;
    else enough = middle;
  }
  for (let i: u32 = 0; i < size; i++) {
    const operations = slotAt(i);
    if (load<u32>(<usize>operations, L.OPS_STAMP) < enough) giveBack(operations, load<u32>(<usize>operations, L.OPS_RELEASES));
  }
  forgetFetches();
  forgetWrites();
}

/** Pages that were last looked up before this. */
function pagesBefore(stamp: u32): u32 {
  let pages: u32 = 0;
  const size = load<u32>(L.OPS_POOL_SIZE);
  for (let i: u32 = 0; i < size; i++) if (load<u32>(<usize>slotAt(i), L.OPS_STAMP) < stamp) pages++;
  return pages;
}
