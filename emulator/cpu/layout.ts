/**
 * Where everything lives in the one linear memory that interpreter, runtime and translated code share.
 * Addresses are byte offsets in that memory. This file is read by TypeScript and by AssemblyScript alike:
 * it holds plain constants only.
 */

// ---- Processor state -------------------------------------------------------------------------------------------

export const STATE = 0x10000;
/** General registers, 8 bytes a slot: X0..X30, then the three below. @alias */
export const X_BASE = STATE;
/** Always zero: XZR as a source. */
export const SLOT_ZR = 31;
/** Written, never read: XZR as a destination. */
export const SLOT_SINK = 32;
/** The stack pointer in use; the others rest in their SP_ELx cells. */
export const SLOT_SP = 33;
/** V0..V31, 16 bytes each. */
export const V_BASE = STATE + 0x200;

/** i64: address of the instruction to fetch next; valid outside the interpreter and at `fetch`. */
export const PC = STATE + 0x400;
/** i32: the predecoded operation being executed; valid inside calls from a handler. */
export const IP = STATE + 0x408;
/** i32: instructions left in the slice; valid inside calls from a handler and outside the interpreter. */
export const REMAINING = STATE + 0x40c;
/** i32: N, Z, C, V in bits 31..28. */
export const NZCV = STATE + 0x410;
/** i32: current exception level, 0..2. */
export const EL = STATE + 0x414;
/** i32: PSTATE.SP. */
export const SPSEL = STATE + 0x418;
/** i32: D, A, I, F in bits 9..6, as in SPSR. */
export const DAIF = STATE + 0x41c;
/** i32: interrupt inputs, see IRQ_*. */
export const IRQ_LINES = STATE + 0x420;
/** i32: non-zero while FP and SIMD instructions trap at the current exception level. */
export const FP_TRAP = STATE + 0x424;
/** i64: virtual address of the page being executed. */
export const PAGE_VA = STATE + 0x428;
/** i32: its predecoded operations. */
export const PAGE_OPS = STATE + 0x430;
/** i32: the TLB bank in use. */
export const TLB_BASE = STATE + 0x434;
/** i32: why the interpreter came back, see EXIT_*; 0 when the slice is over. */
export const EXIT_REASON = STATE + 0x438;
/** i32: length of the slice in instructions. Time = SLICE_START + BUDGET - REMAINING. */
export const BUDGET = STATE + 0x43c;
/** i64: virtual time at the start of the slice, in nanoseconds. */
export const SLICE_START = STATE + 0x440;
/** i64: address marked by a load-exclusive; EXCLUSIVE_NONE when the monitor is open. */
export const EXCLUSIVE_ADDRESS = STATE + 0x448;
/** 2 x i64: what the load-exclusive read. */
export const EXCLUSIVE_VALUE = STATE + 0x450;
/** i32: PSTATE.IL. */
export const PSTATE_IL = STATE + 0x460;
/** i32: PSTATE.SS, as it was before the instruction that STEP says is being stepped. */
export const PSTATE_SS = STATE + 0x464;
/** i64: MPIDR_EL1. */
export const MPIDR = STATE + 0x468;
/** 4 x i32: levels of the generic timers' outputs and of the performance monitor's, as the board last heard them. */
export const TIMER_OUTPUTS = STATE + 0x470;
export const TIMER_OUTPUT_COUNT = 4;
export const OUTPUT_PERFORMANCE = 3;
/** i32: the last instruction fetched is being stepped: 0, or STEP_*. When the next one is fetched, it has been executed. */
export const STEP = STATE + 0x480;
export const STEP_INSTRUCTION = 1;
/** A load-exclusive, which the syndrome of the step tells. */
export const STEP_EXCLUSIVE = 2;
/** i32: 1 while a slice is executed: what it has executed is not in the cell SR_RETIRED yet. */
export const IN_SLICE = STATE + 0x484;
/** 64 bytes: value of a store, or of a load, on its way through the slow path. */
export const SCRATCH = STATE + 0x500;
/** i32: non-zero when FPCR is not all zero in its mode bits, or an exception trap is wanted: no fast floating point. */
export const FP_SLOW = STATE + 0x488;

