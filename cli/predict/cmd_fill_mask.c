/*
 * cmd_fill_mask.c - the likeliest words for each [MASK]: options, and where the
 * masks are. Each mode has a file of its own.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/base/message.h"
#include "cli/frame/command.h"
#include "cli/predict/fill_mask.h"
#include "cli/predict/mask_meant.h"

enum {
    DEFAULT_K = 5,
    MAX_BEAM = 256,
    FORMATS_LENS = 1 << FORMAT_HEAT | 1 << FORMAT_SVG,
    ROOM = 1 << 22 /* logits that --lens holds, if 8 rows are no more */
};

#define AT(member) offsetof(struct fill_mask, member)

static const struct option_row rows[] = {
    {FORMAT_ROW(FORMATS_ROWS | FORMATS_LENS)},
    {'k', "top-k", "N", "number of words per mask (default: 5; with --lens, 1)",
     OPTION_SIZE, AT(k), 1, OPTION_SIZE_MAX},
    {0, "compare", NULL, "print what --hide-head or --hide-token changes",
     OPTION_FLAG, AT(compare), 0, 0},
    {0, "target", "WORD", "score only this word (repeatable)", OPTION_LIST,
     AT(targets), 0, 0},
    {0, "rank", "WORD",
     "print the rank of this word in the whole vocabulary (repeatable)",
     OPTION_LIST, AT(ranks), 0, 0},
    {0, "lens", NULL,
     "print the words after each layer; of a text without a mask, the rank of "
     "each of its tokens",
     OPTION_FLAG, AT(lens), 0, 0},
    {0, "min-prob", "P",
     "print only words of this probability or more (default: 0)", OPTION_FLOAT,
     AT(min_prob), 0, 1},
    {0, "word", NULL, "print whole words only: no pieces, no punctuation",
     OPTION_FLAG, AT(word), 0, 0},
    {0, "joint", NULL, "fill all masks of a text together", OPTION_FLAG,
     AT(joint), 0, 0},
    {0, "order", "left-to-right|best-first",
     "with --joint: which mask to fill next (default: left-to-right)",
     OPTION_CHOICE, AT(order), 0, 0},
    {0, "beam", "N",
     "with --joint: fillings to keep at each step (default: 5, or N of -k if "
     "larger)",
     OPTION_SIZE, AT(beam), 1, MAX_BEAM},
    {0}};

static const struct option_group groups[] = {
    {"Hiding", rows_hide, &groups[1]},
    {"Pictures", rows_picture, &group_length}};

/* --------------------------------------------------------------- prepare */

/* A mask as users write it, whatever the model's own is. */
static const char *const written[] = {"[MASK]", "<mask>"};

enum {
    N_WRITTEN = sizeof(written) / sizeof(*written)
};

/* Where each is next in a text; NULL: nowhere, or it stands for itself. */
struct written_masks {
    const char *next[N_WRITTEN];
    const char *end; /* of the text */
};

static struct written_masks find_written(const struct fill_mask *self,
                                         const struct field *text)
{
    struct written_masks w = {.end = text->data + text->size};

    for (size_t i = 0; i < N_WRITTEN; i++) {
        size_t n = strlen(written[i]);

        if (berth_token_id(self->session.model, written[i], n) < 0)
            w.next[i] = memmem(text->data, text->size, written[i], n);
    }
    return w;
}

/* The first one; *size is what it has of bytes. NULL: there are no more. */
static const char *take_written(struct written_masks *w, size_t *size)
{
    size_t first = N_WRITTEN;
    const char *at;

    for (size_t i = 0; i < N_WRITTEN; i++) {
        if (w->next[i] != NULL &&
            (first == N_WRITTEN || w->next[i] < w->next[first]))
            first = i;
    }
    if (first == N_WRITTEN)
        return NULL;
    at = w->next[first];
    *size = strlen(written[first]);
    w->next[first] = memmem(at + *size, (size_t)(w->end - at) - *size,
                            written[first], *size);
    return at;
}

/* The text with the model's own mask token where the user wrote another; beside
 * the model's own, the others are text. */
static bool use_own_mask(const struct fill_mask *self, struct pieces *a,
                         const struct field *text, struct field *out)
{
    const char *own = self->session.facts->mask_token;
    size_t own_size = strlen(own);
    struct written_masks all = find_written(self, text), rest = all;
    const char *p = text->data;
    size_t n = 0, size;

    while (take_written(&rest, &size) != NULL)
        n++;
    *out = *text;
    if (n == 0 || memmem(text->data, text->size, own, own_size) != NULL)
        return true;
    if (n > (SIZE_MAX - text->size) / own_size)
        return false;
    char *to = pieces_alloc(a, text->size + n * own_size);

    if (to == NULL)
        return false;
    out->data = to;
    for (const char *at; (at = take_written(&all, &size)) != NULL;
         p = at + size) {
        memcpy(to, p, (size_t)(at - p));
        to += at - p;
        memcpy(to, own, own_size);
        to += own_size;
    }
    memcpy(to, p, (size_t)(all.end - p));
    out->size = (size_t)(to + (all.end - p) - out->data);
    return true;
}

