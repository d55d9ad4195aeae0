/*
 * The Wordle server: knows the secret word, and judges the words it is asked about. The client cannot read the word:
 * it is in memory that only this protection domain has.
 */
#include <stdbool.h>
#include <stdint.h>
#include <microkit.h>

#define CLIENT_CHANNEL 1

#define WORD_LENGTH 5

/* How a character is judged; numbers are the protocol's. */
enum character_state {
    CORRECT_PLACE = 0,
    WRONG_PLACE = 1,
    NOT_IN_WORD = 2,
};

static char word[WORD_LENGTH] = { 'h', 'e', 'l', 'l', 'o' };

static enum character_state judge(char character, int place)
{
    if (word[place] == character) {
        return CORRECT_PLACE;
    }
    for (int i = 0; i < WORD_LENGTH; i++) {
        if (word[i] == character) {
            return WRONG_PLACE;
        }
    }
    return NOT_IN_WORD;
}

void init(void)
{
    microkit_dbg_puts("WORDLE SERVER: starting\n");
}

void notified(microkit_channel channel)
{
    (void)channel;
}

microkit_msginfo protected(microkit_channel channel, microkit_msginfo request)
{
    switch (channel) {
    case CLIENT_CHANNEL:
        for (int i = 0; i < WORD_LENGTH; i++) {
            /* A character that was not sent is in no word. */
            char character = (uint64_t)i < microkit_msginfo_get_count(request) ? (char)microkit_mr_get((uint8_t)i) : 0;

            microkit_mr_set((uint8_t)i, judge(character, i));
        }
        return microkit_msginfo_new(0, WORD_LENGTH);
    default:
        microkit_dbg_puts("WORDLE SERVER|ERROR: called on an unexpected channel\n");
        return microkit_msginfo_new(0, 0);
    }
}
