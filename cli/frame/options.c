/*
 * options.c - option tables to getopt_long and to help text.
 */
#include "cli/frame/options.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/base/message.h"
#include "cli/base/nearest.h"
#include "cli/frame/command.h"

enum {
    MAX_OPTIONS = 64,
    LONG_BASE = 256, /* getopt values of rows begin above every letter */
    HELP_COLUMN = 28,
    HELP_WIDTH = 80
};

/* The rows of all groups, one after another, as getopt_long wants them. */
struct flat {
    const struct option_row *rows[MAX_OPTIONS];
    struct option longs[MAX_OPTIONS + 1];
    char shorts[2 * MAX_OPTIONS + 3];
    size_t n;
    /* Of argv: options before first, then operands, up to what is not read. */
    int first, read;
};

static void flatten(struct flat *f, const struct option_group *groups)
{
    size_t s = 0;

    memset(f, 0, sizeof(*f));
    f->first = f->read = 1;
    f->shorts[s++] = '+';
    f->shorts[s++] = ':';
    for (; groups != NULL; groups = groups->next)
        for (const struct option_row *row = groups->rows;
             row->name != NULL && f->n < MAX_OPTIONS; row++) {
            struct option *o = &f->longs[f->n];

            o->name = row->name;
            o->has_arg = row->kind == OPTION_BARE ? optional_argument
                         : row->argument != NULL  ? required_argument
                                                  : no_argument;
            o->val = LONG_BASE + (int)f->n;
            f->rows[f->n++] = row;
            if (row->letter != 0) {
                f->shorts[s++] = (char)row->letter;
                if (row->argument != NULL)
                    f->shorts[s++] = ':';
            }
        }
}

static const struct option_row *find_row(const struct flat *f, int value)
{
    if (value >= LONG_BASE && value < LONG_BASE + (int)f->n)
        return f->rows[value - LONG_BASE];
    for (size_t i = 0; i < f->n; i++)
        if (f->rows[i]->letter == value)
            return f->rows[i];
    return NULL;
}

/* The number that s is, whole, and nothing else; suffixes K, M, G if asked. */
static bool parse_number(const char *s, bool bytes, long long *out)
{
    char *end;
    int shift = 0;

    if (*s != '-' && (*s < '0' || *s > '9'))
        return false;
    errno = 0;
    *out = strtoll(s, &end, 10);
    if (errno != 0 || end == s)
        return false;
    if (bytes && *end != '\0') {
        const char *at = strchr("KMG", *end);

        if (at == NULL)
            return false;
        shift = 10 * (int)(at - "KMG" + 1);
        end++;
    }
    if (*out > LLONG_MAX >> shift || *end != '\0')
        return false;
    *out *= 1LL << shift;
    return true;
}

static bool put_number(const struct option_row *row, const char *arg, void *to)
{
    long long value;

    if (!parse_number(arg, row->kind == OPTION_BYTES, &value) ||
        value < row->min || value > row->max)
        return message_refuse("--%s: '%s' is not a whole number from %lld to "
                              "%lld",
                              row->name, arg, row->min, row->max);
    if (row->kind == OPTION_INT)
        *(int *)to = (int)value;
    else
        *(size_t *)to = (size_t)value;
    return true;
}

static bool put_float(const struct option_row *row, const char *arg, double *to)
{
    char *end;
    double value = strtod(arg, &end);

    if (end == arg || *end != '\0' || !(value >= (double)row->min) ||
        value > (double)row->max)
        return message_refuse("--%s: '%s' is not a number from %lld to %lld",
                              row->name, arg, row->min, row->max);
    *to = value;
    return true;
}

static bool is_offered(const struct option_row *row, int index)
{
    return row->min == 0 || (row->min >> index & 1) != 0;
}

bool option_is_choice(const struct option_row *row)
{
    return row->kind == OPTION_CHOICE || row->kind == OPTION_BARE;
}

const char *option_word(const char *words, int i, size_t *size)
{
    for (; i > 0 && words != NULL; i--) {
        words = strchr(words, '|');
        if (words != NULL)
            words++;
    }
    *size = words != NULL ? strcspn(words, "|") : 0;
    return words;
}

