/*
 * A queue of characters in a page that two protection domains share: one writes, the other reads. Zeroed memory is an
 * empty queue. The two indices count up for ever and are reduced on use, so that full and empty differ.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define QUEUE_CAPACITY 2048 /* characters; a power of two */

struct queue {
    uint32_t read_count;  /* written by the reader alone */
    uint32_t write_count; /* written by the writer alone */
    char characters[QUEUE_CAPACITY];
};

/* False if the queue is full. */
static inline bool queue_put(struct queue *queue, char character)
{
    uint32_t read_count = __atomic_load_n(&queue->read_count, __ATOMIC_ACQUIRE);
    uint32_t write_count = queue->write_count;

    if (write_count - read_count >= QUEUE_CAPACITY) {
        return false;
    }
    queue->characters[write_count % QUEUE_CAPACITY] = character;
    __atomic_store_n(&queue->write_count, write_count + 1, __ATOMIC_RELEASE);
    return true;
}

/* False if the queue is empty. */
static inline bool queue_get(struct queue *queue, char *character)
{
    uint32_t write_count = __atomic_load_n(&queue->write_count, __ATOMIC_ACQUIRE);
    uint32_t read_count = queue->read_count;

    if (read_count == write_count) {
        return false;
    }
    *character = queue->characters[read_count % QUEUE_CAPACITY];
    __atomic_store_n(&queue->read_count, read_count + 1, __ATOMIC_RELEASE);
    return true;
}
