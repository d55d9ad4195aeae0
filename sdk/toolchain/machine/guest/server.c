/*
 * The first process of the compiler's machine. It does what the host asks for on a virtio console: it writes files, runs
 * programs, and sends files back. ../protocol.ts is the other end, and says what the messages are.
 *
 * There is no C library: the compiler that it serves has compiled it, when the machine was started for the first time.
 */
typedef unsigned char byte;
typedef unsigned int u32;
typedef long word;

/* System calls of Linux on arm64 (include/uapi/asm-generic/unistd.h). */
enum {
    DUP3 = 24,
    IOCTL = 29,
    MKDIRAT = 34,
    UNLINKAT = 35,
    FTRUNCATE = 46,
    CHDIR = 49,
    OPENAT = 56,
    CLOSE = 57,
    LSEEK = 62,
    READ = 63,
    WRITE = 64,
    PREAD = 67,
    PWRITE = 68,
    EXIT = 93,
    NANOSLEEP = 101,
    CLONE = 220,
    EXECVE = 221,
    WAIT4 = 260,
};

enum { AT_FDCWD = -100 };
enum { O_RDONLY = 0, O_WRONLY = 1, O_RDWR = 2, O_CREAT = 0100, O_NOCTTY = 0400, O_TRUNC = 01000 };
enum { SEEK_END = 2, SIGCHLD = 17 };
enum { TCGETS = 0x5401, TCSETS = 0x5402, CS8 = 060, VTIME = 5, VMIN = 6 };

static word call(word number, word a, word b, word c, word d)
{
    register word x8 __asm__("x8") = number;
    register word x0 __asm__("x0") = a;
    register word x1 __asm__("x1") = b;
    register word x2 __asm__("x2") = c;
    register word x3 __asm__("x3") = d;
    register word x4 __asm__("x4") = 0;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
    return x0;
}

static word open(const char *path, word flags)
{
    return call(OPENAT, AT_FDCWD, (word)path, flags, 0755);
}

static void close(word file)
{
    call(CLOSE, file, 0, 0, 0);
}

/* The console, and what has been read from it. */
static word console;
static byte in[65536];
static word in_at, in_end;

static byte out[65536];
static word out_end;

static byte block[65536];
static char path[4096];
static char words[262144];
static char *argv[4096];
static char *const environment[] = { "LC_ALL=C", "PATH=/.machine/bin", "TMPDIR=/.machine/tmp", 0 };

static void flush(void)
{
    for (word at = 0; at < out_end;) {
        word written = call(WRITE, console, (word)(out + at), out_end - at, 0);
        if (written > 0)
            at += written;
    }
    out_end = 0;
}

static void send(const byte *bytes, word length)
{
    for (word i = 0; i < length; i++) {
        if (out_end == sizeof out)
            flush();
        out[out_end++] = bytes[i];
    }
}

static void send_number(u32 value)
{
    byte bytes[4] = { value, value >> 8, value >> 16, value >> 24 };
    send(bytes, 4);
}

/* Some of the bytes that come next, at most `most`; their count. */
static word some(byte **bytes, word most)
{
    while (in_at == in_end) {
        flush();
        in_at = 0;
        in_end = call(READ, console, (word)in, sizeof in, 0);
        if (in_end < 0)
            in_end = 0;
    }
    word count = in_end - in_at < most ? in_end - in_at : most;
    *bytes = in + in_at;
    in_at += count;
    return count;
}

static u32 number(void)
{
    u32 value = 0;
    for (int shift = 0; shift < 32; shift += 8) {
        byte *next;
        some(&next, 1);
        value |= (u32)*next << shift;
    }
    return value;
}

/* A text with a zero after it; what does not fit is dropped. The place after the zero. */
static char *text(char *to, const char *end)
{
    for (u32 left = number(); left > 0;) {
        byte *bytes;
        word count = some(&bytes, left);
        for (word i = 0; i < count; i++)
            if (to < end - 1)
                *to++ = bytes[i];
        left -= count;
    }
    *to++ = 0;
    return to;
}

static void make_folders(char *name)
{
    for (char *at = name + 1; *at; at++) {
        if (*at != '/')
            continue;
        *at = 0;
        call(MKDIRAT, AT_FDCWD, (word)name, 0755, 0);
        *at = '/';
    }
}

/* Path, size, and pieces until an empty one: the rest of the file is zeros. */
static void write_file(void)
{
    text(path, path + sizeof path);
    make_folders(path);
    word file = open(path, O_WRONLY | O_CREAT | O_TRUNC);
    call(FTRUNCATE, file, number(), 0, 0);
    for (;;) {
        word offset = number();
        u32 left = number();
        if (left == 0)
            break;
        while (left > 0) {
            byte *bytes;
            word count = some(&bytes, left);
            call(PWRITE, file, (word)bytes, count, offset);
            offset += count;
            left -= count;
        }
    }
    close(file);
}

