/*
 * format.h - the output formats, and sets of them.
 */
#ifndef CLI_OUTPUT_FORMAT_H
#define CLI_OUTPUT_FORMAT_H

#include <stdbool.h>

enum output_format {
    FORMAT_TEXT,
    FORMAT_CSV,
    FORMAT_TSV,
    FORMAT_JSONL,
    FORMAT_NPY,
    FORMAT_F32,
    FORMAT_NPZ,
    FORMAT_HEAT,
    FORMAT_GRID,
    FORMAT_SVG
};

/* Their names, in that order. */
#define FORMAT_WORDS "text|csv|tsv|jsonl|npy|f32|npz|heat|grid|svg"

/* A set: bit f is format f. */
enum {
    FORMATS_TABLE = 1 << FORMAT_CSV | 1 << FORMAT_TSV,
    FORMATS_ROWS = 1 << FORMAT_TEXT | FORMATS_TABLE | 1 << FORMAT_JSONL,
    FORMATS_RAW = 1 << FORMAT_NPY | 1 << FORMAT_F32,
    FORMATS_NUMBERS = FORMATS_RAW | 1 << FORMAT_NPZ,  /* that hold no words */
    FORMATS_BARE = FORMATS_NUMBERS | 1 << FORMAT_SVG, /* no carried fields */
    FORMATS_PICTURE = 1 << FORMAT_HEAT | 1 << FORMAT_GRID /* for a terminal */
};

static inline bool format_in(int format, unsigned set)
{
    return (set >> format & 1) != 0;
}

/* format_is_table - csv or tsv: a header line, and cells. */
static inline bool format_is_table(int format)
{
    return format_in(format, FORMATS_TABLE);
}

/* format_separator - between cells, and between members of an object. */
static inline char format_separator(int format)
{
    return format == FORMAT_CSV || format == FORMAT_JSONL ? ',' : '\t';
}

/* format_between - between the numbers of a vector. */
static inline char format_between(int format)
{
    return format == FORMAT_TEXT ? ' ' : format_separator(format);
}

/* format_of_name - the word of the format that a file of this name holds,
 * whether a command has it or not; NULL: the name says none. */
const char *format_of_name(const char *path);

#endif
