/*
 * A caller without manners: asks the Wordle server for letters at places that no word has.
 */
#include <stdint.h>
#include <microkit.h>

#define WORDLE_CHANNEL 1
#define LABEL_HINT 2

#define QUESTIONS 10

static const uint64_t places[QUESTIONS] = {
    0, 4, 5, 6, 13, UINT64_MAX, (1ull << 63) + 7, 256, 1ull << 32, (1ull << 32) + 7,
};

/* How many numbers came back, and the first. */
uint64_t counts[QUESTIONS];
uint64_t letters[QUESTIONS];

void init(void)
{
    for (int i = 0; i < QUESTIONS; i++) {
        microkit_msginfo reply;

        microkit_mr_set(0, places[i]);
        reply = microkit_ppcall(WORDLE_CHANNEL, microkit_msginfo_new(LABEL_HINT, 1));
        counts[i] = microkit_msginfo_get_count(reply);
        letters[i] = counts[i] > 0 ? microkit_mr_get(0) : 0;
    }
}

void notified(microkit_channel channel)
{
    (void)channel;
}
