/*
 * cmd_search.c - the lines that are most like a meaning, best first.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/base/message.h"
#include "cli/frame/command.h"
#include "cli/meaning/search.h"
#include "cli/output/number.h"
#include "cli/stream/stats.h"

#define AT(member) offsetof(struct search, member)

static const struct option_row rows[] = {
    {'k', "top-k", "N", "number of lines to print (default: 10)", OPTION_SIZE,
     AT(k), 1, OPTION_SIZE_MAX},
    {0, "hybrid", NULL,
     "rank by meaning and by words (BM25) together: reciprocal rank fusion",
     OPTION_FLAG, AT(hybrid), 0, 0},
    {0, "queries", "FILE", "look for each line of FILE, in place of MEANING",
     OPTION_TEXT, AT(vectors.session.settings.words_file), FILE_READ, 0},
    {0, "index", "FILE", "keep the vectors of the files in FILE", OPTION_TEXT,
     AT(kept.index), FILE_READ | FILE_WRITTEN, 0},
    {NO_CACHE_ROW(struct search, kept)},
    {CLEAR_CACHE_ROW(struct search, kept)},
    {CACHE_SIZE_ROW(struct search, kept)},
    {0, "vector-type", "float32|int8|uint8|binary|ubinary",
     "compare and keep vectors in fewer bits (default: float32)", OPTION_CHOICE,
     AT(vector_type), 0, 0},
    {0, "rescore", "N",
     "keep float32 vectors, too, and compare the N times -k best lines in "
     "them (default: none)",
     OPTION_SIZE, AT(rescore), 1, OPTION_SIZE_MAX},
    {0, "ranges", "FILE", "int8, uint8: ranges of the dimensions, a .npy file",
     OPTION_TEXT, AT(ranges), FILE_READ, 0},
    {IGNORE_ROW},
    {0}};

/* Of grep(1). */
static const struct option_habit habits[] = {
    {"nH", "the file and number of each line are always printed"},
    {"e", "for several meanings give --queries"},
    {"ABC", "for lines around give --join-lines"},
    {"i", "lines are compared by meaning: there is no need for grep's -i"},
    {"EFGPwx", "lines are compared by meaning: MEANING is no pattern"},
    {0}};

/* ---------------------------------------------------------------- rows */

static unsigned with(const struct search *self)
{
    const bool queries = self->vectors.session.settings.words_file != NULL;

    return (queries ? HITS_QUERY : 0) | (self->hybrid ? HITS_PARTS : 0);
}

bool search_row(struct search *self, const struct search_query *query,
                struct hit hit)
{
    const struct shared *s = &self->vectors.session.settings;
    struct buffer *b = &self->row;

    buffer_clear(b);
    if (s->format != FORMAT_TEXT) {
        hit.query = (size_t)(query - self->queries);
        hit.query_text = query->text;
        hit.query_size = query->size;
        hits_row(b, s, with(self), &hit);
        return !b->failed;
    }
    if (strcmp(hit.file, "-") != 0)
        buffer_printf(b, "%s:", hit.file);
    buffer_printf(b, "%zu:", hit.line);
    buffer_float(b, hit.score, s->digits);
    buffer_putc(b, ':');
    hits_text(b, &hit);
    buffer_putc(b, s->input.null ? '\0' : '\n');
    return !b->failed;
}

/* -------------------------------------------------------------- compute */

static void compare(struct search *self)
{
    const struct quantized *q = &self->quantized;

    for (size_t i = 0; i < self->n_queries; i++)
        if (self->queries[i].vector != NULL)
            berth_vector_similarities(self->vectors.session.facts->similarity,
                                      q->type, self->queries[i].vector,
                                      q->ranges, q->row, 1, q->size,
                                      &self->similarities[i]);
}

/* The score that is printed, of a line whose vector is x. */
static float score_of(const struct search *self, size_t query, const float *x)
{
    float score = self->similarities[query];

    if (self->rescore > 0)
        berth_similarities(self->vectors.session.facts->similarity,
                           self->queries[query].vector, x, 1,
                           self->vectors.size, &score);
    return score;
}

/* False when memory is out. */
static bool rank(struct search *self, const struct item *item)
{
    const size_t order = search_order(self, &item->record);
    struct hit hit = hits_of(&item->record, 0);

    for (size_t i = 0; i < self->n_queries; i++) {
        struct search_query *q = &self->queries[i];

        if (q->vector == NULL ||
            !best_admits(&q->best, self->similarities[i], order))
            continue;
        hit.score = score_of(self, i, item->results[0]);
        if (!search_row(self, q, hit))
            return false;
        best_add(&q->best, &(struct best_text){.score = self->similarities[i],
                                               .again = hit.score,
                                               .order = order,
                                               .text = self->row.data,
                                               .size = self->row.size});
        if (q->best.failed)
            return false;
    }
    return true;
}

