/*
 * test_ending.c - whatever ends the program, its unfinished files are gone; and
 * a mapped file that shrinks is one message.
 */
#include "cli/base/ending.h"
#include "cli/base/mapped.h"
#include "cli/output/sink.h"
#include "lib/pool.h"
#include "tests/scratch.h"
#include "tests/tap.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

static struct scratch scratch;

static int n_files(void)
{
    DIR *d = opendir(scratch.path);
    int n = 0;

    for (const struct dirent *e; d != NULL && (e = readdir(d)) != NULL;)
        n += e->d_name[0] != '.' || e->d_name[1] == 'b';
    if (d != NULL)
        closedir(d);
    return n;
}

/* Runs in a child, whose messages go to the file "said"; its wait() status. */
static int end_of(void (*run)(int), int number)
{
    char said[SCRATCH_PATH + 256];
    int status = -1;

    fflush(stdout);
    pid_t pid = fork();

    if (pid == 0) {
        struct rlimit none = {0};
        int fd = open(scratch_name(&scratch, "said", said),
                      O_WRONLY | O_CREAT | O_TRUNC, 0666);

        dup2(fd, STDERR_FILENO);
        setrlimit(RLIMIT_CORE, &none);
        ending_install();
        run(number);
        _exit(0);
    }
    waitpid(pid, &status, 0);
    return status;
}

static void said(char *text, size_t size)
{
    char name[SCRATCH_PATH + 256];
    int fd = open(scratch_name(&scratch, "said", name), O_RDONLY);
    ssize_t n = fd >= 0 ? read(fd, text, size - 1) : 0;

    text[n > 0 ? n : 0] = '\0';
    if (fd >= 0)
        close(fd);
    unlink(name);
}

/* --------------------------------------------------------------- signals */

static void leave_files(int number)
{
    char name[SCRATCH_PATH + 256];
    char pattern[SCRATCH_PATH + 256];
    struct sink *one = sink_open(scratch_name(&scratch, "one", name));
    struct sink *two = sink_open(scratch_name(&scratch, "two", name));

    scratch_name(&scratch, "x.XXXXXX", pattern);
    ending_mkstemp(pattern);
    if (!sink_write(one, "a", 1) || !sink_write(two, "b", 1) ||
        n_files() != 4) /* and "said" */
        _exit(99);
    if (number == SIGABRT)
        abort();
    raise(number);
}

static void check_signals(void)
{
    static const int numbers[] = {SIGHUP,    SIGINT,  SIGQUIT, SIGILL,  SIGTRAP,
                                  SIGABRT,   SIGBUS,  SIGFPE,  SIGUSR1, SIGSEGV,
                                  SIGUSR2,   SIGPIPE, SIGALRM, SIGTERM, SIGXCPU,
                                  SIGVTALRM, SIGPROF, SIGSYS};
    char text[100];

    for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
        struct sigaction act;

        if (sigaction(numbers[i], NULL, &act) == 0 &&
            act.sa_handler != SIG_DFL) {
            SKIP("a sanitizer takes signal %d", numbers[i]);
            continue;
        }
        int status = end_of(leave_files, numbers[i]);

        said(text, sizeof(text));
        CHECK(WIFSIGNALED(status), "signal %d: ended by a signal", numbers[i]);
        EQUAL_INT(WTERMSIG(status), numbers[i], "signal %d: signal",
                  numbers[i]);
        EQUAL_INT(n_files(), 0, "signal %d: files left", numbers[i]);
        EQUAL_INT(*text, '\0', "signal %d: no message", numbers[i]);
    }
    int status = end_of(leave_files, SIGRTMIN);

    CHECK(WIFSIGNALED(status), "SIGRTMIN: ended by a signal");
    EQUAL_INT(n_files(), 1, "SIGRTMIN: files left");
    unlink(scratch_name(&scratch, "said", (char[SCRATCH_PATH + 256]){0}));
}

static void survive(int number)
{
    leave_files(number);
    _exit(n_files() == 4 ? 7 : 8);
}

static void check_ignored(void)
{
    char text[100];

    signal(SIGHUP, SIG_IGN);
    int status = end_of(survive, SIGHUP);

    signal(SIGHUP, SIG_DFL);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7,
          "a signal that is ignored stays so (nohup)");
    said(text, sizeof(text));
}

/* ------------------------------------------------------------ large files */

static void write_much(int number)
{
    static char block[8192];
    struct rlimit limit = {.rlim_cur = 4096, .rlim_max = 4096};
    char name[SCRATCH_PATH + 256];
    struct sink *sink = sink_open(scratch_name(&scratch, "much", name));

    (void)number;
    setrlimit(RLIMIT_FSIZE, &limit);
    _exit(!sink_write(sink, block, sizeof(block)) && !sink_close(sink, true)
              ? 5
              : 6);
}

