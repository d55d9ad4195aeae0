/* Makes the system's objects from the table that the tool wrote. Any contradiction in it ends the boot. */
#include "kernel/kernel.h"

extern char _text[], _bss_end[];

struct tcb *monitor_thread;

static const struct system_table *table;
struct endpoint *endpoints;
static struct notification *notifications;
struct reply *replies;
static struct vspace *vspaces;
static struct cnode *cnodes;
static struct sc *scs;
static struct vcpu *vcpus;
static struct irq_handler *irqs;
struct tcb *threads;

#define NEW_ARRAY(type, count) ((type *)pool_alloc(sizeof(type) * (count), 16))
#define RECORDS(section, type) ((const type *)(const void *)records(&table->section, sizeof(type), #section))
#define CHECK(condition, section, i)                                                               \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            panic("system table: %s record %u: not true: %s", section, (unsigned)(i), #condition); \
        }                                                                                          \
    } while (0)

static const char *records(const struct system_section *section, size_t size, const char *name)
{
    word end = section->offset + section->count * (word)size;
    if (section->offset % 8 || end > table->size) {
        panic("system table: %s lies outside of the table", name);
    }
    return (const char *)table + section->offset;
}

static bool within(word start, word size, word low, word high)
{
    return start >= low && size <= high - low && start <= high - size;
}

static bool overlaps(word start, word size, word low, word high)
{
    return start < high && start + size > low;
}

/* What no user may see: the kernel, its pool, its interrupt controller. */
static bool is_kernel_memory(word start, word size)
{
    return overlaps(start, size, virt_to_phys(_text), virt_to_phys(_bss_end)) ||
           overlaps(start, size, table->pool_paddr, table->pool_paddr + table->pool_size) ||
           overlaps(start, size, GICD_PHYS, GICD_PHYS + PAGE_SIZE) ||
           overlaps(start, size, GICC_PHYS, GICC_PHYS + PAGE_SIZE) ||
           overlaps(start, size, GICH_PHYS, GICH_PHYS + PAGE_SIZE);
}

static bool in_ram(word start, word size)
{
    return within(start, size, KERNEL_PHYS, RAM_END) && !is_kernel_memory(start, size);
}

static void make_cnodes(void)
{
    const struct system_cnode *r = RECORDS(cnodes, struct system_cnode);
    cnodes = NEW_ARRAY(struct cnode, table->cnodes.count);
    for (unsigned i = 0; i < table->cnodes.count; i++) {
        CHECK(r[i].radix >= 1 && r[i].radix <= 12, "cnodes", i);
        CHECK(r[i].below == 0 || r[i].below + r[i].radix == 64, "cnodes", i);
        cnodes[i].radix = r[i].radix;
        cnodes[i].below = r[i].below;
        cnodes[i].guard = r[i].guard;
        cnodes[i].slots = NEW_ARRAY(struct cap, 1ULL << r[i].radix);
    }
}

static void make_scs(void)
{
    const struct system_sc *r = RECORDS(scs, struct system_sc);
    scs = NEW_ARRAY(struct sc, table->scs.count);
    for (unsigned i = 0; i < table->scs.count; i++) {
        CHECK(r[i].budget_us >= 20 && r[i].period_us >= r[i].budget_us, "scs", i);
        sc_init(&scs[i], timer_us(r[i].budget_us), timer_us(r[i].period_us), kernel_time);
        scs[i].badge = r[i].badge;
    }
}