static bool has_mask(const struct fill_mask *self, const struct field *text)
{
    const char *own = self->session.facts->mask_token;

    return text->size > 0 &&
           memmem(text->data, text->size, own, strlen(own)) != NULL;
}

static bool is_mask(const struct fill_mask *self, const struct item *item,
                    const struct berth_window *w, size_t i)
{
    if (w->focus != SIZE_MAX)
        return i == w->focus;
    return item->ids[w->start + i] == self->session.facts->mask_id;
}

/* The same of the tokens of a text without a mask. Those that windows share are
 * listed once. */
static size_t list_tokens(const struct fill_mask *self, const struct item *item,
                          struct mask *list)
{
    size_t n = 0, token = 0;

    for (size_t k = 0; k < item->n_windows; k++) {
        const struct berth_span own =
            item_owned(item, self->of_tokens.overlap, k);

        if (k == 0)
            token = own.begin;
        for (size_t i = own.begin; i < own.end; i++, token++) {
            if (item->special[item->windows[k].start + i])
                continue;
            if (list != NULL)
                list[n] =
                    (struct mask){.window = k, .position = i, .token = token};
            n++;
        }
    }
    return n;
}

/* Lists the masks of all windows; list may be NULL to count only. */
static size_t list_masks(const struct fill_mask *self, const struct item *item,
                         struct mask *list)
{
    size_t n = 0;

    for (size_t k = 0; k < item->n_windows; k++)
        for (size_t i = 0; i < item->windows[k].n_tokens; i++)
            if (is_mask(self, item, &item->windows[k], i)) {
                if (list != NULL)
                    list[n] = (struct mask){.window = k, .position = i};
                n++;
            }
    return n;
}

/* There is no mask: says what may have been meant to be one. */
static bool fail_without_mask(struct item *item)
{
    const struct field *sides[] = {&item->record.text, &item->record.pair};

    for (size_t i = 0; i < 2; i++) {
        size_t n;
        const char *at = mask_meant(sides[i]->data, sides[i]->size, &n);

        if (at != NULL)
            return stream_fail(item, "no %s in the text; write %s for '%.*s'",
                               written[0], written[0], (int)n, at);
    }
    return stream_fail(item, "no %s in the text", written[0]);
}

static bool find_masks(const struct fill_mask *self, struct item *item,
                       struct masks *masks)
{
    size_t (*list)(const struct fill_mask *, const struct item *,
                   struct mask *) = masks->of_tokens ? list_tokens : list_masks;

    masks->n = list(self, item, NULL);
    if (masks->n == 0 && item->truncated && !masks->of_tokens)
        return stream_fail(item,
                           "no %s is left of the text that was cut to "
                           "%zu tokens",
                           written[0], item->n_tokens);
    if (masks->n == 0 && !masks->of_tokens)
        return fail_without_mask(item);
    if (masks->n == 0 && self->session.settings.format == FORMAT_SVG)
        return stream_fail(item, "no tokens to draw");
    masks->list = pieces_array(item->pieces, masks->n, sizeof(*masks->list));
    masks->words = pieces_array(item->pieces, masks->n, sizeof(*masks->words));
    if (masks->list == NULL || masks->words == NULL)
        return stream_fail_memory(item);
    list(self, item, masks->list);
    item->extra = masks;
    item->n_results = self->mode->result_size(self, masks->n);
    return true;
}

/* --lens, of a text without a mask. Of a pair, windows would have each part of
 * a text with each part of the other. */
static bool prepare_tokens(const struct fill_mask *self, struct item *item,
                           struct berth_tokens *tokens)
{
    struct session s = self->session;

    s.tokenize = self->of_tokens;
    s.strict = s.strict || (item->record.has_pair &&
                            s.tokenize.overflow == BERTH_OVERFLOW_WINDOW);
    return session_prepare(&s, item, tokens);
}

