/*
 * pooling.c - 1_Pooling/config.json: how the states of the tokens
 * become one vector.
 */
#include "lib/status.h"
#include "models/sentence/files.h"

#include <string.h>

/* With the old keys, several may be true: their vectors are concatenated.
 * sentence-transformers does so in this order, not in the order of the file.
 * With the new key the order is that of its list. */
static const struct {
    const char *key;  /* old: a boolean each */
    const char *name; /* new: a string, or a list of them */
    const char *told; /* as berth calls it */
    enum berth_pooling pooling;
} poolings[BERTH_POOLING_KINDS] = {
    {"pooling_mode_cls_token", "cls", "cls", BERTH_POOLING_CLS},
    {"pooling_mode_max_tokens", "max", "max", BERTH_POOLING_MAX},
    {"pooling_mode_mean_tokens", "mean", "mean", BERTH_POOLING_MEAN},
    {"pooling_mode_mean_sqrt_len_tokens", "mean_sqrt_len_tokens", "mean-sqrt",
     BERTH_POOLING_MEAN_SQRT},
    {"pooling_mode_weightedmean_tokens", "weightedmean", "weighted-mean",
     BERTH_POOLING_WEIGHTED_MEAN},
    {"pooling_mode_lasttoken", "lasttoken", "last", BERTH_POOLING_LAST},
};

/* As in sentence-transformers, a mode may be given twice: "mean", "mean" makes
 * a vector of twice the size. */
static enum berth_status add_pooling(const struct berth_sentence_reader *r,
                                     const json_t *mode)
{
    struct berth_sentence *sentence = r->sentence;
    const char *name = json_string_value(mode);
    char buf[64];

    if (sentence->n_pooling == BERTH_POOLING_KINDS) {
        return berth_fail(r->err, BERTH_ERR_UNSUPPORTED,
                          "%s: key 'pooling_mode': expected at most %d modes, "
                          "found more",
                          r->file, BERTH_POOLING_KINDS);
    }
    for (size_t i = 0; name != NULL && i < BERTH_POOLING_KINDS; i++) {
        if (strcmp(poolings[i].name, name) == 0) {
            sentence->pooling[sentence->n_pooling++] = poolings[i].pooling;
            return BERTH_OK;
        }
    }
    return berth_fail(r->err, BERTH_ERR_FORMAT,
                      "%s: key 'pooling_mode': expected cls, max, mean, "
                      "mean_sqrt_len_tokens, weightedmean or lasttoken, found "
                      "%s",
                      r->file, berth_json_describe(mode, buf, sizeof(buf)));
}

enum berth_status
berth_sentence_key_pooling_mode(const struct berth_sentence_reader *r)
{
    const json_t *mode = json_object_get(r->object, r->key);
    size_t n = json_array_size(mode);

    if (!json_is_array(mode))
        return add_pooling(r, mode);
    if (n == 0)
        return add_pooling(r, NULL);
    for (size_t i = 0; i < n; i++) {
        enum berth_status status = add_pooling(r, json_array_get(mode, i));
        if (status != BERTH_OK)
            return status;
    }
    return BERTH_OK;
}

/* New saves may still have the old keys beside pooling_mode; then the old ones
 * are ignored. */
enum berth_status
berth_sentence_key_old_mode(const struct berth_sentence_reader *r)
{
    struct berth_sentence *sentence = r->sentence;
    bool on = false;
    enum berth_status status = BERTH_OK;

    if (json_object_get(r->object, "pooling_mode") == NULL)
        status = berth_sentence_get_flag(r, &on);
    for (size_t i = 0; on && i < BERTH_POOLING_KINDS; i++) {
        if (strcmp(poolings[i].key, r->key) == 0)
            sentence->pooling[sentence->n_pooling++] = poolings[i].pooling;
    }
    return status;
}

enum berth_status
berth_sentence_key_include_prompt(const struct berth_sentence_reader *r)
{
    return berth_sentence_get_flag(r, &r->sentence->include_prompt);
}

/* One of two words that the present key may be; the other says yes. */
static enum berth_status choose(const struct berth_sentence_reader *r,
                                const char *no, const char *yes, bool *out)
{
    const char *word = no;
    bool found;
    enum berth_status status = berth_json_get_string(r->object, r->file, r->key,
                                                     &word, &found, r->err);

    if (status != BERTH_OK)
        return status;
    *out = strcmp(word, yes) == 0;
    if (*out || strcmp(word, no) == 0)
        return berth_sentence_keep(r, r->key, r->name, word);
    return berth_fail(r->err, BERTH_ERR_FORMAT,
                      "%s: key '%s': expected \"%s\" or \"%s\", found "
                      "\"%.64s\"",
                      r->file, r->key, no, yes, word);
}

enum berth_status
berth_sentence_key_sparse_strategy(const struct berth_sentence_reader *r)
{
    return choose(r, "max", "sum", &r->sentence->sparse_pooling.sum);
}

enum berth_status
berth_sentence_key_sparse_activation(const struct berth_sentence_reader *r)
{
    return choose(r, "relu", "log1p_relu", &r->sentence->sparse_pooling.twice);
}

enum berth_status
berth_sentence_end_pooling(const struct berth_sentence_reader *r)
{
    struct berth_sentence *sentence = r->sentence;
    enum berth_status status;
    char list[128] = "";
    size_t used = 0;

    if (sentence->n_pooling == 0)
        sentence->pooling[sentence->n_pooling++] = BERTH_POOLING_MEAN;
    for (size_t i = 0; i < sentence->n_pooling; i++) {
        for (size_t k = 0; k < BERTH_POOLING_KINDS; k++) {
            if (poolings[k].pooling == sentence->pooling[i]) {
                used +=
                    (size_t)snprintf(list + used, sizeof(list) - used, "%s%s",
                                     i > 0 ? " " : "", poolings[k].told);
            }
        }
    }
    status = berth_sentence_keep(r, "pooling", r->name, list);
    if (status != BERTH_OK)
        return status;
    return berth_sentence_keep(
        r, "include_prompt",
        json_object_get(r->object, "include_prompt") != NULL ? r->name
                                                             : "default",
        sentence->include_prompt ? "true" : "false");
}
