/*
 * test_progress.c - what a terminal gets of progress, and when.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
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

static void wait_seconds(double s)
{
    struct timespec t = {.tv_sec = (time_t)s};

    t.tv_nsec = (long)((s - (double)t.tv_sec) * 1e9);
    nanosleep(&t, NULL);
}

/* What has come since the last time. */
static char text[4096];
static size_t length;

static void read_more(void)
{
    ssize_t n = read(master, text + length, sizeof(text) - 1 - length);

    length += n > 0 ? (size_t)n : 0;
    text[length] = '\0';
}

/* A terminal passes on what it got when the system finds the time, and a busy
 * machine draws late. */
static void says(const char *what)
{
    for (int i = 0; i < 600 && strstr(text, what) == NULL; i++) {
        read_more();
        wait_seconds(0.05);
    }
    HAS_TEXT(text, what, "the terminal is told");
    length = 0;
    text[0] = '\0';
}

/* For S seconds; when a busy machine made more than MOST of them, what is drawn
 * tells nothing. */
static void says_nothing(double s, double most)
{
    const double begin = progress_clock();

    wait_seconds(s);
    read_more();
    if (progress_clock() - begin < most)
        EQUAL_TEXT(text, "", "nothing is drawn yet");
    else
        SKIP("this machine is too busy to be timed");
}

static void test_phase(void)
{
    progress_phase("packing the weights");
    says_nothing(1, 1.9);
    says("\r\033[Kberth: packing the weights, ");
    message_error("stop");
    says("\r\033[Kberth: stop\r\n");
    progress_part(0.25);
    says("berth: packing the weights: 25 %, ");
    progress_phase(NULL);
    says("\r\033[K");
}

static void test_rows_on_the_terminal(void)
{
    progress_begin(true);
    progress_read(-1);
    progress_records(3, 100);
    says_nothing(2.5, 1e9);
    progress_read(0.5);
    progress_pause();
    progress_wrote(true);
    progress_resume();
    progress_records(4, 100);
    says_nothing(1, 1.9);
    progress_read(0.75);
    says("\r\033[Kberth: 4 records, ");
    progress_pause();
    progress_wrote(false);
    progress_resume();
    says("\r\033[K");
    progress_records(5, 100);
    says_nothing(2.5, 1e9);
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
