/*
 * kept.c - keys of vectors, and their files in the cache or the index.
 */
#include "cli/vectors/kept.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/base/hash.h"
#include "cli/base/message.h"
#include "cli/base/progress.h"
#include "cli/input/input_format.h"
#include "cli/vectors/kept_index.h"
#include "cli/vectors/vector_cache.h"

/* ------------------------------------------------------------------ keys */

static void hash_list(struct blake2b *hash, const struct text_list *list)
{
    hash_size(hash, list->n);
    for (size_t i = 0; i < list->n; i++)
        hash_text(hash, list->items[i]);
}

/* Whatever a vector depends on, and which texts are records. */
static void make_model_key(const struct vectors *v, const struct quantized *q,
                           bool beside, uint8_t out[BLAKE2B_SIZE])
{
    const struct shared *s = &v->session.settings;
    struct blake2b hash;

    blake2b_init(&hash);
    hash_text(&hash, "berth vectors 2");
    hash_model(&hash, v->session.model);
    hash_text(&hash, v->session.prompt);
    hash_text(&hash, v->session.facts->cpu);
    hash_size(&hash, (size_t)(s->precision + 1));
    hash_size(&hash, v->session.tokenize.max_tokens);
    hash_size(&hash, v->session.tokenize.overlap);
    hash_size(&hash, (size_t)(s->overflow + 1));
    hash_size(&hash, (size_t)s->plain);
    hash_text(&hash, s->hide_heads);
    hash_list(&hash, &s->hide_tokens);
    hash_list(&hash, &s->ignore);
    hash_size(&hash, (size_t)(s->input.format <= 0 ? 0 : s->input.format));
    hash_size(&hash, (size_t)s->input.null * 2 + s->input.headerless +
                         4 * (size_t)(unsigned char)s->input.separator);
    hash_size(&hash, s->input.max_record);
    if (s->input.join_lines > 0) {
        hash_size(&hash, s->input.join_lines);
        hash_size(&hash, s->input.join_step);
    }
    hash_list(&hash, &s->input.field);
    hash_size(&hash, (size_t)q->type);
    hash_size(&hash, beside);
    if (q->ranges != NULL)
        blake2b_update(&hash, q->ranges, 2 * q->size * sizeof(*q->ranges));
    blake2b_final(&hash, out);
}

/* What the name tells of how a file is read: what was asked for is in the other
 * key. */
static uint64_t format_of(const struct kept *k, const struct kept_unit *unit)
{
    const enum input_format format = input_format_of(k->input, unit->file);

    return k->input->format < 0 && format != INPUT_LINES ? (uint64_t)format : 0;
}

bool kept_content(const struct kept *k, const struct kept_unit *unit,
                  uint64_t begin_size, struct content *out)
{
    return strcmp(unit->file, "-") != 0 &&
           content_read(unit->file, format_of(k, unit), begin_size,
                        k->input->null, out);
}

void kept_clear(const struct kept *k)
{
    if (!k->clear_cache)
        return;
    char *cache = cache_folder(false);

    cache_trim(cache, 0);
    free(cache);
}

/* ----------------------------------------------------------------- units */

static bool make_units(struct kept *k, char **files, size_t n)
{
    k->units = calloc(n + 1, sizeof(*k->units));
    k->read = calloc(n + 1, sizeof(*k->read));
    k->starts = calloc(n + 1, sizeof(*k->starts));
    k->read_unit = calloc(n + 1, sizeof(*k->read_unit));
    if (k->units == NULL || k->read == NULL || k->starts == NULL ||
        k->read_unit == NULL)
        return message_error("out of memory");
    k->n_units = n;
    for (size_t i = 0; i < n; i++)
        k->units[i].file = files[i];
    return true;
}

static bool refuse(const struct kept *k, const char *why)
{
    return message_error("%s: %s", k->index, why);
}

/* Decides what to do about an index that cannot be used. False after a message:
 * the file may be another one than the user meant, and is left alone. */
static bool accept(const struct kept *k, enum store_found found)
{
    if (found == STORE_FOREIGN)
        return message_error("%s: this index was made with another model or "
                             "other options%s",
                             k->index,
                             (k->store.n_beside > 0) == k->beside ? ""
                             : k->beside ? ": without --rescore"
                                         : ": with --rescore");
    if (found == STORE_DAMAGED)
        return refuse(k, "damaged, or no index at all");
    if (found == STORE_OLD)
        message_warning("%s: an earlier berth wrote this index: made anew",
                        k->index);
    return true;
}

