/*
 * search_fuse.c - what is kept of each line until all are known, and ranks.
 */
#include "cli/meaning/search_fuse.h"

#include <stdlib.h>
#include <string.h>

#include "cli/base/array.h"
#include "cli/base/message.h"
#include "cli/base/progress.h"
#include "cli/base/stop.h"
#include "cli/meaning/search.h"
#include "cli/output/spool.h"

/* ------------------------------------------------------------------ lines */

struct asked {
    struct bm25 *bm25;
    struct search_query *query;
};

static bool want(void *arg, const char *word, size_t size)
{
    const struct asked *asked = arg;
    struct search_query *q = asked->query;
    const struct bm25_word **words = array_room((void *)q->words, q->n_words,
                                                &q->words_room, sizeof(*words));

    if (words == NULL)
        return false;
    q->words = words;
    words[q->n_words] = bm25_want(asked->bm25, word, size);
    return words[q->n_words++] != NULL;
}

/* What --ignore leaves out of lines is not left out of what is looked for. */
static bool want_words(struct search *self)
{
    struct session whole = self->vectors.session;
    struct words words = {.session = &whole};
    bool ok = true;

    whole.left_out.n = 0;
    for (size_t i = 0; ok && i < self->n_queries; i++) {
        struct search_query *q = &self->queries[i];
        struct asked asked = {&self->fuse.bm25, q};

        ok = words_each(&words, q->text, q->size, want, &asked);
    }
    words_free(&words);
    return ok || message_error("out of memory");
}

bool fuse_open(struct search *self)
{
    self->fuse.words.session = &self->vectors.session;
    self->fuse.texts = spool_open();
    return self->fuse.texts != NULL && want_words(self);
}

static bool see(void *arg, const char *word, size_t size)
{
    return bm25_see(arg, word, size);
}

/* A failure ends the run. */
static void keep_text(struct fuse *f, const struct field *text)
{
    f->end += text->size;
    if (f->failed || text->size == 0 ||
        fwrite(text->data, text->size, 1, f->texts) == 1)
        return;
    spool_failed();
    f->failed = true;
    stop_now();
}

bool fuse_add(struct search *self, const struct record *record, size_t order,
              const float *similarities)
{
    const size_t row = self->n_queries * sizeof(*similarities);
    struct fuse *f = &self->fuse;

    if (row == 0) /* nothing is looked for */
        return true;
    struct fuse_line *lines =
        array_room(f->lines, f->n, &f->room, sizeof(*lines));

    if (lines == NULL)
        return false;
    f->lines = lines;
    float *all = array_room(f->similarities, f->n, &f->similarities_room, row);

    if (all == NULL)
        return false;
    f->similarities = all;
    memcpy(all + f->n * self->n_queries, similarities, row);
    lines[f->n++] = (struct fuse_line){.file = record->file,
                                       .line = record->line,
                                       .order = order,
                                       .at = f->end,
                                       .size = record->text.size,
                                       .is_line = record->is_line,
                                       .span = record->span,
                                       .object_size = record->object.size};
    keep_text(f, &record->text);
    keep_text(f, &record->object);
    return bm25_line(&f->bm25) && words_each(&f->words, record->text.data,
                                             record->text.size, see, &f->bm25);
}

void fuse_cut(struct search *self, size_t n)
{
    self->fuse.n = n;
    bm25_cut(&self->fuse.bm25, n);
}

void fuse_close(struct fuse *f)
{
    words_free(&f->words);
    bm25_free(&f->bm25);
    free(f->lines);
    free(f->similarities);
    if (f->texts != NULL)
        fclose(f->texts);
}

/* ------------------------------------------------------------------ ranks */

struct ranked {
    double score;
    size_t order;
    uint32_t line;
};

/* Room for the lists of a query; each (n) lines. */
struct lists {
    struct ranked *ranked;
    double *bm25;
    uint32_t *by_similarity; /* ranks; 0: not in the list */
    uint32_t *by_words;
};

static int best_first(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;

    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

static void put(struct ranked *to, const struct fuse *f, size_t line,
                double score)
{
    *to = (struct ranked){score, f->lines[line].order, (uint32_t)line};
}

/* Equal ones share a rank: many lines may have one common word, and which came
 * first says nothing. */
static void number(struct ranked *ranked, size_t n, uint32_t *ranks)
{
    uint32_t rank = 0;

    qsort(ranked, n, sizeof(*ranked), best_first);
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || ranked[i].score < ranked[i - 1].score)
            rank = (uint32_t)i + 1;
        ranks[ranked[i].line] = rank;
    }
}