static bool prepare(void *arg, struct item *item, struct berth_tokens *tokens)
{
    const struct fill_mask *self = arg;
    struct masks *masks = pieces_alloc(item->pieces, sizeof(*masks));
    struct field text = item->record.text;
    struct field pair = item->record.pair;

    if (masks == NULL ||
        !use_own_mask(self, item->pieces, &text, &masks->text) ||
        !use_own_mask(self, item->pieces, &pair, &masks->pair))
        return stream_fail_memory(item);
    item->record.text = masks->text;
    item->record.pair = masks->pair;
    masks->of_tokens = self->lens && self->n_target_ids == 0 &&
                       !has_mask(self, &masks->text) &&
                       !has_mask(self, &masks->pair);
    bool ok = masks->of_tokens ? prepare_tokens(self, item, tokens)
                               : session_prepare(arg, item, tokens);

    item->record.text = text;
    item->record.pair = pair;
    return ok && find_masks(self, item, masks);
}

/* ---------------------------------------------------------------- set up */

/* How many words a mask gets; 0: as --min-prob says. */
static void choose_k(struct fill_mask *self)
{
    size_t limit = self->session.facts->vocab_size;

    if (self->n_target_ids > 0)
        limit = self->n_target_ids;
    else if (self->word)
        limit = self->n_whole;
    if (self->k == 0 && self->n_target_ids > 0)
        self->k = limit;
    else if (self->k == 0 && (self->min_prob <= 0.0 || self->joint))
        self->k = self->lens ? 1 : DEFAULT_K;
    if (self->k > limit && !self->joint)
        self->k = limit;
    if (self->beam == 0)
        self->beam = self->k > DEFAULT_K ? self->k : DEFAULT_K;
}

/* --target: a mask that becomes several must still fit. */
static bool leave_room(struct fill_mask *self)
{
    struct berth_tokenize_options *o = &self->session.tokenize;

    if (self->n_pieces == 0 || o->max_tokens == 0)
        return true;
    if (o->max_tokens < self->n_pieces + self->session.facts->n_special)
        return message_refuse("--target: %zu pieces do not fit into %zu "
                              "tokens",
                              self->n_pieces, o->max_tokens);
    o->max_tokens -= self->n_pieces - 1;
    return true;
}

static bool make_room(struct fill_mask *self)
{
    size_t v = self->session.facts->vocab_size;
    size_t n = FILL_MASK_PLACES;

    while (self->lens && n < FILL_MASK_PLACES_MAX && (n + 1) * v <= ROOM)
        n++;
    masked_init(&self->compute.masked, &self->session, self);
    self->compute.n_places = n;
    self->compute.logits =
        calloc(v, (self->lens ? 1 : 2) * n * sizeof(*self->compute.logits));
    if (self->compute.logits == NULL)
        message_error("out of memory");
    return self->compute.logits != NULL;
}

static bool fit(void *arg)
{
    struct fill_mask *self = arg;
    const struct shared *s = &self->session.settings;
    int overflow = s->overflow;

    self->screen =
        screen_find((enum color_choice)s->color, s->width, s->output);
    self->mode = self->compare ? &fill_mask_compare
                 : self->joint ? &fill_mask_joint
                 : self->lens  ? &fill_mask_lens
                               : &fill_mask_single;
    self->one_line = self->k == 1 && !self->compare && !self->lens &&
                     self->ranks.n == 0 && s->format == FORMAT_TEXT;
    if (!fill_mask_find_targets(self) ||
        (self->word && !fill_mask_find_whole(self)))
        return false;
    choose_k(self);
    session_limit_tokens(&self->session, self->session.facts->max_tokens);
    if (self->lens)
        session_choose_windows(&self->session);
    self->of_tokens = self->session.tokenize;
    if (overflow == OVERFLOW_DEFAULT || overflow == OVERFLOW_WINDOW)
        self->session.tokenize.overflow = BERTH_OVERFLOW_MASK;
    if (!leave_room(self))
        return false;
    if (self->session.facts->mask_id < 0 ||
        self->session.facts->mask_token == NULL)
        return message_error("%s: the model has no mask token",
                             self->session.facts->path);
    return make_room(self);
}

/* What was given of the options, in bits. */
enum {
    PLAIN = 1,
    COMPARE = 2,
    HIDING = 4,
    JOINT = 8,
    WORD = 16,
    TARGET = 32,
    RANK = 64,
    TOP_K = 128,
    LARGE_TOP_K = 256, /* above MAX_BEAM */
    MIN_PROB = 512,
    ORDER = 1024,
    BEAM = 2048,
    SMALL_BEAM = 4096, /* below --top-k */
    LENS = 8192,
    LENS_TARGET = 16384, /* both */
    PICTURE = 32768
};