/**
 * Bounds that the host's floating point is checked against (isa/simd/fp-fast.ts), all of doubled bit patterns, which
 * have no sign. i64, then the same for singles as i32: infinity, and the width from the least normal number to it; both
 * 0 while the host may not compute, because FPCR asks for what it does not do or FPSR.IXC could still change.
 */
export const FP_FINITE_D = STATE + 0x600;
export const FP_NORMAL_D = STATE + 0x608;
export const FP_FINITE_S = STATE + 0x610;
export const FP_NORMAL_S = STATE + 0x614;
/** Constants in memory, where the engine does not make them again at each use: twice the least normal number, and one more bit. */
export const FP_LEAST_D = STATE + 0x618;
export const FP_LEAST_S = STATE + 0x620;
/** v128, one bound in each lane: infinity as above, then the least normal number; not doubled. */
export const FP_FINITE_2D = STATE + 0x630;
export const FP_FINITE_4S = STATE + 0x640;
export const FP_LEAST_2D = STATE + 0x650;
export const FP_LEAST_4S = STATE + 0x660;

/** i32: who answers PSCI calls, see CONDUIT_*. */
export const CONDUIT = STATE + 0x4e0;
/** i32: 1 when EL2 exists. */
export const HAS_EL2 = STATE + 0x4e4;
/** i32: 1 when HLT #0xf000 is a call to the host. */
export const SEMIHOSTING = STATE + 0x4fc;
/** 3 x i32: TLB bank of EL0, EL1 and EL2 under the present controls; 0 when not looked up yet. */
export const BANK_OF_LEVEL = STATE + 0x4e8;

/** i32: 1 while another processor has something to execute: WFE then gives way to it. */
export const OTHERS_READY = STATE + 0x4ac;

/** i32: set by the board when nothing answered the last device access; cleared by whoever looks. */
export const BUS_ERROR = STATE + 0x4f4;

export const CONDUIT_HVC = 1;
export const CONDUIT_SMC = 2;

/** 16 x u16, one for each condition: bit n says whether it holds when NZCV is n. Filled before the first run. */
export const CONDITION_TABLE = STATE + 0x4c0;

/** System registers, 8 bytes each. */
export const SYSREG_BASE = STATE + 0x800;
export const SYSREG_COUNT = 256;

export const IRQ_PHYSICAL = 1;
export const FIQ_PHYSICAL = 2;
export const IRQ_VIRTUAL = 4;
export const FIQ_VIRTUAL = 8;

/** WFI with nothing pending. */
export const EXIT_WFI = 2;
/** HVC or SMC that the board's firmware (PSCI) answers. */
export const EXIT_FIRMWARE = 3;
/** HLT #0xf000, where semihosting calls are answered. */
export const EXIT_SEMIHOSTING = 5;
/** WFE, where another processor has something to execute. */
export const EXIT_WFE = 4;

// ---- Processors that are not executing ---------------------------------------------------------------------------

export const MAX_PROCESSORS = 4;
/** A page for each, laid out as STATE, see cpu/processor-bank.ts. */
export const OTHER_PROCESSORS = 0x12000;

// ---- Indices of the system registers that the runtime itself uses (the table adds the rest from SR_FIRST_FREE) ---

