/*
 * The client: draws the Wordle table on the terminal.
 */
#include <stdbool.h>
#include <stdint.h>
#include <microkit.h>

#define WORD_LENGTH 5
#define TRIES 5

struct cell {
    char character; /* 0: empty */
};

static struct cell table[TRIES][WORD_LENGTH];

static void put(const char *text)
{
    microkit_dbg_puts(text);
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

void init(void)
{
    microkit_dbg_puts("CLIENT: starting\n");
    put("Welcome to the Wordle client!\n");
    put_table();
}

void notified(microkit_channel channel)
{
    (void)channel;
}
