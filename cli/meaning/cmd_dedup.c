/*
 * cmd_dedup.c - groups of lines that say nearly the same.
 *
 * A line joins the group whose first line is most like it, when it is like
 * enough, and else begins a group: one pass, each line answered when it comes.
 * Lines without words are like no line: they are group 0.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/array.h"
#include "cli/base/message.h"
#include "cli/frame/command.h"
#include "cli/meaning/hits.h"
#include "cli/output/number.h"
#include "cli/stream/row.h"
#include "cli/vectors/vectors.h"

struct dedup {
    struct vectors vectors; /* first */
    double threshold;
    bool first;

    float *firsts; /* (n_groups, size): of each group its first line */
    float *scores; /* (room) */
    size_t n_groups;
    size_t room;
    bool wordless; /* a line without words came */
};

/* item->extra: where a line belongs. */
struct place {
    size_t group; /* from 1; 0: it has no words */
    float score;  /* how like the line is to the group's first */
    bool first;   /* it is that line */
};

#define AT(member) offsetof(struct dedup, member)

static const struct option_row rows[] = {
    {0, "threshold", "X", "least similarity within a group (default: 0.9)",
     OPTION_FLOAT, AT(threshold), -OPTION_SIZE_MAX, OPTION_SIZE_MAX},
    {0, "first", NULL, "print only the first line of each group", OPTION_FLAG,
     AT(first), 0, 0},
    {IGNORE_ROW},
    {0}};

/* -------------------------------------------------------------- compute */

static bool make_room(struct dedup *self)
{
    size_t n = self->n_groups, room = self->room;
    float *firsts = array_room(self->firsts, n, &room,
                               self->vectors.size * sizeof(*firsts));

    if (firsts == NULL)
        return false;
    self->firsts = firsts;
    float *scores = array_room(self->scores, n, &self->room, sizeof(*scores));

    if (scores == NULL)
        return false;
    self->scores = scores;
    return true;
}

/* False when memory is out. */
static bool find_place(struct dedup *self, const float *x, struct place *place)
{
    size_t size = self->vectors.size, best = 0;

    berth_similarities(self->vectors.session.facts->similarity, x, self->firsts,
                       self->n_groups, size, self->scores);
    for (size_t i = 1; i < self->n_groups; i++)
        if (self->scores[i] > self->scores[best])
            best = i;
    if (self->n_groups > 0 &&
        vectors_reach(self->scores[best], self->threshold)) {
        place->group = best + 1;
        place->score = self->scores[best];
        return true;
    }
    if (!make_room(self))
        return false;
    memcpy(self->firsts + self->n_groups * size, x, size * sizeof(*x));
    place->group = ++self->n_groups;
    place->score = 1.0f;
    place->first = true;
    if (self->vectors.session.facts->similarity != BERTH_SIMILARITY_COSINE)
        berth_similarities(self->vectors.session.facts->similarity, x, x, 1,
                           size, &place->score);
    return true;
}

static bool finish(void *arg, struct item *item)
{
    struct dedup *self = arg;
    struct place *place = pieces_alloc(item->pieces, sizeof(*place));

    if (place == NULL || !vectors_finish(self, item))
        return false;
    item->extra = place;
    if (item->wordless) {
        *place = (struct place){0, -INFINITY, !self->wordless};
        self->wordless = true;
        return true;
    }
    *place = (struct place){0};
    return find_place(self, item->results[0], place);
}

/* ---------------------------------------------------------------- print */

static const struct column columns[] = {
    {"group", COLUMN_SIZE, 0}, {"score", COLUMN_FLOAT, 0}, {0}};

static void put_row(const struct dedup *self, const struct item *item,
                    const struct place *place, struct buffer *b)
{
    const struct shared *s = &self->vectors.session.settings;
    const struct hit hit = hits_of(&item->record, place->score);

    if (s->format == FORMAT_TEXT) {
        if (!self->first) {
            buffer_size(b, place->group);
            buffer_putc(b, '\t');
        }
        hits_text(b, &hit);
        buffer_putc(b, s->input.null ? '\0' : '\n');
        return;
    }
    row_begin(b, s, item);
    if (s->format == FORMAT_JSONL)
        row_counts(b, item, row_n_used(item));
    row_cells(
        b, s, columns,
        (struct cell[]){{.size = place->group}, {.x = (double)place->score}});
}

static void print(void *arg, const struct item *item, struct output *out)
{
    const struct dedup *self = arg;
    const struct place *place = item->extra;

    if (!self->first || place->first)
        put_row(self, item, place, &out->rows);
}

static void print_failed(void *arg, const struct item *item, struct output *out)
{
    const struct dedup *self = arg;
    const struct shared *s = &self->vectors.session.settings;

    if (!self->first && s->format == FORMAT_TEXT && s->input.null)
        buffer_put(&out->rows, "!", 2); /* ended as the others are */
    else if (!self->first)
        row_failed(&out->rows, s, item, columns_count(columns));
}

/* ---------------------------------------------------------------- set up */

static const char *clash(const void *arg)
{
    const struct dedup *self = arg;

    return self->vectors.session.settings.input.field.n > 1
               ? "--field: one text is looked at"
               : NULL;
}

static int ready(void *arg)
{
    struct dedup *self = arg;

    return hits_find_files(&self->vectors.session.settings) ? -1
                                                            : EXIT_NOT_DONE;
}

static bool fit(void *arg)
{
    struct dedup *self = arg;
    struct session *session = &self->vectors.session;
    bool cosine = session->facts->similarity == BERTH_SIMILARITY_COSINE;

    /* The text is what rows are about. */
    session->settings.keep = session->settings.format != FORMAT_TEXT;
    return vectors_fit(self) &&
           vectors_threshold(&self->vectors, cosine ? 0.9 : (double)NAN,
                             &self->threshold);
}

static struct stream_ops ops(const void *arg)
{
    struct stream_ops ops = vectors_ops(arg);

    ops.finish = finish;
    ops.columns = columns;
    ops.print = print;
    ops.print_failed = print_failed;
    ops.no_resume = "dedup compares each line with all before it";
    return ops;
}

static void release(void *arg)
{
    struct dedup *self = arg;

    free(self->firsts);
    free(self->scores);
}

static const struct dedup defaults = {.threshold = (double)NAN};

const struct command command_dedup = {
    .name = "dedup",
    .summary = "group lines that say nearly the same",
    .example = "berth dedup --first log",
    .options = {"Options of dedup", rows, &group_hits},
    .size = sizeof(struct dedup),
    .defaults = &defaults,
    .part = BERTH_PART_ENCODER,
    .computes = true,
    .clash = clash,
    .ready = ready,
    .fit = fit,
    .ops = ops,
    .release = release};