void option_put_words(const struct option_row *row, char between,
                      struct buffer *b)
{
    const char *word;
    size_t n, n_put = 0;

    for (int i = 0; (word = option_word(row->argument, i, &n)) != NULL; i++)
        if (is_offered(row, i)) {
            buffer_between(b, n_put++, between);
            buffer_put(b, word, n);
        }
}

/* The number of a word that is offered; -1: there is no such word, but maybe
 * one that is near. */
static int word_number(const struct option_row *row, const char *arg,
                       struct nearest *nearest)
{
    const char *word;
    size_t n;

    *nearest = nearest_of(arg);
    for (int i = 0; (word = option_word(row->argument, i, &n)) != NULL; i++) {
        if (!is_offered(row, i))
            continue;
        if (n == nearest->size && memcmp(word, arg, n) == 0)
            return i;
        nearest_try(nearest, word, n);
    }
    return -1;
}

const struct option_row *option_find(const struct option_group *groups,
                                     const char *name)
{
    for (; groups != NULL; groups = groups->next)
        for (const struct option_row *row = groups->rows; row->name != NULL;
             row++)
            if (strcmp(row->name, name) == 0)
                return row;
    return NULL;
}

int option_choose(const struct option_row *row, const char *word)
{
    struct nearest unused;

    return word_number(row, word, &unused);
}

/* What to give in place of this letter; NULL: nobody expects another. */
static const char *instead_of(const struct option_habit *habits, int letter)
{
    for (; habits != NULL && habits->letters != NULL; habits++)
        if (letter != 0 && strchr(habits->letters, letter) != NULL)
            return habits->instead;
    return NULL;
}

static bool put_choice(const struct option_row *row,
                       const struct option_habit *habits, const char *arg,
                       int *to)
{
    const char *instead = instead_of(habits, row->letter);
    struct buffer words = {0};
    struct nearest nearest = {0};
    int i = arg != NULL ? word_number(row, arg, &nearest) : (int)row->max;

    if (i >= 0) {
        *to = i;
        return true;
    }
    option_put_words(row, '|', &words);
    if (nearest.name[0] != '\0' || instead == NULL)
        message_usage("--%s: '%s' is not one of %.*s%s", row->name, arg,
                      (int)words.size, words.data, nearest_phrase(&nearest));
    else
        message_usage("--%s: '%s' is not one of %.*s; %s", row->name, arg,
                      (int)words.size, words.data, instead);
    buffer_free(&words);
    return false;
}

static bool put_item(const struct option_row *row, const char *arg,
                     struct text_list *list)
{
    /* The lists are short: they grow by one. */
    const char **items =
        realloc(list->items, (list->n + 1) * sizeof(*list->items));

    if (items == NULL)
        return message_error("--%s: out of memory", row->name);
    list->items = items;
    list->items[list->n++] = arg;
    return true;
}

static bool put(const struct option_row *row, const struct option_habit *habits,
                const char *arg, void *base)
{
    void *to = (char *)base + row->offset;

    switch (row->kind) {
    case OPTION_FLAG:
        *(bool *)to = true;
        return true;
    case OPTION_SET:
        *(int *)to = (int)row->min;
        return true;
    case OPTION_TEXT:
        *(const char **)to = arg;
        return true;
    case OPTION_LIST:
        return put_item(row, arg, to);
    case OPTION_SIZE:
    case OPTION_BYTES:
    case OPTION_INT:
        return put_number(row, arg, to);
    case OPTION_FLOAT:
        return put_float(row, arg, to);
    case OPTION_CHOICE:
    case OPTION_BARE:
        return put_choice(row, habits, arg, to);
    case OPTION_HELP:
        break;
    }
    return true;
}

/* What of all this a name that is no option's may mean. */
struct meant {
    struct nearest option;
    struct nearest command; /* its list: those that have the option */
    struct buffer begun;    /* "--a, --b": options that begin so */
    size_t n_begun;
    struct buffer choice; /* "--format csv": the name is a word of a choice */
};

