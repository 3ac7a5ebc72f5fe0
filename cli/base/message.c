/*
 * message.c - words on standard error: each message is one line and one write,
 * so that lines of several processes in a pipe do not mix.
 */
#include "cli/base/message.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <utf8proc.h>

#include "cli/base/progress.h"

static bool quiet;
static bool no_files;
static bool was_usage;
static const char *command;

void message_set_command(const char *name)
{
    command = name;
}

void message_set_quiet(bool on)
{
    quiet = on;
}

void message_set_no_files(bool on)
{
    no_files = on;
}

/* File names and texts may hold anything; a message stays one line and cannot
 * drive the terminal. */
void message_tame(char *s)
{
    char *out = s;

    while (*s != '\0') {
        utf8proc_int32_t c;
        utf8proc_ssize_t n =
            utf8proc_iterate((const utf8proc_uint8_t *)s, -1, &c);
        bool shown = n > 0 && c >= 0x20 && (c < 0x7f || c >= 0xa0);

        for (size_t left = n > 0 ? (size_t)n : 1; left > 0; left--, s++)
            if (shown)
                *out++ = *s;
        if (!shown)
            *out++ = '?';
    }
    *out = '\0';
}

static bool ends_with(const char *line, const char *end)
{
    size_t n = strlen(line), n_end = strlen(end);

    return n >= n_end && strcmp(line + n - n_end, end) == 0;
}

/* Whether this is the second error that memory is out: what fails after the
 * first one fails for the same cause. A warning is no reason to leave out the
 * error that follows it. Any thread. */
static bool is_memory_again(const char *line)
{
    static atomic_bool was_said;

    return (ends_with(line, "out of memory") ||
            ends_with(line, strerror(ENOMEM))) &&
           atomic_exchange(&was_said, true);
}

__attribute__((format(printf, 2, 0))) static void
say(const char *prefix, const char *fmt, va_list ap)
{
    char line[4096];

    vsnprintf(line, sizeof(line), fmt, ap);
    message_tame(line);
    if (*prefix == '\0' && is_memory_again(line))
        return;
    /* stderr is unbuffered: glibc and musl hand one fprintf to one write. */
    progress_pause();
    fprintf(stderr, "berth: %s%s\n", prefix, line);
    progress_resume();
}

bool message_error(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    say("", fmt, ap);
    va_end(ap);
    return false;
}

bool message_file(const char *fmt, ...)
{
    va_list ap;

    if (no_files)
        return false;
    va_start(ap, fmt);
    say("", fmt, ap);
    va_end(ap);
    return false;
}

void message_warning(const char *fmt, ...)
{
    va_list ap;

    if (quiet)
        return;
    va_start(ap, fmt);
    say("warning: ", fmt, ap);
    va_end(ap);
}

void message_note(const char *fmt, ...)
{
    va_list ap;

    if (quiet)
        return;
    va_start(ap, fmt);
    say("", fmt, ap);
    va_end(ap);
}

__attribute__((format(printf, 1, 0))) static void say_usage(const char *fmt,
                                                            va_list ap)
{
    say("", fmt, ap);
    was_usage = true;
    fprintf(stderr, "try 'berth%s%s --help'\n", command ? " " : "",
            command ? command : "");
}

int message_usage(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    say_usage(fmt, ap);
    va_end(ap);
    return EXIT_USAGE;
}

bool message_refuse(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    say_usage(fmt, ap);
    va_end(ap);
    return false;
}

int message_status(void)
{
    return was_usage ? EXIT_USAGE : EXIT_NOT_DONE;
}