export const SR_SCTLR_EL1 = 0;
export const SR_TTBR0_EL1 = 1;
export const SR_TTBR1_EL1 = 2;
export const SR_TCR_EL1 = 3;
export const SR_MAIR_EL1 = 4;
export const SR_VBAR_EL1 = 5;
export const SR_ELR_EL1 = 6;
export const SR_SPSR_EL1 = 7;
export const SR_ESR_EL1 = 8;
export const SR_FAR_EL1 = 9;
export const SR_PAR_EL1 = 10;
export const SR_SP_EL0 = 11;
export const SR_SP_EL1 = 12;
export const SR_SP_EL2 = 13;
export const SR_CPACR_EL1 = 14;
export const SR_CNTKCTL_EL1 = 15;
export const SR_SCTLR_EL2 = 16;
export const SR_TTBR0_EL2 = 17;
export const SR_TCR_EL2 = 18;
export const SR_MAIR_EL2 = 19;
export const SR_VBAR_EL2 = 20;
export const SR_ELR_EL2 = 21;
export const SR_SPSR_EL2 = 22;
export const SR_ESR_EL2 = 23;
export const SR_FAR_EL2 = 24;
export const SR_HPFAR_EL2 = 25;
export const SR_HCR_EL2 = 26;
export const SR_VTTBR_EL2 = 27;
export const SR_VTCR_EL2 = 28;
export const SR_CPTR_EL2 = 29;
export const SR_MDCR_EL2 = 30;
export const SR_HSTR_EL2 = 31;
export const SR_CNTHCTL_EL2 = 32;
export const SR_CNTVOFF_EL2 = 33;
export const SR_CNTP_CTL = 34;
export const SR_CNTP_CVAL = 35;
export const SR_CNTV_CTL = 36;
export const SR_CNTV_CVAL = 37;
export const SR_CNTHP_CTL = 38;
export const SR_CNTHP_CVAL = 39;
export const SR_CNTFRQ = 40;
export const SR_MDSCR_EL1 = 41;
export const SR_CSSELR_EL1 = 42;
export const SR_FPCR = 43;
export const SR_FPSR = 44;
export const SR_VMPIDR_EL2 = 45;
export const SR_VPIDR_EL2 = 46;
export const SR_PMUSERENR = 47;
export const SR_PMCR = 48;
export const SR_PMCCNTR = 49;
export const SR_PMCNTEN = 50;
export const SR_PMINTEN = 51;
export const SR_PMOVS = 52;
export const SR_OSLSR = 53;
export const SR_PMCCFILTR = 54;
export const SR_PMSELR = 55;
export const SR_CONTEXTIDR_EL1 = 56;
/** DBGBVR0_EL1, then the others; so on. */
export const SR_DBGBVR = 64;
export const SR_DBGBCR = 70;
export const SR_DBGWVR = 76;
export const SR_DBGWCR = 80;
export const BREAKPOINT_REGISTERS = 6;
export const WATCHPOINT_REGISTERS = 4;
export const SR_PMEVCNTR = 84;
export const SR_PMEVTYPER = 90;
export const EVENT_COUNTERS = 6;
/** No registers, but state of each processor all the same: virtual time and retired instructions that counters were last brought up to. */
export const SR_PMU_TIME = 96;
export const SR_PMU_RETIRED = 97;
/** 1 while some counter may count. */
export const SR_PMU_ACTIVE = 98;
/** f64: instructions that the processor has retired in all slices before this one. */
export const SR_RETIRED = 99;
export const SR_OSDLR = 100;
export const SR_DBGCLAIM = 101;
export const SR_FIRST_FREE = 104;

// ---- Debugging: see cpu/debug-unit.ts -------------------------------------------------------------------------------

/** i32: number of breakpoints. With some, each page whose translation is looked up for execution is shown to the debug unit. */
export const BREAKPOINTS = 0x1f000;
/** i32: number of watchpoints in use. */
export const WATCHPOINTS = 0x1f004;
/** i32: 1 + the number of the watchpoint that was hit in this slice; 0 for none. */
export const WATCH_HIT = 0x1f008;
/** i32: what the processor's trace is told of, see TRACE_*. */
export const TRACE = 0x1f00c;
/** Exceptions and returns from them. */
export const TRACE_EXCEPTIONS = 1;
/** Translations that come into the TLB. */
export const TRACE_TRANSLATIONS = 2;
/** i64: address of the instruction that may touch a watchpoint, where it is the first of its slice; -1 for none. */
export const WATCH_PASS = 0x1f010;
/** i64: MPIDR_EL1 of the processor that may. */
export const WATCH_PASSER = 0x1f018;
/** WATCH_MAX entries: first and last byte (u64 each), then an i32 of WATCH_READ and WATCH_WRITE. */
export const WATCH_TABLE = 0x1f020;
export const WATCH_SIZE = 24;
export const WATCH_MAX = 32;
export const WATCH_READ = 1;
export const WATCH_WRITE = 2;