/* Vectors of files that are no longer named, or were something else, are gone.
 */
static void warn_of_lost(const struct kept *k)
{
    size_t n_used = 0, n_new = 0;

    for (size_t u = 0; u < k->n_units; u++) {
        n_used += k->units[u].part != NULL;
        n_new += k->units[u].part == NULL;
    }
    if (n_new > 0 && n_used < k->store.n_parts)
        message_warning("%s: the files have changed: made anew", k->index);
}

/* Of the index: what is added to it, or another one. NULL: nothing is kept,
 * which is an error unless another one writes. */
static struct store_writer *writer_of(struct kept *k)
{
    if (k->writer != NULL || k->no_writer)
        return k->writer;
    k->anew = k->store.map == NULL || kept_index_is_wasteful(k);
    k->writer = k->anew ? store_replace(k->index, &k->key, &k->store)
                        : store_append(k->index, &k->store);
    k->no_writer = k->writer == NULL;
    if (k->no_writer && errno == EAGAIN)
        message_warning("%s: another berth writes to it: what is new is not "
                        "kept",
                        k->index);
    else if (k->no_writer)
        k->failed = !refuse(k, strerror(errno));
    else if (k->store.map != NULL)
        warn_of_lost(k);
    return k->writer;
}

bool kept_open(struct kept *k, const struct vectors *v,
               const struct quantized *q, const struct input_options *in)
{
    if (in->n_files == 0)
        return true;
    k->input = in;
    k->trouble = in->trouble;
    if (!make_units(k, in->files, in->n_files))
        return false;
    if (k->no_cache && k->index == NULL)
        return true;
    k->key.n_bytes = q->n_bytes;
    k->key.n_beside = k->beside ? q->size * sizeof(float) : 0;
    make_model_key(v, q, k->beside, k->key.model);
    if (k->index != NULL)
        return accept(k, store_open(k->index, &k->key, &k->store)) &&
               (k->store.map != NULL || writer_of(k) != NULL);
    k->cache = cache_folder(true);
    return true;
}

/* What was said when the vectors were made holds for them still: once for all
 * files, of which there may be many. */
static void warn_of_counts(const struct kept *k)
{
    const struct store_counts *c = &k->used;

    if (c->n_truncated > 0)
        message_warning("%" PRIu64 " text%s cut to the limit, the first in %s",
                        c->n_truncated, c->n_truncated == 1 ? " was" : "s were",
                        k->first_truncated);
    if (c->n_invalid > 0)
        message_warning("%" PRIu64 " byte%s not UTF-8, the first in %s",
                        c->n_invalid, c->n_invalid == 1 ? " is" : "s are",
                        k->first_invalid);
    if (c->n_mostly_unknown > 0)
        message_warning("%" PRIu64 " text%s more than a third unknown to the "
                        "model ([UNK]), the first in %s",
                        c->n_mostly_unknown,
                        c->n_mostly_unknown == 1 ? " is" : "s are",
                        k->first_unknown);
}

/* Adds n to a count, the first of which is in the file. */
static void add_count(uint64_t *sum, const char **first, uint64_t n,
                      const char *file)
{
    if (*sum == 0)
        *first = file;
    *sum += n;
}

static bool is_too_large(const struct kept *k, const struct kept_unit *unit)
{
    struct stat st;

    return k->largest > 0 &&
           (stat(unit->file, &st) != 0 || (uintmax_t)st.st_size > k->largest);
}

/* --------------------------------------------------------------- finding */

static bool make_marks(struct kept_unit *unit, const struct kept_found *found)
{
    const struct store_block *b =
        found->from->blocks + found->part->first_block;
    const size_t n = found->part->n_blocks;
    size_t row = 0;

    free(unit->marks);
    unit->marks = calloc(n + 1, sizeof(*unit->marks));
    if (unit->marks == NULL)
        return false;
    unit->n_marks = n;
    for (size_t i = 0; i < n; i++) {
        unit->marks[i] = (struct kept_mark){row, b[i].place, b[i].line};
        row += b[i].n_rows;
    }
    return true;
}

static bool find_in_index(struct kept *k, struct kept_unit *unit,
                          struct kept_found *out)
{
    if (unit->part == NULL && !kept_index_look_up(k, unit))
        return refuse(k, "an index is made of ordinary files that can be read");
    *out = (struct kept_found){.from = &k->store, .part = unit->part};
    return true;
}