static void make_thread(unsigned i, const struct system_thread *r)
{
    struct tcb *t = &threads[i];
    CHECK(r->vspace < table->num_vspaces, "threads", i);
    CHECK(r->cspace == SYSTEM_NONE || r->cspace < table->cnodes.count, "threads", i);
    CHECK(r->sc == SYSTEM_NONE || (r->sc < table->scs.count && !scs[r->sc].tcb), "threads", i);
    CHECK(r->fault_endpoint == SYSTEM_NONE || r->fault_endpoint < table->num_endpoints, "threads", i);
    CHECK(r->notification == SYSTEM_NONE ||
              (r->notification < table->num_notifications && !notifications[r->notification].bound),
          "threads", i);
    CHECK(r->vcpu == SYSTEM_NONE || (r->vcpu < table->vcpus.count && !vcpus[r->vcpu].tcb), "threads", i);
    if (r->ipc_vaddr) {
        CHECK(r->ipc_paddr % 1024 == 0 && in_ram(r->ipc_paddr, 1024), "threads", i);
        t->ipc_buffer = phys_to_virt(r->ipc_paddr);
    }
    /* Names are the debug console's, and threads are known there by their maker until somebody names them. */
    const char *name = i == table->monitor ? "rootserver" : "child of: 'rootserver'";
    for (unsigned n = 0; name[n]; n++) {
        t->name[n] = name[n];
    }
    t->priority = r->priority;
    t->mcp = r->mcp;
    t->without_fpu = r->flags & SYSTEM_THREAD_WITHOUT_FPU;
    CHECK(r->domain < SYSTEM_DOMAINS, "threads", i);
    t->domain = r->domain;
    t->vspace = &vspaces[r->vspace];
    t->cspace = r->cspace == SYSTEM_NONE ? NULL : &cnodes[r->cspace];
    t->fault_endpoint = r->fault_endpoint == SYSTEM_NONE ? NULL : &endpoints[r->fault_endpoint];
    t->fault_badge = r->fault_badge;
    if (r->sc != SYSTEM_NONE) {
        t->sc = &scs[r->sc];
        t->sc->tcb = t;
    }
    if (r->notification != SYSTEM_NONE) {
        notification_bind(&notifications[r->notification], t);
    }
    if (r->vcpu != SYSTEM_NONE) {
        vcpu_init(&vcpus[r->vcpu], t);
    }
    t->regs[FRAME_PC] = t->fault_ip = r->entry;
    t->regs[FRAME_SP] = r->sp;
    t->regs[FRAME_SPSR] = thread_sanitise_spsr(t, 0);
}

static void make_threads(void)
{
    const struct system_thread *r = RECORDS(threads, struct system_thread);
    threads = NEW_ARRAY(struct tcb, table->threads.count);
    for (unsigned i = 0; i < table->threads.count; i++) {
        make_thread(i, &r[i]);
    }
}

static void make_irqs(void)
{
    const struct system_irq *r = RECORDS(irqs, struct system_irq);
    irqs = NEW_ARRAY(struct irq_handler, table->irqs.count);
    for (unsigned i = 0; i < table->irqs.count; i++) {
        CHECK(irq_is_free(r[i].irq) && r[i].notification < table->num_notifications, "irqs", i);
        irqs[i] = (struct irq_handler){ r[i].irq, &notifications[r[i].notification], r[i].badge };
        irq_configure(&irqs[i], r[i].trigger == 1);
    }
}

static void *object(const struct system_cap *r, unsigned i)
{
    switch (r->type) {
#define KIND(type, count, array)               \
    case type:                                 \
        CHECK(r->object < (count), "caps", i); \
        return &(array)[r->object];
        KIND(SYSTEM_CAP_ENDPOINT, table->num_endpoints, endpoints)
        KIND(SYSTEM_CAP_NOTIFICATION, table->num_notifications, notifications)
        KIND(SYSTEM_CAP_REPLY, table->num_replies, replies)
        KIND(SYSTEM_CAP_TCB, table->threads.count, threads)
        KIND(SYSTEM_CAP_VCPU, table->vcpus.count, vcpus)
        KIND(SYSTEM_CAP_IRQ, table->irqs.count, irqs)
        KIND(SYSTEM_CAP_SC, table->scs.count, scs)
        KIND(SYSTEM_CAP_VSPACE, table->num_vspaces, vspaces)
        KIND(SYSTEM_CAP_CNODE, table->cnodes.count, cnodes)
#undef KIND
    case SYSTEM_CAP_SMC:
    case SYSTEM_CAP_DOMAINS:
        return NULL;
    default:
        panic("system table: caps record %u: unknown type %u", i, r->type);
    }
}

static void make_caps(void)
{
    const struct system_cap *r = RECORDS(caps, struct system_cap);
    for (unsigned i = 0; i < table->caps.count; i++) {
        CHECK(r[i].cnode < table->cnodes.count, "caps", i);
        struct cnode *cnode = &cnodes[r[i].cnode];
        CHECK(r[i].slot < 1U << cnode->radix && (r[i].slot >= 1 || cnode->below), "caps", i);
        struct cap *slot = &cnode->slots[r[i].slot];
        CHECK(slot->type == CAP_NULL, "caps", i);
        *slot =
            (struct cap){ .type = r[i].type, .rights = r[i].rights, .badge = r[i].badge, .object = object(&r[i], i) };
    }
}

