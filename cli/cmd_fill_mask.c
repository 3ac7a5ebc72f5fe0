/*
 * cmd_fill_mask.c - the likeliest words for each [MASK]: options and computing.
 * fill_mask_rows.c prints them.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/fill_mask.h"
#include "cli/message.h"

enum {
    DEFAULT_K = 5,
    PLACES = FILL_MASK_PLACES
};

#define AT(member) offsetof(struct fill_mask, member)

static const struct option_row rows[] = {
    {'f', "format", "text|csv|tsv|jsonl", "output format (text)", OPTION_CHOICE,
     AT(settings.format), 0, 0},
    {'k', "top-k", "N", "so many words for each mask (5)", OPTION_SIZE, AT(k),
     1, OPTION_SIZE_MAX},
    {0, "compare", NULL, "what --hide-head or --hide-token changes",
     OPTION_FLAG, AT(compare), 0, 0},
    {0, "target", "WORD", "scores of these words only (repeatable)",
     OPTION_LIST, AT(targets), 0, 0},
    {0}};

static const struct option_group groups[] = {{"Options of fill-mask", rows},
                                             {"Hiding", rows_hide},
                                             {"Length", rows_length},
                                             {"Input", rows_input},
                                             {"Output", rows_output},
                                             {"All commands", rows_common},
                                             {NULL, NULL}};

/* --------------------------------------------------------------- prepare */

static const char written[] = "[MASK]";

enum {
    N_WRITTEN = sizeof(written) - 1
};

static size_t count_written(const struct field *text)
{
    const char *end = text->data + text->size;
    size_t n = 0;

    for (const char *p = text->data;
         (p = memmem(p, (size_t)(end - p), written, N_WRITTEN)) != NULL;
         p += N_WRITTEN)
        n++;
    return n;
}

/* The text with the model's own mask token where the user wrote [MASK]. */
static bool use_own_mask(const struct fill_mask *self, struct pieces *a,
                         const struct field *text, struct field *out)
{
    const char *own = self->facts->mask_token;
    size_t own_size = strlen(own);
    const char *p = text->data;
    const char *end = p + text->size;
    size_t n = strcmp(own, written) == 0 ? 0 : count_written(text);

    *out = *text;
    if (n == 0)
        return true;
    if (n > (SIZE_MAX - text->size) / own_size)
        return false;
    char *to = pieces_alloc(a, text->size + n * own_size);

    if (to == NULL)
        return false;
    out->data = to;
    for (const char *at;
         (at = memmem(p, (size_t)(end - p), written, N_WRITTEN)) != NULL;
         p = at + N_WRITTEN) {
        memcpy(to, p, (size_t)(at - p));
        to += at - p;
        memcpy(to, own, own_size);
        to += own_size;
    }
    memcpy(to, p, (size_t)(end - p));
    out->size = (size_t)(to + (end - p) - out->data);
    return true;
}

