/*
 * models.c - readers of "model".
 */
#include "tokenizer/load/load.h"

#include "lib/status.h"
#include "tokenizer/subwords/bpe.h"
#include "tokenizer/subwords/wordpiece.h"

#include <stdint.h>

enum berth_status berth_load_wordpiece(struct berth_loading *l,
                                       const json_t *part)
{
    struct berth_tokenizer *t = l->tokenizer;
    struct berth_wordpiece_rules rules = {NULL, NULL, 0};
    enum berth_status status =
        berth_json_get_string(part, l->file_name, "continuing_subword_prefix",
                              &rules.prefix, NULL, l->err);

    if (status == BERTH_OK)
        status = berth_json_get_string(part, l->file_name, "unk_token",
                                       &rules.unknown, NULL, l->err);
    if (status == BERTH_OK)
        status =
            berth_json_get_size(part, l->file_name, "max_input_chars_per_word",
                                0, SIZE_MAX, &rules.max_chars, NULL, l->err);
    if (status != BERTH_OK)
        return status;
    return berth_wordpiece(&t->vocab, &rules, l->file_name, &t->subwords,
                           l->err);
}

/* Merges that are left out at random are for training. */
static enum berth_status check_dropout(const struct berth_loading *l,
                                       const json_t *part)
{
    double dropout = 0;
    bool found;
    enum berth_status status = berth_json_get_number(
        part, l->file_name, "dropout", -1e308, 1e308, &dropout, &found, l->err);

    if (status != BERTH_OK || dropout == 0)
        return status;
    return berth_fail(l->err, BERTH_ERR_UNSUPPORTED,
                      "%s: key 'model.dropout': expected none, found %g",
                      l->file_name, dropout);
}

enum berth_status berth_load_bpe(struct berth_loading *l, const json_t *part)
{
    struct berth_tokenizer *t = l->tokenizer;
    struct berth_bpe_rules rules = {
        .prefix = "", .suffix = "", .byte_level = t->splitter.byte_level};
    const struct {
        const char *key, **text;
    } texts[] = {{"unk_token", &rules.unknown},
                 {"continuing_subword_prefix", &rules.prefix},
                 {"end_of_word_suffix", &rules.suffix}};
    const struct {
        const char *key;
        bool *value;
    } switches[] = {{"fuse_unk", &rules.fuse_unknown},
                    {"byte_fallback", &rules.byte_fallback},
                    {"ignore_merges", &rules.whole_words}};
    enum berth_status status = check_dropout(l, part);
    bool found;

    for (size_t i = 0; status == BERTH_OK && i < 3; i++)
        status = berth_json_get_string(part, l->file_name, texts[i].key,
                                       texts[i].text, &found, l->err);
    for (size_t i = 0; status == BERTH_OK && i < 3; i++)
        status = berth_json_get_bool(part, l->file_name, switches[i].key,
                                     switches[i].value, &found, l->err);
    if (status != BERTH_OK)
        return status;
    return berth_bpe(&t->vocab, &l->merges, &rules, l->file_name, &t->subwords,
                     l->err);
}
