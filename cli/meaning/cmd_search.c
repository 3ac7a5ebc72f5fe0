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
#include "cli/vectors/vector_cache.h"

#define AT(member) offsetof(struct search, member)

static const struct option_row rows[] = {
    {'k', "top-k", "N", "number of lines to print (default: 10)", OPTION_SIZE,
     AT(k), 1, OPTION_SIZE_MAX},
    {0, "index", "FILE", "keep the vectors of the files in FILE", OPTION_TEXT,
     AT(index), FILE_READ | FILE_WRITTEN, 0},
    {0, "no-cache", NULL, "neither read nor write the cache of vectors",
     OPTION_FLAG, AT(no_cache), 0, 0},
    {0, "clear-cache", NULL, "first empty the cache of vectors", OPTION_FLAG,
     AT(clear_cache), 0, 0},
    {0, "cache-size", "SIZE",
     "largest size of the cache; K, M or G may follow (default: 1G)",
     OPTION_BYTES, AT(cache_size), 0, 1LL << 50},
    {0, "vector-type", "float32|int8|uint8|binary|ubinary",
     "compare and keep vectors in fewer bits (default: float32)", OPTION_CHOICE,
     AT(vector_type), 0, 0},
    {0, "ranges", "FILE", "int8, uint8: ranges of the dimensions, a .npy file",
     OPTION_TEXT, AT(ranges), FILE_READ, 0},
    {IGNORE_ROW},
    {0}};

/* ---------------------------------------------------------------- rows */

bool search_row(struct search *self, const struct hit *hit)
{
    const struct shared *s = &self->vectors.session.settings;
    struct buffer *b = &self->row;

    buffer_clear(b);
    if (s->format != FORMAT_TEXT) {
        hits_row(b, s, hit);
        return !b->failed;
    }
    if (strcmp(hit->file, "-") != 0)
        buffer_printf(b, "%s:", hit->file);
    buffer_printf(b, "%zu:", hit->line);
    buffer_float(b, hit->score, s->digits);
    buffer_putc(b, ':');
    hits_text(b, s, hit);
    buffer_putc(b, s->input.null ? '\0' : '\n');
    return !b->failed;
}

/* -------------------------------------------------------------- compute */

static bool weigh(void *arg, struct item *item)
{
    struct search *self = arg;
    const struct quantized *q = &self->quantized;
    struct hit hit = {.file = item->record.file,
                      .line = item->record.line,
                      .text = item->record.text.data,
                      .size = item->record.text.size};

    if (item->wordless) {
        search_keep(self, item, NULL);
        return true;
    }
    if (!vectors_finish(arg, item))
        return false;
    berth_vector_quantize(q->type, item->results[0], q->size, q->ranges,
                          q->row);
    hit.score = search_score(self, q->row);
    const size_t order = search_order(self, &item->record);

    search_keep(self, item, q->row);
    if (!best_admits(&self->best, hit.score, order))
        return true;
    if (!search_row(self, &hit))
        return false;
    best_add(&self->best, hit.score, order, self->row.data, self->row.size);
    return !self->best.failed;
}

static void weigh_failed(void *arg, const struct item *item)
{
    search_spoil(arg, &item->record);
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
    search_finish(arg);
}

/* ---------------------------------------------------------------- print */

static int print(struct search *self)
{
    const struct shared *s = &self->vectors.session.settings;
    struct buffer b = {0};

    hits_header(&b, s);
    best_sort(&self->best);
    for (size_t i = 0; i < self->best.n; i++)
        buffer_put(&b, self->best.texts[i].text, self->best.texts[i].size);
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
        s.input.files = self->rest;
        s.input.n_files = self->n_rest;
        s.input.trouble = self->trouble;
        if (self->n_rest == 0) {
            self->whole = self->all_read = true;
            if (s.stats)
                stats_print(&s, self->vectors.session.model, &none);
            return EXIT_DONE;
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

static const char *clash(const void *arg)
{
    const struct search *self = arg;
    const struct input_options *in = &self->vectors.session.settings.input;

    if (self->meaning.n == 0 && self->clear_cache)
        return NULL;
    if (self->meaning.n == 0)
        return "what to look for? MEANING is missing";
    if (in->field.n > 1)
        return "--field: one text is looked at";
    if (self->vectors.session.settings.resume)
        return "--resume: search prints once it knows all lines, and keeps "
               "nothing of a run that breaks off";
    if ((self->ranges != NULL) != (self->vector_type == BERTH_VECTOR_I8 ||
                                   self->vector_type == BERTH_VECTOR_U8))
        return "--ranges and --vector-type int8 or uint8 need each other";
    if (self->index != NULL && in->n_files == 0)
        return "--index keeps vectors of files, and none is named";
    return NULL;
}

static int ready(void *arg)
{
    struct search *self = arg;

    self->best.k = self->k;
    if (!self->clear_cache)
        return -1;
    char *cache = cache_folder(false);

    cache_trim(cache, 0);
    free(cache);
    return self->meaning.n > 0 ? -1 : EXIT_DONE;
}

static bool fit(void *arg)
{
    struct search *self = arg;

    if (!vectors_fit(self) || !fits_model(self) ||
        !quantized_open(&self->quantized,
                        (enum berth_vector_type)self->vector_type,
                        self->vectors.size, self->ranges))
        return false;
    self->query = vectors_of_query(&self->vectors, self->meaning.items[0]);
    vectors_use_document_prompt(&self->vectors);
    return self->query != NULL;
}

static int work(void *arg)
{
    struct search *self = arg;

    if (!search_known(self))
        return EXIT_NOT_DONE;
    int status = weigh_rest(self);

    /* An answer that could not be kept is still one. */
    bool kept = search_finish(self);

    if (!self->whole || print(self) != EXIT_DONE || !kept)
        status = EXIT_NOT_DONE;
    return status;
}

static void release(void *arg)
{
    struct search *self = arg;

    search_finish(self);
    best_free(&self->best);
    buffer_free(&self->row);
    free(self->query);
    quantized_close(&self->quantized);
    free(self->meaning.items);
}

static const struct search defaults = {.k = 10, .cache_size = (size_t)1 << 30};

const struct command command_search = {
    .name = "search",
    .operands = "MEANING [FILE...]",
    .summary = "print the lines closest in meaning, best first",
    .example = "berth search -k 2 --digits 2 'The disk is full.' log",
    .options = {"Options of search", rows, &group_hits},
    .size = sizeof(struct search),
    .defaults = &defaults,
    .words = offsetof(struct search, meaning),
    .part = BERTH_PART_ENCODER,
    .computes = true,
    .clash = clash,
    .ready = ready,
    .fit = fit,
    .work = work,
    .release = release};
