/*
 * The binary hand-off between the system tool, the loader, the microkernel and the monitor.
 *
 * Everything is little-endian, naturally aligned and free of pointers, so it can be written by a program that knows
 * nothing of C. All addresses named `paddr` are physical, all named `vaddr` belong to the address space that is named
 * beside them. Bytes unless another unit is given. "tool" is the writer of every structure here; the reader is named.
 *
 * An image file is, in order:
 *
 *   1. the loader: its single PT_LOAD segment, p_memsz bytes (the .bss as zeros). p_vaddr is 0x70000000 and the entry
 *      is its first byte. p_memsz is a multiple of 16, so that the header that follows is aligned. Nothing in it is
 *      patched: the loader makes its own page tables.
 *   2. struct loader_header
 *   3. struct loader_region x num_regions
 *   4. the regions' bytes, back to back, in the order of the table.
 *
 * Order of the regions: kernel, monitor, system table, then the segments of the protection domains' ELF files in the
 * order of the system description.
 *
 * Physical memory (board qemu_virt_aarch64, 2 GiB):
 *   0x00000000..0x40000000  devices: may be mapped, are never cleared. The kernel keeps GICD 0x08000000, GICC
 *                           0x08010000 and GICH 0x08030000 to itself and refuses to map them; the UART page 0x09000000
 *                           may be mapped by a user too.
 *   0x40000000..0x60000000  memory for guests: only regions with a fixed physical address are placed here
 *   0x60000000..0xc0000000  memory that the tool allocates from:
 *       0x60000000          the kernel: PT_LOAD segments at p_paddr, p_memsz bytes each (the tool loads p_filesz bytes
 *                           or pads to p_memsz as it likes: the kernel clears its own .bss)
 *       next 4 KiB page     `extra_device` region: the system table first, then the protection domains' segments, each
 *                           on a page of its own
 *       after that          the monitor (its segments in one piece, paddr - vaddr the same for all of it)
 *       anywhere else       stacks, IPC buffers, memory regions, the kernel's object pool
 */
#ifndef SYSTEM_IMAGE_H
#define SYSTEM_IMAGE_H

#include <stdint.h>

/* ---- the loader's part ------------------------------------------------------------------------------------------ */

#define LOADER_MAGIC 0x5e14dead14de5eadULL
#define LOADER_FLAG_HYPERVISOR 1ULL /* the kernel runs at EL2: always set */
#define LOADER_REGION_LOAD 1ULL

/* 11 x u64. Read by the loader, which prints most of it. */
struct loader_header {
    uint64_t magic;             /* LOADER_MAGIC */
    uint64_t size;              /* bytes of header + region table + data */
    uint64_t flags;             /* LOADER_FLAG_HYPERVISOR */
    uint64_t kernel_entry;      /* vaddr: e_entry of the kernel (0x8060000000) */
    uint64_t ui_p_reg_start;    /* paddr: first byte of the monitor's segments, page aligned */
    uint64_t ui_p_reg_end;      /* paddr: after the monitor's last page (its IPC buffer page included) */
    uint64_t pv_offset;         /* ui_p_reg_start - monitor's first vaddr, modulo 2^64 */
    uint64_t v_entry;           /* vaddr: e_entry of the monitor (linked at 0x8a000000) */
    uint64_t extra_device_addr; /* paddr, page aligned: where the system table starts */
    uint64_t extra_device_size; /* bytes from there to the end of the last protection domain's segment, whole pages */
    uint64_t num_regions;
};

/* 4 x u64. Read by the loader. */
struct loader_region {
    uint64_t load_addr; /* paddr */
    uint64_t size;      /* bytes; need not be whole pages */
    uint64_t offset;    /* of its bytes, from the end of the region table */
    uint64_t type;      /* LOADER_REGION_LOAD */
};

/* ---- the system table ------------------------------------------------------------------------------------------- */