static bool weigh(void *arg, struct item *item)
{
    struct search *self = arg;
    const struct record *record = &item->record;
    const struct quantized *q = &self->quantized;

    if (!vectors_finish(arg, item))
        return false;
    if (!item->wordless)
        berth_vector_quantize(q->type, item->results[0], q->size, q->ranges,
                              q->row);
    if (self->kept.n_units > 0)
        kept_add(&self->kept, item, item->wordless ? NULL : q->row);
    if (item->wordless)
        return true;
    compare(self);
    return self->hybrid ? fuse_add(self, record, search_order(self, record),
                                   self->similarities)
                        : rank(self, item);
}

static void weigh_failed(void *arg, const struct item *item)
{
    struct search *self = arg;

    if (self->kept.n_units > 0)
        kept_spoil(&self->kept, &item->record);
}

static void footer(void *arg, struct output *out)
{
    struct search *self = arg;

    self->whole = true;
    self->all_read = out->all_read;
}

/* Vectors of a part of the files are kept nowhere. */
static void abandon(void *arg)
{
    struct search *self = arg;

    kept_finish(&self->kept, false);
}

/* ---------------------------------------------------------------- print */

/* In text the query is above its lines, and an empty line below. */
static void put_query(const struct search *self, struct search_query *query,
                      struct buffer *b)
{
    const struct shared *s = &self->vectors.session.settings;
    const bool framed = s->words_file != NULL && s->format == FORMAT_TEXT;
    const char end = s->input.null ? '\0' : '\n';

    if (framed) {
        buffer_put(b, query->text, query->size);
        buffer_putc(b, end);
    }
    if (self->rescore > 0)
        best_sort_again(&query->best, self->k);
    else
        best_sort(&query->best);
    for (size_t i = 0; i < query->best.n; i++)
        buffer_put(b, query->best.texts[i].text, query->best.texts[i].size);
    if (framed)
        buffer_putc(b, end);
}

static int print(struct search *self)
{
    const struct shared *s = &self->vectors.session.settings;
    struct buffer b = {0};

    hits_header(&b, s, with(self));
    for (size_t i = 0; i < self->n_queries; i++)
        put_query(self, &self->queries[i], &b);
    return print_whole(&b, s->output, self->all_read);
}

/* --------------------------------------------------------------- set up */

/* Compares what is not known yet. */
static int weigh_rest(struct search *self)
{
    /* What the stream finds is printed when all is known. */
    struct shared s = self->vectors.session.settings;
    struct stream_totals none = {0};
    struct stream_ops ops = vectors_ops(&self->vectors);

    ops.no_output = true;
    ops.finish = weigh;
    ops.finish_failed = weigh_failed;
    ops.footer = footer;
    ops.abandon = abandon;
    s.output = NULL;
    s.format = FORMAT_TEXT;
    if (s.input.n_files > 0) {
        s.input.files = self->kept.read;
        s.input.starts = self->kept.starts;
        s.input.n_files = self->kept.n_read;
        if (s.input.n_files == 0) {
            self->whole = true;
            self->all_read = !s.input.lacks;
            if (s.stats)
                stats_print(&s, self->vectors.session.model, &none);
            return s.input.lacks ? EXIT_NOT_DONE : EXIT_DONE;
        }
    }
    return stream_run(&s, &ops, self, self->vectors.session.model);
}

/* Of a number one bit keeps the sign: of cosines most is left, of lengths
 * nothing. False after a message: a wrong option. */
static bool fits_model(const struct search *self)
{
    const struct berth_model_facts *facts = self->vectors.session.facts;
    bool bits = self->vector_type == BERTH_VECTOR_BINARY ||
                self->vector_type == BERTH_VECTOR_UBINARY;

    if (!bits || facts->similarity == BERTH_SIMILARITY_COSINE)
        return true;
    return message_refuse(
        "--vector-type: %s compares by %s, for which bits are too "
        "few: give float32, int8 or uint8",
        facts->path, berth_similarity_name(facts->similarity));
}

static bool is_standard_input(const char *path)
{
    return strcmp(path, "-") == 0;
}

/* Whether standard input is to be read for two things. */
static bool reads_twice(const struct shared *s, const char *queries)
{
    const struct input_options *in = &s->input;
    bool twice = in->n_files == 0 && in->text.n == 0 && !walk_below(&s->walk);

    for (size_t i = 0; i < in->n_files; i++)
        twice = twice || is_standard_input(in->files[i]);
    return is_standard_input(queries) && twice;
}

