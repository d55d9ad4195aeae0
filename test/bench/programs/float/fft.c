/* Fourier transforms of 4096 complex numbers there and back, in double precision (Cooley and Tukey, in place). */
#include "bench.h"

enum { BITS = 12, N = 1 << BITS };
static double re[N], im[N];
/* The turns of a half circle in N/2 steps. */
static double cosine[N / 2], sine[N / 2];

/* From the eighth of a circle on, angles are halved: no library has to know what a cosine is. */
static void make_turns(void)
{
    double c[BITS], s[BITS];
    c[BITS - 1] = -1, s[BITS - 1] = 0;
    for (int bit = BITS - 2; bit >= 0; bit--) {
        c[bit] = __builtin_sqrt((1 + c[bit + 1]) / 2);
        s[bit] = __builtin_sqrt((1 - c[bit + 1]) / 2);
    }
    for (int i = 0; i < N / 2; i++) {
        double x = 1, y = 0;
        for (int bit = 0; bit < BITS - 1; bit++) {
            if (!(i >> bit & 1)) continue;
            double turned = x * c[bit] - y * s[bit];
            y = x * s[bit] + y * c[bit];
            x = turned;
        }
        cosine[i] = x, sine[i] = y;
    }
}

static void transform(double direction)
{
    for (u32 i = 0; i < N; i++) {
        u32 j = 0;
        for (int bit = 0; bit < BITS; bit++) j |= (i >> bit & 1) << (BITS - 1 - bit);
        if (j <= i) continue;
        double x = re[i], y = im[i];
        re[i] = re[j], im[i] = im[j];
        re[j] = x, im[j] = y;
    }
    for (int half = 1; half < N; half *= 2) {
        int stride = N / 2 / half;
        for (int start = 0; start < N; start += 2 * half) {
            for (int k = 0; k < half; k++) {
                double c = cosine[k * stride], s = direction * sine[k * stride];
                double *lowRe = &re[start + k], *highRe = lowRe + half;
                double *lowIm = &im[start + k], *highIm = lowIm + half;
                double x = *highRe * c - *highIm * s;
                double y = *highRe * s + *highIm * c;
                *highRe = *lowRe - x, *highIm = *lowIm - y;
                *lowRe += x, *lowIm += y;
            }
        }
    }
}

u64 work(u64 rounds)
{
    u64 sum = 0, state = 29;
    make_turns();
    for (int i = 0; i < N; i++) re[i] = (double)(random_next(&state) >> 40) / (1 << 24), im[i] = 0;
    for (u64 round = 0; round < rounds; round++) {
        transform(-1);
        sum = mix_double(mix_double(sum, re[round % N]), im[round % N]);
        transform(1);
        for (int i = 0; i < N; i++) re[i] /= N, im[i] /= N;
    }
    return mix_double(sum, re[1]);
}
