/*
 * vectors.c - from texts to vectors that can be compared.
 */
#include "cli/vectors/vectors.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/message.h"
#include "cli/base/utf8.h"
#include "cli/frame/command.h"
#include "cli/stream/finite.h"

bool vectors_are_dense(const struct session *s)
{
    return !s->facts->sparse ||
           message_error("%s: its vectors are sparse: berth sparse prints them",
                         s->facts->path);
}

bool vectors_fit(void *self)
{
    struct vectors *v = self;
    const struct berth_model_facts *facts = v->session.facts;

    if (!vectors_are_dense(&v->session))
        return false;
    /* Other similarities look at lengths: vectors are as the model makes
     * them. */
    v->options.normalize = facts->similarity == BERTH_SIMILARITY_COSINE;
    v->size = berth_embed_size(v->session.model, &v->options);
    v->layer = BERTH_LAST_LAYER;
    /* Without unit length, sums of products or of differences must stay
     * numbers. */
    v->most =
        v->options.normalize ? INFINITY : sqrtf(FLT_MAX / (float)v->size) / 2;
    session_limit_tokens(&v->session, facts->sentence_max_tokens);
    v->session.tokenize.no_special = facts->sentence_no_special;
    v->session.prompt = berth_model_get_prompt(v->session.model, NULL);
    if (!facts->has_pooling)
        message_warning("%s does not say how to pool: taking the mean of the "
                        "last layer",
                        facts->path);
    return true;
}

void vectors_use_query_prompt(struct vectors *v)
{
    const struct berth_model *model = v->session.model;
    struct berth_tokenize_options *o = &v->session.tokenize;

    v->session.prompt = berth_model_get_prompt(model, "query");
    if (v->session.prompt == NULL)
        v->session.prompt = berth_model_get_prompt(model, NULL);
    o->overflow = BERTH_OVERFLOW_TRUNCATE;
    o->overlap = 0;
    if (v->session.settings.max_tokens == 0)
        o->max_tokens = v->session.facts->query_max_tokens;
}

bool vectors_threshold(const struct vectors *v, double usual, double *threshold)
{
    const enum berth_similarity similarity = v->session.facts->similarity;

    if (isnan(*threshold))
        *threshold = usual;
    if (isnan(*threshold))
        return message_refuse(
            "--threshold: %s compares by %s, for which no threshold "
            "is usual: give one",
            v->session.facts->path, berth_similarity_name(similarity));
    if (similarity == BERTH_SIMILARITY_COSINE && fabs(*threshold) > 1)
        return message_refuse("--threshold: %g is not a number from -1 to 1",
                              *threshold);
    return true;
}

bool vectors_reach(float score, double threshold)
{
    const double rounding = 1e-6;

    return (double)score >= threshold - rounding * fabs(threshold);
}

void vectors_use_document_prompt(struct vectors *v)
{
    static const char *const names[] = {"document", "passage", "corpus"};

    if (v->session.settings.max_tokens == 0)
        v->session.tokenize.max_tokens = v->session.facts->document_max_tokens;
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        const char *prompt = berth_model_get_prompt(v->session.model, names[i]);

        if (prompt != NULL) {
            v->session.prompt = prompt;
            return;
        }
    }
}

/* What the model did not see of the meaning. */
static void warn_of_query(const char *text, const struct berth_tokens *tokens)
{
    size_t n_invalid = utf8_count_bad(text, strlen(text));

    if (tokens->truncated)
        message_warning("the meaning was cut to %zu of its %zu tokens",
                        tokens->n, tokens->n_full);
    if (n_invalid > 0)
        message_warning("the meaning has %zu byte%s not UTF-8", n_invalid,
                        n_invalid == 1 ? " that is" : "s that are");
    if (tokens->n_unknown > 0)
        message_warning("the meaning has %zu token%s unknown to the model",
                        tokens->n_unknown, tokens->n_unknown == 1 ? "" : "s");
}

static const char too_long[] =
    "the vector is too long to be compared with others";

/* What is wrong with a vector, or NULL. */
static const char *fault_of(const struct vectors *v, const float *x)
{
    if (!finite_all(x, v->size))
        return finite_text;
    for (size_t i = 0; isfinite(v->most) && i < v->size; i++)
        if (fabsf(x[i]) > v->most)
            return too_long;
    return NULL;
}

