/*
 * options.h - one table of options for each command; getopt_long, --help and
 * the shell completions are all made from it.
 */
#ifndef CLI_FRAME_OPTIONS_H
#define CLI_FRAME_OPTIONS_H

#include <stddef.h>

#include "cli/base/buffer.h"
#include "cli/base/text_list.h"

/* What an option does to its destination, and the destination's type. */
enum option_kind {
    OPTION_FLAG,   /* bool: becomes true */
    OPTION_SET,    /* int: becomes min */
    OPTION_TEXT,   /* const char *, borrowed from argv */
    OPTION_LIST,   /* struct text_list: appended */
    OPTION_SIZE,   /* size_t within min .. max */
    OPTION_BYTES,  /* size_t, a K, M or G may follow */
    OPTION_INT,    /* int within min .. max */
    OPTION_FLOAT,  /* double within min .. max */
    OPTION_CHOICE, /* int: number of the word within argument, "a|b|c" */
    OPTION_BARE,   /* the same, after "=" only; alone it is the word max */
    OPTION_HELP    /* none */
};

struct option_row {
    int letter;           /* 0: none */
    const char *name;     /* without the dashes */
    const char *argument; /* NULL: takes none */
    const char *help;     /* what it does, and its default */
    enum option_kind kind;
    size_t offset; /* of the destination in the command's struct */
    /* Of OPTION_TEXT: enum file_use of the file it names, or 0; of a choice:
     * the words that are offered, bit i the word i; 0: all. */
    long long min;
    long long max;
};

/* A group of rows under one heading of --help; the last row has no name. What
 * comes after it several commands may share. */
struct option_group {
    const char *title;
    const struct option_row *rows;
    const struct option_group *next; /* NULL: the last */
};

/* Letters that a kin of the command, as grep(1), has for something that is not
 * here, or is called otherwise; the last one has no letters. */
struct option_habit {
    const char *letters;
    const char *instead; /* what to give, or why there is nothing */
};

/* max of the rows of numbers that nothing else bounds. */
enum {
    OPTION_SIZE_MAX = 1 << 30
};

enum options_result {
    OPTIONS_RUN,
    OPTIONS_HELP,
    OPTIONS_WRONG /* a message was printed */
};

/*
 * options_parse - reads argv[1 ...] into the struct at base.
 *
 *   groups    the first of them
 *   habits    what an error may say; NULL: nothing
 *   operands  out: operands are argv[*operands ... argc - 1]
 */
enum options_result options_parse(const struct option_group *groups,
                                  const struct option_habit *habits, void *base,
                                  int argc, char **argv, int *operands);

/* option_letter - of a row of these groups; 0: none, or an earlier row has it.
 */
int option_letter(const struct option_group *groups,
                  const struct option_row *row);

/* option_is_choice - whether its argument is one of some words. */
bool option_is_choice(const struct option_row *row);

/* option_word - word i of "a|b|c", and its size; NULL: there are not so many.
 */
const char *option_word(const char *words, int i, size_t *size);

/* option_find - the row of this name; NULL: there is none. */
const struct option_row *option_find(const struct option_group *groups,
                                     const char *name);

/* option_choose - the number of a word of a choice; -1: it is not
 * offered. */
int option_choose(const struct option_row *row, const char *word);

/* option_put_words - the words of a choice that are offered. */
void option_put_words(const struct option_row *row, char between,
                      struct buffer *b);

/* options_help - the option part of --help. */
void options_help(const struct option_group *groups, struct buffer *b);

#endif
