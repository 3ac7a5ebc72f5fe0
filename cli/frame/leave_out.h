/*
 * leave_out.h - --ignore: what is left out of the meaning of a text, and stays
 * in the text that is printed.
 */
#ifndef CLI_FRAME_LEAVE_OUT_H
#define CLI_FRAME_LEAVE_OUT_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

#include "cli/base/text_list.h"

struct leave_out {
    regex_t *patterns; /* (n) */
    size_t n;
};

/* The row of --ignore, which is in struct shared. */
#define IGNORE_ROW                                                             \
    0, "ignore", "REGEX",                                                      \
        "leave what matches out of the meaning, as time stamps (repeatable)",  \
        OPTION_LIST, offsetof(struct shared, ignore), 0, 0

/* leave_out_parse - leave_out_free() in any case. False after a message. */
bool leave_out_parse(const struct text_list *patterns, struct leave_out *out);
void leave_out_free(struct leave_out *out);

/*
 * leave_out_from - the text without what any of the patterns matches in it: a
 * blank is where it was. Each pattern looks at the text as it came, line by
 * line.
 *
 *   out_size  bytes of the result, which a zero byte ends
 *
 * The result is owned, free(); NULL when memory is out.
 */
char *leave_out_from(const struct leave_out *l, const char *text, size_t size,
                     size_t *out_size);

#endif
