/*
 * The Wordle server: knows the secret word, and judges the words it is asked about. The client cannot read the word:
 * it is in memory that only this protection domain has.
 */
#include <stdint.h>
#include <microkit.h>

#define CLIENT_CHANNEL 1
#define VMM_CHANNEL 2

#define WORD_LENGTH 5

/* How a character is judged; numbers are the protocol's. */
enum character_state {
    CORRECT_PLACE = 0,
    WRONG_PLACE = 1,
    NOT_IN_WORD = 2,
};

/* Until the virtual machine has sent another one. */
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

/* The word comes from the network by way of a whole Linux: nothing about it is taken for granted. */
static void take_word(microkit_msginfo request)
{
    char received[WORD_LENGTH];

    if (microkit_msginfo_get_count(request) != WORD_LENGTH) {
        microkit_dbg_puts("WORDLE SERVER|ERROR: the new word does not have five letters\n");
        return;
    }
    for (int i = 0; i < WORD_LENGTH; i++) {
        uint64_t letter = microkit_mr_get((uint8_t)i);

        if (letter < 'a' || letter > 'z') {
            microkit_dbg_puts("WORDLE SERVER|ERROR: the new word is not made of lower-case letters\n");
            return;
        }
        received[i] = (char)letter;
    }
    for (int i = 0; i < WORD_LENGTH; i++) {
        word[i] = received[i];
    }
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
    case VMM_CHANNEL:
        take_word(request);
        return microkit_msginfo_new(0, 0);
    default:
        microkit_dbg_puts("WORDLE SERVER|ERROR: called on an unexpected channel\n");
        return microkit_msginfo_new(0, 0);
    }
}