/*
 * What exists at run time: read once by the kernel at boot, which makes its objects from it in its own pool and never
 * looks at the table again. Objects have no names here; they are numbered from 0 within their kind. SYSTEM_NONE stands
 * for "no such object" wherever an index may be absent. A table that contradicts itself (an index out of range, a
 * mapping over another, a pool that is too small) stops the boot with one line that says which record is wrong.
 */
#define SYSTEM_TABLE_MAGIC 0x31746d6574737973ULL /* the bytes "systemt1" */
#define SYSTEM_TABLE_VERSION 1U
#define SYSTEM_NONE 0xffffffffU

/* Where an array of records lies: 8 bytes. */
struct system_section {
    uint32_t offset; /* bytes from the start of the table, a multiple of 8 */
    uint32_t count;  /* records */
};

/* 128 bytes, at extra_device_addr. */
struct system_table {
    uint64_t magic;      /* SYSTEM_TABLE_MAGIC */
    uint32_t version;    /* SYSTEM_TABLE_VERSION */
    uint32_t size;       /* bytes of the whole table, header included */
    uint64_t pool_paddr; /* the kernel's object pool: page aligned, in 0x60000000..0xc0000000, used by nobody else */
    uint64_t pool_size;  /* bytes, whole pages; see SYSTEM_POOL_BYTES */
    uint32_t num_endpoints;
    uint32_t num_notifications;
    uint32_t num_replies;
    uint32_t num_vspaces;
    struct system_section cnodes;   /* struct system_cnode */
    struct system_section scs;      /* struct system_sc */
    struct system_section vcpus;    /* struct system_vcpu */
    struct system_section irqs;     /* struct system_irq */
    struct system_section threads;  /* struct system_thread */
    struct system_section caps;     /* struct system_cap */
    struct system_section mappings; /* struct system_mapping */
    struct system_section clears;   /* struct system_clear */
    uint32_t monitor;               /* index of the monitor's thread: the only one that the kernel starts */
    struct system_section schedule; /* struct system_domain_turn: empty where all threads are in domain 0 */
    uint32_t schedule_start;        /* the turn that comes first, and again after an end */
};

/*
 * A CNode: 2^radix slots. A capability address is (guard << radix) | slot. 16 bytes.
 *
 * A protection domain that has capabilities of others (`cspace` in its description) has two levels: a root of radix 6
 * whose slot number is in the highest bits of the address, and in its slot 0 the CNode that every protection domain has.
 */
struct system_cnode {
    uint32_t radix; /* 1..12; 9 for a protection domain */
    uint32_t below; /* address bits below the slot number: 64 - radix for a root of two levels, otherwise 0 */
    uint64_t guard; /* the bits above the slot number: 0 for a protection domain */
};

/* A turn of a scheduling domain. 16 bytes. */
struct system_domain_turn {
    uint32_t domain; /* 0..SYSTEM_DOMAINS - 1 */
    uint32_t unit;   /* of the duration: SYSTEM_TURN_* */
    uint64_t duration;
};

#define SYSTEM_DOMAINS 16
#define SYSTEM_TURN_END 0 /* no turn: the schedule goes back to its start */
#define SYSTEM_TURN_MICROSECONDS 1
#define SYSTEM_TURN_TICKS 2 /* of the counter */

/* A scheduling context. 24 bytes. */
struct system_sc {
    uint64_t budget_us; /* microseconds of processor time in each period; at least 20 */
    uint64_t period_us; /* microseconds, >= budget_us. Equal: round-robin with that time slice */
    uint64_t badge;     /* 0x100 + index of the protection domain */
};

/* A virtual CPU. 8 bytes. */
struct system_vcpu {
    uint32_t thread; /* the thread that runs on it */
    uint32_t reserved;
};

/* An interrupt that is delivered as a notification. 24 bytes. */
struct system_irq {
    uint32_t irq;          /* GIC interrupt number (shared interrupt n is 32 + n), 16..159 but the kernel's own */
    uint32_t trigger;      /* 0 level, 1 edge */
    uint32_t notification; /* index */
    uint32_t reserved;
    uint64_t badge; /* 1 << channel id */
};

