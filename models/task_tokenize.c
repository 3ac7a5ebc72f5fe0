/*
 * task_tokenize.c - the tokenizer of a model, under the public names.
 */
#include "models/model.h"
#include "tokenizer/tokenizer.h"

enum berth_status berth_tokenize(const struct berth_model *model,
                                 const struct berth_text *text,
                                 const struct berth_tokenize_options *options,
                                 struct berth_tokens *tokens,
                                 struct berth_error *err)
{
    return berth_tokenizer_encode(model->tokenizer, text, options, tokens, err);
}

const char *berth_token_text(const struct berth_model *model, int32_t id)
{
    return berth_tokenizer_token(model->tokenizer, id);
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
    return berth_tokenizer_decode(model->tokenizer, ids, n, skip_special, out,
                                  out_len, err);
}