static bool is_mask(const struct fill_mask *self, const struct item *item,
                    const struct berth_window *w, size_t i)
{
    if (w->focus != SIZE_MAX)
        return i == w->focus;
    return item->ids[w->start + i] == self->facts->mask_id;
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

static bool find_masks(const struct fill_mask *self, struct item *item,
                       struct masks *masks)
{
    masks->n = list_masks(self, item, NULL);
    if (masks->n == 0 && item->truncated)
        return stream_fail(item,
                           "no %s is left of the text that was cut to "
                           "%zu tokens",
                           written, item->n_tokens);
    if (masks->n == 0)
        return stream_fail(item, "no %s in the text", written);
    masks->list = pieces_array(item->pieces, masks->n, sizeof(*masks->list));
    if (masks->list == NULL)
        return stream_fail(item, "out of memory");
    list_masks(self, item, masks->list);
    item->extra = masks;
    return true;
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
        return stream_fail(item, "out of memory");
    item->record.text = masks->text;
    item->record.pair = masks->pair;
    bool ok =
        stream_tokenize(item, self->model, &self->tokenize, NULL,
                        self->settings.overflow == OVERFLOW_ERROR, tokens);

    item->record.text = text;
    item->record.pair = pair;
    return ok && hide_prepare(&self->hide, self->model, item) &&
           find_masks(self, item, masks);
}

/* --------------------------------------------------------------- compute */

static enum berth_status out_of_memory(struct berth_error *err)
{
    *err = (struct berth_error){.status = BERTH_ERR_MEMORY,
                                .message = "out of memory"};
    return BERTH_ERR_MEMORY;
}

/* The k best of the targets, by insertion: targets are few. */
static void choose_targets(const struct fill_mask *self, const float *scores,
                           struct mask *mask)
{
    mask->n = 0;
    for (size_t i = 0; i < self->n_target_ids; i++) {
        int32_t id = self->target_ids[i];
        size_t at = mask->n;

        while (at > 0 && scores[mask->ids[at - 1]] < scores[id])
            at--;
        if (at == self->k)
            continue;
        if (mask->n < self->k)
            mask->n++;
        memmove(mask->ids + at + 1, mask->ids + at,
                (mask->n - at - 1) * sizeof(*mask->ids));
        mask->ids[at] = id;
    }
}

static bool choose(const struct fill_mask *self, const float *scores,
                   struct pieces *a, struct mask *mask)
{
    mask->ids = pieces_array(a, self->k, sizeof(*mask->ids));
    mask->scores = pieces_array(a, self->k, sizeof(*mask->scores));
    if (mask->ids == NULL || mask->scores == NULL)
        return false;
    mask->n = self->k;
    if (self->n_target_ids > 0)
        choose_targets(self, scores, mask);
    else
        berth_top_k(scores, self->facts->vocab_size, self->k, mask->ids);
    for (size_t i = 0; i < mask->n; i++)
        mask->scores[i] = scores[mask->ids[i]];
    return true;
}

/* Masks of one group: their logits, and what is taken from them. */
struct group {
    struct berth_place places[PLACES];
    struct mask *masks[PLACES];
    size_t n;
};

static enum berth_status run_group(struct fill_mask *self, struct group *g,
                                   struct pieces *a, struct berth_error *err)
{
    size_t v = self->facts->vocab_size;
    enum berth_status status =
        berth_predict(self->context, g->places, g->n, self->logits, err);

    for (size_t i = 0; i < g->n && status == BERTH_OK; i++) {
        berth_softmax(self->logits + i * v, v);
        if (!choose(self, self->logits + i * v, a, g->masks[i]))
            status = out_of_memory(err);
    }
    g->n = 0;
    return status;
}

static enum berth_status run_masks(struct fill_mask *self,
                                   const struct job *jobs, size_t n,
                                   struct pieces *a, struct berth_error *err)
{
    enum berth_status status = BERTH_OK;
    struct group g = {.n = 0};

    for (size_t i = 0; i < n; i++) {
        struct masks *masks = jobs[i].item->extra;

        for (size_t m = 0; m < masks->n && status == BERTH_OK; m++) {
            if (masks->list[m].window != jobs[i].window)
                continue;
            g.places[g.n] = (struct berth_place){i, masks->list[m].position};
            g.masks[g.n++] = &masks->list[m];
            if (g.n == PLACES)
                status = run_group(self, &g, a, err);
        }
    }
    if (status == BERTH_OK && g.n > 0)
        status = run_group(self, &g, a, err);
    return status;
}

static enum berth_status compute(void *arg, const struct job *jobs, size_t n,
                                 struct pieces *results,
                                 struct berth_error *err)
{
    struct fill_mask *self = arg;
    struct berth_sequence *sequences =
        pieces_array(results, n, sizeof(*sequences));

    if (sequences == NULL)
        return out_of_memory(err);
    for (size_t i = 0; i < n; i++) {
        const struct item *item = jobs[i].item;
        const struct berth_window *w = &item->windows[jobs[i].window];

        sequences[i] = (struct berth_sequence){
            .ids = item->ids + w->start,
            .type_ids = item->type_ids + w->start,
            .n_tokens = w->n_tokens,
            .hidden = hide_window(item, jobs[i].window)};
    }
    enum berth_status status =
        berth_forward(self->context, sequences, n, BERTH_LAST_LAYER, err);

    return status != BERTH_OK ? status : run_masks(self, jobs, n, results, err);
}

static size_t result_size(void *arg, size_t n_tokens)
{
    const struct fill_mask *self = arg;

    (void)n_tokens; /* mostly there is one mask */
    return self->k * (sizeof(int32_t) + sizeof(float));
}

/* --------------------------------------------------------------- targets */

/* A word as the vocabulary has it, or as the tokenizer makes one piece of it.
 */
static bool find_target(const struct fill_mask *self, const char *word,
                        int32_t *id)
{
    struct berth_tokenize_options options = {.plain = true, .no_special = true};
    struct berth_text text = {.text = word, .text_len = strlen(word)};
    struct berth_tokens tokens = {0};
    struct berth_error err = {0};

    *id = berth_token_id(self->model, word, text.text_len);
    if (*id >= 0)
        return true;
    bool ok =
        berth_tokenize(self->model, &text, &options, &tokens, &err) == BERTH_OK;

    if (!ok)
        message_error("--target: %s", err.message);
    else if (tokens.n > 1)
        message_usage("fill-mask",
                      "--target: '%s' is not one piece of the "
                      "vocabulary but %zu",
                      word, tokens.n);
    else if (tokens.n == 0 || tokens.ids[0] == self->facts->unk_id)
        message_usage("fill-mask", "--target: '%s' is not in the vocabulary",
                      word);
    else
        *id = tokens.ids[0];
    berth_tokens_free(&tokens);
    return *id >= 0;
}

static bool find_targets(struct fill_mask *self)
{
    size_t n = self->targets.n;

    self->target_ids = calloc(n + 1, sizeof(*self->target_ids));
    if (self->target_ids == NULL) {
        message_error("out of memory");
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        int32_t id;
        size_t k = 0;

        if (!find_target(self, self->targets.items[i], &id))
            return false;
        while (k < self->n_target_ids && self->target_ids[k] != id)
            k++;
        if (k == self->n_target_ids)
            self->target_ids[self->n_target_ids++] = id;
    }
    return true;
}

/* ---------------------------------------------------------------- set up */

static bool fit_to_model(struct fill_mask *self)
{
    size_t limit = self->facts->vocab_size;

    self->one_line =
        self->k == 1 && !self->compare && self->settings.format == FORMAT_TEXT;
    if (!find_targets(self) ||
        !hide_parse("fill-mask", &self->settings, self->model, &self->hide))
        return false;
    if (self->n_target_ids > 0)
        limit = self->n_target_ids;
    if (self->k == 0)
        self->k = self->n_target_ids > 0 ? limit : DEFAULT_K;
    if (self->k > limit)
        self->k = limit;
    self->tokenize =
        common_tokenize(&self->settings, self->model, self->facts->max_tokens);
    if (self->settings.overflow == OVERFLOW_DEFAULT ||
        self->settings.overflow == OVERFLOW_WINDOW)
        self->tokenize.overflow = BERTH_OVERFLOW_MASK;
    return true;
}

static int run_stream(struct fill_mask *self)
{
    struct stream_ops ops = {.prepare = prepare,
                             .compute = compute,
                             .header = fill_mask_header,
                             .print = fill_mask_print,
                             .print_failed = fill_mask_print_failed,
                             .result_size = result_size,
                             .batch_tokens = self->settings.batch_tokens};

    if (self->compare)
        fill_mask_compare_ops(&ops);
    if (self->facts->mask_id < 0 || self->facts->mask_token == NULL) {
        message_error("%s: the model has no mask token", self->facts->path);
        return EXIT_NOT_DONE;
    }
    self->logits =
        calloc(self->facts->vocab_size, 2 * PLACES * sizeof(*self->logits));
    if (self->logits == NULL) {
        message_error("out of memory");
        return EXIT_NOT_DONE;
    }
    if (!common_context(&self->settings, self->model, &self->context))
        return EXIT_NOT_DONE;
    int status = hide_heads(&self->hide, self->context)
                     ? stream_run(&self->settings, &ops, self, self->model)
                     : EXIT_NOT_DONE;

    berth_context_free(self->context);
    return status;
}

static int run(int argc, char **argv)
{
    struct fill_mask self = {0};
    struct berth_model *model = NULL;

    common_init(&self.settings);
    int status = common_parse(&command_fill_mask, &self.settings, argc, argv);

    if (status < 0 && self.settings.plain)
        status = message_usage("fill-mask", "--plain would make each [MASK] "
                                            "ordinary text");
    if (status < 0 && self.compare && self.settings.hide_heads == NULL &&
        self.settings.hide_tokens.n == 0)
        status = message_usage("fill-mask",
                               "--compare needs --hide-head or --hide-token");
    if (status < 0 &&
        !common_open_model(&self.settings, BERTH_PART_MASKED_LM, &model))
        status = EXIT_NOT_DONE;
    if (status < 0) {
        self.model = model;
        self.facts = berth_model_get_facts(model);
        status = fit_to_model(&self) ? run_stream(&self) : EXIT_USAGE;
    }
    berth_model_close(model);
    hide_free(&self.hide);
    buffer_free(&self.scratch);
    free(self.logits);
    free(self.target_ids);
    free(self.targets.items);
    common_free(&self.settings);
    return status;
}

const struct command command_fill_mask = {"fill-mask", "[FILE...]",
                                          "the likeliest words for each [MASK]",
                                          groups, run};