static int is_zero(const byte *bytes, word length)
{
    for (word i = 0; i < length; i++)
        if (bytes[i])
            return 0;
    return 1;
}

enum { PAGE = 4096 };
static const u32 NONE = 0xffffffff;

/* Size, and pieces until an empty one: pages of zeros are left out. */
static void read_file(int skipped)
{
    text(path, path + sizeof path);
    word file = skipped ? -1 : open(path, O_RDONLY);
    if (file < 0)
        return send_number(NONE);
    send_number(call(LSEEK, file, 0, SEEK_END, 0));
    word offset = 0;
    for (;;) {
        word count = call(PREAD, file, (word)block, sizeof block, offset);
        if (count <= 0)
            break;
        for (word from = 0; from < count;) {
            word to = from;
            while (to < count && !is_zero(block + to, count - to < PAGE ? count - to : PAGE))
                to += PAGE;
            if (to > count)
                to = count;
            if (to > from) {
                send_number(offset + from);
                send_number(to - from);
                send(block + from, to - from);
            }
            from = to + PAGE;
        }
        offset += count;
    }
    send_number(0);
    send_number(0);
    close(file);
}

static const char said[] = "/.machine/tmp/said";

static void child(void)
{
    word none = open("/.machine/dev/null", O_RDONLY);
    word file = open(said, O_WRONLY | O_CREAT | O_TRUNC);
    call(DUP3, none, 0, 0, 0);
    call(DUP3, file, 1, 0, 0);
    call(DUP3, file, 2, 0, 0);
    if (call(CHDIR, (word)argv[0], 0, 0, 0) == 0)
        call(EXECVE, (word)argv[1], (word)(argv + 1), (word)environment, 0);
    call(EXIT, 127, 0, 0, 0);
}

/* Folder, program, arguments. Answered by the status and by what the program said. True: it ended with status 0. */
static int run(int skipped)
{
    u32 count = number();
    char *at = words;
    u32 kept = 0;
    for (u32 i = 0; i < count; i++) {
        char *next = text(at, words + sizeof words);
        if (kept < sizeof argv / sizeof *argv - 1)
            argv[kept++] = at;
        at = next;
    }
    argv[kept] = 0;
    if (skipped) {
        send_number(NONE);
        send_number(0);
        return 0;
    }
    int status = 127 << 8;
    /* A folder from which nothing was needed is not there yet. */
    make_folders(argv[0]);
    call(MKDIRAT, AT_FDCWD, (word)argv[0], 0755, 0);
    word id = call(CLONE, SIGCHLD, 0, 0, 0);
    if (id == 0)
        child();
    if (id > 0)
        call(WAIT4, id, (word)&status, 0, 0);
    send_number(status & 0x7f ? 128 + (status & 0x7f) : status >> 8 & 0xff);
    word file = open(said, O_RDONLY);
    word length = call(LSEEK, file, 0, SEEK_END, 0);
    send_number(length);
    for (word offset = 0; offset < length;) {
        word part = call(PREAD, file, (word)block, sizeof block, offset);
        if (part <= 0)
            break;
        send(block, part);
        offset += part;
    }
    close(file);
    return status == 0;
}

/* The driver makes the console a while after it was loaded. */
static void open_console(void)
{
    static const word pause[] = { 0, 1000000 };
    while ((console = open("/.machine/dev/hvc0", O_RDWR | O_NOCTTY)) < 0)
        call(NANOSLEEP, (word)pause, 0, 0, 0);
    struct {
        u32 input, output, control, local;
        byte line, characters[19];
    } settings;
    call(IOCTL, console, TCGETS, (word)&settings, 0);
    settings.input = settings.output = settings.local = 0;
    settings.control |= CS8;
    settings.characters[VMIN] = 1;
    settings.characters[VTIME] = 0;
    call(IOCTL, console, TCSETS, (word)&settings, 0);
}

void _start(void)
{
    open_console();
    send((const byte *)"ready\n", 6);
    int failed = 0;
    for (;;) {
        byte *operation;
        some(&operation, 1);
        switch (*operation) {
        case 'b': /* A new request begins: what fails is its own. */
            failed = 0;
            break;
        case 'w':
            write_file();
            break;
        case 'd': /* Its folder is there afterwards, for a program that makes the file. */
            text(path, path + sizeof path);
            make_folders(path);
            call(UNLINKAT, AT_FDCWD, (word)path, 0, 0);
            break;
        case 'x':
            if (!run(failed))
                failed = 1;
            break;
        case 'r':
            read_file(failed);
            break;
        }
    }
}
