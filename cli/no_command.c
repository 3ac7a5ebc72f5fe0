/*
 * no_command.c - what is asked of no command, and what is no command: help, the
 * version, and words that were meant otherwise.
 */
#include "cli/no_command.h"

#include <string.h>

#include "cli/base/message.h"
#include "cli/base/nearest.h"
#include "cli/frame/command.h"
#include "cli/version.h"

/* What is no command of the table. */
static const char *const others[] = {"help", "version", "completion"};

static bool is_one_of(const char *word, const char *a, const char *b)
{
    return strcmp(word, a) == 0 || strcmp(word, b) == 0;
}

static bool is_other(const char *word)
{
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
        if (strcmp(word, others[i]) == 0)
            return true;
    return false;
}

static int unknown_command(const char *name)
{
    struct nearest nearest = nearest_of(name);

    for (const struct command *const *c = commands; *c != NULL; c++)
        nearest_try(&nearest, (*c)->name, strlen((*c)->name));
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
        nearest_try(&nearest, others[i], strlen(others[i]));
    return message_usage("'%s' is not a command of berth%s", name,
                         nearest_phrase(&nearest));
}

/* The word as a shell reads it. */
static void put_word(struct buffer *b, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_=+,./:@%";

    buffer_putc(b, ' ');
    if (*word != '\0' && word[strspn(word, plain)] == '\0') {
        buffer_puts(b, word);
        return;
    }
    buffer_putc(b, '\'');
    for (; *word != '\0'; word++)
        if (*word == '\'')
            buffer_puts(b, "'\\''");
        else
            buffer_putc(b, *word);
    buffer_putc(b, '\'');
}

/* "berth --name": a word that is no option of berth alone. */
static int unknown_option(const char *name)
{
    static const char *const options[] = {"--help", "--version"};
    struct nearest nearest = nearest_of(name);

    for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++)
        nearest_try(&nearest, options[i], strlen(options[i]));
    return message_usage("unknown option '%s'%s", name,
                         nearest_phrase(&nearest));
}

/* An option before the command: the line with the command before it, which is
 * the first word that can be one. */
static int misplaced_option(char **argv)
{
    struct buffer b = {0};
    size_t at = 1;

    while (argv[at] != NULL && command_find(argv[at]) == NULL)
        at++;
    if (argv[at] == NULL)
        return unknown_option(argv[1]);
    buffer_puts(&b, argv[at]);
    for (size_t i = 1; argv[i] != NULL; i++)
        if (i != at)
            put_word(&b, argv[i]);
    message_usage("options come after the command: berth %.*s", (int)b.size,
                  b.data);
    buffer_free(&b);
    return EXIT_USAGE;
}

/* Of the command, if one is named. */
static int help(const char *name)
{
    if (name == NULL || name[0] == '-' || is_other(name))
        return help_print();
    const struct command *command = command_find(name);

    return command != NULL ? command_help(command) : unknown_command(name);
}

int no_command(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";
    const char *next = argc > 2 ? argv[2] : NULL;
    const bool asks_help = next != NULL && is_one_of(next, "-h", "--help");

    if (argc < 2)
        return help_complain();
    if (command_find(name) != NULL)
        return -1;
    if (is_one_of(name, "-h", "--help") || strcmp(name, "help") == 0)
        return help(next);
    if (is_other(name) && asks_help)
        return help_print();
    if (is_one_of(name, "-V", "--version") || strcmp(name, "version") == 0)
        return version_print();
    if (strcmp(name, "completion") == 0)
        return completion_print(next);
    return name[0] == '-' ? misplaced_option(argv) : unknown_command(name);
}