float *vectors_of_query(struct vectors *v, const char *text)
{
    const struct berth_tokenize_options tokenize = v->session.tokenize;
    const char *own_prompt = v->session.prompt;
    struct berth_tokens tokens = {0};
    struct berth_error err = {0};
    float *out = calloc(v->size, sizeof(*out));

    vectors_use_query_prompt(v);
    const char *prompt = v->session.prompt;
    const struct berth_text t = {.text = text,
                                 .text_len = strlen(text),
                                 .prompt = prompt,
                                 .prompt_len =
                                     prompt != NULL ? strlen(prompt) : 0};
    enum berth_status status =
        out == NULL ? stream_no_memory(&err)
                    : berth_tokenize(v->session.model, &t, &v->session.tokenize,
                                     &tokens, &err);

    v->session.prompt = own_prompt;
    v->session.tokenize = tokenize;
    if (status == BERTH_OK) {
        const struct item item = {.ids = tokens.ids,
                                  .type_ids = tokens.type_ids,
                                  .windows = tokens.windows};
        struct berth_sequence s = session_sequence(&v->session, &item, 0);

        status =
            berth_forward(v->session.context, &s, 1, BERTH_LAST_LAYER, &err);
    }
    if (status == BERTH_OK)
        status = berth_embed(v->session.context, &v->options, out, &err);
    const char *fault = status == BERTH_OK ? fault_of(v, out) : err.message;

    if (fault == NULL && tokens_have_words(&tokens, text)) {
        warn_of_query(text, &tokens);
    } else {
        if (fault == NULL)
            message_refuse("the meaning '%s' has no words: nothing is like it",
                           text);
        else
            message_error("%s%s", status == BERTH_OK ? "the meaning: " : "",
                          fault);
        free(out);
        out = NULL;
    }
    berth_tokens_free(&tokens);
    return out;
}

bool vectors_prepare(void *self, struct item *item, struct berth_tokens *tokens)
{
    const struct vectors *v = self;

    /* A text without any token, not even [CLS], has no vector. */
    return session_tokenize(&v->session, item, tokens) &&
           (item->n_tokens > 0 ||
            stream_fail(item, "no tokens, and the model adds none")) &&
           session_mark_ignored(&v->session, item);
}

static enum berth_status compute(void *self, const struct batch *batch)
{
    struct vectors *v = self;
    float *kept =
        pieces_array(batch->results, batch->n, v->size * sizeof(*kept));
    enum berth_status status =
        kept != NULL ? session_forward(&v->session, v->layer, batch)
                     : stream_no_memory(batch->err);

    if (status == BERTH_OK)
        status = berth_embed(v->session.context, &v->options, kept, batch->err);
    for (size_t i = 0; i < batch->n && status == BERTH_OK;
         i++, kept += v->size) {
        struct item *item = batch->jobs[i].item;

        item->results[batch->jobs[i].window] = kept;
        if (item->record.error == NULL)
            item->record.error = fault_of(v, kept);
    }
    return status;
}

static size_t result_size(void *self, size_t n_tokens)
{
    const struct vectors *v = self;

    (void)n_tokens;
    return v->size * sizeof(float);
}

bool vectors_merge(const struct vectors *v, const struct item *item,
                   size_t begin, size_t end)
{
    float *first = item->results[begin];
    size_t n = end - begin;

    if (n == 1)
        return true;
    float *all = pieces_array(item->pieces, n, v->size * sizeof(*all));
    size_t *weights = pieces_array(item->pieces, n, sizeof(*weights));

    if (all == NULL || weights == NULL)
        return false;
    for (size_t i = 0; i < n; i++) {
        memcpy(all + i * v->size, item->results[begin + i],
               v->size * sizeof(*all));
        weights[i] = item->windows[begin + i].n_tokens;
    }
    berth_embed_merge(v->session.model, &v->options, all, weights, n, first);
    return true;
}

bool vectors_finish(void *self, struct item *item)
{
    return vectors_merge(self, item, 0, item->n_windows);
}

struct stream_ops vectors_ops(const struct vectors *v)
{
    return (struct stream_ops){.prepare = vectors_prepare,
                               .compute = compute,
                               .finish = vectors_finish,
                               .result_size = result_size,
                               .batch_tokens =
                                   v->session.settings.batch_tokens};
}
