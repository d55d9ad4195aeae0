/** What the runtime asks of the board. Addresses are guest-physical: 40 bits, which a floating-point number holds. */

/** A read of a device, of 1, 2 or 4 bytes. Where nothing answers, BUS_ERROR of the layout is set, and the value is 0. */
@external("host", "mmioRead")
export declare function mmioRead(address: f64, size: i32): u32;

/** The same for a write. */
@external("host", "mmioWrite")
export declare function mmioWrite(address: f64, size: i32, value: u32): void;
/** The page number that a copy of this page has, while a device answers its reads like memory; 0 elsewhere. */
@external("host", "directPage")
export declare function directPage(page: u32): u32;
/** With breakpoints: execution comes to a page, by its virtual address, whose predecoded operations are these. */
@external("host", "pageEntered")
export declare function pageEntered(operations: u32, page: u64): void;
/** With TRACE_EXCEPTIONS: one was taken from level `from`. `kind`: the vector's offset; 1 and 2 for HVC and SMC to the firmware. */
@external("host", "traceException")
export declare function traceException(from: i32, target: i32, kind: i32): void;
/** With TRACE_EXCEPTIONS: a return to the present level; `legal`: 0 where it keeps the level. */
@external("host", "traceReturn")
export declare function traceReturn(from: i32, legal: i32): void;
/** With TRACE_TRANSLATIONS: accesses (see walk.ts) of a page at a level lead to a physical one from now on. */
@external("host", "traceTranslation")
export declare function traceTranslation(va: u64, pa: u64, access: i32, el: i32): void;
/** The guest's breakpoints (GUEST_DEBUG of the layout) are others. */
@external("host", "guestBreakpointsChanged")
export declare function guestBreakpointsChanged(): void;
/** A generic timer's output changed: 0 physical, 1 virtual, 2 hypervisor; 3: the performance monitor's. */
@external("host", "timerOutput")
export declare function timerOutput(timer: i32, level: i32): void;
/** Instruction-specific syndrome, ISS[24:14], of the load or store at this operation; 0 when it has none. */
@external("host", "accessSyndrome")
export declare function accessSyndrome(ip: u32): u32;
/** Code that translated regions were made from has changed, in the page of these operations. */
@external("host", "regionsStale")
export declare function regionsStale(operations: u32): void;
/** These operations are no page's any more, and will be another's. */
@external("host", "operationsReleased")
export declare function operationsReleased(operations: u32): void;