/* A thread. 144 bytes. */
struct system_thread {
    char name[64];        /* the protection domain's or virtual machine's, NUL-padded; for boot complaints only */
    uint64_t entry;       /* vaddr; for a virtual machine's thread 0: its monitor sets it */
    uint64_t sp;          /* vaddr */
    uint64_t ipc_vaddr;   /* IPC buffer, 1024-byte aligned; 0 if it has none (virtual machines) */
    uint64_t ipc_paddr;   /* the same, physical, in 0x60000000..0xc0000000 */
    uint64_t fault_badge; /* monitor: index of the protection domain + 1; a parent: (1 << 62) | child or vcpu id */
    uint32_t cspace;      /* cnode; SYSTEM_NONE: a thread that can invoke nothing */
    uint32_t vspace;
    uint32_t sc;             /* scheduling context it starts with, or SYSTEM_NONE */
    uint32_t fault_endpoint; /* endpoint, or SYSTEM_NONE (the monitor) */
    uint32_t notification;   /* bound notification, or SYSTEM_NONE */
    uint32_t vcpu;           /* or SYSTEM_NONE */
    uint8_t priority;
    uint8_t mcp;    /* maximum controlled priority: the same as priority but for the monitor (255) */
    uint8_t flags;  /* of SYSTEM_THREAD_* */
    uint8_t domain; /* it runs in the turns of this one */
    uint8_t reserved[12];
};

/* A use of the floating-point or vector registers is a fault. */
#define SYSTEM_THREAD_WITHOUT_FPU 1

enum system_cap_type {
    SYSTEM_CAP_ENDPOINT = 1,
    SYSTEM_CAP_NOTIFICATION = 2,
    SYSTEM_CAP_REPLY = 3,
    SYSTEM_CAP_TCB = 4,      /* index into threads */
    SYSTEM_CAP_VCPU = 5,     /* index into vcpus */
    SYSTEM_CAP_IRQ = 6,      /* index into irqs */
    SYSTEM_CAP_SC = 7,       /* index into scs */
    SYSTEM_CAP_VSPACE = 8,   /* index */
    SYSTEM_CAP_CNODE = 9,    /* index; can be held, but answers no invocation */
    SYSTEM_CAP_SMC = 10,     /* calls of the secure monitor; object 0 */
    SYSTEM_CAP_DOMAINS = 11, /* starts the schedule; object 0 */
};

#define SYSTEM_CAP_WRITE 1U       /* send, signal */
#define SYSTEM_CAP_READ 2U        /* receive, wait */
#define SYSTEM_CAP_GRANT 4U       /* unused: capabilities are never transferred */
#define SYSTEM_CAP_GRANT_REPLY 8U /* may Call (a Call without it leaves the caller inactive, as in seL4) */

/* A capability in a slot. 24 bytes. */
struct system_cap {
    uint32_t cnode; /* index */
    uint32_t slot;  /* 1 .. 2^radix - 1; 0 too in a root of two levels */
    uint16_t type;  /* enum system_cap_type */
    uint16_t rights;
    uint32_t object; /* index within the kind that the type names */
    uint64_t badge;  /* endpoints and notifications; else 0 */
};

#define SYSTEM_MAP_READ 1U
#define SYSTEM_MAP_WRITE 2U
#define SYSTEM_MAP_EXECUTE 4U
#define SYSTEM_MAP_CACHED 8U /* normal write-back memory; without it Device-nGnRnE */
#define SYSTEM_MAP_LARGE 16U /* 2 MiB pages: vaddr, paddr and size are multiples of 2 MiB */

/* A run of pages, contiguous in both spaces. The kernel makes the tables. 32 bytes. */
struct system_mapping {
    uint32_t vspace;
    uint32_t flags; /* SYSTEM_MAP_*; READ is required */
    uint64_t vaddr; /* below 2^40 */
    uint64_t paddr;
    uint64_t size; /* bytes, whole pages */
};

/* Memory that the kernel sets to zero before any thread runs: every page given to a user that no region fills (stacks,
 * IPC buffers, memory regions inside 0x60000000..0xc0000000, .bss pages if they were not loaded). 16 bytes. */
