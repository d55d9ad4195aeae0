/*
 * The guest's interrupts: a GICv2 whose CPU interface is hardware and whose distributor is emulated here.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <microkit.h>

/* Guest-physical address and size of the distributor, as in the guest's device tree. */
#define VIRQ_DISTRIBUTOR_BASE 0x8000000
#define VIRQ_DISTRIBUTOR_SIZE 0x10000

/* The guest's virtual timer: a private peripheral interrupt. */
#define VIRQ_VIRTUAL_TIMER 27

/*
 * Set up the distributor: emulated at its address, with the software-generated interrupts 0..15 and the virtual timer
 * registered. Call before any other function here, once.
 */
bool virq_controller_init(void);

/*
 * Tells the source of an interrupt that the guest is done with it, and that the next one may come. `irq` is the
 * guest's number for it, `data` what was given at registration.
 */
typedef void (*virq_ack_fn_t)(size_t vcpu_id, int irq, void *data);

/* Let `virq` (0..255) reach the guest. False if the number is out of range or taken. `ack` may be NULL. */
bool virq_register(size_t vcpu_id, size_t virq, virq_ack_fn_t ack, void *data);

/*
 * Make a registered interrupt pending. It is delivered once the guest has it enabled and a list register is free;
 * until then it is remembered, once. False if it is not registered.
 */
bool virq_inject(size_t virq);

/* Hand a device's interrupt to the guest under its own number: `irq` arrives at the monitor on channel `irq_ch`. */
bool virq_register_passthrough(size_t vcpu_id, size_t irq, microkit_channel irq_ch);

/* For notified(): inject the interrupt that belongs to a channel. False if none does. */
bool virq_handle_passthrough(microkit_channel irq_ch);
