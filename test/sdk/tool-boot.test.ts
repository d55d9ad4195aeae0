/**
 * What the system tool lays out is what programs find at run time: built from C, booted in QEMU, read from the console.
 *
 * @peers qemu debian
 * @seconds 10
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSystem } from '../../sdk/build/project.js';
import { QemuMachine, tutorialArguments } from '../peers/qemu-machine.js';

const BUILD_MS = 240_000;
const BOOT_MS = 30_000;

const SYSTEM = `<system>
  <memory_region name="shared" size="0x2000" />
  <memory_region name="heap" size="0x400000" />
  <protection_domain name="server" priority="200" pp="true">
    <program_image path="server.elf" />
    <map mr="shared" vaddr="0x4000000" perms="r" setvar_vaddr="shared_vaddr" setvar_size="shared_size" />
    <map mr="heap" vaddr="0x10000000" setvar_vaddr="heap_vaddr" />
    <setvar symbol="shared_paddr" region_paddr="shared" />
    <protection_domain name="child" priority="150" id="4"><program_image path="child.elf" /></protection_domain>
  </protection_domain>
  <protection_domain name="client" priority="100" stack_size="0x8000">
    <program_image path="client.elf" />
    <map mr="shared" vaddr="0x5000000" setvar_vaddr="shared_vaddr" />
  </protection_domain>
  <channel><end pd="client" id="1" /><end pd="server" id="2" /></channel>
</system>`;

const SERVER = `#include <microkit.h>
uintptr_t shared_vaddr, heap_vaddr, shared_paddr;
uint64_t shared_size;
/* Where a program has its own sections, the linker puts them; the IPC buffer's page must not be there. */
__attribute__((section(".own_config"))) volatile uint64_t own_config[64] = { [0 ... 63] = 0x5ec };
__attribute__((section(".own_zeros"))) volatile uint64_t own_zeros[600];
static int own_sections_hold(void) {
    int hold = 1;
    for (unsigned i = 0; i < seL4_MsgMaxLength; i++) microkit_mr_set((seL4_Uint8)i, ~0ULL);
    for (unsigned i = 0; i < 64; i++) hold &= own_config[i] == 0x5ec;
    for (unsigned i = 0; i < 600; i++) hold &= own_zeros[i] == 0;
    for (unsigned i = 0; i < 600; i++) own_zeros[i] = 0x2e;
    for (unsigned i = 0; i < seL4_MsgMaxLength; i++) hold &= microkit_mr_get((seL4_Uint8)i) == ~0ULL;
    return hold;
}
static void say(const char *what, int holds) {
    microkit_dbg_puts(what);
    microkit_dbg_puts(holds ? ": yes\\n" : ": no\\n");
}
void init(void) {
    volatile uint64_t *heap = (uint64_t *)heap_vaddr, sum = 0;
    microkit_dbg_puts(microkit_name);
    microkit_dbg_puts(" starts\\n");
    say("addresses", shared_vaddr == 0x4000000 && heap_vaddr == 0x10000000);
    say("size", shared_size == 0x2000);
    say("physical address in main memory", shared_paddr >= 0x60000000 && shared_paddr < 0xc0000000 && shared_paddr % 0x1000 == 0);
    for (uint64_t i = 0; i < 0x400000 / 8; i += 64) sum |= heap[i];
    heap[0x3ffff8 / 8] = 1;
    say("heap is clear", sum == 0);
    say("sections of its own are not in the IPC buffer", own_sections_hold());
}
void notified(microkit_channel ch) { say("notified by the client", ch == 2); }
microkit_msginfo protected(microkit_channel ch, microkit_msginfo message) {
    say("called by the client", ch == 2 && microkit_msginfo_get_label(message) == 7);
    microkit_mr_set(0, microkit_mr_get(0) + *(volatile uint8_t *)shared_vaddr);
    return microkit_msginfo_new(0, 1);
}
seL4_Bool fault(microkit_child id, microkit_msginfo message, microkit_msginfo *reply) {
    (void)reply;
    say("the child's fault came", id == 4 && microkit_msginfo_get_label(message) == seL4_Fault_VMFault);
    return seL4_False;
}`;

const CHILD = `#include <microkit.h>
void init(void) { *(volatile int *)0x666000 = 1; }
void notified(microkit_channel ch) { (void)ch; }`;

const CLIENT = `#include <microkit.h>
uintptr_t shared_vaddr;
static volatile uint8_t large[0x12345];
static int deep(volatile uint8_t *below) {
    volatile uint8_t frame[0x6000];
    frame[0] = frame[sizeof(frame) - 1] = 1;
    return below == 0 && frame[0];
}
void init(void) {
    unsigned filled = 0;
    microkit_dbg_puts(microkit_name);
    microkit_dbg_puts(" starts\\n");
    for (unsigned i = 0; i < sizeof(large); i++) filled |= large[i];
    microkit_dbg_puts(filled ? "bss is not clear\\n" : "bss is clear\\n");
    if (deep(0)) microkit_dbg_puts("the stack is deep\\n");
    *(volatile uint8_t *)shared_vaddr = 40;
    microkit_mr_set(0, 2);
    microkit_ppcall(1, microkit_msginfo_new(7, 1));
    if (microkit_mr_get(0) == 42) microkit_dbg_puts("the answer is 42\\n");
    microkit_notify(1);
    *(volatile int *)0x200000 = 0;
}
void notified(microkit_channel ch) { (void)ch; }`;

const EXPECTED = [
  'MON|INFO: ',
  'server starts',
  'addresses: yes',
  'size: yes',
  'physical address in main memory: yes',
  'heap is clear: yes',
  'sections of its own are not in the IPC buffer: yes',
  "the child's fault came: yes",
  'client starts',
  'bss is clear',
  'the stack is deep',
  'called by the client: yes',
  'the answer is 42',
  'notified by the client: yes',
  'MON|ERROR: faulting PD: client',
  'fault_addr=0x0000000000200000',
];

test(
  'memory, variables, channels, children and the monitor are where the description puts them',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'virtbook boot '));
    try {
      const sources = { 'two.system': SYSTEM, 'server.c': SERVER, 'child.c': CHILD, 'client.c': CLIENT };
      mkdirSync(join(folder, 'src'));
      for (const [name, text] of Object.entries(sources)) writeFileSync(join(folder, 'src', name), text);
      const { image } = await buildSystem({
        systemFile: join(folder, 'src', 'two.system'),
        sourceDirs: [join(folder, 'src')],
        outputDir: join(folder, 'build'),
        config: 'debug',
      });
      const machine = new QemuMachine(tutorialArguments(image));
      try {
        let at = 0;
        for (const line of EXPECTED) at = await machine.waitFor(new RegExp(line.replace(/[|.]/g, '\\$&')), BOOT_MS, at);
        expect(machine.text).not.toMatch(/: no\r|not clear|system table:/);
      } finally {
        await machine.stop();
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  BUILD_MS,
);