/* Whatever is wrong with it there, it is computed again. */
static void find_in_cache(struct kept *k, struct kept_unit *unit,
                          struct kept_found *out)
{
    struct content now;

    if (k->cache == NULL || is_too_large(k, unit) ||
        !kept_content(k, unit, 0, &now))
        return;
    unit->stamp = now.stamp;
    memcpy(unit->content, now.whole, sizeof(unit->content));
    unit->path = cache_path(k->cache, k->key.model, unit->content);
    if (unit->path == NULL || unit->distrust ||
        store_open(unit->path, &k->key, &out->store) != STORE_FOUND)
        return;
    out->from = &out->store;
    if (out->store.n_parts == 1 &&
        memcmp(out->store.parts->content, unit->content, BLAKE2B_SIZE) == 0)
        out->part = out->store.parts;
    unit->whole = out->part != NULL;
}

bool kept_find(struct kept *k, size_t u, struct kept_found *out, bool *found)
{
    struct kept_unit *unit = &k->units[u];
    bool ok = true;

    *out = (struct kept_found){.part = NULL};
    *found = false;
    progress_phase("looking for known vectors");
    free(unit->path);
    unit->path = NULL;
    if (k->index != NULL)
        ok = find_in_index(k, unit, out);
    else
        find_in_cache(k, unit, out);
    progress_phase(NULL);
    *found = ok && out->part != NULL && make_marks(unit, out);
    if (!*found) {
        unit->whole = false;
        unit->part = NULL;
        kept_release(out);
    }
    return ok;
}

void kept_release(struct kept_found *found)
{
    store_close(&found->store);
}

void kept_used(struct kept *k, size_t u, const struct kept_found *found)
{
    const struct store_counts *c = &found->part->counts;
    const char *file = k->units[u].file;

    add_count(&k->used.n_truncated, &k->first_truncated, c->n_truncated, file);
    add_count(&k->used.n_invalid, &k->first_invalid, c->n_invalid, file);
    add_count(&k->used.n_mostly_unknown, &k->first_unknown, c->n_mostly_unknown,
              file);
    if (k->index == NULL)
        cache_touch(k->units[u].path);
}

bool kept_damaged(struct kept *k, size_t u)
{
    k->units[u].distrust = true;
    return k->index == NULL || accept(k, STORE_DAMAGED);
}

void kept_read(struct kept *k, size_t u)
{
    k->read_unit[k->n_read] = u;
    k->starts[k->n_read] = k->units[u].rest;
    k->read[k->n_read++] = k->units[u].file;
}

/* --------------------------------------------------------------- keeping */

/* The file may have changed while it was read. */
static bool is_unchanged(const struct kept *k, struct kept_unit *unit)
{
    struct store_stamp stamp;
    struct content now;

    if (content_stamp(unit->file, &stamp) && content_is(&unit->stamp, &stamp))
        return true;
    if (!kept_content(k, unit, 0, &now) ||
        memcmp(now.whole, unit->content, sizeof(now.whole)) != 0)
        return false;
    unit->stamp = now.stamp;
    return true;
}

static void end_part(const struct kept *k, const struct kept_unit *unit,
                     struct store_writer *w)
{
    struct store_part part = {.stamp = unit->stamp, .counts = unit->counts};
    const struct store_block *old = NULL;
    size_t n_old = 0;

    memcpy(part.content, unit->content, sizeof(part.content));
    if (unit->part != NULL) {
        old = k->store.blocks + unit->part->first_block;
        n_old = unit->part->n_blocks;
        part.counts.n_truncated += unit->part->counts.n_truncated;
        part.counts.n_invalid += unit->part->counts.n_invalid;
        part.counts.n_mostly_unknown += unit->part->counts.n_mostly_unknown;
    }
    store_end_part(w, old, k->anew ? 0 : n_old, &part);
}

static void finish_cached(struct kept *k, struct kept_unit *unit, bool keep)
{
    if (unit->writer == NULL)
        return;
    keep = keep && !unit->spoiled && is_unchanged(k, unit);
    if (keep)
        end_part(k, unit, unit->writer);
    /* A store of the cache is checked whenever it is used: a damaged one costs
     * time only, less than thousands of waits for the disk. */
    store_finish(unit->writer, keep, false);
    unit->writer = NULL;
    k->wrote = true;
}