static bool is_name(const struct nearest *n, const char *name, size_t size)
{
    return n->size == size && strncasecmp(n->word, name, size) == 0;
}

static void look_at_row(struct meant *m, const struct option_row *row)
{
    const char *word;
    size_t n;

    nearest_try(&m->option, row->name, strlen(row->name));
    if (strncmp(row->name, m->option.word, m->option.size) == 0)
        buffer_printf(&m->begun, "%s--%s", m->n_begun++ > 0 ? ", " : "",
                      row->name);
    for (int i = 0; option_is_choice(row) && m->choice.size == 0 &&
                    (word = option_word(row->argument, i, &n)) != NULL;
         i++)
        if (is_offered(row, i) && is_name(&m->option, word, n))
            buffer_printf(&m->choice, "--%s %.*s", row->name, (int)n, word);
}

static void look_at_commands(struct meant *m)
{
    for (const struct command *const *c = commands; *c != NULL; c++) {
        bool found = false;

        for (const struct option_group *g = &(*c)->options; g != NULL && !found;
             g = g->next)
            for (const struct option_row *row = g->rows; row->name != NULL;
                 row++)
                found =
                    found || is_name(&m->option, row->name, strlen(row->name));
        if (found)
            nearest_try(&m->command, (*c)->name, strlen((*c)->name));
    }
}

/* A long option of no such name, or the beginning of several. */
static void complain_name(const struct flat *f, const char *at, size_t n)
{
    struct meant m = {.option = {.word = at + 2, .size = n - 2}};
    const int size = (int)n;

    for (size_t i = 0; i < f->n; i++)
        look_at_row(&m, f->rows[i]);
    look_at_commands(&m);
    if (m.n_begun > 1)
        message_usage("option '%.*s' could be %.*s", size, at,
                      (int)m.begun.size, m.begun.data);
    else if (m.choice.size > 0 && m.option.distance != 1)
        message_usage("unknown option '%.*s'; the nearest is '%.*s'", size, at,
                      (int)m.choice.size, m.choice.data);
    else if (m.option.name[0] != '\0')
        message_usage("unknown option '%.*s'; the nearest is '--%s'", size, at,
                      m.option.name);
    else if (m.command.n_list > 0)
        message_usage("unknown option '%.*s'; commands that have it: %s", size,
                      at, m.command.list);
    else
        message_usage("unknown option '%.*s'", size, at);
    buffer_free(&m.begun);
    buffer_free(&m.choice);
}

/* getopt found nothing it knows: at is the word it was reading. */
static void complain(const struct flat *f, const struct option_habit *habits,
                     int why, const char *at)
{
    const char *instead = instead_of(habits, optopt);
    const size_t size = strcspn(at, "=");

    if (why == ':')
        message_usage("option '%s' needs an argument", at);
    else if (optopt >= LONG_BASE)
        message_usage("option '%.*s' takes no argument", (int)size, at);
    else if (optopt > 0 && instead != NULL)
        message_usage("unknown option '-%c'; %s", optopt, instead);
    else if (optopt > 0)
        message_usage("unknown option '-%c'", optopt);
    else
        complain_name(f, at, size);
}

/* Puts the words of an option before the operands that were read before it. */
static void settle(struct flat *f, char **argv)
{
    for (; f->read < optind; f->read++, f->first++) {
        char **operands = argv + f->first, *word = argv[f->read];

        memmove(operands + 1, operands,
                (size_t)(f->read - f->first) * sizeof(*operands));
        *operands = word;
    }
}

/* The next option as getopt_long() gives it; -1 after the last. glibc and musl
 * do not agree on when operands move behind options, and on what optind is
 * then: so it stops at each of them ('+'), and they are moved here. */
static int next_option(struct flat *f, int argc, char **argv)
{
    int value;

    settle(f, argv);
    while ((value = getopt_long(argc, argv, f->shorts, f->longs, NULL)) == -1 &&
           optind == f->read && optind < argc)
        f->read = ++optind;
    if (value == -1)
        settle(f, argv); /* -- */
    return value;
}

/* The argument of an option that may stand alone. It was a word of its own
 * before it could be left out: one of the choices still is it, so that such
 * command lines keep their meaning. NULL: there is none. */
