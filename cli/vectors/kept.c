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
                           uint8_t out[BLAKE2B_SIZE])
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
    if (q->ranges != NULL)
        blake2b_update(&hash, q->ranges, 2 * q->size * sizeof(*q->ranges));
    blake2b_final(&hash, out);
}

/* What files hold, and what their names tell: what was asked for is in the
 * other key. */
static bool make_content_key(const struct kept *k, const struct kept_unit *unit,
                             uint8_t out[BLAKE2B_SIZE])
{
    const struct input_options *in = k->input;
    struct blake2b hash;

    blake2b_init(&hash);
    for (size_t i = 0; i < unit->n_files; i++) {
        enum input_format format = input_format_of(in, unit->files[i]);

        if (in->format < 0 && format != INPUT_LINES)
            hash_size(&hash, (size_t)format);
        if (strcmp(unit->files[i], "-") == 0 ||
            !hash_file(&hash, unit->files[i]))
            return false;
    }
    blake2b_final(&hash, out);
    return true;
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

static bool make_units(struct kept *k, char **files, size_t n_files)
{
    size_t n = k->index != NULL ? 1 : n_files;

    k->units = calloc(n + 1, sizeof(*k->units));
    k->read = calloc(n_files + 1, sizeof(*k->read));
    k->read_unit = calloc(n_files + 1, sizeof(*k->read_unit));
    if (k->units == NULL || k->read == NULL || k->read_unit == NULL)
        return message_error("out of memory");
    k->n_units = n;
    for (size_t i = 0; i < n; i++) {
        k->units[i].files = files + i;
        k->units[i].n_files = k->index != NULL ? n_files : 1;
    }
    return true;
}

bool kept_open(struct kept *k, const struct vectors *v,
               const struct quantized *q, const struct input_options *in)
{
    struct store_key key = {.n_bytes = q->n_bytes};

    if (in->n_files == 0)
        return true;
    k->input = in;
    k->trouble = in->trouble;
    if (!make_units(k, in->files, in->n_files))
        return false;
    if (k->no_cache && k->index == NULL)
        return true;
    make_model_key(v, q, key.model);
    for (size_t u = 0; u < k->n_units; u++)
        k->units[u].key = key;
    if (k->index == NULL)
        k->cache = cache_folder(true);
    return true;
}

static bool refuse(const struct kept *k, const char *why)
{
    return message_error("%s: %s", k->index, why);
}

/* Decides what to do about a vector file that cannot be used. True: its vectors
 * are computed again, for a cache silently. False after a message: the
 * file of --index may be another one than the user meant, and is left alone. */
static bool accept(const struct kept *k, enum store_found found)
{
    if (k->index == NULL || found == STORE_NONE)
        return true;
    if (found == STORE_FOREIGN)
        return refuse(k, "this index was made with another model or other "
                         "options");
    if (found == STORE_DAMAGED)
        return refuse(k, "damaged, or no index at all");
    message_warning("%s: %s: made anew", k->index,
                    found == STORE_OLD ? "an earlier berth wrote this index"
                                       : "the files have changed");
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

    return k->largest > 0 && (stat(unit->files[0], &st) != 0 ||
                              (uintmax_t)st.st_size > k->largest);
}

bool kept_find(struct kept *k, size_t u, struct store *store, bool *found)
{
    struct kept_unit *unit = &k->units[u];

    *found = false;
    if (k->index == NULL && (k->cache == NULL || is_too_large(k, unit)))
        return true;
    progress_phase("looking for known vectors");
    bool hashed = make_content_key(k, unit, unit->key.content);

    progress_phase(NULL);
    if (!hashed)
        return k->index == NULL ||
               refuse(k, "an index is made of ordinary files that can be read");
    unit->path =
        k->index != NULL ? strdup(k->index) : cache_path(k->cache, &unit->key);
    if (unit->path == NULL)
        return true;
    enum store_found what = store_open(unit->path, &unit->key, store);

    *found = what == STORE_FOUND;
    return *found || accept(k, what);
}

void kept_used(struct kept *k, size_t u, const struct store *store)
{
    const struct store_counts *c = &store->counts;
    /* An index does not say which of its files. */
    const char *file = k->index != NULL ? k->index : k->units[u].files[0];

    add_count(&k->used.n_truncated, &k->first_truncated, c->n_truncated, file);
    add_count(&k->used.n_invalid, &k->first_invalid, c->n_invalid, file);
    add_count(&k->used.n_mostly_unknown, &k->first_unknown, c->n_mostly_unknown,
              file);
    if (k->index == NULL)
        cache_touch(k->units[u].path);
}

bool kept_damaged(const struct kept *k)
{
    return accept(k, STORE_DAMAGED);
}

void kept_read(struct kept *k, size_t u)
{
    const struct kept_unit *unit = &k->units[u];

    for (size_t i = 0; i < unit->n_files; i++) {
        k->read_unit[k->n_read] = u;
        k->read[k->n_read++] = unit->files[i];
    }
}

/* --------------------------------------------------------------- keeping */

/* The file may have changed while it was read. */
static bool is_unchanged(const struct kept *k, const struct kept_unit *unit)
{
    uint8_t content[BLAKE2B_SIZE];

    return make_content_key(k, unit, content) &&
           memcmp(content, unit->key.content, sizeof(content)) == 0;
}

static bool finish_unit(struct kept *k, struct kept_unit *unit, bool keep)
{
    if (unit->writer == NULL)
        return true;
    keep = keep && !unit->spoiled && is_unchanged(k, unit);
    /* A store of the cache is checked whenever it is used: a damaged one costs
     * time only, less than thousands of waits for the disk. */
    bool ok = store_finish(unit->writer, keep, k->index != NULL, &unit->counts);

    unit->writer = NULL;
    k->wrote = true;
    if (ok || k->index == NULL)
        return true;
    return refuse(k, strerror(errno));
}

/* Goes on to the next file; a unit that ends with this one is whole. A file
 * that broke off must say so the next time, too. */
static void leave_file(struct kept *k)
{
    size_t u = k->read_unit[k->at];

    if (k->trouble[k->at++] != INPUT_FINE)
        k->units[u].spoiled = true;
    if (k->at < k->n_read && k->read_unit[k->at] != u)
        finish_unit(k, &k->units[u], true);
}

/* Records come in the order of their files, which are told apart by their
 * addresses. */
size_t kept_unit_of(struct kept *k, const struct record *record)
{
    while (k->at + 1 < k->n_read && k->read[k->at] != record->file)
        leave_file(k);
    return k->read_unit[k->at];
}

void kept_spoil(struct kept *k, const struct record *record)
{
    k->units[kept_unit_of(k, record)].spoiled = true;
}

void kept_add(struct kept *k, const struct item *item, const void *row)
{
    struct kept_unit *unit = &k->units[kept_unit_of(k, &item->record)];

    if (unit->spoiled || unit->path == NULL)
        return;
    if (unit->writer == NULL) {
        unit->writer = store_create(unit->path, &unit->key);
        unit->spoiled = unit->writer == NULL;
        if (unit->spoiled && k->index != NULL)
            message_warning("%s: %s", unit->path, strerror(errno));
        if (unit->spoiled)
            return;
    }
    store_add(unit->writer, row);
    unit->counts.n_truncated += item->truncated;
    unit->counts.n_invalid += item->n_invalid;
    unit->counts.n_mostly_unknown += totals_mostly_unknown(item);
}

bool kept_finish(struct kept *k, bool whole)
{
    bool ok = true;

    /* Where the run broke off, the file that it was in is not whole. */
    while (whole && k->at < k->n_read)
        leave_file(k);
    for (size_t u = 0; u < k->n_units; u++) {
        ok = finish_unit(k, &k->units[u], whole) && ok;
        free(k->units[u].path);
    }
    warn_of_counts(k);
    if (k->wrote && k->index == NULL)
        cache_trim(k->cache, k->cache_size);
    free(k->cache);
    free(k->units);
    free(k->read);
    free(k->read_unit);
    *k = (struct kept){0};
    return ok;
}