static void make_mappings(void)
{
    const struct system_mapping *r = RECORDS(mappings, struct system_mapping);
    vspaces = NEW_ARRAY(struct vspace, table->num_vspaces);
    for (unsigned i = 0; i < table->num_vspaces; i++) {
        vspace_init(&vspaces[i], i + 1);
    }
    for (unsigned i = 0; i < table->mappings.count; i++) {
        word unit = r[i].flags & SYSTEM_MAP_LARGE ? LARGE_PAGE_SIZE : PAGE_SIZE;
        CHECK(r[i].vspace < table->num_vspaces, "mappings", i);
        CHECK(r[i].flags & SYSTEM_MAP_READ, "mappings", i);
        CHECK((r[i].vaddr | r[i].paddr | r[i].size) % unit == 0, "mappings", i);
        CHECK(within(r[i].vaddr, r[i].size, 0, 1ULL << 40), "mappings", i);
        CHECK(within(r[i].paddr, r[i].size, 0, 1ULL << 40), "mappings", i);
        CHECK(!is_kernel_memory(r[i].paddr, r[i].size), "mappings", i);
        if (!vspace_map(&vspaces[r[i].vspace], &r[i])) {
            panic("system table: mappings record %u: 0x%lx..0x%lx of vspace %u is mapped already", i, r[i].vaddr,
                  r[i].vaddr + r[i].size, r[i].vspace);
        }
    }
}

static void make_schedule(void)
{
    const struct system_domain_turn *r = RECORDS(schedule, struct system_domain_turn);
    unsigned count = table->schedule.count;
    for (unsigned i = 0; i < count; i++) {
        CHECK(r[i].domain < SYSTEM_DOMAINS && r[i].unit <= SYSTEM_TURN_TICKS, "schedule", i);
        CHECK(r[i].unit == SYSTEM_TURN_END || r[i].duration > 0, "schedule", i);
    }
    CHECK(count == 0 || (table->schedule_start < count && r[table->schedule_start].unit != SYSTEM_TURN_END), "schedule",
          table->schedule_start);
    domain_init(r, count, table->schedule_start);
}

static void clear_memory(void)
{
    const struct system_clear *r = RECORDS(clears, struct system_clear);
    for (unsigned i = 0; i < table->clears.count; i++) {
        CHECK(in_ram(r[i].paddr, r[i].size), "clears", i);
        memset(phys_to_virt(r[i].paddr), 0, r[i].size);
    }
}

void image_load(const struct boot_info *info)
{
    if (info->extra_start % PAGE_SIZE || !within(info->extra_start, sizeof(*table), KERNEL_PHYS, RAM_END)) {
        panic("no system table at 0x%lx", info->extra_start);
    }
    table = phys_to_virt(info->extra_start);
    if (table->magic != SYSTEM_TABLE_MAGIC || table->version != SYSTEM_TABLE_VERSION) {
        panic("the system table at 0x%lx was written for another kernel", info->extra_start);
    }
    if (table->size < sizeof(*table) || !in_ram(info->extra_start, table->size) || table->pool_paddr % PAGE_SIZE ||
        !within(table->pool_paddr, table->pool_size, virt_to_phys(_bss_end), RAM_END) || table->num_vspaces > 255 ||
        table->monitor >= table->threads.count) {
        panic("system table: its header contradicts itself");
    }
    clear_memory();
    pool_init(table->pool_paddr, table->pool_size);
    endpoints = NEW_ARRAY(struct endpoint, table->num_endpoints);
    notifications = NEW_ARRAY(struct notification, table->num_notifications);
    replies = NEW_ARRAY(struct reply, table->num_replies);
    vcpus = NEW_ARRAY(struct vcpu, table->vcpus.count);
    make_mappings();
    make_cnodes();
    make_scs();
    make_threads();
    make_irqs();
    make_caps();
    make_schedule();
    monitor_thread = &threads[table->monitor];
}

#include "kernel/end.h"
