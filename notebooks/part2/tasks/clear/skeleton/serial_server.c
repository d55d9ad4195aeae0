/*
 * The serial server: the driver of the board's UART. It sends back each key that it gets.
 */
#include <stdbool.h>
#include <stdint.h>
#include <microkit.h>
#include "queue.h"

#define UART_IRQ_CHANNEL 1
#define CLIENT_CHANNEL 2

/* Set by the system tool to where the region of the same name is mapped. */
uintptr_t uart_base_vaddr;
uintptr_t serial_to_client_vaddr;
uintptr_t client_to_serial_vaddr;

/* Registers of the PL011. Source: PrimeCell UART (PL011) Technical Reference Manual (DDI 0183), chapter 3. */
#define UARTDR 0x00   /* data */
#define UARTFR 0x18   /* flags */
#define UARTCR 0x30   /* control */
#define UARTIMSC 0x38 /* interrupt mask: a set bit lets the interrupt through */
#define UARTICR 0x44  /* interrupt clear */

#define FR_TXFF (1u << 5) /* transmit FIFO full */
#define FR_RXFE (1u << 4) /* receive FIFO empty */
#define CR_RXE (1u << 9)
#define CR_TXE (1u << 8)
#define CR_UARTEN (1u << 0)
#define INT_RX (1u << 4)
#define INT_RT (1u << 6) /* receive timeout: characters wait, but fewer than the FIFO's trigger level */
#define INT_ALL 0x7ff

static volatile uint32_t *uart_register(uintptr_t offset)
{
    return (volatile uint32_t *)(uart_base_vaddr + offset);
}

static void uart_init(void)
{
    *uart_register(UARTCR) |= CR_UARTEN | CR_TXE | CR_RXE;
    *uart_register(UARTICR) = INT_ALL;
    *uart_register(UARTIMSC) = INT_RX | INT_RT;
}

static void uart_put(char character)
{
    while (*uart_register(UARTFR) & FR_TXFF) {
    }
    *uart_register(UARTDR) = (uint8_t)character;
}

/* Terminals send what they like for the two keys that matter here. */
static char normalise_key(char key)
{
    if (key == '\n') {
        return '\r';
    }
    return key == '\b' ? 0x7f : key;
}

static void receive_keys(void)
{
    struct queue *keys = (struct queue *)serial_to_client_vaddr;
    bool any = false;

    *uart_register(UARTICR) = INT_ALL;
    while ((*uart_register(UARTFR) & FR_RXFE) == 0) {
        /* A key that finds the queue full is lost, as on any terminal whose owner is busy. */
        any |= queue_put(keys, normalise_key((char)*uart_register(UARTDR)));
    }
    if (any) {
        microkit_notify(CLIENT_CHANNEL);
    }
}

static void print_text(void)
{
    struct queue *text = (struct queue *)client_to_serial_vaddr;
    char character;

    while (queue_get(text, &character)) {
        uart_put(character);
    }
}

void init(void)
{
    microkit_dbg_puts("SERIAL SERVER: starting\n");
    uart_init();
}

void notified(microkit_channel channel)
{
    switch (channel) {
    case UART_IRQ_CHANNEL:
        receive_keys();
        microkit_irq_ack(channel);
        break;
    case CLIENT_CHANNEL:
        print_text();
        break;
    default:
        microkit_dbg_puts("SERIAL SERVER|ERROR: notified on an unexpected channel\n");
        break;
    }
}
