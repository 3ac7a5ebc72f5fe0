/*
 * kept_index.c - what an index knows of files, and whether it is worth adding
 * to.
 */
#include "cli/vectors/kept_index.h"

#include <stdlib.h>
#include <string.h>

#include "cli/vectors/vector_form.h"

/* The part of the index that a test is true of, and of those the longest file.
 * Files mostly come in the order that they have there. */
static const struct store_part *
find_part(struct kept *k, const void *arg,
          bool (*is)(const struct store_part *, const void *), bool longest)
{
    const struct store *s = &k->store;
    const struct store_part *best = NULL;

    for (size_t i = 0; i < s->n_parts; i++) {
        const size_t at = (k->next_part + i) % s->n_parts;
        const struct store_part *part = &s->parts[at];

        if (!is(part, arg) ||
            (best != NULL && part->stamp.size <= best->stamp.size))
            continue;
        best = part;
        if (!longest) {
            k->next_part = at + 1;
            break;
        }
    }
    return best;
}

static bool has_stamp(const struct store_part *part, const void *arg)
{
    return content_is(&part->stamp, arg);
}

static bool has_content(const struct store_part *part, const void *arg)
{
    return memcmp(part->content, arg, sizeof(part->content)) == 0;
}

/* The same file may have grown since. */
static bool may_be_begin(const struct store_part *part, const void *arg)
{
    const struct store_stamp *now = arg;

    return part->n_blocks > 0 && part->stamp.device == now->device &&
           part->stamp.inode == now->inode && part->stamp.size < now->size;
}

/* Where its lines are is known: it is text of lines, not packed. */
static bool can_go_on(const struct kept *k, const struct store_part *part)
{
    return k->store.blocks[part->first_block].place != STORE_NO_PLACE;
}

bool kept_index_look_up(struct kept *k, struct kept_unit *unit)
{
    struct content now;

    if (!content_stamp(unit->file, &unit->stamp))
        return false;
    unit->part = find_part(k, &unit->stamp, has_stamp, false);
    if (unit->part != NULL) {
        memcpy(unit->content, unit->part->content, sizeof(unit->content));
        unit->whole = true;
        return true;
    }
    const struct store_part *begin =
        find_part(k, &unit->stamp, may_be_begin, true);
    const uint64_t size =
        begin != NULL && can_go_on(k, begin) ? begin->stamp.size : 0;

    if (!kept_content(k, unit, size, &now))
        return false;
    unit->stamp = now.stamp;
    memcpy(unit->content, now.whole, sizeof(unit->content));
    unit->part = find_part(k, now.whole, has_content, false);
    unit->whole = unit->part != NULL;
    if (!unit->whole && size > 0 && now.ends_line &&
        has_content(begin, now.begin)) {
        unit->part = begin;
        unit->n_known = begin->n_rows;
        unit->rest = (struct input_start){size, now.n_lines};
    }
    return true;
}

bool kept_index_is_wasteful(const struct kept *k)
{
    const size_t n_bytes = k->key.n_bytes + form_beside_step(k->key.n_beside);
    uint64_t used = 0;

    for (size_t u = 0; u < k->n_units; u++)
        if (k->units[u].part != NULL)
            used += k->units[u].part->n_rows * n_bytes;
    return used == 0 || k->store.end / 2 > used + (1 << 20);
}

/* The system says something else of a file that is the same. */
static bool is_renewed(const struct kept_unit *unit)
{
    return unit->whole && unit->stamp.settled != 0 &&
           memcmp(&unit->stamp, &unit->part->stamp, sizeof(unit->stamp)) != 0;
}

void kept_index_renew(const struct kept *k)
{
    const struct store *s = &k->store;
    const struct kept_unit **of = calloc(s->n_parts + 1, sizeof(*of));
    size_t n = 0;

    for (size_t u = 0; of != NULL && u < k->n_units; u++)
        if (is_renewed(&k->units[u])) {
            of[k->units[u].part - s->parts] = &k->units[u];
            n++;
        }
    struct store_writer *w = n > 0 ? store_append(k->index, s) : NULL;

    for (size_t i = 0; w != NULL && i < s->n_parts; i++) {
        struct store_part part = s->parts[i];

        if (of[i] != NULL)
            part.stamp = of[i]->stamp;
        store_end_part(w, s->blocks + part.first_block, part.n_blocks, &part);
    }
    if (w != NULL)
        store_finish(w, true, false);
    free(of);
}
