/*
 * pairs.c - the table of merges.
 */
#include "tokenizer/subwords/pairs.h"

#include "lib/status.h"
#include "tokenizer/stages/flow.h"

#include <stdlib.h>
#include <string.h>

enum {
    BITS_MIN = 4
};

void berth_pairs_free(struct berth_pairs *pairs)
{
    free(pairs->slots);
    free(pairs->filter);
    free(pairs->made);
    *pairs = (struct berth_pairs){0};
}

static void put(struct berth_pairs *pairs, struct berth_pair pair)
{
    uint64_t key = (uint64_t)pair.left << 32 | pair.right;
    uint64_t hash = key * UINT64_C(0x9e3779b97f4a7c15);
    size_t bit = (size_t)(hash >> (61 - pairs->bits));
    size_t mask = ((size_t)1 << pairs->bits) - 1;
    size_t i = bit >> 3;

    pairs->filter[bit >> 6] |= UINT64_C(1) << (bit & 63);
    while (pairs->slots[i].rank != BERTH_NO_RANK &&
           (pairs->slots[i].left != pair.left ||
            pairs->slots[i].right != pair.right))
        i = (i + 1) & mask;
    pairs->slots[i] = pair;
}

static bool reserve(struct berth_pairs *pairs, size_t n)
{
    size_t n_slots;

    pairs->bits = BITS_MIN;
    while ((size_t)1 << pairs->bits < 2 * n)
        pairs->bits++;
    n_slots = (size_t)1 << pairs->bits;
    pairs->slots = malloc(n_slots * sizeof(*pairs->slots));
    pairs->made = malloc((n + 1) * sizeof(*pairs->made));
    pairs->n = n;
    pairs->filter = calloc(n_slots >> 3, sizeof(*pairs->filter));
    if (pairs->slots == NULL || pairs->made == NULL || pairs->filter == NULL)
        return false;
    memset(pairs->slots, 0xff, n_slots * sizeof(*pairs->slots));
    return true;
}

/* The tokens of a merge, and what they become. */
struct triple {
    int32_t left;
    int32_t right;
    int32_t made;
};

/* The token that the left one and what is after skip bytes of the right one
 * make; -1: there is none. */
static int32_t joined(const struct berth_vocab *vocab,
                      const struct berth_merges *merges,
                      const struct berth_merge *merge, size_t skip,
                      struct berth_room *room)
{
    size_t n_left = merge->left.length;
    size_t n_right = merge->right.length - skip;
    char *text = berth_room_grown(room, n_left + n_right + 1, 1);

    if (text == NULL)
        return -1;
    memcpy(text, merges->block + merge->left.begin, n_left);
    memcpy(text + n_left, merges->block + merge->right.begin + skip, n_right);
    return berth_vocab_id(vocab, text, n_left + n_right);
}

static struct triple look_up(const struct berth_vocab *vocab,
                             const struct berth_merges *merges, size_t i,
                             size_t skip, struct berth_room *room)
{
    const struct berth_merge *merge = &merges->items[i];
    struct triple ids = {
        berth_vocab_id(vocab, merges->block + merge->left.begin,
                       merge->left.length),
        berth_vocab_id(vocab, merges->block + merge->right.begin,
                       merge->right.length),
        -1};

    if (ids.left >= 0 && ids.right >= 0 && merge->right.length >= skip)
        ids.made = joined(vocab, merges, merge, skip, room);
    return ids;
}

static enum berth_status fail_merge(const struct berth_merges *merges, size_t i,
                                    const char *name, struct berth_error *err)
{
    const struct berth_merge *merge = &merges->items[i];

    return berth_fail(
        err, BERTH_ERR_FORMAT,
        "%s: merge %zu: expected two tokens that make a third, "
        "found \"%.*s\" and \"%.*s\"",
        name, i + 1, (int)(merge->left.length < 40 ? merge->left.length : 40),
        merges->block + merge->left.begin,
        (int)(merge->right.length < 40 ? merge->right.length : 40),
        merges->block + merge->right.begin);
}

enum berth_status berth_pairs_build(const struct berth_vocab *vocab,
                                    const struct berth_merges *merges,
                                    size_t skip, const char *name,
                                    struct berth_pairs *out,
                                    struct berth_error *err)
{
    struct berth_room room = {NULL, 0};
    enum berth_status status = BERTH_OK;

    *out = (struct berth_pairs){0};
    if (!reserve(out, merges->n))
        status = berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory", name);
    for (size_t i = 0; status == BERTH_OK && i < merges->n; i++) {
        struct triple ids = look_up(vocab, merges, i, skip, &room);

        if (ids.made < 0) {
            status = fail_merge(merges, i, name, err);
            break;
        }
        put(out, (struct berth_pair){(uint32_t)ids.left, (uint32_t)ids.right,
                                     (uint32_t)i});
        out->made[i] = (uint32_t)ids.made;
    }
    free(room.at);
    if (status != BERTH_OK)
        berth_pairs_free(out);
    return status;
}
