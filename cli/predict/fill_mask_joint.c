/*
 * fill_mask_joint.c - fill-mask --joint: all masks of a text filled together,
 * by beam search; computing and rows.
 *
 * A filling grows by one mask a step, and each word is asked for with the words
 * before it in their places, the masks that are left being masks. Its score is
 * the sum of the logarithms of these probabilities: the chain rule in the order
 * of the filling. That order is left to right, or at each step the mask at
 * which the model is surest.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/top.h"
#include "cli/output/number.h"
#include "cli/output/quote.h"
#include "cli/predict/fill_mask.h"
#include "cli/stream/finite.h"
#include "cli/stream/row.h"

/* What could follow a filling: the likeliest words at one mask. */
struct branch {
    const struct filling *from;
    size_t mask;
    size_t n;
    int32_t *ids; /* (beam) best first */
    float *logs;  /* (beam) */
};

/* Which mask of which filling was asked about. */
struct ask {
    struct item *item;
    struct branch *branch;
    size_t mask;
};

/* The search over one record. */
struct search {
    struct fill_mask *self;
    struct item *item;
    struct masks *masks;
    struct pieces *pieces;
    struct filling *now; /* (n) best first */
    size_t n;
    struct branch *branches; /* (n) */
    struct filling *next;    /* (n * beam) */
    size_t n_next;
    int32_t *ids[2]; /* (beam * beam, masks) of next, and of the step before */
    size_t *slots;   /* (n_slots) a hash of next: 1 + number; 0: free */
    size_t n_slots;  /* a power of two, twice as many as fillings at least */
};

/* ---------------------------------------------------------------- asking */

static enum berth_status take(void *arg, void *tag, float *logits,
                              double log_sum, struct berth_error *err)
{
    const struct fill_mask *self = arg;
    const struct ask *ask = tag;
    struct branch *branch = ask->branch;
    size_t v = self->session.facts->vocab_size;
    size_t k = self->whole != NULL ? self->n_whole : v;

    if (!finite_check_log(ask->item, log_sum))
        return BERTH_OK;
    k = k < self->beam ? k : self->beam;
    for (size_t i = 0; self->whole != NULL && i < v; i++)
        if (!self->whole[i])
            logits[i] = -INFINITY;
    int32_t *top = malloc((k + 1) * sizeof(*top));

    if (top == NULL)
        return stream_no_memory(err);
    berth_top_k(logits, v, k, top);
    /* Best first: the surest mask; of equal ones the first asked. */
    bool better =
        k > 0 && (branch->n == 0 ||
                  (float)((double)logits[top[0]] - log_sum) > branch->logs[0]);

    for (size_t i = 0; better && i < k; i++) {
        branch->ids[i] = top[i];
        branch->logs[i] = (float)((double)logits[top[i]] - log_sum);
        branch->n = k;
        branch->mask = ask->mask;
    }
    free(top);
    return BERTH_OK;
}

static bool same_place(const struct item *item, size_t i, size_t k)
{
    return item->offsets[i].begin == item->offsets[k].begin &&
           item->offsets[i].end == item->offsets[k].end &&
           (!item->record.has_pair || item->type_ids[i] == item->type_ids[k]);
}

/* Puts the words of a filling into a copy of a window: other windows' masks
 * may stand in it too. */
static void put_words(const struct search *s, size_t window,
                      const struct filling *f, int32_t *ids)
{
    const struct item *item = s->item;
    const struct berth_window *w = &item->windows[window];

    for (size_t m = 0; m < s->masks->n; m++) {
        const struct mask *mask = &s->masks->list[m];
        size_t at = item->windows[mask->window].start + mask->position;

        if (f->ids[m] < 0)
            continue;
        if (mask->window == window) {
            ids[mask->position] = f->ids[m];
            continue;
        }
        for (size_t i = 0; i < w->n_tokens; i++)
            if (!item->special[w->start + i] &&
                item->ids[w->start + i] == s->self->session.facts->mask_id &&
                same_place(item, w->start + i, at))
                ids[i] = f->ids[m];
    }
}

/* Asks about the open masks of a window, or about one only. */
static enum berth_status ask_window(struct search *s, struct branch *branch,
                                    size_t window, size_t only,
                                    struct berth_error *err)
{
    const struct berth_sequence sequence =
        session_sequence(&s->self->session, s->item, window);
    struct masked *masked = &s->self->compute.masked;
    int32_t *ids;
    enum berth_status status = masked_add(masked, &sequence, &ids, err);