/**
 * What the guest's own breakpoints and watchpoints of the resident processor are, made of its debug registers (core/debug.ts):
 * i32 how many breakpoints, i32 how many watchpoints, addresses of the breakpoints, then entries as of WATCH_TABLE.
 */
export const GUEST_DEBUG = 0x1f400;
/** @alias */
export const GUEST_BREAKPOINTS = GUEST_DEBUG;
export const GUEST_WATCHPOINTS = GUEST_DEBUG + 4;
export const GUEST_BREAKPOINT_TABLE = GUEST_DEBUG + 8;
export const GUEST_WATCH_TABLE = GUEST_BREAKPOINT_TABLE + BREAKPOINT_REGISTERS * 8;
export const GUEST_DEBUG_SIZE = 8 + BREAKPOINT_REGISTERS * 8 + WATCHPOINT_REGISTERS * WATCH_SIZE;
/** The table before a change. */
export const GUEST_DEBUG_BEFORE = GUEST_DEBUG + 0x100;

/** Where programs of a hypervisor's own (EL0 under HCR_EL2.TGE) divided by zero: i32 how many places, then u64 address and u64 VTTBR_EL2 of each. */
export const DIVISIONS = 0x1f600;
/** @alias */
export const DIVISION_COUNT = DIVISIONS;
export const DIVISION_TABLE = DIVISIONS + 8;
export const DIVISION_SIZE = 16;
export const DIVISIONS_MAX = 16;

// ---- Translation look-aside buffers -------------------------------------------------------------------------------

/** Lines of one array; a bank has one array each for reads, writes and fetches. */
export const TLB_LINES = 2048;
export const TLB_LINE_SIZE = 16;
export const TLB_ARRAY_SIZE = TLB_LINES * TLB_LINE_SIZE;
export const TLB_READ = 0;
export const TLB_WRITE = TLB_ARRAY_SIZE;
export const TLB_FETCH = 2 * TLB_ARRAY_SIZE;
export const TLB_BANK_SIZE = 3 * TLB_ARRAY_SIZE;
export const TLB_BANKS = 16;
export const TLB_AREA = 0x808000;
/** Keys and ages of the banks, see core/tlb.ts. */
export const BANK_KEYS = 0x90000;
/** 64 bytes for each bank: a set of the 2 MiB that it has lines of larger pages in. */
export const BANK_LARGE = 0x91000;

/** The line's tag: i64 page address, or -1 when empty. Bit 0 set: known, but every access takes the slow path. */
export const LINE_TAG = 0;
/** i32 to add to the low half of the virtual address to get the linear-memory address; fetch lines: the operations. */
export const LINE_ADDEND = 8;
/** u32 guest-physical page number. */
export const LINE_PAGE = 12;

// ---- Predecoded code ------------------------------------------------------------------------------------------------

/** One predecoded instruction: u16 handler, six operand bytes, i64 immediate. Handler 0: not decoded yet. */
export const OP_SIZE = 16;
export const OP_HANDLER = 0;
export const OP_BYTES = 2;
export const OP_IMMEDIATE = 8;
/**
 * 1024 operations and one that leads to the next page; what is known of the page; entries of regions. What every page has is together:
 * the rest of a page costs the host nothing until it is used.
 */
