/* What a benchmark program is made of, and what the runtime has for it. */
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

/* The program: does its work so many times, and returns a checksum of all that it computed. */
u64 work(u64 rounds);

/* The next of a sequence of random numbers (xorshift); the state must not be zero. */
static inline u64 random_next(u64 *state)
{
    u64 x = *state;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return *state = x;
}

/* Takes a value into a checksum, in which order matters. */
static inline u64 mix(u64 sum, u64 value) { return (((sum << 5) | (sum >> 59)) ^ value) * 0x9e3779b97f4a7c15u; }

static inline u64 mix_double(u64 sum, double value)
{
    union {
        double number;
        u64 bits;
    } u = { value };
    return mix(sum, u.bits);
}

void *memcpy(void *to, const void *from, size_t size);
void *memset(void *to, int value, size_t size);

/* For what the compiler must neither see through nor leave out. */
#define OPAQUE(value) __asm__ volatile("" : "+r"(value) : : "memory")

#define READ(name)                                     \
    ({                                                 \
        u64 v_;                                        \
        __asm__ volatile("mrs %0, " #name : "=r"(v_)); \
        v_;                                            \
    })
#define WRITE(name, value) __asm__ volatile("msr " #name ", %x0" : : "rZ"((u64)(value)) : "memory")
#define ISB() __asm__ volatile("isb" : : : "memory")
#define DSB() __asm__ volatile("dsb sy" : : : "memory")

/* Exception handlers do not save vector registers. */
#define HANDLER __attribute__((target("general-regs-only")))

/* Saved by the vectors; written back on return. x1..x18 follow x0. */
struct frame {
    u64 x[19];
    u64 x29, x30, elr, spsr, unused;
};

/* Entries of the vector table. */
enum { SAME_SYNC = 4, SAME_IRQ = 5, USER_SYNC = 8 };
/* Exception classes, ESR_ELx.EC. */
enum { EC_SVC = 0x15, EC_HVC = 0x16, EC_DATA_ABORT_LOWER = 0x24, EC_DATA_ABORT_SAME = 0x25 };

/* A program may have its own; the runtime's says what happened and powers off. */
void on_exception(struct frame *frame, u64 kind);
void unexpected(struct frame *frame, u64 kind) __attribute__((noreturn));

void print(const char *text);

HANDLER static inline void print_hex(u64 value)
{
    char text[17];
    for (int i = 0; i < 16; i++) text[i] = "0123456789abcdef"[value >> (60 - 4 * i) & 15];
    text[16] = 0;
    print(text);
}

void power_off(void) __attribute__((noreturn));

/* Memory: 1 GiB of devices at 0, RAM at its own place for EL1, and twice more for EL0. */
#define USER_CODE 0x80000000u /* RAM again, to be read and executed at EL0 */
#define USER_DATA 0xc0000000u /* RAM again, to be read and written at EL0 */
#define RAM 0x40000000u
#define IN_USER_CODE(address) ((u64)(address) - RAM + USER_CODE)
#define IN_USER_DATA(address) ((u64)(address) - RAM + USER_DATA)
/* From here on (4 GiB) addresses are the program's, to be mapped in level1[4]. */
#define FREE_AREA 0x100000000u

#define TABLE_SIZE 512
extern u64 level1[TABLE_SIZE];
/* Descriptors (Arm ARM D8.3). */
enum {
    VALID_BLOCK = 1,
    VALID_TABLE = 3,
    VALID_PAGE = 3,
    DEVICE = 0 << 2,
    NORMAL = 1 << 2,
    USER = 1 << 6,
    READ_ONLY = 1 << 7,
    SHAREABLE = 3 << 8,
    ACCESSED = 1 << 10,
    NOT_GLOBAL = 1 << 11,
};
#define NO_EXECUTE (3ull << 53)

u64 user_call(u64 function, u64 stack, u64 argument);
void user_exit(u64 result) __attribute__((noreturn));
