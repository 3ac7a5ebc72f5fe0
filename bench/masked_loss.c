/*
 * masked_loss.c - the loss at given tokens of texts when all of them are masked
 * at once; for evaluate.py.
 *
 * usage: masked_loss MAX_TOKENS [MODEL]. Reads lines of positions separated by
 * blanks, a TAB and a text. Prints the sum of -log p, the number of tokens that
 * were the most likely ones, and the number of all.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/berth.h"

enum {
    BATCH_TOKENS = 512,
    MAX_PLACES = 512,
    PLACES = 16 /* whose logits are held at a time */
};

struct eval {
    struct berth_model *model;
    struct berth_context *ctx;
    struct berth_tokenize_options options;
    struct berth_tokens tokens;
    float *logits; /* (PLACES, V) */
    double loss;
    size_t n_hits;
    size_t n;
};

/* The loss where the token was id, from the logits there. */
static void add_loss(struct eval *e, const float *logits, double log_sum,
                     int32_t id)
{
    size_t V = berth_model_get_facts(e->model)->vocab_size;
    int32_t best;

    berth_top_k(logits, V, 1, &best);
    e->loss += log_sum - (double)logits[id];
    e->n_hits += best == id;
    e->n++;
}

/* At most PLACES of a sequence. */
static bool add_places(struct eval *e, const size_t *positions,
                       const int32_t *ids, size_t n, struct berth_error *err)
{
    size_t V = berth_model_get_facts(e->model)->vocab_size;
    struct berth_place places[PLACES];
    double log_sums[PLACES];

    for (size_t i = 0; i < n; i++)
        places[i] = (struct berth_place){0, positions[i]};
    if (berth_predict(e->ctx, places, n, e->logits, err) != BERTH_OK)
        return false;
    berth_log_sums(e->ctx, e->logits, n, V, log_sums);
    for (size_t i = 0; i < n; i++)
        add_loss(e, e->logits + i * V, log_sums[i], ids[i]);
    return true;
}

static size_t read_places(char *list, size_t *places)
{
    size_t n = 0;
    char *end = list;

    for (char *p = list; n < MAX_PLACES; p = end) {
        places[n] = strtoul(p, &end, 10);
        if (end == p)
            break;
        n++;
    }
    return n;
}

/* A line without its newline. */
static bool add_line(struct eval *e, char *line, size_t size,
                     struct berth_error *err)
{
    char *tab = memchr(line, '\t', size);
    size_t places[MAX_PLACES];
    int32_t ids[MAX_PLACES];

    if (tab == NULL)
        return true;
    *tab = '\0';
    const struct berth_text text = {
        .text = tab + 1, .text_len = size - (size_t)(tab + 1 - line)};
    size_t n = read_places(line, places);

    if (berth_tokenize(e->model, &text, &e->options, &e->tokens, err) !=
        BERTH_OK)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (places[i] >= e->tokens.n)
            return true;
        ids[i] = e->tokens.ids[places[i]];
        e->tokens.ids[places[i]] = berth_model_get_facts(e->model)->mask_id;
    }
    const struct berth_sequence sequence = {.ids = e->tokens.ids,
                                            .type_ids = e->tokens.type_ids,
                                            .n_tokens = e->tokens.n};
    bool ok =
        berth_forward(e->ctx, &sequence, 1, BERTH_LAST_LAYER, err) == BERTH_OK;

    for (size_t i = 0; i < n && ok; i += PLACES)
        ok = add_places(e, places + i, ids + i, n - i < PLACES ? n - i : PLACES,
                        err);
    return ok;
}

static bool run(struct eval *e, const char *path, struct berth_error *err)
{
    const struct berth_model_options options = {.head = BERTH_HEAD_MASKED_LM};
    char *line = NULL;
    size_t room = 0;
    ssize_t size;

    if (berth_model_open(path, &options, &e->model, err) != BERTH_OK ||
        berth_context_new(e->model, 2, BATCH_TOKENS, &e->ctx, err) != BERTH_OK)
        return false;
    const struct berth_model_facts *f = berth_model_get_facts(e->model);
    bool ok = true;

    if (e->options.max_tokens > f->max_positions)
        e->options.max_tokens = f->max_positions;
    e->logits = calloc(f->vocab_size, PLACES * sizeof(*e->logits));
    while (e->logits != NULL && ok && (size = getline(&line, &room, stdin)) > 0)
        ok = add_line(e, line, (size_t)size - (line[size - 1] == '\n'), err);
    free(line);
    return ok && e->logits != NULL;
}

int main(int argc, char **argv)
{
    struct eval e = {0};
    struct berth_error err = {.message = "out of memory"};
    bool ok = false;

    if (argc == 2 || argc == 3) {
        e.options.max_tokens = strtoul(argv[1], NULL, 10);
        ok = run(&e, argc == 3 ? argv[2] : NULL, &err);
    }
    if (ok)
        printf("%.17g %zu %zu\n", e.loss, e.n_hits, e.n);
    else
        fprintf(stderr, "masked_loss: %s\n",
                argc < 2 ? "usage: masked_loss MAX_TOKENS [MODEL]"
                         : err.message);
    free(e.logits);
    berth_tokens_free(&e.tokens);
    berth_context_free(e.ctx);
    berth_model_close(e.model);
    return ok ? 0 : 1;
}
