/*
 * input_format.h - the format of each file: the one that was asked for, else
 * the one that its name tells.
 */
#ifndef CLI_INPUT_INPUT_FORMAT_H
#define CLI_INPUT_INPUT_FORMAT_H

#include "cli/input/input.h"

/* input_format_of - how this file is read. Its name counts where no format was
 * asked for, nor anything that only lines have. */
enum input_format input_format_of(const struct input_options *o,
                                  const char *file);

/* input_has_fields - of a format: --field and --id name parts of a record. */
bool input_has_fields(enum input_format format);

/* input_is_table - of a format: csv or tsv. */
bool input_is_table(enum input_format format);

/* input_separator - what --delimiter means: a byte, or its name; 0: nothing
 * that can part fields. */
char input_separator(const char *text);

/* input_has_spans - whether records are several lines, and are known by their
 * places. */
bool input_has_spans(const struct input_options *o);

/* input_any - whether an operand, or what is read without one, has a format
 * that is like this. */
bool input_any(const struct input_options *o, bool (*is)(enum input_format));

#endif
