/*
 * test_sink.c - files that appear whole or not at all, devices, full disks and
 * closed pipes; and the buffer.
 */
#include "cli/base/buffer.h"
#include "cli/output/sink.h"
#include "tests/tap.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[] = "/tmp/berth-test-XXXXXX";
static char path[64], link_path[64];

static bool holds(const char *name, const char *want)
{
    char text[64] = "";
    int fd = open(name, O_RDONLY);
    ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;

    if (fd >= 0)
        close(fd);
    return n == (ssize_t)strlen(want) && strcmp(text, want) == 0;
}

static int n_files(void)
{
    DIR *d = opendir(dir);
    int n = 0;

    for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;)
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    if (d != NULL)
        closedir(d);
    return n;
}

static int mode_of(const char *name)
{
    struct stat st;

    return stat(name, &st) == 0 ? (int)(st.st_mode & 0777) : -1;
}

static void check_new_file(void)
{
    struct sink *s;

    umask(027);
    s = sink_open(path);
    CHECK(s != NULL && access(path, F_OK) != 0,
          "there is no file before it is whole");
    CHECK(sink_write(s, "abc", 3), "written and patched: sink_write 'abc'");
    CHECK(sink_write(s, "def", 3), "written and patched: sink_write 'def'");
    CHECK(sink_patch(s, 1, "X", 1), "written and patched: sink_patch 'X'");
    CHECK(sink_write(s, "g", 1), "written and patched: sink_write 'g'");
    CHECK(sink_close(s, true), "after close: sink_close");
    CHECK(holds(path, "aXcdefg"), "after close: holds 'aXcdefg'");
    EQUAL_INT(n_files(), 1, "after close: n_files");
    CHECK(mode_of(path) == 0640, "with the mode that umask leaves");
    umask(022);
}

static void check_replaced(void)
{
    struct sink *s;

    chmod(path, 0604);
    s = sink_open(path);
    sink_write(s, "bad", 3);
    CHECK(sink_close(s, false), "after failed work: sink_close");
    CHECK(holds(path, "aXcdefg"), "after failed work: holds 'aXcdefg'");
    EQUAL_INT(n_files(), 1, "after failed work: n_files");
    s = sink_open(path);
    sink_write(s, "new", 3);
    CHECK(holds(path, "aXcdefg"), "the old file stays while writing");
    CHECK(sink_close(s, true), "a file replaced: sink_close");
    CHECK(holds(path, "new"), "a file replaced: holds 'new'");
    EQUAL_INT(mode_of(path), 0604, "a file replaced: mode_of");
}

static void check_link(void)
{
    struct stat st;
    struct sink *s;

    snprintf(link_path, sizeof(link_path), "%s/link", dir);
    CHECK(symlink("out", link_path) == 0, "a symbolic link");
    s = sink_open(link_path);
    sink_write(s, "via", 3);
    CHECK(sink_close(s, true), "through a link: sink_close");
    CHECK(holds(path, "via"), "through a link: holds 'via'");
    EQUAL_INT(lstat(link_path, &st), 0, "through a link: lstat");
    CHECK(S_ISLNK(st.st_mode), "through a link: S_ISLNK");
    unlink(path);
    s = sink_open(link_path);
    sink_write(s, "made", 4);
    CHECK(sink_close(s, true) && holds(path, "made"),
          "a dangling link makes its file");
    unlink(link_path);
}

static void check_refused(void)
{
    char below[80];

    snprintf(below, sizeof(below), "%s/none/out", dir);
    CHECK(sink_open(below) == NULL,
          "a file in a folder that is not there is refused");
    CHECK(sink_open(dir) == NULL, "a folder is no file");
    CHECK(sink_open("/dev/fd/999") == NULL, "a descriptor that is not open");
}

static void check_full(void)
{
    struct sink *s = sink_open("/dev/full");

    CHECK(s != NULL && !sink_seekable(s), "/dev/full opens");
    CHECK(!sink_write(s, "x", 1), "a full disk: not sink_write 'x'");
    CHECK(!sink_write(s, "x", 1), "a full disk: not sink_write 'x'");
    CHECK(!sink_close(s, true), "a full disk: not sink_close");
}

static void check_pipe(void)
{
    char name[32], byte;
    struct sink *s;
    int fds[2];

    if (pipe(fds) != 0)
        return;
    snprintf(name, sizeof(name), "/dev/fd/%d", fds[1]);
    s = sink_open(name);
    CHECK(s != NULL, "a pipe by its number: opened");
    CHECK(sink_write(s, "y", 1), "a pipe by its number: sink_write 'y'");
    EQUAL_INT(read(fds[0], &byte, 1), 1, "a pipe by its number: read");
    signal(SIGPIPE, SIG_IGN);
    close(fds[0]);
    CHECK(!sink_write(s, "y", 1),
          "a closed pipe, SIGPIPE ignored: not sink_write 'y'");
    EQUAL_INT(errno, EPIPE, "a closed pipe, SIGPIPE ignored: errno");
    CHECK(!sink_close(s, true),
          "a closed pipe, SIGPIPE ignored: not sink_close");
    signal(SIGPIPE, SIG_DFL);
    close(fds[1]);
}

