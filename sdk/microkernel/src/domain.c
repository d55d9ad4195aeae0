/*
 * Scheduling domains: threads run in the turns of their own domain only, whatever their priority, so how long one domain
 * computes is not seen in another. A turn in which nothing can run is spent idle.
 *
 * Until somebody starts the schedule, domain 0 runs alone: the monitor is in it, and lets the others start.
 */
#include "kernel/kernel.h"

unsigned domain_current;

static const struct system_domain_turn *turns;
static unsigned turn_count, first_turn, turn;
static bool started;

/* Microseconds, within which a thread writes some more of its line. */
enum { LINE_TIME = 100 };

static word turn_end = ~0ULL;

static void begin_turn(unsigned index)
{
    if (index >= turn_count || turns[index].unit == SYSTEM_TURN_END) {
        index = first_turn;
    }
    turn = index;
    domain_current = turns[turn].domain;
    word length = turns[turn].unit == SYSTEM_TURN_TICKS ? turns[turn].duration : timer_us(turns[turn].duration);
    turn_end = length > ~0ULL - kernel_time ? ~0ULL : kernel_time + length;
}

void domain_init(const struct system_domain_turn *schedule, unsigned count, unsigned start)
{
    turns = schedule;
    turn_count = count;
    first_turn = start;
}

word domain_end(void)
{
    return turn_end;
}

bool domain_advance(void)
{
    if (kernel_time < turn_end) {
        return false;
    }
    /* A line on the debug console is not broken: two that are mixed cannot be read. */
    if (syscall_line_open(current)) {
        turn_end = kernel_time + timer_us(LINE_TIME);
        return false;
    }
    begin_turn(turn + 1);
    return true;
}

enum { DOMAIN_SCHEDULE_SET_START = 30 };

struct result domain_invoke(const struct invocation *call)
{
    if (call->label != DOMAIN_SCHEDULE_SET_START || turn_count == 0 || started) {
        return result_error(ERROR_ILLEGAL_OPERATION);
    }
    started = true;
    begin_turn(first_turn);
    sched_reschedule();
    return result_ok();
}

#include "kernel/end.h"
