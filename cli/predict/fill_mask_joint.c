/*
 * fill_mask_joint.c - fill-mask --joint: all masks of a text filled together,
 * by beam search; computing and rows.
 *
 * A filling grows by one mask a step. For "[MASK] [MASK] barks": first the most
 * probable words at one mask, say "the", then for each of them the most
 * probable words at the other mask with that word in its place, "the dog
 * barks". --beam says how many are kept at each step. The score of a filling is
 * the sum of the logarithms of these probabilities: the chain rule, in the
 * order of the filling. That order is left to right, or at each step the mask
 * with the most probable word.
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

/* What could follow a filling: the most probable words at one mask. */
struct branch {
    const struct filling *from;
    size_t mask;
    size_t n;
    int32_t *ids; /* (beam) best first */
    float *logs;  /* (beam) */
};

/* A filling that could be next: that of a branch, with one word more. */
struct candidate {
    double score;
    const struct branch *branch;
    int32_t id;
};

/* Which mask of which filling was asked about. */
struct branch_ask {
    struct item *item;
    struct branch *branch;
    size_t mask;
};

/* The search over one record. */
struct beam_search {
    struct fill_mask *self;
    struct item *item;
    struct masks *masks;
    struct berth_error *err;
    struct filling *now; /* (n) best first */
    size_t n;
    int32_t *ids[2];         /* (beam, masks) of now, and of the step before */
    struct branch *branches; /* (n) */
    struct branch_ask *asks; /* (n_asks) of a step */
    size_t n_asks;
    struct candidate *next; /* (n_next) */
    size_t n_next;
    struct candidate *best; /* (beam) of next */
    size_t *slots;          /* (n_slots) a hash of next: 1 + number; 0: free */
    size_t n_slots; /* a power of two, twice as many as candidates at least */
};

/* ---------------------------------------------------------------- asking */

