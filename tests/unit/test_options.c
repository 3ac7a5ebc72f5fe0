/*
 * test_options.c - one table makes parsing and help.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/frame/options.h"
#include "tests/messages.h"
#include "tests/tap.h"

struct target {
    bool flag;
    int set;
    const char *text;
    struct text_list list;
    size_t size;
    size_t bytes;
    int number;
    int choice;
    int some;
    int bare;
};

static const struct option_row rows[] = {
    {'f', "flag", NULL, "a flag", OPTION_FLAG, offsetof(struct target, flag), 0,
     0},
    {0, "no-set", NULL, "sets", OPTION_SET, offsetof(struct target, set), -1,
     0},
    {'t', "text", "TEXT", "a text", OPTION_TEXT, offsetof(struct target, text),
     0, 0},
    {'l', "list", "TEXT", "texts", OPTION_LIST, offsetof(struct target, list),
     0, 0},
    {0}};
static const struct option_row more[] = {
    {'n', "size", "N", "a size", OPTION_SIZE, offsetof(struct target, size), 1,
     100},
    {0, "bytes", "SIZE", "bytes", OPTION_BYTES, offsetof(struct target, bytes),
     1, 1LL << 40},
    {0, "number", "N", "a number", OPTION_INT, offsetof(struct target, number),
     -1, 9},
    {'c', "choice", "one|two|three", "a choice", OPTION_CHOICE,
     offsetof(struct target, choice), 0, 0},
    {0, "some", "one|two|three|four", "words of a list", OPTION_CHOICE,
     offsetof(struct target, some), 1 << 1 | 1 << 3, 0},
    {0, "bare", "one|two|three", "a word or none", OPTION_BARE,
     offsetof(struct target, bare), 0, 1},
    {'h', "help", NULL, "help", OPTION_HELP, 0, 0, 0},
    {0}};
static const struct option_group groups[] = {{"First", rows, &groups[1]},
                                             {"Second", more, NULL}};

static const struct option_habit habits[] = {
    {"xy", "give --flag"}, {"c", "there is no need for it"}, {0}};

static char *argv[32];

/* Parses words separated by blanks; *n_operands of them are operands. */
static enum options_result parse(const char *line, struct target *t,
                                 int *n_operands)
{
    static char words[256];
    char *save = NULL;
    int argc = 0, first = 0;

    snprintf(words, sizeof(words), "command %s", line);
    for (char *w = strtok_r(words, " ", &save); w != NULL;
         w = strtok_r(NULL, " ", &save))
        argv[argc++] = w;
    argv[argc] = NULL;
    free(t->list.items);
    *t = (struct target){.choice = -1, .bare = -1};
    enum options_result result =
        options_parse(groups, habits, t, argc, argv, &first);

    *n_operands = argc - first;
    return result;
}

static void test_values(void)
{
    struct target t = {0};
    int n;

    EQUAL_INT(parse("a -f --text=x b -ly --list z -n 7", &t, &n), OPTIONS_RUN,
              "options between operands: parse");
    EQUAL_SIZE(n, 2, "options between operands: n");
    CHECK(t.flag, "options with values: flag");
    EQUAL_TEXT(t.text, "x", "options with values: text");
    EQUAL_SIZE(t.size, 7, "options with values: size");
    EQUAL_SIZE(t.list.n, 2, "a list of values: n");
    EQUAL_TEXT(t.list.items[1], "z", "a list of values: items[1]");
    EQUAL_INT(parse("--no-set --number -1 -- -f", &t, &n), OPTIONS_RUN,
              "-- and a negative number: parse");
    EQUAL_SIZE(n, 1, "-- and a negative number: n");
    EQUAL_INT(t.set, -1, "-- and a negative number: set");
    EQUAL_INT(t.number, -1, "-- and a negative number: number");
    CHECK(!t.flag, "-- and a negative number: not flag");
    EQUAL_INT(parse("-c three", &t, &n), OPTIONS_RUN,
              "a choice is its number: parse");
    EQUAL_INT(t.choice, 2, "a choice is its number: choice");
    EQUAL_INT(parse("--some four", &t, &n), OPTIONS_RUN,
              "of a list some words are offered: parse");
    EQUAL_INT(t.some, 3, "of a list some words are offered: their own number");
    EQUAL_INT(parse("--bytes 3K", &t, &n), OPTIONS_RUN, "K, M and G: 3K");
    EQUAL_INT(t.bytes, 3072, "K, M and G: bytes");
    EQUAL_INT(parse("--bytes 2M", &t, &n), OPTIONS_RUN, "K, M and G: 2M");
    EQUAL_INT(t.bytes, (size_t)2 << 20, "K, M and G: bytes");
    EQUAL_INT(parse("--bytes 1G", &t, &n), OPTIONS_RUN, "K, M and G: 1G");
    EQUAL_INT(t.bytes, (size_t)1 << 30, "K, M and G: bytes");
    CHECK(parse("-f -h --nonsense", &t, &n) == OPTIONS_HELP,
          "help is seen before what follows it");
    free(t.list.items);
}

