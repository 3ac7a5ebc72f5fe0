/*
 * search_index.c - vectors of files that were made before: which they are,
 * ranking them, keeping new ones.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/hash.h"
#include "cli/base/message.h"
#include "cli/meaning/search.h"
#include "cli/vectors/vector_cache.h"

enum {
    UNIT_SHIFT = 40 /* bits of a record's number within its unit */
};

/* ------------------------------------------------------------------ keys */

static void hash_list(struct blake2b *hash, const struct text_list *list)
{
    hash_size(hash, list->n);
    for (size_t i = 0; i < list->n; i++)
        hash_text(hash, list->items[i]);
}

/* Whatever a vector depends on, and which texts are records. */
static void make_model_key(const struct search *self, uint8_t out[BLAKE2B_SIZE])
{
    const struct shared *s = &self->vectors.session.settings;
    const struct vectors *v = &self->vectors;
    const struct quantized *q = &self->quantized;
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
    hash_size(&hash, (size_t)s->input.null * 2 + s->input.headerless);
    hash_size(&hash, s->input.max_record);
    hash_list(&hash, &s->input.field);
    hash_size(&hash, (size_t)q->type);
    if (q->ranges != NULL)
        blake2b_update(&hash, q->ranges, 2 * q->size * sizeof(*q->ranges));
    blake2b_final(&hash, out);
}

static bool make_content_key(const struct search_unit *unit,
                             uint8_t out[BLAKE2B_SIZE])
{
    struct blake2b hash;

    blake2b_init(&hash);
    for (size_t i = 0; i < unit->n_files; i++)
        if (!hash_file(&hash, unit->files[i]))
            return false;
    blake2b_final(&hash, out);
    return true;
}

/* --------------------------------------------------------------- ranking */

static int by_order(const void *a, const void *b)
{
    size_t x = ((const struct best_text *)a)->order;
    size_t y = ((const struct best_text *)b)->order;

    return (x > y) - (x < y);
}

/* The line of a vector that was chosen; false when memory is out. */
static bool take_row(struct search *self, struct best_text *chosen,
                     const struct record *record)
{
    const struct hit hit = {.file = record->file,
                            .line = record->line,
                            .score = chosen->score,
                            .text = record->text.data,
                            .size = record->text.size};

    return search_row(self, &hit) &&
           best_replace(chosen, self->row.data, self->row.size);
}

/* Reads the files again for the texts of the rows that were chosen. Where one
 * is no longer there, none of them counts. */
static bool fetch(struct search *self, size_t u, struct best *chosen)
{
    struct input_options options = self->vectors.session.settings.input;
    struct source_wait wait = {.stop_fd = -1};
    struct record record;
    size_t i = 0;

    options.files = self->units[u].files;
    options.n_files = self->units[u].n_files;
    if (chosen->n == 0)
        return true;
    qsort(chosen->texts, chosen->n, sizeof(*chosen->texts), by_order);
    struct input *in = input_open(&options, &wait);

    while (in != NULL && i < chosen->n && input_next(in, &record)) {
        struct best_text *row = &chosen->texts[i];

        if (record.index != row->order)
            continue;
        if (record.error != NULL || !take_row(self, row, &record))
            break;
        i++;
    }
    self->unreadable = in != NULL && input_failed(in);
    input_close(in);
    if (i < chosen->n)
        return false;
    for (i = 0; i < chosen->n; i++) {
        const struct best_text *row = &chosen->texts[i];

        best_add(&self->best, row->score, u << UNIT_SHIFT | row->order,
                 row->text, row->size);
    }
    return !self->best.failed;
}

static void score_rows(const void *arg, const void *rows, size_t n,
                       float *scores)
{
    const struct search *self = arg;
    const struct quantized *q = &self->quantized;

    berth_vector_similarities(self->vectors.session.facts->similarity, q->type,
                              self->query, q->ranges, rows, n, q->size, scores);
}

float search_score(const struct search *self, const void *row)
{
    float score;

    score_rows(self, row, 1, &score);
    return score;
}