static unsigned given(const struct fill_mask *self)
{
    const struct shared *s = &self->session.settings;
    bool hiding = s->hide_heads != NULL || s->hide_tokens.n > 0;
    bool small = self->beam > 0 && self->beam < self->k;

    return (s->plain ? PLAIN : 0) | (self->compare ? COMPARE : 0) |
           (hiding ? HIDING : 0) | (self->joint ? JOINT : 0) |
           (self->word ? WORD : 0) | (self->targets.n > 0 ? TARGET : 0) |
           (self->ranks.n > 0 ? RANK : 0) | (self->k > 0 ? TOP_K : 0) |
           (self->k > MAX_BEAM ? LARGE_TOP_K : 0) |
           (self->min_prob > 0.0 ? MIN_PROB : 0) |
           (self->order > 0 ? ORDER : 0) | (self->beam > 0 ? BEAM : 0) |
           (small ? SMALL_BEAM : 0) | (self->lens ? LENS : 0) |
           (self->lens && self->targets.n > 0 ? LENS_TARGET : 0) |
           (format_in(s->format, FORMATS_LENS) ? PICTURE : 0);
}

/* What does not go together: one of a, with one of b where b names any, and
 * without c. The first that holds is said. */
static const struct rule {
    unsigned a;
    unsigned b;
    unsigned without;
    const char *message;
} rules[] = {
    {PLAIN, 0, 0, "--plain would make each [MASK] ordinary text"},
    {COMPARE, 0, HIDING, "--compare needs --hide-head or --hide-token"},
    {COMPARE, JOINT | WORD | RANK | MIN_PROB, 0,
     "--compare does not go with --joint, --word, --rank, --min-prob"},
    {LENS, COMPARE | JOINT | RANK | MIN_PROB, 0,
     "--lens does not go with --compare, --joint, --rank, --min-prob"},
    {LENS_TARGET, TOP_K, 0, "--lens prints all targets: no --top-k with them"},
    {PICTURE, 0, LENS, "--format heat and svg need --lens"},
    {TARGET, RANK, 0, "--rank does not go with --target"},
    {WORD, TARGET | RANK, 0, "--word does not go with --target or --rank"},
    {RANK, TOP_K | MIN_PROB, 0,
     "--rank does not go with --top-k or --min-prob"},
    {JOINT, TARGET | RANK, 0, "--joint does not go with --target or --rank"},
    {JOINT, LARGE_TOP_K, 0, "--joint: --top-k is at most 256"},
    {BEAM | ORDER, 0, JOINT, "--beam and --order need --joint"},
    {SMALL_BEAM, 0, 0, "--beam must not be less than --top-k"}};

static const char *clash(const void *arg)
{
    unsigned set = given(arg);

    for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++)
        if ((rules[i].a & set) != 0 &&
            (rules[i].b == 0 || (rules[i].b & set) != 0) &&
            (rules[i].without & set) == 0)
            return rules[i].message;
    return NULL;
}

/* Of pictures, where words and carried fields are tamed on their own. */
static void header(void *arg, struct output *out)
{
    const struct fill_mask *self = arg;

    if (self->screen.color != SCREEN_PLAIN)
        sink_raw(out->sink);
}

static struct stream_ops ops(const void *arg)
{
    const struct fill_mask *self = arg;
    const struct fill_mask_mode *mode = self->mode;
    const int format = self->session.settings.format;

    return (struct stream_ops){
        .prepare = prepare,
        .compute = mode->compute,
        .columns = mode->columns,
        .blank_line = !self->one_line && self->ranks.n == 0,
        .header = format == FORMAT_HEAT ? header : NULL,
        .one_record = format == FORMAT_SVG,
        .print = mode->print,
        .batch_tokens =
            mode->one_window ? 0 : self->session.settings.batch_tokens};
}

static void release(void *arg)
{
    struct fill_mask *self = arg;

    masked_free(&self->compute.masked);
    pieces_free(&self->compute.scratch);
    buffer_free(&self->print.sequence);
    buffer_free(&self->print.cell);
    free(self->compute.logits);
    fill_mask_free_targets(self);
    free(self->targets.items);
    free(self->ranks.items);
}

const struct command command_fill_mask = {
    .name = "fill-mask",
    .summary = "find the most likely words for each [MASK]",
    .notes =
        "The built-in model knows English grammar and topics, but few "
        "facts and no other\nlanguage. For those, fetch another and name it:\n"
        "  berth pull google-bert/bert-base-uncased\n"
        "  berth fill-mask -m bert-base-uncased -t "
        "'The capital of France is [MASK].'",
    .example = "echo 'She opened the [MASK] and went in.' | berth fill-mask "
               "--digits 2",
    .options = {"Options of fill-mask", rows, &groups[0]},
    .size = sizeof(struct fill_mask),
    .head = BERTH_HEAD_MASKED_LM,
    .computes = true,
    .clash = clash,
    .fit = fit,
    .ops = ops,
    .release = release};