static enum berth_status take(void *arg, void *tag, float *logits,
                              double log_sum, struct berth_error *err)
{
    const struct fill_mask *self = arg;
    const struct branch_ask *ask = tag;
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
    /* With the order best-first, several masks were asked about. The branch
     * keeps the one with the most probable word; of equal ones the first
     * asked. */
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

/* Whether two tokens, of different windows, are the same mask of the text. */
static bool same_place(const struct item *item, size_t i, size_t k)
{
    return item->offsets[i].begin == item->offsets[k].begin &&
           item->offsets[i].end == item->offsets[k].end &&
           item_is_second(item, i) == item_is_second(item, k);
}

/* Puts the words of a filling into a copy of a window. Windows overlap, so a
 * mask of another window may be in it too. */
static void put_words(const struct beam_search *s, size_t window,
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
static enum berth_status ask_window(struct beam_search *s,
                                    struct branch *branch, size_t window,
                                    size_t only)
{
    const struct berth_sequence sequence =
        session_sequence(&s->self->session, s->item, window);
    struct masked *masked = &s->self->compute.masked;
    int32_t *ids;
    enum berth_status status = masked_add(masked, &sequence, &ids, s->err);

    if (status != BERTH_OK)
        return status;
    put_words(s, window, branch->from, ids);
    for (size_t m = 0; m < s->masks->n; m++) {
        const struct mask *mask = &s->masks->list[m];

        if (mask->window != window || branch->from->ids[m] >= 0 ||
            (only != SIZE_MAX && only != m))
            continue;
        struct branch_ask *ask = &s->asks[s->n_asks++];

        *ask = (struct branch_ask){s->item, branch, m};
        masked_ask(masked, mask->position, ask);
    }
    return BERTH_OK;
}

static bool has_open_mask(const struct beam_search *s, const struct filling *f,
                          size_t window)
{
    for (size_t m = 0; m < s->masks->n; m++)
        if (s->masks->list[m].window == window && f->ids[m] < 0)
            return true;
    return false;
}

static enum berth_status ask_branch(struct beam_search *s,
                                    struct branch *branch, size_t step)
{
    enum berth_status status = BERTH_OK;

    if (s->self->order == ORDER_LEFT_TO_RIGHT)
        return ask_window(s, branch, s->masks->list[step].window, step);
    for (size_t w = 0; w < s->item->n_windows && status == BERTH_OK; w++)
        if (has_open_mask(s, branch->from, w))
            status = ask_window(s, branch, w, SIZE_MAX);
    return status;
}

/* ---------------------------------------------------------------- search */

static int32_t word_at(const struct candidate *c, size_t m)
{
    return m == c->branch->mask ? c->id : c->branch->from->ids[m];
}

static bool same_words(const struct candidate *a, const struct candidate *b,
                       size_t n)
{
    for (size_t m = 0; m < n; m++)
        if (word_at(a, m) != word_at(b, m))
            return false;
    return true;
}

/* The slot of these words, or a free one for them. Half the slots are free, so
 * a search ends soon. */
static size_t *find_slot(const struct beam_search *s, const struct candidate *c)
{
    size_t n = s->masks->n;
    uint64_t hash = 0;

    for (size_t m = 0; m < n; m++)
        hash = (hash ^ (uint32_t)word_at(c, m)) * UINT64_C(0x9e3779b97f4a7c15);
    size_t at = (size_t)(hash >> 32) & (s->n_slots - 1);

    while (s->slots[at] != 0 && !same_words(&s->next[s->slots[at] - 1], c, n))
        at = (at + 1) & (s->n_slots - 1);
    return &s->slots[at];
}

/* Two orders of filling may lead to the same words: "a", then "b", or "b", then
 * "a". The more probable one stays. */
static void add_candidate(struct beam_search *s, const struct branch *branch,
                          size_t i)
{
    const struct candidate c = {branch->from->score + (double)branch->logs[i],
                                branch, branch->ids[i]};
    size_t *slot = find_slot(s, &c);

    if (*slot == 0) {
        s->next[s->n_next++] = c;
        *slot = s->n_next;
    } else if (c.score > s->next[*slot - 1].score) {
        s->next[*slot - 1].score = c.score;
    }
}

/* Lists all fillings that are one word longer than those of now. */
static void add_candidates(struct beam_search *s)
{
    s->n_next = 0;
    memset(s->slots, 0, s->n_slots * sizeof(*s->slots));
    for (size_t i = 0; i < s->n; i++)
        for (size_t k = 0; k < s->branches[i].n; k++)
            add_candidate(s, &s->branches[i], k);
}

static bool is_likelier(const void *a, const void *b, const void *arg)
{
    (void)arg;
    return ((const struct candidate *)a)->score >
           ((const struct candidate *)b)->score;
}

/* The beam best, in order; of equal ones those found first. Their words must
 * not overwrite those of now, which they are made from: two blocks take
 * turns. */
static void keep_best(struct beam_search *s, size_t step)
{
    size_t n_masks = s->masks->n;
    int32_t *ids = s->ids[step % 2];
    size_t n = 0;

    for (size_t i = 0; i < s->n_next; i++)
        n = top_insert(s->best, n, s->self->beam, &s->next[i], sizeof(*s->best),
                       is_likelier, NULL);
    for (size_t i = 0; i < n; i++)
        for (size_t m = 0; m < n_masks; m++)
            ids[i * n_masks + m] = word_at(&s->best[i], m);
    for (size_t i = 0; i < n; i++)
        s->now[i] = (struct filling){s->best[i].score, ids + i * n_masks};
    s->n = n;
}

/* Fills one mask more in every filling. All questions of a step are collected
 * before any is answered, so that they fill batches. */
static enum berth_status take_step(struct beam_search *s, size_t step)
{
    enum berth_status status = BERTH_OK;

    s->n_asks = 0;
    for (size_t i = 0; i < s->n && status == BERTH_OK; i++) {
        s->branches[i].from = &s->now[i];
        s->branches[i].n = 0;
        status = ask_branch(s, &s->branches[i], step);
    }
    if (status == BERTH_OK)
        status = masked_flush(&s->self->compute.masked, s->err);
    if (status != BERTH_OK)
        return status;
    add_candidates(s);
    keep_best(s, step);
    return BERTH_OK;
}

/* beam is 256 at most, so that its square does not overflow. */
static bool make_room(struct beam_search *s, struct pieces *a, size_t beam)
{
    size_t n = s->masks->n;
    int32_t *ids = pieces_array(a, beam * beam, sizeof(*ids));
    float *logs = pieces_array(a, beam * beam, sizeof(*logs));

    s->n_slots = 2;
    while (s->n_slots < 2 * beam * beam)
        s->n_slots *= 2;
    s->now = pieces_array(a, beam, sizeof(*s->now));
    s->branches = pieces_array(a, beam, sizeof(*s->branches));
    s->asks = pieces_array(a, n, beam * sizeof(*s->asks));
    s->next = pieces_array(a, beam * beam, sizeof(*s->next));
    s->best = pieces_array(a, beam, sizeof(*s->best));
    s->slots = pieces_array(a, s->n_slots, sizeof(*s->slots));
    for (size_t i = 0; i < 2; i++)
        s->ids[i] = pieces_array(a, n, beam * sizeof(*s->ids[i]));
    if (ids == NULL || logs == NULL || s->now == NULL || s->branches == NULL ||
        s->asks == NULL || s->next == NULL || s->best == NULL ||
        s->slots == NULL || s->ids[0] == NULL || s->ids[1] == NULL)
        return false;
    for (size_t i = 0; i < beam; i++)
        s->branches[i] =
            (struct branch){.ids = ids + i * beam, .logs = logs + i * beam};
    return true;
}

/* What is printed outlives the search. */
static bool keep_fillings(const struct beam_search *s, struct pieces *results)
{
    const struct fill_mask *self = s->self;
    struct masks *masks = s->masks;
    size_t n = s->n < self->k ? s->n : self->k;
    size_t bytes = masks->n * sizeof(*s->now->ids);

    /* They are in order, so those below --min-prob are at the end. */
    while (n > 0 && exp(s->now[n - 1].score) < self->min_prob)
        n--;
    masks->fillings = pieces_array(results, n, sizeof(*masks->fillings));
    if (masks->fillings == NULL)
        return false;
    for (size_t i = 0; i < n; i++) {
        int32_t *ids = pieces_alloc(results, bytes);

        if (ids == NULL)
            return false;
        memcpy(ids, s->now[i].ids, bytes);
        masks->fillings[i] = (struct filling){s->now[i].score, ids};
    }
    masks->n_fillings = n;
    return true;
}

static enum berth_status search(struct fill_mask *self, struct item *item,
                                const struct batch *batch)
{
    struct beam_search s = {
        .self = self, .item = item, .masks = item->extra, .err = batch->err};
    struct pieces *scratch = &self->compute.scratch;
    enum berth_status status = BERTH_OK;

    if (!make_room(&s, scratch, self->beam))
        return stream_no_memory(s.err);
    for (size_t m = 0; m < s.masks->n; m++)
        s.ids[1][m] = -1;
    s.now[s.n++] = (struct filling){0.0, s.ids[1]};
    for (size_t i = 0; i < s.masks->n && status == BERTH_OK; i++)
        status = take_step(&s, i);
    if (status == BERTH_OK && !keep_fillings(&s, batch->results))
        status = stream_no_memory(s.err);
    pieces_reset(scratch);
    return status;
}

/* A record is computed whole, with the first of its windows: a mask may be in
 * another window than the words it depends on. */
static enum berth_status compute(void *arg, const struct batch *batch)
{
    struct fill_mask *self = arg;
    enum berth_status status = BERTH_OK;

    self->compute.masked.answer = take;
    for (size_t i = 0; i < batch->n && status == BERTH_OK; i++)
        if (batch->jobs[i].window == 0)
            status = search(self, batch->jobs[i].item, batch);
    return status;
}

static size_t result_size(const struct fill_mask *self, size_t n_masks)
{
    return self->k * (sizeof(struct filling) + n_masks * sizeof(int32_t));
}

/* ------------------------------------------------------------------ rows */

static const struct column columns[] = {
    {"rank", COLUMN_SIZE, 1 << FORMAT_TEXT},
    {"score", COLUMN_FLOAT, 0},
    {"tokens", COLUMN_TEXT, 1 << FORMAT_TEXT},
    {"sequence", COLUMN_TEXT, 0},
    {0}};

static void print_row(struct fill_mask *self, const struct item *item, size_t m,
                      size_t i, struct buffer *b)
{
    const struct masks *masks = item->extra;
    const struct filling *f = &masks->fillings[i];
    const struct buffer *sequence = fill_mask_sequence(self, item, f->ids, b);
    struct buffer *tokens = &self->print.cell;

    (void)m;
    buffer_clear(tokens);
    for (size_t k = 0; k < masks->n; k++) {
        buffer_between(tokens, k, ' ');
        buffer_puts(tokens, fill_mask_word(self, f->ids[k]).text);
    }
    b->failed = b->failed || tokens->failed;
    row_cells(b, &self->session.settings, columns,
              (struct cell[]){{.size = i + 1},
                              {.x = exp(f->score)},
                              {tokens->data, .size = tokens->size},
                              {sequence->data, .size = sequence->size}});
}

static void print_members(struct fill_mask *self, const struct item *item,
                          size_t m, size_t i, struct buffer *b)
{
    const struct masks *masks = item->extra;
    const struct filling *f = &masks->fillings[i];
    const struct buffer *sequence = fill_mask_sequence(self, item, f->ids, b);

    (void)m;
    buffer_puts(b, "\"score\":");
    buffer_json_float(b, (float)exp(f->score), self->session.settings.digits);
    buffer_puts(b, ",\"tokens\":[");
    buffer_ints(b, f->ids, masks->n, ',');
    buffer_puts(b, "],\"token_strs\":[");
    for (size_t k = 0; k < masks->n; k++) {
        const char *token = fill_mask_word(self, f->ids[k]).text;

        buffer_between(b, k, ',');
        buffer_json(b, token, strlen(token));
    }
    buffer_puts(b, "],\"sequence\":");
    buffer_json(b, sequence->data, sequence->size);
}

const struct fill_mask_mode fill_mask_joint = {.compute = compute,
                                               .print = fill_mask_print,
                                               .result_size = result_size,
                                               .list = "joint",
                                               .whole = true,
                                               .columns = columns,
                                               .print_row = print_row,
                                               .print_members = print_members};