/* Before the first row of a file. */
static void begin_part(struct kept *k, const struct kept_unit *unit)
{
    struct store_writer *w = writer_of(k);

    if (w != NULL && k->anew && unit->part != NULL)
        store_copy(w, &k->store, k->store.blocks + unit->part->first_block,
                   unit->part->n_blocks);
}

/* Goes on to the next file; a unit that ends with this one is whole. A file
 * that broke off must say so the next time, too. */
static void leave_file(struct kept *k)
{
    struct kept_unit *unit = &k->units[k->read_unit[k->at]];

    if (k->trouble[k->at++] != INPUT_FINE)
        unit->spoiled = true;
    if (k->index == NULL) {
        finish_cached(k, unit, true);
        return;
    }
    if (!unit->begun)
        begin_part(k, unit);
    if (k->writer != NULL)
        end_part(k, unit, k->writer);
}

/* Records come in the order of their files, which are told apart by their
 * addresses. */
size_t kept_unit_of(struct kept *k, const struct record *record)
{
    while (k->at + 1 < k->n_read && k->read[k->at] != record->file)
        leave_file(k);
    return k->read_unit[k->at];
}

size_t kept_row_of(struct kept *k, const struct record *record)
{
    return k->units[kept_unit_of(k, record)].n_known + record->index;
}

void kept_spoil(struct kept *k, const struct record *record)
{
    k->units[kept_unit_of(k, record)].spoiled = true;
}

/* Where the vectors of a unit go; NULL: nowhere. */
static struct store_writer *begin_unit(struct kept *k, struct kept_unit *unit)
{
    if (k->index != NULL) {
        if (!unit->begun)
            begin_part(k, unit);
        unit->begun = true;
        return k->writer;
    }
    if (unit->writer == NULL && unit->path != NULL && !unit->spoiled) {
        unit->writer = store_create(unit->path, &k->key);
        unit->spoiled = unit->writer == NULL;
    }
    return unit->writer;
}

void kept_add(struct kept *k, const struct item *item, const void *row)
{
    struct kept_unit *unit = &k->units[kept_unit_of(k, &item->record)];
    struct store_writer *w = begin_unit(k, unit);

    if (w == NULL || unit->spoiled)
        return;
    store_add(w, row, item->results[0], item->record.place, item->record.line);
    unit->counts.n_truncated += item->truncated;
    unit->counts.n_invalid += item->n_invalid;
    unit->counts.n_mostly_unknown += totals_mostly_unknown(item);
}

/* Whether all that was read may be kept. */
static bool all_sound(const struct kept *k)
{
    for (size_t i = 0; i < k->n_read; i++) {
        struct kept_unit *unit = &k->units[k->read_unit[i]];

        if (unit->spoiled || !is_unchanged(k, unit))
            return false;
    }
    return true;
}

/* Files that were not read are still known, under what the system says now. */
static void keep_known(struct kept *k)
{
    for (size_t u = 0; u < k->n_units && k->writer != NULL; u++) {
        const struct kept_unit *unit = &k->units[u];

        if (!unit->whole)
            continue;
        begin_part(k, unit);
        end_part(k, unit, k->writer);
    }
}

static bool finish_index(struct kept *k, bool whole)
{
    bool ok = true;

    if (whole && k->n_read == 0 && k->store.map != NULL)
        kept_index_renew(k);
    whole = whole && k->n_read > 0 && all_sound(k);
    if (whole)
        keep_known(k);
    if (k->writer != NULL)
        ok = store_finish(k->writer, whole, true);
    k->writer = NULL;
    return (ok || refuse(k, strerror(errno))) && !k->failed;
}

bool kept_finish(struct kept *k, bool whole)
{
    bool ok = true;

    /* Where the run broke off, the file that it was in is not whole. */
    while (whole && k->at < k->n_read)
        leave_file(k);
    if (k->index != NULL)
        ok = finish_index(k, whole);
    for (size_t u = 0; u < k->n_units; u++) {
        finish_cached(k, &k->units[u], whole);
        free(k->units[u].path);
        free(k->units[u].marks);
    }
    warn_of_counts(k);
    if (k->wrote && k->index == NULL)
        cache_trim(k->cache, k->cache_size);
    store_close(&k->store);
    free(k->cache);
    free(k->units);
    free(k->read);
    free(k->starts);
    free(k->read_unit);
    *k = (struct kept){0};
    return ok;
}