/* Options come first, as --stats prints them; operands keep their order. */
static void test_order(void)
{
    static const char *const want[] = {"-f", "-n", "7", "-lx", "--",
                                       "a",  "-",  "b", "-t"};
    struct target t = {0};
    int n;

    EQUAL_INT(parse("a -f - -n 7 b -lx -- -t", &t, &n), OPTIONS_RUN, "parse");
    EQUAL_SIZE(n, 4, "n");
    for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++)
        EQUAL_TEXT(argv[1 + i], want[i], "word %zu in order", i);
    free(t.list.items);
}

/* An option whose word may be missing takes what is one of its words, and
 * nothing else. */
static void test_bare(void)
{
    static const struct {
        const char *line;
        int bare, n_operands;
    } cases[] = {
        {"--bare", 1, 0},          {"--bare=three", 2, 0},
        {"--bare three", 2, 0},    {"--bare four", 1, 1},
        {"--bare -f", 1, 0},       {"--bare -- three", 1, 1},
        {"a --bare one b", 0, 2},  {"a --bare b one", 1, 3},
        {"--ba three", 2, 0},      {"--bare=one three", 0, 1},
        {"a -f --bare two", 1, 1}, {"--bare=three --bare", 1, 0},
    };
    struct target t = {0};
    int n;

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        EQUAL_INT(parse(cases[i].line, &t, &n), OPTIONS_RUN, "'%s': parse",
                  cases[i].line);
        EQUAL_INT(t.bare, cases[i].bare, "'%s': bare", cases[i].line);
        EQUAL_INT(n, cases[i].n_operands, "'%s': n", cases[i].line);
    }
    free(t.list.items);
}

static void test_wrong(void)
{
    static const char *const wrong[] = {"-x",
                                        "--nonsense",
                                        "-n",
                                        "-n 0",
                                        "-n 101",
                                        "-n 7x",
                                        "-n 0x7",
                                        "-n +7",
                                        "--size=",
                                        "--number -2",
                                        "--number 10",
                                        "--number 1.5",
                                        "--bytes 3k",
                                        "--bytes K",
                                        "--bytes 3KK",
                                        "--bytes 9999999G",
                                        "--bytes 99999999999999999999",
                                        "-c four",
                                        "-c on",
                                        "--some one",
                                        "-c one|two",
                                        "--flag=1",
                                        "--choice=",
                                        "--bare=",
                                        "--bare=four",
                                        "-fx"};
    struct target t = {0};
    int n;

    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
        CHECK(parse(wrong[i], &t, &n) == OPTIONS_WRONG, "'%s' is refused",
              wrong[i]);
    free(t.list.items);
}

/* What is meant by who is used to another program. */
static void test_habits(void)
{
    static const struct {
        const char *line, *want;
    } cases[] = {
        {"-x", "berth: unknown option '-x'; give --flag\n"},
        {"-fy 7", "berth: unknown option '-y'; give --flag\n"},
        {"-z", "berth: unknown option '-z'\n"},
        {"--xy", "berth: unknown option '--xy'\n"},
        {"-c text", "berth: --choice: 'text' is not one of one|two|three; "
                    "there is no need for it\n"},
        {"-c tow", "berth: --choice: 'tow' is not one of one|two|three; the "
                   "nearest is 'two'\n"},
        {"--some text", "berth: --some: 'text' is not one of two|four\n"},
    };
    struct target t = {0};
    int n;

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        messages_begin();
        parse(cases[i].line, &t, &n);
        HAS_TEXT(messages_end(), cases[i].want, "'%s': message", cases[i].line);
    }
    free(t.list.items);
}

static void test_help(void)
{
    struct buffer b = {0};

    options_help(groups, &b);
    buffer_putc(&b, '\0');
    CHECK(!b.failed, "help was written");
    HAS_TEXT(b.data, "\nFirst:\n", "help has the groups");
    HAS_TEXT(b.data, "\nSecond:\n", "help has the groups");
    HAS_TEXT(b.data, "  -t, --text TEXT           a text\n",
             "help has the rows");
    HAS_TEXT(b.data, "      --bytes SIZE          bytes\n",
             "help has the rows");
    HAS_TEXT(b.data, "      --some two|four       words of a list\n",
             "help has the words that are offered");
    HAS_TEXT(b.data, "      --bare[=one|two|three]\n",
             "help has brackets where the word may be missing");
    buffer_free(&b);
}

int main(void)
{
    test_values();
    test_order();
    test_bare();
    test_wrong();
    test_habits();
    test_help();
    return tap_done();
}