static bool rank(struct search *self, size_t u, const struct store *store)
{
    struct best chosen = {.k = self->k};
    float *scores = calloc(store->n_rows + 1, sizeof(*scores));
    bool ok =
        scores != NULL &&
        store_scores(store, score_rows, self,
                     shared_n_threads(&self->vectors.session.settings), scores);

    for (size_t row = 0; ok && row < store->n_rows; row++)
        if (scores[row] > -INFINITY)
            best_add(&chosen, scores[row], row, "", 0);
    free(scores);
    ok = ok && !chosen.failed && fetch(self, u, &chosen);
    best_free(&chosen);
    return ok;
}

/* ----------------------------------------------------------------- units */

static bool refuse(const struct search *self, const char *why)
{
    return message_error("%s: %s", self->index, why);
}

/* Decides what to do about a vector file that cannot be used. True: its vectors
 * are computed again, for a cache silently. False after a message: the
 * file of --index may be another one than the user meant, and is left alone. */
static bool accept(const struct search *self, enum store_found found)
{
    if (self->index == NULL || found == STORE_NONE)
        return true;
    if (found == STORE_FOREIGN)
        return refuse(self, "this index was made with another model or other "
                            "options");
    if (found == STORE_DAMAGED)
        return refuse(self, "damaged, or no index at all");
    message_warning("%s: %s: made anew", self->index,
                    found == STORE_OLD ? "an earlier berth wrote this index"
                                       : "the files have changed");
    return true;
}

/* What was said when the vectors were made holds for them still. */
static void warn_of_counts(const char *file, const struct store_counts *c)
{
    if (c->n_truncated > 0)
        message_warning("%s: %" PRIu64 " text%s cut to the limit", file,
                        c->n_truncated,
                        c->n_truncated == 1 ? " was" : "s were");
    if (c->n_invalid > 0)
        message_warning("%s: %" PRIu64 " byte%s not UTF-8", file, c->n_invalid,
                        c->n_invalid == 1 ? " is" : "s are");
    if (c->n_mostly_unknown > 0)
        message_warning("%s: %" PRIu64 " text%s more than a third unknown to "
                        "the model ([UNK])",
                        file, c->n_mostly_unknown,
                        c->n_mostly_unknown == 1 ? " is" : "s are");
}

static bool try_unit(struct search *self, size_t u)
{
    struct search_unit *unit = &self->units[u];
    struct store store;

    if (!make_content_key(unit, unit->key.content))
        return self->index == NULL ||
               refuse(self, "an index is made of ordinary files that can be "
                            "read");
    unit->path = self->index != NULL ? strdup(self->index)
                                     : cache_path(self->cache, &unit->key);
    if (unit->path == NULL)
        return true;
    enum store_found found = store_open(unit->path, &unit->key, &store);

    if (found != STORE_FOUND)
        return accept(self, found);
    unit->known = rank(self, u, &store);
    if (unit->known)
        warn_of_counts(unit->files[0], &store.counts);
    store_close(&store);
    if (unit->known && self->index == NULL)
        cache_touch(unit->path);
    if (self->unreadable)
        return false;
    return unit->known || accept(self, STORE_DAMAGED);
}

static bool make_units(struct search *self)
{
    const struct input_options *in = &self->vectors.session.settings.input;
    size_t n = self->index != NULL ? 1 : in->n_files;

    self->units = calloc(n + 1, sizeof(*self->units));
    self->rest = calloc(in->n_files + 1, sizeof(*self->rest));
    self->trouble = calloc(in->n_files + 1, sizeof(*self->trouble));
    self->rest_unit = calloc(in->n_files + 1, sizeof(*self->rest_unit));
    if (self->units == NULL || self->rest == NULL || self->trouble == NULL ||
        self->rest_unit == NULL)
        return message_error("out of memory");
    self->n_units = n;
    for (size_t i = 0; i < n; i++) {
        self->units[i].files = in->files + i;
        self->units[i].n_files = self->index != NULL ? in->n_files : 1;
        self->units[i].key.n_bytes = self->quantized.n_bytes;
    }
    return true;
}

