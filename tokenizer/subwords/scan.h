/*
 * scan.h - the long lists of a tokenizer.json, read byte by byte. Tens or
 * hundreds of thousands of entries would be as many allocations in a JSON tree;
 * here their texts go straight into one block. The rest of the file is read as
 * JSON with these parts cut out (load/files.c).
 */
#ifndef TOKENIZER_SUBWORDS_SCAN_H
#define TOKENIZER_SUBWORDS_SCAN_H

#include "lib/folder.h"
#include "tokenizer/subwords/vocab.h"

#include <string.h>

/* A place in a file, and the texts that were read up to it. */
struct berth_scan {
    const unsigned char *at;
    const unsigned char *end;
    const unsigned char *data; /* the whole file, to count lines */
    const char *name;          /* the file, for messages */
    const char *key;           /* the list, for messages: "model.vocab" */
    struct berth_error *err;
    char *block; /* owned: every text, each with a NUL after it */
    size_t used;
};

/*
 * berth_scan_next - the next of "model"."vocab" and "model"."merges" in a
 * tokenizer.json.
 *
 *   at   0 to begin with, then where the list before ends; becomes where this
 *        one begins, at its '{' or '['
 *   key  "model.vocab" or "model.merges"
 *
 * False when there is none, or the JSON before it is broken. Cannot fail.
 */
bool berth_scan_next(const struct berth_blob *file, size_t *at,
                     const char **key);

/*
 * berth_scan_start - at a byte of the file. free(scan->block), unless it is
 * taken.
 *
 * Errors: BERTH_ERR_FORMAT (over 2 GiB), BERTH_ERR_MEMORY.
 */
enum berth_status berth_scan_start(struct berth_scan *scan,
                                   const struct berth_blob *file, size_t begin,
                                   const char *name, const char *key,
                                   struct berth_error *err);

/* berth_scan_fail - "found" is what is at scan->at; BERTH_ERR_FORMAT. */
enum berth_status berth_scan_fail(const struct berth_scan *scan,
                                  const char *expected);

/* berth_scan_text - a string into the block. It fits: no escape is shorter than
 * the character that it means. Errors: BERTH_ERR_FORMAT. */
enum berth_status berth_scan_text(struct berth_scan *scan,
                                  struct berth_word *out);

/*
 * berth_scan_number - a score, as a JSON number.
 *
 *   exact  the nearest double; else the one that serde_json finds
 *
 * Errors: BERTH_ERR_FORMAT, BERTH_ERR_MEMORY.
 */
enum berth_status berth_scan_number(struct berth_scan *scan, bool exact,
                                    double *out);

/* berth_scan_eight - eight bytes, the first one lowest; compilers make one load
 * of it. */
static inline uint64_t berth_scan_eight(const unsigned char *at)
{
    return (uint64_t)at[0] | (uint64_t)at[1] << 8 | (uint64_t)at[2] << 16 |
           (uint64_t)at[3] << 24 | (uint64_t)at[4] << 32 |
           (uint64_t)at[5] << 40 | (uint64_t)at[6] << 48 |
           (uint64_t)at[7] << 56;
}

/* berth_scan_peek - the next byte that is no white space; '\0' at the end. In
 * a file that is indented half of all bytes pass here, most as four blanks. */
static inline unsigned char berth_scan_peek(struct berth_scan *scan)
{
    const unsigned char *at = scan->at, *end = scan->end;

    while (at < end &&
           (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t')) {
        at++;
        while (end - at >= 4 && memcmp(at, "    ", 4) == 0)
            at += 4;
    }
    scan->at = at;
    return at < end ? *at : '\0';
}

static inline bool berth_scan_eat(struct berth_scan *scan, unsigned char want)
{
    if (berth_scan_peek(scan) != want || scan->at == scan->end)
        return false;
    scan->at++;
    return true;
}

#endif
