/*
 * test_progress.c - what a terminal gets of progress, and when.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "cli/base/message.h"
#include "cli/base/progress.h"
#include "tests/tap.h"

static int master;

/* A terminal in the place of standard error; false: there is none here. */
static bool open_terminal(void)
{
    master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0)
        return false;
    int slave = open(ptsname(master), O_RDWR | O_NOCTTY);

    return slave >= 0 && dup2(slave, STDERR_FILENO) >= 0 && close(slave) == 0;
}

/* What came since the last time. */
static const char *seen(void)
{
    static char text[4096];
    ssize_t n = read(master, text, sizeof(text) - 1);

    text[n > 0 ? n : 0] = '\0';
    return text;
}

static void wait_seconds(double s)
{
    struct timespec t = {.tv_sec = (time_t)s};

    t.tv_nsec = (long)((s - (double)t.tv_sec) * 1e9);
    nanosleep(&t, NULL);
}

static bool says(const char *text, const char *what)
{
    return HAS_TEXT(text, what, "the terminal is told");
}

static void test_phase(void)
{
    progress_phase("packing the weights");
    wait_seconds(1);
    EQUAL_TEXT(seen(), "", "nothing is drawn yet");
    wait_seconds(1.5);
    says(seen(), "\r\033[Kberth: packing the weights, ");
    message_error("stop");
    says(seen(), "\r\033[Kberth: stop\r\n");
    progress_part(0.25);
    wait_seconds(1); /* half way between two lines */
    says(seen(), "berth: packing the weights: 25 %, ");
    progress_phase(NULL);
    EQUAL_TEXT(seen(), "\r\033[K", "the line is cleared");
}

static void test_rows_on_the_terminal(void)
{
    progress_begin(true);
    progress_read(-1);
    progress_records(3, 100);
    wait_seconds(2.5);
    EQUAL_TEXT(seen(), "", "nothing is drawn yet");
    progress_read(0.5);
    progress_pause();
    progress_wrote(true);
    progress_resume();
    progress_records(4, 100);
    wait_seconds(1);
    EQUAL_TEXT(seen(), "", "nothing is drawn yet");
    progress_read(0.75);
    wait_seconds(1.5);
    says(seen(), "\r\033[Kberth: 4 records, ");
    progress_pause();
    progress_wrote(false);
    progress_resume();
    EQUAL_TEXT(seen(), "\r\033[K", "the line is cleared");
    progress_records(5, 100);
    wait_seconds(2.5);
    EQUAL_TEXT(seen(), "", "nothing is drawn yet");
    progress_end();
}

static void test_no_terminal(void)
{
    int ends[2];
    char c;

    CHECK(pipe2(ends, O_NONBLOCK) == 0 && dup2(ends[1], STDERR_FILENO) >= 0,
          "a pipe in the place of standard error");
    progress_open(PROGRESS_HELPS);
    progress_phase("packing the weights");
    wait_seconds(2.5);
    progress_close();
    CHECK(read(ends[0], &c, 1) < 0, "a pipe gets nothing");
}

int main(void)
{
    if (!open_terminal()) {
        SKIP("no terminal here");
        return tap_done();
    }
    progress_open(PROGRESS_HELPS);
    test_phase();
    test_rows_on_the_terminal();
    progress_close();
    test_no_terminal();
    return tap_done();
}
