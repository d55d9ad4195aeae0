/* The end of a file of the kernel: closes what types.h opened. */
#if defined(__clang__) && defined(__ARM_FP)
#pragma clang attribute pop
#endif