/* More than a pipe holds, to a writer that must not wait and a slow reader. */
static void check_nonblocking(void)
{
    static char data[300000], seen[4096];
    size_t total = 0;
    char name[32];
    int fds[2];
    ssize_t n;
    pid_t pid;

    fflush(stdout);
    if (pipe(fds) != 0 || (pid = fork()) < 0)
        return;
    if (pid == 0) {
        struct sink *s;
        close(fds[0]);
        fcntl(fds[1], F_SETFL, O_NONBLOCK);
        snprintf(name, sizeof(name), "/dev/fd/%d", fds[1]);
        s = sink_open(name);
        _exit(sink_write(s, data, sizeof(data)) && sink_close(s, true) ? 0 : 1);
    }
    close(fds[1]);
    usleep(20000);
    while ((n = read(fds[0], seen, sizeof(seen))) > 0)
        total += (size_t)n;
    close(fds[0]);
    EQUAL_INT(total, sizeof(data), "a non-blocking pipe: bytes read");
    EQUAL_INT(waitpid(pid, &fds[0], 0), pid, "a non-blocking pipe: waitpid");
    EQUAL_INT(fds[0], 0, "a non-blocking pipe: exit status of the writer");
}

static void check_appending(void)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT, 0666);
    char name[32];
    struct sink *s;

    snprintf(name, sizeof(name), "/dev/fd/%d", fd);
    s = sink_open(name);
    CHECK(s != NULL && !sink_seekable(s), "a file opened by >> has no patches");
    sink_write(s, "!", 1);
    CHECK(sink_close(s, true) && holds(path, "made!"),
          "a file named twice keeps what it had");
    close(fd);
}

static void check_signal(void)
{
    int status = 0, before = n_files();
    pid_t pid;

    fflush(stdout);
    pid = fork();
    if (pid == 0) {
        struct sink *s;
        s = sink_open(path);
        sink_write(s, "half", 4);
        raise(SIGTERM);
        _exit(0);
    }
    waitpid(pid, &status, 0);
    CHECK(WIFSIGNALED(status), "a signal while writing: ended by a signal");
    EQUAL_INT(WTERMSIG(status), SIGTERM, "a signal while writing: signal");
    EQUAL_INT(n_files(), before, "a signal while writing: n_files");
}

/* What comes out of a terminal's other end when text is written to it. */
static bool terminal_shows(int master, const char *terminal, bool raw,
                           const char *want)
{
    char text[64] = "";
    struct sink *s = sink_open(terminal);
    bool ok = s != NULL && sink_is_terminal(s);

    if (!ok)
        return false;
    if (raw)
        sink_raw(s);
    ok = sink_write(s, "a\x1b[31m\xc2\x9b", 8) && sink_close(s, true);
    return ok && read(master, text, sizeof(text) - 1) > 0 &&
           strcmp(text, want) == 0;
}

static void check_terminal(void)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    const char *name =
        master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0
            ? ptsname(master)
            : NULL;
    /* Open all the while: what is written stays until it is read. */
    int other = name != NULL ? open(name, O_RDWR | O_NOCTTY) : -1;

    if (other < 0) {
        SKIP("no terminals here");
        return;
    }
    CHECK(terminal_shows(master, name, false, "a\xef\xbf\xbd[31m\xef\xbf\xbd"),
          "a terminal sees no control character");
    CHECK(terminal_shows(master, name, true, "a\x1b[31m\xc2\x9b"),
          "but the program's own");
    close(other);
    close(master);
    struct sink *s = sink_open(path);

    CHECK(!sink_is_terminal(s), "text to a file: is no terminal");
    CHECK(sink_write(s, "\x1b\x9b", 2), "text to a file: sink_write");
    CHECK(sink_close(s, true), "text to a file: sink_close");
    CHECK(holds(path, "\x1b\x9b"), "text to a file: holds");
}

static void check_buffer(void)
{
    struct buffer b = {0};

    for (int i = 0; i < 1000; i++)
        buffer_printf(&b, "%d,", i % 10);
    buffer_put(&b, NULL, 0);
    EQUAL_SIZE(b.size, 2000, "a buffer grows: size");
    EQUAL_BYTES(b.data + 1990, 10, "5,6,7,8,9,", 10,
                "a buffer grows: last bytes");
    buffer_clear(&b);
    buffer_puts(&b, "x");
    EQUAL_SIZE(b.size, 1, "a buffer used again: size");
    EQUAL_INT(b.data[0], 'x', "a buffer used again: data[0]");
    CHECK(buffer_reserve(&b, SIZE_MAX) == NULL && b.failed,
          "too much is a failure, not an overflow");
    buffer_puts(&b, "y");
    CHECK(b.size == 1, "after which puts do nothing");
    buffer_free(&b);
    CHECK(b.data == NULL && !b.failed, "freed, it starts anew");
}

int main(void)
{
    signal(SIGTERM, SIG_DFL); /* before the first sink looks at it */
    if (mkdtemp(dir) == NULL)
        return 1;
    snprintf(path, sizeof(path), "%s/out", dir);
    check_new_file();
    check_replaced();
    check_link();
    check_refused();
    check_full();
    check_pipe();
    check_nonblocking();
    check_appending();
    check_signal();
    check_terminal();
    check_buffer();
    unlink(path);
    rmdir(dir);
    return tap_done();
}
