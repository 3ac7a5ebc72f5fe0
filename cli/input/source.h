/*
 * source.h - the text of a file or of standard input, gunzipped where it is
 * gzip, decoded where it is UTF-16, taken line by line.
 */
#ifndef CLI_INPUT_SOURCE_H
#define CLI_INPUT_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

/* What to do when nothing can be read at once, and how to be woken. */
struct source_wait {
    void (*idle)(void *arg); /* called before waiting; may be NULL */
    void *arg;
    int stop_fd; /* readable: reading ends; -1: none */
};

struct source;

/*
 * source_open - NAME, or standard input for "-".
 *
 *   wait  borrowed until source_close()
 *
 * NULL on failure, errno set.
 */
struct source *source_open(const char *name, const struct source_wait *wait);
void source_close(struct source *s);

/* source_reads - whether it is this file. */
bool source_reads(const struct source *s, const struct stat *file);

enum source_got {
    SOURCE_LINE,
    SOURCE_LONG,  /* a line longer than max: it was skipped */
    SOURCE_END,   /* no more, or told to stop */
    SOURCE_FAILED /* see source_reason() */
};

enum {
    SOURCE_WHOLE = -1 /* as delimiter: everything up to the end is one line */
};

/*
 * source_line - the next line, without its delimiter; a last line may lack it.
 * A byte-order mark at the start is dropped; one of UTF-16 has the rest decoded
 * to UTF-8. What is no text by its first bytes fails at the first line.
 *
 *   line  borrowed until the next call; it may hold NUL
 *   size  of a line that is too long, too
 */
enum source_got source_line(struct source *s, int delimiter, size_t max,
                            const char **line, size_t *size);

/* source_peek - the next byte, which stays: SOURCE_LINE, or why there is none.
 */
enum source_got source_peek(struct source *s, char *c);

/* source_skip - goes past the byte of source_peek(). */
void source_skip(struct source *s);

/*
 * source_take - what begins here, up to where scan() finds its end, or to the
 * end of the file.
 *
 *   scan  is given all bytes, some at a time; returns how many of these belong
 *         to it, or SIZE_MAX: all do, and more
 *   max   SOURCE_LONG: it was longer, and skipped
 *   data  borrowed until the next call
 */
enum source_got source_take(struct source *s,
                            size_t (*scan)(void *arg, const char *p, size_t n),
                            void *arg, size_t max, const char **data,
                            size_t *size);

/* source_next - bytes of the text before what is read next. */
uint64_t source_next(const struct source *s);

/* source_count - delimiters among n bytes. */
size_t source_count(const char *p, size_t n, int delimiter);

/* source_pass - goes past the lines that begin before a place of the text;
 * returns how many. */
size_t source_pass(struct source *s, int delimiter, uint64_t place);

/* source_measure - bytes of the text, asked before any line; what is no plain
 * file in UTF-8 is read whole. False: see source_reason(). */
bool source_measure(struct source *s, uint64_t *size);

/* source_is_text - asked before any line: whether the first bytes are neither
 * those of another format nor hold a NUL; true also where reading fails. */
bool source_is_text(struct source *s);

/* source_reason - one line of words about SOURCE_FAILED. */
const char *source_reason(const struct source *s);

/* source_stopped - whether reading ended because of stop_fd. */
bool source_stopped(const struct source *s);

/* source_place - bytes of the text, unpacked and in UTF-8, before the line that
 * source_line() gave last. */
uint64_t source_place(const struct source *s);

/* source_can_go - after a line: whether source_place() is a place in the file,
 * which source_go() may go to. */
bool source_can_go(const struct source *s);

/* source_go - before anything is read: to a place where a line begins. */
void source_go(struct source *s, uint64_t place);

/* source_bytes - bytes read from the file so far, compressed ones counted. */
uint64_t source_bytes(const struct source *s);

#endif
