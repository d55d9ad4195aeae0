/* From the loader to the first thread. */
#include "kernel/kernel.h"

extern char _text[], _bss_end[];

_Noreturn void kernel_start_user(void);
_Noreturn void kernel_main(word ui_start, word ui_end, word pv_offset, word v_entry, word dtb, word dtb_size,
                           word extra_start, word extra_size);

static word page_up(word address)
{
    return (address + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
}

static void print_region(const char *indent, word start, word end)
{
    kprintf("%s[%lx..%lx]\n", indent, start, end);
}

_Noreturn void kernel_main(word ui_start, word ui_end, word pv_offset, word v_entry, word dtb, word dtb_size,
                           word extra_start, word extra_size)
{
    (void)v_entry, (void)dtb, (void)dtb_size;
    struct boot_info info = { ui_start, ui_end, pv_offset, extra_start, extra_size };
    mmu_init();
    kprintf("Bootstrapping kernel\n");
    kprintf("This is virtbook's microkernel: it speaks the seL4 API, but is not seL4 and is not verified.\n");
    irq_init();
    timer_init();
    sched_init();
    vcpu_init_system();
    kprintf("available phys memory regions: 1\n");
    print_region("  ", KERNEL_PHYS, RAM_END);
    kprintf("reserved virt address space regions: 3\n");
    word kernel_end = page_up(virt_to_phys(_bss_end));
    print_region("  ", (word)_text, (word)phys_to_virt(kernel_end));
    print_region("  ", (word)phys_to_virt(extra_start), (word)phys_to_virt(extra_start + extra_size));
    print_region("  ", (word)phys_to_virt(ui_start), (word)phys_to_virt(ui_end));
    image_load(&info);
    vspace_init_system();
    monitor_thread->state = THREAD_RUNNING;
    sched_wake(monitor_thread);
    kprintf("Booting all finished, dropped to user space\n");
    kernel_start_user();
}

#include "kernel/end.h"
