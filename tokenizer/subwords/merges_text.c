/*
 * merges_text.c - the merges of a merges.txt: "a b" a line.
 */
#include "tokenizer/subwords/merges.h"

#include "lib/status.h"
#include "tokenizer/stages/flow.h"
#include "tokenizer/unicode/utf8.h"

#include <stdlib.h>
#include <string.h>

static const char version[] = "#version";

/* "a b", n bytes, at a byte of the block. */
static bool part(const char *block, size_t begin, size_t n,
                 struct berth_merge *out)
{
    const char *line = block + begin;
    const char *blank = memchr(line, ' ', n);
    size_t n_left;

    if (blank == NULL)
        return false;
    n_left = (size_t)(blank - line);
    out->left = (struct berth_word){(uint32_t)begin, (uint32_t)n_left};
    out->right = (struct berth_word){(uint32_t)(begin + n_left + 1),
                                     (uint32_t)(n - n_left - 1)};
    return memchr(blank + 1, ' ', n - n_left - 1) == NULL;
}

/* Without the end of its line. */
static size_t line_length(const char *line, const char *next)
{
    size_t n = (size_t)(next - line);

    return n > 0 && line[n - 1] == '\r' ? n - 1 : n;
}

static enum berth_status fail_line(const char *name, size_t line,
                                   const char *expected,
                                   struct berth_error *err)
{
    return berth_fail(err, BERTH_ERR_FORMAT,
                      "%s: line %zu: expected %s, found something else", name,
                      line, expected);
}

static enum berth_status read_lines(struct berth_merges *out, size_t size,
                                    const char *name, struct berth_error *err)
{
    size_t capacity = 0, line = 1;

    for (size_t begin = 0; begin < size; line++) {
        const char *at = out->block + begin;
        const char *stop = memchr(at, '\n', size - begin);
        size_t n = line_length(at, stop != NULL ? stop : out->block + size);
        void *items =
            berth_grown(out->items, &capacity, out->n + 1, sizeof(*out->items));

        if (items == NULL)
            return berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory", name);
        out->items = items;
        if (n < sizeof(version) - 1 ||
            memcmp(at, version, sizeof(version) - 1) != 0) {
            if (!part(out->block, begin, n, &out->items[out->n++]))
                return fail_line(name, line,
                                 "two tokens with a blank between them", err);
        }
        begin = stop != NULL ? (size_t)(stop + 1 - out->block) : size;
    }
    return BERTH_OK;
}

enum berth_status berth_merges_read_text(const struct berth_blob *file,
                                         const char *name,
                                         struct berth_merges *out,
                                         struct berth_error *err)
{
    size_t bad = berth_utf8_error(file->data, file->size);
    enum berth_status status;
    size_t line = 1;

    *out = (struct berth_merges){0};
    for (size_t i = 0; i < bad && bad < file->size; i++)
        line += file->data[i] == '\n';
    if (bad < file->size)
        return fail_line(name, line, "UTF-8", err);
    if (file->size > INT32_MAX) {
        return berth_fail(err, BERTH_ERR_FORMAT,
                          "%s: expected at most 2 GiB, found %zu bytes", name,
                          file->size);
    }
    out->block = malloc(file->size + 1);
    if (out->block == NULL)
        return berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory", name);
    if (file->size > 0)
        memcpy(out->block, file->data, file->size);
    status = read_lines(out, file->size, name, err);
    if (status != BERTH_OK)
        berth_merges_free(out);
    return status;
}