static double part(uint32_t rank)
{
    const double k = 60;

    return rank > 0 ? 1 / (k + rank) : 0;
}

/* The lines of a query, the best first. */
static void rank(const struct search *self, size_t query, struct lists *l)
{
    const struct search_query *q = &self->queries[query];
    const struct fuse *f = &self->fuse;
    size_t n = 0;

    for (size_t i = 0; i < f->n; i++)
        put(&l->ranked[i], f, i,
            (double)f->similarities[i * self->n_queries + query]);
    number(l->ranked, f->n, l->by_similarity);
    bm25_scores(&f->bm25, q->words, q->n_words, l->bm25);
    memset(l->by_words, 0, f->n * sizeof(*l->by_words));
    for (size_t i = 0; i < f->n; i++)
        if (l->bm25[i] > 0)
            put(&l->ranked[n++], f, i, l->bm25[i]);
    number(l->ranked, n, l->by_words);
    for (size_t i = 0; i < f->n; i++)
        put(&l->ranked[i], f, i,
            part(l->by_similarity[i]) + part(l->by_words[i]));
    qsort(l->ranked, f->n, sizeof(*l->ranked), best_first);
}

/* The text of a line, again; false after a message. */
static bool read_text(struct fuse *f, const struct fuse_line *line,
                      struct buffer *b)
{
    buffer_clear(b);
    const size_t size = line->size + line->object_size;
    char *to = buffer_reserve(b, size + 1);

    if (to == NULL)
        return message_error("out of memory");
    if (fseeko(f->texts, (off_t)line->at, SEEK_SET) != 0 ||
        (size > 0 && fread(to, size, 1, f->texts) != 1))
        return spool_failed();
    b->size = size;
    return true;
}

/* Place i of the list; false after a message. */
static bool take(struct search *self, size_t query, const struct lists *l,
                 size_t i, struct buffer *text)
{
    const uint32_t line = l->ranked[i].line;
    const struct fuse_line *at = &self->fuse.lines[line];
    struct search_query *q = &self->queries[query];

    if (!read_text(&self->fuse, at, text))
        return false;
    const struct hit hit = {
        .file = at->file,
        .line = at->line,
        .score = (float)l->ranked[i].score,
        .text = text->data,
        .size = at->size,
        .object = {.data = text->data + at->size, .size = at->object_size},
        .is_line = at->is_line,
        .span = at->span,
        .similarity = self->fuse.similarities[line * self->n_queries + query],
        .similarity_rank = l->by_similarity[line],
        .bm25 = (float)l->bm25[line],
        .bm25_rank = l->by_words[line]};

    if (search_row(self, q, hit))
        /* In this order, whatever floats of the scores are equal. */
        best_add(&q->best, &(struct best_text){.score = -(float)i,
                                               .order = i,
                                               .text = self->row.data,
                                               .size = self->row.size});
    return (!self->row.failed && !q->best.failed) ||
           message_error("out of memory");
}

bool fuse_rank(struct search *self)
{
    const size_t n = self->fuse.n;
    struct lists l = {malloc(n * sizeof(*l.ranked) + 1),
                      malloc(n * sizeof(*l.bm25) + 1),
                      malloc(n * sizeof(*l.by_similarity) + 1),
                      malloc(n * sizeof(*l.by_words) + 1)};
    struct buffer text = {0};
    bool ok = l.ranked != NULL && l.bm25 != NULL && l.by_similarity != NULL &&
              l.by_words != NULL;

    if (!ok)
        message_error("out of memory");
    progress_phase("ranking");
    for (size_t q = 0; ok && q < self->n_queries; q++) {
        progress_part((double)q / (double)self->n_queries);
        if (self->queries[q].vector == NULL)
            continue;
        rank(self, q, &l);
        for (size_t i = 0; ok && i < n && i < self->k; i++)
            ok = take(self, q, &l, i, &text);
    }
    progress_phase(NULL);
    buffer_free(&text);
    free(l.ranked);
    free(l.bm25);
    free(l.by_similarity);
    free(l.by_words);
    return ok;
}
