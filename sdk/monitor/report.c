/* The report of a fault that nobody handles. */
#include "monitor.h"

#define PAGE 0x1000

static void put_value(const char *label, seL4_Word value)
{
    puts(label);
    puthex64(value);
}

static void report_registers(seL4_TCB tcb)
{
    static const char *const labels[] = {
        "pc : ",  "sp: ",   "spsr : ", "x0 : ",  "x1 : ",  "x2 : ",  "x3 : ",  "x4 : ",        "x5 : ",
        "x6 : ",  "x7 : ",  "x8 : ",   "x16 : ", "x17 : ", "x18 : ", "x29 : ", "x30 : ",       "x9 : ",
        "x10 : ", "x11 : ", "x12 : ",  "x13 : ", "x14 : ", "x15 : ", "x19 : ", "x20 : ",       "x21 : ",
        "x22 : ", "x23 : ", "x24 : ",  "x25 : ", "x26 : ", "x27 : ", "x28 : ", "tpidr_el0 : ", "tpidrro_el0 : ",
    };
    union {
        seL4_UserContext context;
        seL4_Word words[sizeof(seL4_UserContext) / sizeof(seL4_Word)];
    } registers = { 0 };
    seL4_Error error =
        seL4_TCB_ReadRegisters(tcb, seL4_False, 0, sizeof(labels) / sizeof(labels[0]), &registers.context);
    if (error != seL4_NoError) {
        puts("MON|ERROR: error reading registers: ");
        puts(error_name(error));
        puts("\n");
        return;
    }
    puts("Registers: \n");
    for (unsigned i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
        put_value(labels[i], registers.words[i]);
        puts("\n");
    }
}

static void report_vm_fault(const seL4_Word *mr, seL4_Word stack_bottom)
{
    seL4_Word address = mr[seL4_VMFault_Addr], fsr = mr[seL4_VMFault_FSR];
    seL4_Word ec = (fsr >> 26) & 0x3f, iss = fsr & 0x1ffffff;
    put_value("MON|ERROR: VMFault: ip=", mr[seL4_VMFault_IP]);
    put_value("  fault_addr=", address);
    put_value("  fsr=", fsr);
    puts(mr[seL4_VMFault_PrefetchFault] ? "  (instruction fault)\n" : "  (data fault)\n");
    puts("MON|ERROR:   ec: ");
    puthex32((seL4_Uint32)ec);
    puts("  ");
    puts(exception_class(ec));
    puts((fsr >> 25) & 1 ? "   il: 1   iss: " : "   il: 0   iss: ");
    puthex32((seL4_Uint32)iss);
    puts("\n");
    if (ec == 0x24) {
        puts("MON|ERROR:   dfsc = ");
        puts(abort_status(iss & 0x3f));
        puts(" (");
        puthex32(iss & 0x3f);
        puts(")");
        puts((iss >> 9) & 1 ? " -- external abort" : "");
        puts((iss >> 8) & 1 ? " -- cache maint" : "");
        puts((iss >> 7) & 1 ? " -- stage 2 fault for stage 1 page table walk" : "");
        puts((iss >> 6) & 1 ? " -- write not read" : "");
        puts("\n");
    }
    if (address >= stack_bottom - PAGE && address < stack_bottom) {
        puts("MON|ERROR: potential stack overflow, fault address within one page outside of stack region\n");
    }
}

static void report_cap_fault(const seL4_Word *mr)
{
    seL4_Word type = mr[seL4_CapFault_LookupFailureType];
    put_value("MON|ERROR: CapFault: ip=", mr[seL4_CapFault_IP]);
    put_value("  fault_addr=", mr[seL4_CapFault_Addr]);
    puts(mr[seL4_CapFault_InRecvPhase] ? "  in_recv_phase=true" : "  in_recv_phase=false");
    puts("  lookup_failure_type=");
    const char *failure = lookup_failure(type);
    if (failure) {
        puts(failure);
    } else {
        puthex64(type);
    }
    if (type == seL4_MissingCapability || type == seL4_DepthMismatch || type == seL4_GuardMismatch) {
        put_value("  bits_left=", mr[seL4_CapFault_BitsLeft]);
    }
    if (type == seL4_DepthMismatch) {
        put_value("  depth_bits_found=", mr[seL4_CapFault_DepthMismatch_BitsFound]);
    }
    if (type == seL4_GuardMismatch) {
        put_value("  guard_found=", mr[seL4_CapFault_GuardMismatch_GuardFound]);
        put_value("  guard_bits_found=", mr[seL4_CapFault_GuardMismatch_BitsFound]);
    }
    puts("\n");
}

static void report_vcpu_fault(seL4_Word esr)
{
    put_value("MON|ERROR: received vCPU fault with ESR: ", esr);
    puts("\n");
    /* BRK #0x55xx */
    if ((esr & 0xfc00ff00) == 0xf0005500) {
        puts("MON|ERROR: potential undefined behaviour detected by UBSAN for: '");
        puts(ubsan_check(esr & 0xff));
        puts("'\n");
    } else {
        puts("MON|ERROR: Unknown vCPU fault\n");
    }
}

void report_fault(seL4_Word label, seL4_Word badge, seL4_Word slot, seL4_TCB tcb, const char *name,
                  seL4_Word stack_bottom)
{
    /* Reading the registers needs the message registers: keep what came in them. */
    seL4_Word mr[8];
    for (int i = 0; i < 8; i++) {
        mr[i] = seL4_GetMR(i);
    }
    puts("MON|ERROR: received message ");
    puthex32((seL4_Uint32)label);
    put_value("  badge: ", badge);
    put_value("  tcb cap: ", slot);
    puts("\nMON|ERROR: faulting PD: ");
    puts(name);
    puts("\n");
    report_registers(tcb);
    switch (label) {
    case seL4_Fault_CapFault:
        report_cap_fault(mr);
        break;
    case seL4_Fault_UserException:
        puts("MON|ERROR: UserException\n");
        break;
    case seL4_Fault_VMFault:
        report_vm_fault(mr, stack_bottom);
        break;
    case seL4_Fault_VCPUFault:
        report_vcpu_fault(mr[seL4_VCPUFault_HSR]);
        break;
    default:
        puts("MON|ERROR: Unknown fault\n");
        puthex64(label);
        break;
    }
}
