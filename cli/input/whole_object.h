/*
 * whole_object.h - a record as the object that it came as, for --merge.
 *
 * What is made is the object up to where one more member may be put at its end:
 * "{" or {"a":1,"b":[2], . A member that has the key of that one is left out.
 */
#ifndef CLI_INPUT_WHOLE_OBJECT_H
#define CLI_INPUT_WHOLE_OBJECT_H

#include "cli/base/buffer.h"
#include "cli/input/input.h"

/*
 * whole_object_of_line - of an object that json_line_scan() has checked. Words,
 * numbers and strings stay as they are written; NaN and Infinity become null.
 *
 *   b        cleared, then filled
 *   scratch  of the caller, used again for each
 *
 * False: the line is not UTF-8, and no JSON can hold it.
 */
bool whole_object_of_line(struct buffer *b, const char *line, size_t size,
                          const char *key, struct buffer *scratch);

/* whole_object_name - appends the name of a field, for what follows. */
void whole_object_name(struct buffer *names, const char *name, size_t size);

/* whole_object_of_fields - of n fields of csv or tsv, each a string; n names
 * were appended to names, or none: then they are numbered from 1. */
void whole_object_of_fields(struct buffer *b, const struct buffer *names,
                            const struct field *fields, size_t n,
                            const char *key);

#endif
