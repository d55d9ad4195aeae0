/*
 * The client: draws the Wordle table on the terminal.
 */
#include <stdbool.h>
#include <stdint.h>
#include <microkit.h>
#include "queue.h"

#define WORD_LENGTH 5
#define TRIES 5

#define SERIAL_CHANNEL 1

/* To the table's first line, and away with everything below. */
#define TABLE_UP "\033[5A"
#define CLEAR_BELOW "\033[0J"

#define KEY_RETURN '\r'
#define KEY_DELETE 0x7f

/* Set by the system tool to where the regions of the same names are mapped. */
uintptr_t serial_to_client_vaddr;
uintptr_t client_to_serial_vaddr;

struct cell {
    char character; /* 0: empty */
};

static struct cell table[TRIES][WORD_LENGTH];
static int row;
static int column;

static void put(const char *text)
{
    struct queue *queue = (struct queue *)client_to_serial_vaddr;

    while (*text != '\0') {
        if (queue_put(queue, *text)) {
            text++;
        } else {
            /* The serial server has the higher priority, so there is room when this returns. */
            microkit_notify(SERIAL_CHANNEL);
        }
    }
}

static void put_character(char character)
{
    put((const char[]){ character, '\0' });
}

static void put_table(void)
{
    for (int i = 0; i < TRIES; i++) {
        for (int j = 0; j < WORD_LENGTH; j++) {
            put("[");
            put_character(table[i][j].character == 0 ? ' ' : table[i][j].character);
            put("] ");
        }
        put("\n");
    }
}

/* Text is printed when the serial server is notified: once for a whole table. */
static void flush(void)
{
    microkit_notify(SERIAL_CHANNEL);
}

static void take_letter(char letter)
{
    if (row < TRIES && column < WORD_LENGTH) {
        table[row][column].character = letter;
        column++;
    }
}

static void take_key(char key)
{
    if (key == KEY_DELETE) {
        if (column > 0) {
            column--;
            table[row][column].character = 0;
        }
    } else if (key == KEY_RETURN) {
        if (row < TRIES && column == WORD_LENGTH) {
            row++;
            column = 0;
        }
    } else if (key >= 'a' && key <= 'z') {
        take_letter(key);
    } else if (key >= 'A' && key <= 'Z') {
        take_letter((char)(key - 'A' + 'a'));
    }
}

void init(void)
{
    microkit_dbg_puts("CLIENT: starting\n");
    put("Welcome to the Wordle client!\n");
    put_table();
    flush();
}

void notified(microkit_channel channel)
{
    struct queue *keys = (struct queue *)serial_to_client_vaddr;
    char key;

    if (channel != SERIAL_CHANNEL) {
        microkit_dbg_puts("CLIENT|ERROR: notified on an unexpected channel\n");
        return;
    }
    while (queue_get(keys, &key)) {
        take_key(key);
        put(TABLE_UP CLEAR_BELOW);
        put_table();
        flush();
    }
}
