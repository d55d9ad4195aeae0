/*
 * The client: draws the Wordle table on the terminal, and takes the player's keys.
 */
#include <stdbool.h>
#include <stdint.h>
#include <microkit.h>
#include "queue.h"

#define WORD_LENGTH 5
#define TRIES 5

#define SERIAL_CHANNEL 1
#define WORDLE_CHANNEL 2

/* To the table's first line, and away with everything below. */
#define TABLE_UP "\033[5A"
#define CLEAR_BELOW "\033[0J"

#define KEY_RETURN '\r'
#define KEY_DELETE 0x7f

#define COLOUR_CORRECT "\033[32;1;40m"
#define COLOUR_WRONG_PLACE "\033[39;103m"
#define COLOUR_NONE ""
#define COLOUR_RESET "\033[0m"

/* Set by the system tool to where the regions of the same names are mapped. */
uintptr_t serial_to_client_vaddr;
uintptr_t client_to_serial_vaddr;

/* How the server judges a character; numbers are the protocol's. */
enum character_state {
    CORRECT_PLACE = 0,
    WRONG_PLACE = 1,
    NOT_IN_WORD = 2,
};

struct cell {
    char character; /* 0: empty */
    uint64_t state; /* as it came from the server, or NOT_IN_WORD before that */
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

static const char *colour_of(uint64_t state)
{
    switch (state) {
    case CORRECT_PLACE:
        return COLOUR_CORRECT;
    case WRONG_PLACE:
        return COLOUR_WRONG_PLACE;
    case NOT_IN_WORD:
        return COLOUR_NONE;
    default:
        microkit_dbg_puts("CLIENT|ERROR: unexpected character state\n");
        return COLOUR_NONE;
    }
}

static void put_table(void)
{
    for (int i = 0; i < TRIES; i++) {
        for (int j = 0; j < WORD_LENGTH; j++) {
            const struct cell *cell = &table[i][j];

            if (cell->character == 0) {
                put("[ ] ");
                continue;
            }
            put("[");
            put(colour_of(cell->state));
            put_character(cell->character);
            put(COLOUR_RESET "] ");
        }
        put("\n");
    }
}

/* Text is printed when the serial server is notified: once for a whole table. */
static void flush(void)
{
    microkit_notify(SERIAL_CHANNEL);
}

/* Ask the server about the finished row. */
static void judge_row(void)
{
    microkit_msginfo reply;

    for (int i = 0; i < WORD_LENGTH; i++) {
        microkit_mr_set((uint8_t)i, (uint8_t)table[row][i].character);
    }
    reply = microkit_ppcall(WORDLE_CHANNEL, microkit_msginfo_new(0, WORD_LENGTH));
    for (int i = 0; i < WORD_LENGTH; i++) {
        /* A short answer leaves states that are none, which drawing the table will complain about. */
        table[row][i].state =
            (uint64_t)i < microkit_msginfo_get_count(reply) ? microkit_mr_get((uint8_t)i) : UINT64_MAX;
    }
}

static void take_letter(char letter)
{
    if (row < TRIES && column < WORD_LENGTH) {
        table[row][column].character = letter;
        table[row][column].state = NOT_IN_WORD;
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
            judge_row();
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
