/* Products of matrices of whole numbers and halves, as doubles: no result is ever rounded, so FPSR.IXC stays clear. */
#include "bench.h"

enum { N = 48 };
static double a[N][N], b[N][N], c[N][N];

static void multiply(void)
{
    memset(c, 0, sizeof c);
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) {
            double sum = 0;
            for (int k = 0; k < N; k++) sum = __builtin_fma(a[i][k], b[k][j], sum);
            c[i][j] = sum;
        }
    }
}

u64 work(u64 rounds)
{
    u64 sum = 0, state = 41;
    for (int i = 0; i < N * N; i++) {
        a[i / N][i % N] = (double)(int)(random_next(&state) % 17) - 8;
        b[i / N][i % N] = ((double)(int)(random_next(&state) % 17) - 8) * 0.5;
    }
    for (u64 round = 0; round < rounds; round++) {
        multiply();
        /* Twice a half is whole. */
        for (int i = 0; i < N * N; i++) a[i / N][i % N] = (double)((int)(c[i / N][i % N] * 2) & 15) - 8;
        sum = mix_double(sum, c[round % N][round % N]);
    }
    return sum;
}
