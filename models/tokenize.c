/*
 * tokenize.c - the tokenizer of a model, under the public names.
 */
#include "lib/status.h"
#include "models/model.h"
#include "tokenizer/tokenizer.h"

static enum berth_status fail_token(const struct berth_model *model, int32_t id,
                                    struct berth_error *err)
{
    const char *token = berth_tokenizer_text(model->tokenizer, id);

    return berth_fail(err, BERTH_ERR_ARGUMENT,
                      "token '%.64s': expected an id below vocab_size %zu of "
                      "config.json, found %ld: the model does not know it",
                      token, model->config.vocab_size, (long)id);
}

/* The encoder would refuse these tokens too, but with them the whole batch.
 * Here only the one text fails. */
static enum berth_status check_tokens(const struct berth_model *model,
                                      const struct berth_tokens *tokens,
                                      struct berth_error *err)
{
    const size_t n_types = berth_model_types(model);

    if (model->part == BERTH_PART_TOKENIZER)
        return BERTH_OK;
    for (size_t i = 0; i < tokens->n; i++) {
        if (!berth_model_has_row(model, tokens->ids[i]))
            return fail_token(model, tokens->ids[i], err);
        if ((size_t)tokens->type_ids[i] >= n_types)
            return berth_fail(err, BERTH_ERR_ARGUMENT,
                              "pair: expected one text, as type_vocab_size of "
                              "config.json is %zu, found two: the model knows "
                              "no pairs",
                              n_types);
    }
    return BERTH_OK;
}

enum berth_status berth_tokenize(const struct berth_model *model,
                                 const struct berth_text *text,
                                 const struct berth_tokenize_options *options,
                                 struct berth_tokens *tokens,
                                 struct berth_error *err)
{
    enum berth_status status =
        berth_tokenizer_encode(model->tokenizer, text, options, tokens, err);

    return status == BERTH_OK ? check_tokens(model, tokens, err) : status;
}

uint64_t berth_tokenizer_hash(const struct berth_model *model)
{
    return berth_tokenizer_fingerprint(model->tokenizer);
}

bool berth_token_get(const struct berth_model *model, int32_t id,
                     struct berth_token *out)
{
    return berth_tokenizer_token(model->tokenizer, id, out);
}

const char *berth_token_text(const struct berth_model *model, int32_t id)
{
    return berth_tokenizer_text(model->tokenizer, id);
}

int32_t berth_token_id(const struct berth_model *model, const char *text,
                       size_t text_len)
{
    return berth_tokenizer_id(model->tokenizer, text, text_len);
}

enum berth_status berth_decode(const struct berth_model *model,
                               const int32_t *ids, size_t n, bool skip_special,
                               char **out, size_t *out_len,
                               struct berth_error *err)
{
    return berth_tokenizer_decode(model->tokenizer, model->config.vocab_size,
                                  ids, n, skip_special, out, out_len, err);
}

enum berth_status berth_join(const struct berth_model *model,
                             const char *const *tokens, const size_t *sizes,
                             size_t n, char **out, size_t *out_len,
                             struct berth_error *err)
{
    return berth_tokenizer_join(model->tokenizer, tokens, sizes, n, out,
                                out_len, err);
}
