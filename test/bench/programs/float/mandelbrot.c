/* How soon points leave the Mandelbrot set: comparisons of doubles decide every branch. */
#include "bench.h"

enum { WIDTH = 160, HEIGHT = 120, LIMIT = 256 };

static u32 escape(double x, double y)
{
    double re = 0, im = 0;
    for (u32 i = 0; i < LIMIT; i++) {
        double a = re * re, b = im * im;
        if (a + b > 4) return i;
        im = 2 * re * im + y;
        re = a - b + x;
    }
    return LIMIT;
}

u64 work(u64 rounds)
{
    u64 sum = 0;
    for (u64 round = 0; round < rounds; round++) {
        double zoom = 1.0 / (double)(1 + round);
        u64 total = 0;
        for (int row = 0; row < HEIGHT; row++) {
            for (int column = 0; column < WIDTH; column++) {
                total +=
                    escape(-0.7 + (column - WIDTH / 2) * zoom / 55, 0.3 * (1 - zoom) + (row - HEIGHT / 2) * zoom / 50);
            }
        }
        sum = mix(sum, total);
    }
    return sum;
}
