/*
 * number_list.h - lists of numbers on the command line: "0,2-3"; -1 is the
 * last.
 */
#ifndef CLI_FRAME_NUMBER_LIST_H
#define CLI_FRAME_NUMBER_LIST_H

#include <stdbool.h>
#include <stddef.h>

/* Numbers of layers, heads or positions, ascending. */
struct number_list {
    size_t *items; /* (n) owned, free() */
    size_t n;
};

/*
 * number_list_parse - the numbers below limit that text lists; NULL: all.
 *
 *   option  for the message
 *
 * Returns false after a message.
 */
bool number_list_parse(const char *option, const char *text, size_t limit,
                       struct number_list *list);

#endif
