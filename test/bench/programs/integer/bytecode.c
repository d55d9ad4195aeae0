/* A machine with a stack, interpreted: every operation jumps to the next one's code through a table. */
#include "bench.h"

enum operation { PUSH, LOAD, STORE, ADD, SUBTRACT, MULTIPLY, XOR, SHIFT, LESS, JUMP_IF, CALL, RETURN, HALT };

static int program[128];
static int length;

static int emit(int operation)
{
    program[length] = operation;
    return length++;
}

static int emit_with(int operation, int operand)
{
    emit(operation);
    return emit(operand);
}

static u64 interpret(u64 n)
{
    static const void *const handlers[] = {
        &&push,  &&load, &&store,   &&add,  &&subtract, &&multiply, &&xor,
        &&shift, &&less, &&jump_if, &&call, &&ret,      &&halt,
    };
    u64 stack[32], variables[4] = { n, 0, 0, 0 };
    const int *calls[8];
    u64 *top = stack;
    const int **frame = calls;
    const int *pc = program;
#define NEXT goto *handlers[*pc++]
    NEXT;
    /* clang-format off: a row for each instruction */
push:
    *top++ = (u64)(long)*pc++;
    NEXT;
load:
    *top++ = variables[*pc++];
    NEXT;
store:
    variables[*pc++] = *--top;
    NEXT;
add:
    top--;
    top[-1] += top[0];
    NEXT;
subtract:
    top--;
    top[-1] -= top[0];
    NEXT;
multiply:
    top--;
    top[-1] *= top[0];
    NEXT;
xor:
    top--;
    top[-1] ^= top[0];
    NEXT;
shift:
    top[-1] >>= *pc++;
    NEXT;
less:
    top--;
    top[-1] = top[-1] < top[0];
    NEXT;
jump_if:
    pc = *--top ? program + *pc : pc + 1;
    NEXT;
call:
    *frame++ = pc + 1;
    pc = program + *pc;
    NEXT;
ret:
    pc = *--frame;
    NEXT;
halt:
    return variables[1];
    /* clang-format on */
#undef NEXT
}

/* For every n down to 1: adds the steps and mixes the values of Collatz's sequence from n. */
static void write_program(void)
{
    length = 0;
    int outer = length;
    emit_with(LOAD, 0), emit_with(STORE, 2);
    int call = emit_with(CALL, 0);
    emit_with(LOAD, 0), emit_with(PUSH, 1), emit(SUBTRACT), emit_with(STORE, 0);
    emit_with(PUSH, 0), emit_with(LOAD, 0), emit(LESS), emit_with(JUMP_IF, outer);
    emit(HALT);
    /* Variable 2 comes down to 1; 1 is the checksum. */
    int inner = program[call] = length;
    emit_with(LOAD, 1), emit_with(LOAD, 2), emit(XOR), emit_with(PUSH, 0x10001), emit(MULTIPLY), emit_with(STORE, 1);
    /* Odd, when half of it, twice, is less than it. */
    emit_with(LOAD, 2), emit_with(SHIFT, 1), emit_with(PUSH, 2), emit(MULTIPLY), emit_with(LOAD, 2), emit(LESS);
    int odd = emit_with(JUMP_IF, 0);
    emit_with(LOAD, 2), emit_with(SHIFT, 1), emit_with(STORE, 2);
    int next = length;
    emit_with(PUSH, 1), emit_with(LOAD, 2), emit(LESS), emit_with(JUMP_IF, inner);
    emit(RETURN);
    program[odd] = length;
    emit_with(LOAD, 2), emit_with(PUSH, 3), emit(MULTIPLY), emit_with(PUSH, 1), emit(ADD), emit_with(STORE, 2);
    emit_with(PUSH, 1), emit_with(JUMP_IF, next);
}

u64 work(u64 rounds)
{
    write_program();
    return mix(0, interpret(rounds));
}
