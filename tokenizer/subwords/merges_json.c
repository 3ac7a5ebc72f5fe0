/*
 * merges_json.c - the merges of a tokenizer.json: ["a b", ...], or newer
 * [["a", "b"], ...].
 */
#include "tokenizer/subwords/merges.h"

#include "lib/status.h"
#include "tokenizer/stages/flow.h"
#include "tokenizer/subwords/scan.h"

#include <stdlib.h>
#include <string.h>

struct reader {
    struct berth_scan s;
    struct berth_merges out;
    size_t capacity;
};

/* "a b": parted at the only blank. */
static bool part(const struct berth_scan *s, struct berth_word text,
                 struct berth_merge *out)
{
    const char *begin = s->block + text.begin;
    const char *blank = memchr(begin, ' ', text.length);
    uint32_t n;

    if (blank == NULL)
        return false;
    n = (uint32_t)(blank - begin);
    out->left = (struct berth_word){text.begin, n};
    out->right = (struct berth_word){text.begin + n + 1, text.length - n - 1};
    return memchr(blank + 1, ' ', out->right.length) == NULL;
}

/* ["a", "b"], after the bracket. */
static enum berth_status read_pair(struct berth_scan *s,
                                   struct berth_merge *out)
{
    enum berth_status status = berth_scan_text(s, &out->left);

    if (status != BERTH_OK)
        return status;
    if (!berth_scan_eat(s, ','))
        return berth_scan_fail(s, "',' and a token");
    status = berth_scan_text(s, &out->right);
    if (status != BERTH_OK)
        return status;
    return berth_scan_eat(s, ']') ? BERTH_OK : berth_scan_fail(s, "']'");
}

static enum berth_status read_merge(struct reader *r)
{
    static const char version[] = "#version";
    struct berth_merges *out = &r->out;
    void *items =
        berth_grown(out->items, &r->capacity, out->n + 1, sizeof(*out->items));
    struct berth_word text;
    enum berth_status status;

    if (items == NULL) {
        return berth_fail(r->s.err, BERTH_ERR_MEMORY, "%s: out of memory",
                          r->s.name);
    }
    out->items = items;
    if (berth_scan_eat(&r->s, '[')) {
        status = read_pair(&r->s, &out->items[out->n]);
        out->n += status == BERTH_OK;
        return status;
    }
    status = berth_scan_text(&r->s, &text);
    if (status != BERTH_OK ||
        strncmp(r->s.block + text.begin, version, sizeof(version) - 1) == 0)
        return status;
    if (!part(&r->s, text, &out->items[out->n]))
        return berth_scan_fail(&r->s, "two tokens with a blank between them");
    out->n++;
    return BERTH_OK;
}

static enum berth_status read_merges(struct reader *r)
{
    if (!berth_scan_eat(&r->s, '['))
        return berth_scan_fail(&r->s, "a list");
    if (berth_scan_eat(&r->s, ']'))
        return BERTH_OK;
    do {
        enum berth_status status = read_merge(r);

        if (status != BERTH_OK)
            return status;
    } while (berth_scan_eat(&r->s, ','));
    return berth_scan_eat(&r->s, ']') ? BERTH_OK
                                      : berth_scan_fail(&r->s, "',' or ']'");
}

enum berth_status berth_merges_read_json(const struct berth_blob *file,
                                         size_t begin, const char *name,
                                         size_t *end, struct berth_merges *out,
                                         struct berth_error *err)
{
    struct reader r = {.out = {0}};
    enum berth_status status =
        berth_scan_start(&r.s, file, begin, name, "model.merges", err);

    if (status != BERTH_OK)
        return status;
    status = read_merges(&r);
    *end = (size_t)(r.s.at - file->data);
    r.out.block = r.s.block;
    if (status == BERTH_OK)
        *out = r.out;
    else
        berth_merges_free(&r.out);
    return status;
}

void berth_merges_free(struct berth_merges *merges)
{
    free(merges->block);
    free(merges->items);
    *merges = (struct berth_merges){0};
}