static const char *bare_argument(const struct option_row *row, int argc,
                                 char **argv)
{
    if (optarg == NULL && optind < argc &&
        option_choose(row, argv[optind]) >= 0)
        return argv[optind++];
    return optarg;
}

enum options_result options_parse(const struct option_group *groups,
                                  const struct option_habit *habits, void *base,
                                  int argc, char **argv, int *operands)
{
    struct flat f;
    int value;

    flatten(&f, groups);
    opterr = 0;
    optind = 0;
    while ((value = next_option(&f, argc, argv)) != -1) {
        const struct option_row *row = find_row(&f, value);

        if (value == '?' || value == ':' || row == NULL) {
            complain(&f, habits, value, argv[f.read]);
            return OPTIONS_WRONG;
        }
        if (row->kind == OPTION_HELP)
            return OPTIONS_HELP;
        const char *arg =
            row->kind == OPTION_BARE ? bare_argument(row, argc, argv) : optarg;

        if (!put(row, habits, arg, base))
            return OPTIONS_WRONG;
    }
    *operands = f.first;
    return OPTIONS_RUN;
}

int option_letter(const struct option_group *groups,
                  const struct option_row *row)
{
    for (; groups != NULL; groups = groups->next)
        for (const struct option_row *r = groups->rows; r->name != NULL; r++) {
            if (r == row)
                return row->letter;
            if (r->letter == row->letter)
                return 0;
        }
    return row->letter;
}

/* Puts the words of s beside the option, on as many lines as they need. Text in
 * parentheses begins a new line if it does not fit whole. */
static void put_words(struct buffer *b, const char *s)
{
    size_t column = HELP_COLUMN;

    for (size_t n; *s != '\0'; s += n + (s[n] == ' '), column += n + 1) {
        n = strcspn(s, " ");
        size_t least = *s == '(' ? strlen(s) : n;

        if (column > HELP_COLUMN && column + least > HELP_WIDTH) {
            buffer_printf(b, "\n%*s", HELP_COLUMN, "");
            column = HELP_COLUMN;
        } else if (column > HELP_COLUMN) {
            buffer_putc(b, ' ');
        }
        buffer_put(b, s, n);
    }
    buffer_putc(b, '\n');
}

/* The words of a choice; a line that is full goes on below the first word. */
static void put_choices(struct buffer *b, const struct option_row *row,
                        size_t line)
{
    const size_t column = b->size - line;
    const char *word;
    size_t n, n_put = 0;

    for (int i = 0; (word = option_word(row->argument, i, &n)) != NULL; i++) {
        if (!is_offered(row, i))
            continue;
        buffer_between(b, n_put++, '|');
        if (b->size - line + n + 1 > HELP_WIDTH) {
            buffer_printf(b, "\n%*s", (int)column, "");
            line = b->size - column;
        }
        buffer_put(b, word, n);
    }
}

static void help_row(const struct option_row *row, int letter, struct buffer *b)
{
    size_t start = b->size;

    if (letter != 0)
        buffer_printf(b, "  -%c, --%s", letter, row->name);
    else
        buffer_printf(b, "      --%s", row->name);
    if (row->argument != NULL)
        buffer_puts(b, row->kind == OPTION_BARE ? "[=" : " ");
    if (option_is_choice(row))
        put_choices(b, row, start);
    else if (row->argument != NULL)
        buffer_puts(b, row->argument);
    if (row->kind == OPTION_BARE)
        buffer_putc(b, ']');
    if (b->size - start >= HELP_COLUMN - 1) {
        buffer_putc(b, '\n');
        start = b->size;
    }
    while (!b->failed && b->size - start < HELP_COLUMN)
        buffer_putc(b, ' ');
    put_words(b, row->help);
}

void options_help(const struct option_group *groups, struct buffer *b)
{
    for (const struct option_group *g = groups; g != NULL; g = g->next) {
        buffer_printf(b, "\n%s:\n", g->title);
        for (const struct option_row *row = g->rows; row->name != NULL; row++)
            help_row(row, option_letter(groups, row), b);
    }
}
