/*
 * fastbpe_text.c - the files of fastBPE: fields of a line are parted by white
 * space, and the last of them is a count.
 */
#include "tokenizer/subwords/fastbpe.h"

#include "lib/status.h"
#include "tokenizer/unicode/utf8.h"

#include <stdlib.h>
#include <string.h>

enum {
    FIRST = 4
};

static enum berth_status check_text(const struct berth_blob *file,
                                    const char *name, struct berth_error *err)
{
    size_t bad = berth_utf8_error(file->data, file->size), line = 1;

    if (bad == file->size && file->size <= INT32_MAX / 2)
        return BERTH_OK;
    if (bad == file->size) {
        return berth_fail(err, BERTH_ERR_FORMAT,
                          "%s: expected at most 1 GiB, found %zu bytes", name,
                          file->size);
    }
    for (size_t i = 0; i < bad; i++)
        line += file->data[i] == '\n';
    return berth_fail(err, BERTH_ERR_FORMAT,
                      "%s: line %zu: expected UTF-8, found byte 0x%02x", name,
                      line, file->data[bad]);
}

/* [*begin, *end) without white space at its ends. */
static void trim(const unsigned char *s, size_t *begin, size_t *end)
{
    uint32_t cp;

    while (*begin < *end) {
        size_t size = berth_utf8_decode(s + *begin, *end - *begin, &cp);

        if (!berth_char_is_python_space(cp))
            break;
        *begin += size;
    }
    while (*end > *begin) {
        size_t size = berth_utf8_decode_before(s + *begin, *end - *begin, &cp);

        if (!berth_char_is_python_space(cp))
            break;
        *end -= size;
    }
}

static void add_token(struct berth_vocab *vocab, const char *text, size_t n,
                      size_t *used)
{
    vocab->words[vocab->n_ids++] =
        (struct berth_word){(uint32_t)*used, (uint32_t)n};
    memcpy(vocab->block + *used, text, n);
    vocab->block[*used + n] = '\0';
    *used += n + 1;
}

/* "token 123": what is before the last blank. */
static bool add_line(struct berth_vocab *vocab, const unsigned char *data,
                     size_t begin, size_t end, size_t *used)
{
    const char *blank;

    trim(data, &begin, &end);
    blank = memrchr(data + begin, ' ', end - begin);
    if (blank == NULL)
        return false;
    add_token(vocab, (const char *)data + begin,
              (size_t)(blank - (const char *)data) - begin, used);
    return true;
}

static size_t count_lines(const struct berth_blob *file)
{
    size_t n = 1;

    for (size_t i = 0; i < file->size; i++)
        n += file->data[i] == '\n';
    return n;
}

/* Where the line that begins at a byte ends, without its '\n'. */
static size_t line_end(const struct berth_blob *file, size_t begin)
{
    const unsigned char *next =
        memchr(file->data + begin, '\n', file->size - begin);

    return next != NULL ? (size_t)(next - file->data) : file->size;
}

enum berth_status berth_fastbpe_read_vocab(const struct berth_blob *file,
                                           const char *const first[4],
                                           const char *name,
                                           struct berth_vocab *out,
                                           struct berth_error *err)
{
    size_t n_first = FIRST, used = 0, line = 1;
    enum berth_status status = check_text(file, name, err);

    for (size_t i = 0; i < FIRST; i++)
        n_first += strlen(first[i]);
    if (status == BERTH_OK)
        status = berth_vocab_reserve(out, count_lines(file) + FIRST,
                                     file->size + n_first + 1, name, err);
    if (status != BERTH_OK)
        return status;
    for (size_t i = 0; i < FIRST; i++)
        add_token(out, first[i], strlen(first[i]), &used);
    for (size_t begin = 0; begin < file->size; line++) {
        size_t end = line_end(file, begin);

        if (!add_line(out, file->data, begin, end, &used)) {
            berth_vocab_free(out);
            return berth_fail(err, BERTH_ERR_FORMAT,
                              "%s: line %zu: expected a token, a blank and a "
                              "count, found something else",
                              name, line);
        }
        begin = end + 1;
    }
    return BERTH_OK;
}

/* The next field of [*at, end), and *at after it; an empty one: there is
 * none. */
static struct berth_word next_field(const unsigned char *data, size_t *at,
                                    size_t end)
{
    struct berth_word field;
    uint32_t cp;

    trim(data, at, &end);
    field.begin = (uint32_t)*at;
    while (*at < end) {
        size_t size = berth_utf8_decode(data + *at, end - *at, &cp);

        if (berth_char_is_python_space(cp))
            break;
        *at += size;
    }
    field.length = (uint32_t)*at - field.begin;
    return field;
}

static void read_codes(const struct berth_blob *file, struct berth_merges *out)
{
    for (size_t begin = 0; begin < file->size;) {
        size_t end = line_end(file, begin), at = begin;
        struct berth_merge *merge = &out->items[out->n];
        struct berth_word count, more;

        if (end == file->size)
            return;
        merge->left = next_field(file->data, &at, end);
        merge->right = next_field(file->data, &at, end);
        count = next_field(file->data, &at, end);
        more = next_field(file->data, &at, end);
        out->n += count.length > 0 && more.length == 0;
        begin = end + 1;
    }
}

enum berth_status berth_fastbpe_read_codes(const struct berth_blob *file,
                                           const char *name,
                                           struct berth_merges *out,
                                           struct berth_error *err)
{
    enum berth_status status = check_text(file, name, err);

    *out = (struct berth_merges){0};
    if (status != BERTH_OK)
        return status;
    out->block = malloc(file->size + 1);
    out->items = malloc(count_lines(file) * sizeof(*out->items));
    if (out->block == NULL || out->items == NULL) {
        berth_merges_free(out);
        return berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory", name);
    }
    if (file->size > 0)
        memcpy(out->block, file->data, file->size);
    read_codes(file, out);
    return BERTH_OK;
}