    if (status != BERTH_OK)
        return status;
    put_words(s, window, branch->from, ids);
    for (size_t m = 0; m < s->masks->n; m++) {
        const struct mask *mask = &s->masks->list[m];

        if (mask->window != window || branch->from->ids[m] >= 0 ||
            (only != SIZE_MAX && only != m))
            continue;
        struct ask *ask = pieces_alloc(s->pieces, sizeof(*ask));

        if (ask == NULL)
            return stream_no_memory(err);
        *ask = (struct ask){s->item, branch, m};
        masked_ask(masked, mask->position, ask);
    }
    return BERTH_OK;
}

static bool has_open_mask(const struct search *s, const struct filling *f,
                          size_t window)
{
    for (size_t m = 0; m < s->masks->n; m++)
        if (s->masks->list[m].window == window && f->ids[m] < 0)
            return true;
    return false;
}

static enum berth_status ask_branch(struct search *s, struct branch *branch,
                                    size_t step, struct berth_error *err)
{
    enum berth_status status = BERTH_OK;

    if (s->self->order == ORDER_LEFT_TO_RIGHT)
        return ask_window(s, branch, s->masks->list[step].window, step, err);
    for (size_t w = 0; w < s->item->n_windows && status == BERTH_OK; w++)
        if (has_open_mask(s, branch->from, w))
            status = ask_window(s, branch, w, SIZE_MAX, err);
    return status;
}

/* ---------------------------------------------------------------- search */

static bool new_branch(struct search *s, const struct filling *from,
                       struct branch *branch)
{
    size_t beam = s->self->beam;

    *branch = (struct branch){.from = from};
    branch->ids = pieces_array(s->pieces, beam, sizeof(*branch->ids));
    branch->logs = pieces_array(s->pieces, beam, sizeof(*branch->logs));
    return branch->ids != NULL && branch->logs != NULL;
}

/* Where these words are, or may be put. */
static size_t *find_slot(const struct search *s, const int32_t *ids)
{
    size_t n = s->masks->n;
    uint64_t hash = 0;

    for (size_t m = 0; m < n; m++)
        hash = (hash ^ (uint32_t)ids[m]) * UINT64_C(0x9e3779b97f4a7c15);
    size_t at = (size_t)(hash >> 32) & (s->n_slots - 1);

    while (s->slots[at] != 0 &&
           memcmp(s->next[s->slots[at] - 1].ids, ids, n * sizeof(*ids)) != 0)
        at = (at + 1) & (s->n_slots - 1);
    return &s->slots[at];
}

/* Two orders may lead to the same words: the likelier one stays. */
static void add_filling(struct search *s, const struct branch *branch, size_t i,
                        int32_t *ids)
{
    double score = branch->from->score + (double)branch->logs[i];
    size_t *slot;

    memcpy(ids, branch->from->ids, s->masks->n * sizeof(*ids));
    ids[branch->mask] = branch->ids[i];
    slot = find_slot(s, ids);
    if (*slot == 0) {
        s->next[s->n_next++] = (struct filling){score, ids};
        *slot = s->n_next;
    } else if (score > s->next[*slot - 1].score) {
        s->next[*slot - 1].score = score;
    }
}

/* All that follows from the fillings of now. */
static void add_fillings(struct search *s, size_t step)
{
    int32_t *ids = s->ids[step % 2];

    s->n_next = 0;
    memset(s->slots, 0, s->n_slots * sizeof(*s->slots));
    for (size_t i = 0; i < s->n; i++)
        for (size_t k = 0; k < s->branches[i].n; k++)
            add_filling(s, &s->branches[i], k, ids + s->n_next * s->masks->n);
}

static bool is_likelier(const void *a, const void *b, const void *arg)
{
    (void)arg;
    return ((const struct filling *)a)->score >
           ((const struct filling *)b)->score;
}

/* The beam best, in order; of equal ones those found first. */
static void keep_best(struct search *s)
{
    s->n = 0;
    for (size_t i = 0; i < s->n_next; i++)
        s->n = top_insert(s->now, s->n, s->self->beam, &s->next[i],
                          sizeof(*s->now), is_likelier, NULL);
}