export const OPS_PAGE_SIZE = 0x60a0;
/** 1024 bits: words of the page that some region was made from. */
export const OPS_COVERED = 0x4010;
/** u32: writes to words of the page that hold no code, see core/code.ts. In a page that is free: the next free one, as OPS_POOL_FREE. */
export const OPS_WRITES = 0x4090;
/** u8: 1 when the page was looked for since the pool's hand last passed. */
export const OPS_LOOKED_FOR = 0x4094;
/** 1024 entries of 8 bytes, see ENTRY_*: operations where a translated region begins. */
export const OPS_ENTRIES = 0x40a0;
export const ENTRY_SIZE = 8;
/** u32: slot of the region in the interpreter's table. */
export const ENTRY_SLOT = 0;
/** u16: the operation's own handler. */
export const ENTRY_HANDLER = 4;
/** u16: instructions of the region's first block: with fewer left in the slice, the interpreter goes on alone. */
export const ENTRY_COST = 6;
/** Handler numbers with a fixed meaning. */
export const HANDLER_UNDECODED = 0;
export const HANDLER_PAGE_END = 1;
export const HANDLER_TRANSLATED = 2;
export const HANDLER_FIRST = 3;
/** Pages that the pool has room for, at most: a machine with little RAM has fewer (OPS_POOL_SIZE). */
export const OPS_POOL_PAGES = 4096;

/** u32 counters of how often execution came to an operation by a jump, found by its address. */
export const HEAT = 0xb0000;
export const HEAT_MASK = 0xffff0;
/** i32: visits that make an operation worth translating; 0 when nothing is translated. */
export const HEAT_THRESHOLD = STATE + 0x4f8;
/** A byte for each slot of the interpreter's table: its region was entered since somebody last looked. */
export const REGION_USED = 0xf0000;
/**
 * A region answers the operation to go on with, as an offset from those of its page. Instead of one: the program counter
 * cell holds a jump's target.
 */
export const REGION_JUMP = 2;
/** Bit 0 of a region's answer: the operation is to be interpreted even if a region begins there. */
export const REGION_INTERPRET = 1;

/** u32 for each RAM page: its predecoded operations, 0 when none. Those of the direct pages are before it. */
export const PAGE_MAP = 0x400000;
/** u32 for each slot of the pool: the guest-physical page number that it holds, or held last; 0 before the first. */
export const POOL_OWNER = 0x800000;
/**
 * For each RAM page, two bytes: how often it soon had code again after its operations had been let go, with PAGE_WRITABLE and PAGE_WRITTEN;
 * and when that was (u8, in RETURN_UNIT).
 */
export const PAGE_RETURNS = 0x100000;
/** Lines of the TLB may lead to the page for writing, without the slow path. */
export const PAGE_WRITABLE = 0x80;
/** The page may have been written to. Without this it is zero as it was when the memory was new: nobody need look. */
export const PAGE_WRITTEN = 0x40;
/** Virtual nanoseconds, as a power of two. */
export const RETURN_UNIT = 20;

// ---- Guest RAM --------------------------------------------------------------------------------------------------------

/** First byte of guest RAM in the linear memory. */
export const RAM_HOST = 0x1000000;
/** First byte of guest RAM for the guest. */
export const RAM_GUEST = 0x40000000;
/**
 * Copies of pages of devices that are read, and executed from, like memory (flash). They are right before RAM, and have
 * the page numbers right before RAM's: so everything that is made from a page number holds for them, too. No guest-physical
 * address is meant by these numbers.
 */
export const DIRECT_PAGES = 1536;
export const DIRECT_HOST = RAM_HOST - DIRECT_PAGES * 4096;
export const DIRECT_FIRST = (RAM_GUEST >> 12) - DIRECT_PAGES;
/** i32 cells set up before the first run: size of RAM in bytes (u32), and where the operation pool starts (u32). */
export const RAM_SIZE = STATE + 0x4a0;
export const OPS_POOL = STATE + 0x4a4;
export const OPS_POOL_USED = STATE + 0x4a8;
/** u32: pages that the pool has room for. */
export const OPS_POOL_SIZE = STATE + 0x4b0;
/** u32: the first of the pages that were let go, as their number from 1 on; 0 for none. */
export const OPS_POOL_FREE = STATE + 0x4b4;
