/* A matrix of 1024 x 1024 words transposed row by row: one side walks through a page of memory with each step. */
#include "bench.h"

enum { N = 1024 };
static u32 a[N][N], b[N][N];

static void transpose(u32 (*to)[N], u32 (*from)[N])
{
    for (int row = 0; row < N; row++) {
        for (int column = 0; column < N; column++) to[column][row] = from[row][column] + (u32)row;
    }
}

u64 work(u64 rounds)
{
    u64 sum = 0, state = 23;
    for (int i = 0; i < N * N; i++) a[i / N][i % N] = (u32)random_next(&state);
    for (u64 round = 0; round < rounds; round++) {
        transpose(b, a);
        transpose(a, b);
        sum = mix(sum, a[round % N][round * 7 % N]);
    }
    return sum;
}