struct system_clear {
    uint64_t paddr;
    uint64_t size;
};

/*
 * An upper bound for the pool, with which the kernel never runs out: a page for each object, two for each vspace, 64
 * bytes for each slot of each cnode rounded up to pages, and a page for each page table, of which a vspace needs one per
 * distinct (vaddr >> 30), and one more per distinct (vaddr >> 21) that holds 4 KiB pages. `objects` counts endpoints,
 * notifications, replies, scs, vcpus, irqs and threads.
 */
#define SYSTEM_POOL_BYTES(objects, vspaces, cnode_pages, page_tables) \
    (4096ULL * ((objects) + 2ULL * (vspaces) + (cnode_pages) + (page_tables) + 16ULL))

/* ---- the monitor's part ----------------------------------------------------------------------------------------- */

/*
 * The monitor is an ordinary thread (priority 255, mcp 255, sc of 1000/1000 us, no fault endpoint), whose ELF file the
 * tool treats like a protection domain's: segments mapped with their own rights, IPC buffer page at the symbol
 * `__sel4_ipc_buffer_obj`, stack of 4 KiB below MONITOR_STACK_TOP.
 *
 * The tool patches these symbols in it (sizes as in C):
 *   char     pd_names[64][64]   entry i + 1 is the name of protection domain i (that is: by badge), NUL-padded
 *   uint64_t pd_stack_bottom[64] entry i + 1: lowest vaddr of its stack, for the stack overflow hint
 *   uint64_t pd_count           number of protection domains (1..63)
 *   uint64_t has_schedule       1 where there is a schedule of domains to start
 *
 * and fills its CNode (radix 9, guard MONITOR_GUARD):
 *   MONITOR_SLOT_ENDPOINT            the fault endpoint, READ. Every root protection domain's fault_endpoint; passive
 *                                    ones hold it too, WRITE, badge index + 1, in their slot 5
 *   MONITOR_SLOT_REPLY               a reply object
 *   MONITOR_SLOT_TCB + i             thread of protection domain i (all of them, children too)
 *   MONITOR_SLOT_SC + i              its scheduling context
 *   MONITOR_SLOT_NOTIFICATION + i    its notification, READ | WRITE
 *   MONITOR_SLOT_DOMAINS             where there is a schedule: the capability that starts it
 *
 * It resumes the protection domains in the order of their index, which is that of the system description, parents
 * before their children as they are written, and then starts the schedule of domains, if there is one. Virtual machines' threads are left to their parents.
 */
#define MONITOR_GUARD (1ULL << 54)
#define MONITOR_CPTR(slot) ((1ULL << 63) | (slot))
#define MONITOR_STACK_TOP 0x10000000000ULL
#define MONITOR_SLOT_ENDPOINT 1
#define MONITOR_SLOT_REPLY 4
#define MONITOR_SLOT_TCB 10
#define MONITOR_SLOT_SC 74
#define MONITOR_SLOT_NOTIFICATION 138
#define MONITOR_SLOT_DOMAINS 202

_Static_assert(sizeof(struct loader_header) == 88, "loader_header");
_Static_assert(sizeof(struct loader_region) == 32, "loader_region");
_Static_assert(sizeof(struct system_table) == 128, "system_table");
_Static_assert(sizeof(struct system_cnode) == 16, "system_cnode");
_Static_assert(sizeof(struct system_sc) == 24, "system_sc");
_Static_assert(sizeof(struct system_vcpu) == 8, "system_vcpu");
_Static_assert(sizeof(struct system_irq) == 24, "system_irq");
_Static_assert(sizeof(struct system_thread) == 144, "system_thread");
_Static_assert(sizeof(struct system_cap) == 24, "system_cap");
_Static_assert(sizeof(struct system_mapping) == 32, "system_mapping");
_Static_assert(sizeof(struct system_clear) == 16, "system_clear");
_Static_assert(sizeof(struct system_domain_turn) == 16, "system_domain_turn");

#endif