static const char *clash(const void *arg)
{
    const struct search *self = arg;
    const struct input_options *in = &self->vectors.session.settings.input;
    const char *queries = self->vectors.session.settings.words_file;

    if (self->meaning.n == 0 && queries == NULL)
        return self->kept.clear_cache ? NULL
                                      : "what to look for? MEANING is missing";
    if (queries != NULL &&
        reads_twice(&self->vectors.session.settings, queries))
        return "--queries -: standard input has the queries, and cannot be "
               "what is searched";
    if (in->field.n > 1)
        return "--field: one text is looked at";
    if (self->vectors.session.settings.resume)
        return "--resume: search prints once it knows all lines, and keeps "
               "nothing of a run that breaks off";
    if ((self->ranges != NULL) != (self->vector_type == BERTH_VECTOR_I8 ||
                                   self->vector_type == BERTH_VECTOR_U8))
        return "--ranges and --vector-type int8 or uint8 need each other";
    if (self->rescore > 0 && self->vector_type == BERTH_VECTOR_F32)
        return "--rescore needs --vector-type int8, uint8, binary or ubinary: "
               "float32 is compared at once";
    if (self->rescore > 0 && self->hybrid)
        return "--rescore and --hybrid exclude each other: --hybrid ranks all "
               "lines";
    if (self->kept.index != NULL && in->n_files == 0 &&
        !walk_below(&self->vectors.session.settings.walk))
        return "--index keeps vectors of files, and none is named";
    return NULL;
}

static int ready(void *arg)
{
    struct search *self = arg;
    struct shared *s = &self->vectors.session.settings;

    kept_clear(&self->kept);
    if (self->meaning.n == 0 && s->words_file == NULL)
        return EXIT_DONE;
    return hits_find_files(s) ? -1 : EXIT_NOT_DONE;
}

static bool fit(void *arg)
{
    struct search *self = arg;

    if (self->rescore == 0 ||
        __builtin_mul_overflow(self->k, self->rescore, &self->n_best))
        self->n_best = self->rescore == 0 ? self->k : SIZE_MAX;
    self->kept.beside = self->rescore > 0;
    if (!vectors_fit(self) || !fits_model(self) ||
        !quantized_open(&self->quantized,
                        (enum berth_vector_type)self->vector_type,
                        self->vectors.size, self->ranges) ||
        !search_queries(self))
        return false;
    self->similarities =
        calloc(self->n_queries + 1, sizeof(*self->similarities));
    if (self->similarities == NULL)
        return message_error("out of memory");
    vectors_use_document_prompt(&self->vectors);
    return !self->hybrid || fuse_open(self);
}

static int work(void *arg)
{
    struct search *self = arg;

    self->all_read = false;
    if (!search_known(self))
        return EXIT_NOT_DONE;
    int status = weigh_rest(self);

    /* An answer that could not be kept is still one. */
    bool kept = kept_finish(&self->kept, self->whole);

    bool ranked =
        self->whole && !self->fuse.failed && (!self->hybrid || fuse_rank(self));

    if (!ranked || print(self) != EXIT_DONE || !kept || self->query_failed)
        status = EXIT_NOT_DONE;
    return status;
}

static void release(void *arg)
{
    struct search *self = arg;

    kept_finish(&self->kept, false);
    free(self->vectors.session.settings.input.trouble);
    search_queries_free(self);
    for (size_t i = 0; self->nearest != NULL && i < self->n_nearest; i++)
        berth_nearest_free(self->nearest[i]);
    free(self->nearest);
    free(self->matrix);
    free(self->similarities);
    fuse_close(&self->fuse);
    buffer_free(&self->row);
    quantized_close(&self->quantized);
    free(self->meaning.items);
}

static const struct search defaults = {.k = 10,
                                       .kept.cache_size = KEPT_CACHE_SIZE};

const struct command command_search = {
    .name = "search",
    .operands = "MEANING [FILE...]",
    .summary = "print the lines closest in meaning, best first",
    .example = "berth search -k 2 --digits 2 'The disk is full.' log",
    .options = {"Options of search", rows, &group_hits},
    .habits = habits,
    .size = sizeof(struct search),
    .defaults = &defaults,
    .words = offsetof(struct search, meaning),
    .lines_first = true,
    .part = BERTH_PART_ENCODER,
    .computes = true,
    .clash = clash,
    .ready = ready,
    .fit = fit,
    .work = work,
    .release = release};
