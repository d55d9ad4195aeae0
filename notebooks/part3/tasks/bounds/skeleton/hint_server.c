/*
 * The hint server: tells one letter of the secret word to those who ask for it by its place, from 0 to 4.
 */
#include <stdint.h>
#include <microkit.h>

#define LABEL_HINT 2

#define WORD_LENGTH 5

/* What is in memory after the word is nobody's business. */
static struct {
    char word[WORD_LENGTH];
    char password[11];
} secret = { "hello", "swordfish!" };

/* The letter at a place; 0 where the word has none. */
static char letter_at(uint64_t place)
{
    return secret.word[place];
}

void init(void)
{
}

void notified(microkit_channel channel)
{
    (void)channel;
}

microkit_msginfo protected(microkit_channel channel, microkit_msginfo request)
{
    char letter;

    (void)channel;
    if (microkit_msginfo_get_label(request) != LABEL_HINT) {
        return microkit_msginfo_new(0, 0);
    }
    letter = letter_at(microkit_mr_get(0));
    if (letter == 0) {
        return microkit_msginfo_new(0, 0);
    }
    microkit_mr_set(0, (uint8_t)letter);
    return microkit_msginfo_new(0, 1);
}
