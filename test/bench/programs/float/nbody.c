/* Five bodies under gravity in double precision: square roots, divisions, and every step needs the one before. */
#include "bench.h"

enum { BODIES = 5 };
struct body {
    double position[3], velocity[3], mass;
};
static struct body bodies[BODIES];

static void advance(double time)
{
    for (int i = 0; i < BODIES; i++) {
        for (int j = i + 1; j < BODIES; j++) {
            struct body *a = &bodies[i], *b = &bodies[j];
            double d[3], square = 0.01;
            for (int k = 0; k < 3; k++) d[k] = a->position[k] - b->position[k], square += d[k] * d[k];
            double force = time / (square * __builtin_sqrt(square));
            for (int k = 0; k < 3; k++) {
                a->velocity[k] -= d[k] * b->mass * force;
                b->velocity[k] += d[k] * a->mass * force;
            }
        }
    }
    for (int i = 0; i < BODIES; i++) {
        for (int k = 0; k < 3; k++) bodies[i].position[k] += time * bodies[i].velocity[k];
    }
}

u64 work(u64 rounds)
{
    u64 sum = 0, state = 31;
    for (int i = 0; i < BODIES; i++) {
        for (int k = 0; k < 3; k++) {
            bodies[i].position[k] = (double)(random_next(&state) >> 44) / (1 << 16) - 8;
            bodies[i].velocity[k] = (double)(random_next(&state) >> 44) / (1 << 22) - 0.125;
        }
        bodies[i].mass = 1.0 / (1 + i);
    }
    for (u64 round = 0; round < rounds; round++) {
        for (int step = 0; step < 1000; step++) advance(0.001);
    }
    for (int i = 0; i < BODIES; i++) {
        for (int k = 0; k < 3; k++) sum = mix_double(sum, bodies[i].position[k]);
    }
    return sum;
}