static void check_large(void)
{
    char text[1000];
    int status = end_of(write_much, 0);

    said(text, sizeof(text));
    CHECK(WIFEXITED(status), "ulimit -f, %s: exited", text);
    EQUAL_INT(WEXITSTATUS(status), 5, "ulimit -f, %s: exit status", text);
    HAS_TEXT(text, "much: File too large\n", "ulimit -f, %s: message", text);
}

/* ------------------------------------------------------------ mapped files */

static char *map_file(const char *name, size_t size)
{
    char path[SCRATCH_PATH + 256];
    int fd = open(scratch_name(&scratch, name, path), O_RDWR | O_CREAT, 0666);

    if (fd < 0 || ftruncate(fd, (off_t)size) != 0)
        return NULL;
    void *map = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);

    close(fd);
    return map == MAP_FAILED ? NULL : map;
}

static void check_names(void)
{
    char *map = map_file("a name, and more", 3 << 14);
    char path[SCRATCH_PATH + 256], want[SCRATCH_PATH + 256];
    int local = 0;

    scratch_name(&scratch, "a name, and more", want);
    if (!CHECK(map != NULL, "a file is mapped"))
        return;
    CHECK(mapped_file(map + (2 << 14) + 7, path, sizeof(path)),
          "the file behind an address: %s: mapped_file", path);
    EQUAL_TEXT(path, want, "the file behind an address: %s: path", path);
    CHECK(mapped_file(map, path, 6), "a name in too little room: mapped_file");
    EQUAL_INT(strlen(path), 5, "a name in too little room: its length");
    CHECK(!mapped_file(&local, path, sizeof(path)), "the stack is no file");
    CHECK(!mapped_file(NULL, path, sizeof(path)), "nothing is mapped at 0");
    munmap(map, 3 << 14);
    unlink(want);
}

static const volatile char *shrunk;

static void touch(void *arg, size_t task, size_t thread)
{
    (void)arg;
    (void)task;
    while (thread == 0) /* another one comes to the page */
        usleep(1000);
    _exit(shrunk[1 << 15]);
}

static void read_shrunk(int in_pool)
{
    char path[SCRATCH_PATH + 256];
    struct berth_pool *pool;

    sink_open(scratch_name(&scratch, "half", path));
    ending_set_trouble(3);
    shrunk = map_file("weights", 1 << 16);
    if (shrunk == NULL ||
        truncate(scratch_name(&scratch, "weights", path), 4096) != 0)
        _exit(99);
    if (!in_pool)
        _exit(shrunk[1 << 15]);
    if (berth_pool_new(2, &pool, NULL) == BERTH_OK)
        berth_pool_run(pool, touch, NULL, 2);
}

static void check_shrunk(void)
{
    char text[1000], path[SCRATCH_PATH + 256], want[SCRATCH_PATH + 300];

    snprintf(want, sizeof(want), "berth: %s: changed while it was read\n",
             scratch_name(&scratch, "weights", path));
    for (int in_pool = 0; in_pool < 2; in_pool++) {
        int status = end_of(read_shrunk, in_pool);

        said(text, sizeof(text));
        unlink(scratch_name(&scratch, "weights", path));
        CHECK(WIFEXITED(status), "a mapped file that shrinks%s: exited",
              in_pool ? ", for any thread" : "");
        EQUAL_INT(WEXITSTATUS(status), 3,
                  "a mapped file that shrinks%s: exit status",
                  in_pool ? ", for any thread" : "");
        EQUAL_INT(n_files(), 0, "a mapped file that shrinks%s: files left",
                  in_pool ? ", for any thread" : "");
        CHECK(strcmp(text, want) == 0, "named: %s", text);
    }
}

/* ------------------------------------------------------------------ others */

static void no_memory(int number)
{
    char path[SCRATCH_PATH + 256];

    (void)number;
    sink_open(scratch_name(&scratch, "half", path));
    ending_no_memory();
}

static void check_memory(void)
{
    char text[100];
    int status = end_of(no_memory, 0);

    said(text, sizeof(text));
    CHECK(WIFEXITED(status), "no memory: exited");
    EQUAL_INT(WEXITSTATUS(status), 1, "no memory: exit status");
    EQUAL_INT(n_files(), 0, "no memory: files left");
    EQUAL_TEXT(text, "berth: out of memory\n", "no memory: message");
}

int main(void)
{
    if (!scratch_make(&scratch))
        return 1;
    check_signals();
    check_ignored();
    check_large();
    scratch_remove(&scratch);
    if (!scratch_make(&scratch))
        return 1;
    check_names();
    check_shrunk();
    check_memory();
    scratch_remove(&scratch);
    return tap_done();
}
