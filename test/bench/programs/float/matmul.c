/* Products of matrices of floats, four at a time in vector registers. */
#include "bench.h"

enum { N = 128 };
static float a[N][N], b[N][N], c[N][N];

static void multiply(void)
{
    memset(c, 0, sizeof c);
    for (int i = 0; i < N; i++) {
        for (int k = 0; k < N; k++) {
            for (int j = 0; j < N; j++) c[i][j] += a[i][k] * b[k][j];
        }
    }
}

u64 work(u64 rounds)
{
    u64 sum = 0, state = 37;
    for (int i = 0; i < N * N; i++) {
        a[i / N][i % N] = (float)(random_next(&state) >> 48) / 65536 - 0.5f;
        b[i / N][i % N] = (float)(random_next(&state) >> 48) / 65536 - 0.5f;
    }
    for (u64 round = 0; round < rounds; round++) {
        multiply();
        for (int i = 0; i < N * N; i++) a[i / N][i % N] = c[i / N][i % N] * 0.125f + b[i / N][i % N];
        sum = mix_double(sum, a[round % N][round % N]);
    }
    return sum;
}