static enum berth_status take_step(struct search *s, size_t step,
                                   struct berth_error *err)
{
    enum berth_status status = BERTH_OK;

    for (size_t i = 0; i < s->n && status == BERTH_OK; i++) {
        if (!new_branch(s, &s->now[i], &s->branches[i]))
            return stream_no_memory(err);
        status = ask_branch(s, &s->branches[i], step, err);
    }
    if (status == BERTH_OK)
        status = masked_flush(&s->self->compute.masked, err);
    if (status != BERTH_OK)
        return status;
    add_fillings(s, step);
    keep_best(s);
    return BERTH_OK;
}

/* beam is 256 at most, so that its square does not overflow. */
static bool make_room(struct search *s, struct pieces *a, size_t beam)
{
    size_t most = beam * beam;

    s->n_slots = 2;
    while (s->n_slots < 2 * most)
        s->n_slots *= 2;
    s->now = pieces_array(a, beam, sizeof(*s->now));
    s->branches = pieces_array(a, beam, sizeof(*s->branches));
    s->next = pieces_array(a, most, sizeof(*s->next));
    s->slots = pieces_array(a, s->n_slots, sizeof(*s->slots));
    for (size_t i = 0; i < 2; i++)
        s->ids[i] = pieces_array(a, most, s->masks->n * sizeof(*s->ids[i]));
    return s->now != NULL && s->branches != NULL && s->next != NULL &&
           s->slots != NULL && s->ids[0] != NULL && s->ids[1] != NULL;
}

static enum berth_status search(struct fill_mask *self, struct item *item,
                                struct pieces *a, struct berth_error *err)
{
    struct search s = {
        .self = self, .item = item, .masks = item->extra, .pieces = a, .n = 1};
    enum berth_status status = BERTH_OK;
    int32_t *none = pieces_array(a, s.masks->n, sizeof(*none));

    if (none == NULL || !make_room(&s, a, self->beam))
        return stream_no_memory(err);
    for (size_t m = 0; m < s.masks->n; m++)
        none[m] = -1;
    s.now[0] = (struct filling){0.0, none};
    for (size_t i = 0; i < s.masks->n && status == BERTH_OK; i++)
        status = take_step(&s, i, err);
    s.masks->fillings = s.now;
    s.masks->n_fillings = s.n < self->k ? s.n : self->k;
    while (s.masks->n_fillings > 0 &&
           exp(s.now[s.masks->n_fillings - 1].score) < self->min_prob)
        s.masks->n_fillings--;
    return status;
}

/* A record is computed whole, with the first of its windows. */
static enum berth_status compute(void *arg, const struct job *jobs, size_t n,
                                 struct pieces *results,
                                 struct berth_error *err)
{
    struct fill_mask *self = arg;
    enum berth_status status = BERTH_OK;

    self->compute.masked.answer = take;
    for (size_t i = 0; i < n && status == BERTH_OK; i++)
        if (jobs[i].window == 0)
            status = search(self, jobs[i].item, results, err);
    return status;
}

/* ------------------------------------------------------------------ rows */

static void put_both(struct buffer *b, const struct fill_mask *self,
                     const struct item *item, const int32_t *words)
{
    fill_mask_put_text(b, self, item, false, words);
    if (item->record.has_pair) {
        buffer_putc(b, '\t');
        fill_mask_put_text(b, self, item, true, words);
    }
}

static void put_sequence(struct buffer *b, struct fill_mask *self,
                         const struct item *item, const int32_t *words)
{
    struct buffer *s = &self->print.scratch;

    buffer_clear(s);
    put_both(s, self, item, words);
    if (s->failed)
        b->failed = true;
    else if (self->session.settings.format == FORMAT_JSONL)
        buffer_json(b, s->data, s->size);
    else if (self->session.settings.format == FORMAT_CSV)
        buffer_csv(b, s->data, s->size);
    else
        buffer_tsv(b, s->data, s->size);
}

/* One text as the text format writes it; without a filling, as it is. */
static void put_filled(struct fill_mask *self, const struct item *item,
                       bool second, struct buffer *b)
{
    const struct masks *masks = item->extra;
    const struct field *text = second ? &item->record.pair : &item->record.text;
    struct buffer *s = &self->print.scratch;

    buffer_clear(s);
    if (masks->n_fillings > 0)
        fill_mask_put_text(s, self, item, second, masks->fillings[0].ids);
    else
        buffer_put(s, text->data, text->size);
    if (s->failed)
        b->failed = true;
    else
        buffer_tsv(b, s->data, s->size);
}