bool search_known(struct search *self)
{
    uint8_t model[BLAKE2B_SIZE];
    bool kept = !self->no_cache || self->index != NULL;

    if (self->vectors.session.settings.input.n_files == 0)
        return true;
    if (!make_units(self))
        return false;
    if (kept)
        make_model_key(self, model);
    if (kept && self->index == NULL)
        self->cache = cache_folder(true);
    for (size_t u = 0; u < self->n_units; u++) {
        struct search_unit *unit = &self->units[u];

        memcpy(unit->key.model, model, kept ? sizeof(model) : 0);
        if (kept && !try_unit(self, u))
            return false;
        for (size_t i = 0; !unit->known && i < unit->n_files; i++) {
            self->rest_unit[self->n_rest] = u;
            self->rest[self->n_rest++] = unit->files[i];
        }
    }
    return true;
}

/* --------------------------------------------------------------- keeping */

/* The file may have changed while it was read. */
static bool is_unchanged(const struct search_unit *unit)
{
    uint8_t content[BLAKE2B_SIZE];

    return make_content_key(unit, content) &&
           memcmp(content, unit->key.content, sizeof(content)) == 0;
}

static bool finish_unit(struct search *self, struct search_unit *unit,
                        bool keep)
{
    if (unit->writer == NULL)
        return true;
    keep = keep && !unit->spoiled && is_unchanged(unit);
    /* A store of the cache is checked whenever it is used: a damaged one costs
     * time only, less than thousands of waits for the disk. */
    bool ok =
        store_finish(unit->writer, keep, self->index != NULL, &unit->counts);

    unit->writer = NULL;
    self->wrote = true;
    if (ok || self->index == NULL)
        return true;
    return refuse(self, strerror(errno));
}

/* Goes on to the next file; a unit that ends with this one is whole. A file
 * that broke off must say so the next time, too. */
static void leave_file(struct search *self)
{
    size_t u = self->rest_unit[self->at];

    if (self->trouble[self->at++] != INPUT_FINE)
        self->units[u].spoiled = true;
    if (self->at < self->n_rest && self->rest_unit[self->at] != u)
        finish_unit(self, &self->units[u], true);
}

/* Records come in the order of their files, which are told apart by their
 * addresses. */
size_t search_order(struct search *self, const struct record *record)
{
    if (self->n_units == 0)
        return record->index;
    while (self->at + 1 < self->n_rest && self->rest[self->at] != record->file)
        leave_file(self);
    return self->rest_unit[self->at] << UNIT_SHIFT | record->index;
}

static struct search_unit *unit_of(struct search *self,
                                   const struct record *record)
{
    search_order(self, record);
    return &self->units[self->rest_unit[self->at]];
}

void search_spoil(struct search *self, const struct record *record)
{
    if (self->n_units > 0)
        unit_of(self, record)->spoiled = true;
}

void search_keep(struct search *self, const struct item *item, const void *row)
{
    if (self->n_units == 0)
        return;
    struct search_unit *unit = unit_of(self, &item->record);

    if (unit->spoiled || unit->path == NULL)
        return;
    if (unit->writer == NULL) {
        unit->writer = store_create(unit->path, &unit->key);
        unit->spoiled = unit->writer == NULL;
        if (unit->spoiled && self->index != NULL)
            message_warning("%s: %s", unit->path, strerror(errno));
        if (unit->spoiled)
            return;
    }
    store_add(unit->writer, row);
    unit->counts.n_truncated += item->truncated;
    unit->counts.n_invalid += item->n_invalid;
    unit->counts.n_mostly_unknown += totals_mostly_unknown(item);
}

bool search_finish(struct search *self)
{
    bool ok = true;

    /* Where the run broke off, the file that it was in is not whole. */
    while (self->whole && self->at < self->n_rest)
        leave_file(self);
    for (size_t u = 0; u < self->n_units; u++) {
        ok = finish_unit(self, &self->units[u], self->whole) && ok;
        free(self->units[u].path);
    }
    if (self->wrote && self->index == NULL)
        cache_trim(self->cache, self->cache_size);
    free(self->cache);
    self->cache = NULL;
    free(self->units);
    free(self->rest);
    free(self->rest_unit);
    free(self->trouble);
    self->units = NULL;
    self->rest = NULL;
    self->rest_unit = NULL;
    self->trouble = NULL;
    self->wrote = false;
    self->n_units = 0;
    return ok;
}
