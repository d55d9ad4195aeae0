/* Small macros by libsel4's names, and its assertions. */
#pragma once

#define LIBSEL4_BIT(n) (1UL << (n))
#define LIBSEL4_UNUSED __attribute__((unused))
#define LIBSEL4_WEAK __attribute__((weak))
#define LIBSEL4_NOINLINE __attribute__((noinline))
#define LIBSEL4_INLINE static inline
#define LIBSEL4_INLINE_FUNC static inline
#define SEL4_PACKED __attribute__((packed))
#define SEL4_DEPRECATED(text) __attribute__((deprecated(text)))
#define SEL4_COMPILE_ASSERT(name, expression) _Static_assert(expression, #name);

/* For printf: a word, and an integer of 64 bits. */
#define SEL4_PRId_word "ld"
#define SEL4_PRIi_word "li"
#define SEL4_PRIu_word "lu"
#define SEL4_PRIx_word "lx"
#define SEL4_PRI_word SEL4_PRIu_word
#define SEL4_PRId64 "ld"
#define SEL4_PRIi64 "li"
#define SEL4_PRIu64 "lu"
#define SEL4_PRIx64 "lx"

/* libmicrokit has it: prints the place and stops the protection domain. */
void __assert_fail(const char *assertion, const char *file, int line, const char *function);

#define seL4_Fail(text) __assert_fail(text, __FILE__, __LINE__, __func__)
#define seL4_Assert(expression)                                       \
    do {                                                              \
        if (!(expression)) {                                          \
            __assert_fail(#expression, __FILE__, __LINE__, __func__); \
        }                                                             \
    } while (0)
#define seL4_CompileTimeAssert(expression) SEL4_COMPILE_ASSERT(seL4_CompileTimeAssert, expression)
#ifdef CONFIG_DEBUG_BUILD
#define seL4_DebugAssert(expression) seL4_Assert(expression)
#else
#define seL4_DebugAssert(expression) ((void)0)
#endif