/* -k 1: the filled text alone. */
static void print_filled(struct fill_mask *self, const struct item *item,
                         struct buffer *b)
{
    row_begin(b, &self->session.settings, item);
    put_filled(self, item, false, b);
    if (item->record.has_pair) {
        buffer_putc(b, '\t');
        put_filled(self, item, true, b);
    }
    buffer_putc(b, '\n');
}

static const struct column columns[] = {{"rank", COLUMN_SIZE, 0},
                                        {"score", COLUMN_FLOAT, 0},
                                        {"tokens", COLUMN_TEXT, 0},
                                        {"sequence", COLUMN_TEXT, 0},
                                        {0}};

static void print_row(struct fill_mask *self, const struct item *item,
                      size_t rank, struct buffer *b)
{
    const struct common *s = &self->session.settings;
    const struct masks *masks = item->extra;
    const struct filling *f = &masks->fillings[rank];

    row_begin(b, s, item);
    if (s->format == FORMAT_TEXT) {
        buffer_float(b, (float)exp(f->score), s->digits);
    } else {
        struct buffer *words = &self->print.scratch;

        row_cell_size(b, s, rank + 1);
        row_cell_float(b, s, (float)exp(f->score));
        buffer_clear(words);
        for (size_t m = 0; m < masks->n; m++) {
            if (m > 0)
                buffer_putc(words, ' ');
            buffer_puts(words, fill_mask_word(self, f->ids[m]).text);
        }
        row_cell_text(b, s, words->data, words->size);
    }
    row_cell(b, s);
    put_sequence(b, self, item, f->ids);
    buffer_putc(b, '\n');
}

static void put_filling(struct buffer *b, struct fill_mask *self,
                        const struct item *item, const struct filling *f)
{
    const struct masks *masks = item->extra;

    buffer_puts(b, "{\"score\":");
    buffer_json_float(b, (float)exp(f->score), self->session.settings.digits);
    buffer_puts(b, ",\"tokens\":[");
    for (size_t m = 0; m < masks->n; m++) {
        if (m > 0)
            buffer_putc(b, ',');
        buffer_int(b, f->ids[m]);
    }
    buffer_puts(b, "],\"token_strs\":[");
    for (size_t m = 0; m < masks->n; m++) {
        const char *token = fill_mask_word(self, f->ids[m]).text;

        if (m > 0)
            buffer_putc(b, ',');
        buffer_json(b, token, strlen(token));
    }
    buffer_puts(b, "],\"sequence\":");
    put_sequence(b, self, item, f->ids);
    buffer_putc(b, '}');
}

static void print_object(struct fill_mask *self, const struct item *item,
                         struct buffer *b)
{
    const struct masks *masks = item->extra;

    row_begin(b, &self->session.settings, item);
    row_counts(b, item, row_n_used(item));
    buffer_puts(b, ",\"joint\":[");
    for (size_t i = 0; i < masks->n_fillings; i++) {
        if (i > 0)
            buffer_putc(b, ',');
        put_filling(b, self, item, &masks->fillings[i]);
    }
    buffer_puts(b, "]}\n");
}

static void print(void *arg, const struct item *item, size_t window,
                  struct output *out)
{
    struct fill_mask *self = arg;
    const struct masks *masks = item->extra;
    struct buffer *b = &out->rows;

    (void)window;
    if (self->session.settings.format == FORMAT_JSONL) {
        print_object(self, item, b);
        return;
    }
    if (self->one_line) {
        print_filled(self, item, b);
        return;
    }
    for (size_t i = 0; i < masks->n_fillings; i++) {
        print_row(self, item, i, b);
        output_spill(out);
    }
}

static size_t result_size(void *arg, size_t n_tokens)
{
    const struct fill_mask *self = arg;

    (void)n_tokens;
    return self->beam * self->beam *
           (sizeof(struct filling) + 4 * sizeof(int32_t));
}

void fill_mask_joint_ops(struct stream_ops *ops)
{
    ops->result_size = result_size;
    ops->compute = compute;
    ops->columns = columns;
    ops->print = print;
}
