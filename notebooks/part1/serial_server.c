/*
 * The serial server: the driver of the board's UART.
 */
#include <stdbool.h>
#include <stdint.h>
#include <microkit.h>

#define UART_IRQ_CHANNEL 1

/* Where the registers of the UART are. */
uintptr_t uart_base_vaddr;

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

static void uart_puts(const char *text)
{
    while (*text != '\0') {
        uart_put(*text++);
    }
}

/* How many characters have been received. */
static uint64_t received;

/* The character that is shown for a key. */
static char echo_of(char key)
{
    return key >= 'a' && key <= 'z' ? (char)(key - 'a' + 'A') : key;
}

static void receive_keys(void)
{
    *uart_register(UARTICR) = INT_ALL;
    while ((*uart_register(UARTFR) & FR_RXFE) == 0) {
        char key = (char)*uart_register(UARTDR);

        if (key == '\r') {
            uart_puts("\r\n");
        } else {
            uart_put(echo_of(key));
        }
        received++;
    }
}

void init(void)
{
    microkit_dbg_puts("SERIAL SERVER: starting\n");
    uart_init();
    uart_puts("Hello from the driver\n");
}

void notified(microkit_channel channel)
{
    switch (channel) {
    case UART_IRQ_CHANNEL:
        receive_keys();
        microkit_irq_ack(channel);
        break;
    default:
        microkit_dbg_puts("SERIAL SERVER|ERROR: notified on an unexpected channel\n");
        break;
    }
}
