/*
 * pieces.c - the parts of a pipeline whose pieces hold their blanks, and whole
 * words.
 */
#include "tokenizer/load/load.h"

#include "lib/status.h"
#include "tokenizer/decoders/metaspace.h"
#include "tokenizer/splitters/metaspace.h"
#include "tokenizer/subwords/unigram.h"
#include "tokenizer/subwords/wordlevel.h"
#include "tokenizer/unicode/utf8.h"

#include <string.h>

/* What a Metaspace says, as a splitter and as a decoder. */
struct metaspace {
    const char *mark;
    enum berth_prepend prepend;
    bool split;
};

static enum berth_status fail_value(const struct berth_loading *l,
                                    const char *key, const char *expected,
                                    const char *found)
{
    return berth_fail(l->err, BERTH_ERR_FORMAT,
                      "%s: key '%s' of Metaspace: expected %s, found \"%.40s\"",
                      l->file_name, key, expected, found);
}

static enum berth_status read_mark(const struct berth_loading *l,
                                   const json_t *part, const char **mark)
{
    static const char key[] = "replacement";
    uint32_t cp;
    enum berth_status status =
        berth_json_get_string(part, l->file_name, key, mark, NULL, l->err);

    if (status != BERTH_OK ||
        (**mark != '\0' &&
         berth_utf8_decode((const unsigned char *)*mark, strlen(*mark), &cp) ==
             strlen(*mark)))
        return status;
    return fail_value(l, key, "one character", *mark);
}

/* New files have "prepend_scheme", old ones "add_prefix_space"; with both,
 * false must not be gainsaid. */
static enum berth_status read_prepend(const struct berth_loading *l,
                                      const json_t *part,
                                      enum berth_prepend *out)
{
    static const char *const names[] = {"always", "first", "never"};
    static const char key[] = "prepend_scheme";
    const char *name = NULL;
    bool prefix = true, found;
    size_t which = 0;
    enum berth_status status = berth_json_get_bool(
        part, l->file_name, "add_prefix_space", &prefix, &found, l->err);

    if (status == BERTH_OK)
        status = berth_json_get_string(part, l->file_name, key, &name, &found,
                                       l->err);
    if (status != BERTH_OK)
        return status;
    while (name != NULL && which < 3 && strcmp(names[which], name) != 0)
        which++;
    if (which == 3)
        return fail_value(l, key, "always, first or never", name);
    if (!prefix && name != NULL && which != BERTH_PREPEND_NEVER)
        return fail_value(l, key, "never, as 'add_prefix_space' is false",
                          name);
    *out = prefix ? (enum berth_prepend)which : BERTH_PREPEND_NEVER;
    return BERTH_OK;
}

static enum berth_status read_metaspace(const struct berth_loading *l,
                                        const json_t *part,
                                        struct metaspace *out)
{
    bool found;
    enum berth_status status = read_mark(l, part, &out->mark);

    if (status == BERTH_OK)
        status = read_prepend(l, part, &out->prepend);
    out->split = true;
    if (status == BERTH_OK)
        status = berth_json_get_bool(part, l->file_name, "split", &out->split,
                                     &found, l->err);
    return status;
}

enum berth_status berth_load_metaspace(struct berth_loading *l,
                                       const json_t *part)
{
    struct metaspace m;
    enum berth_status status = read_metaspace(l, part, &m);

    if (status != BERTH_OK)
        return status;
    return berth_load_memory(
        l, berth_metaspace_splitter(m.mark, m.prepend, m.split,
                                    &l->tokenizer->splitter));
}

enum berth_status berth_load_metaspace_decoder(struct berth_loading *l,
                                               const json_t *part)
{
    struct metaspace m;
    enum berth_status status = read_metaspace(l, part, &m);

    if (status != BERTH_OK)
        return status;
    return berth_load_memory(
        l, berth_metaspace_decoder(m.mark, m.prepend != BERTH_PREPEND_NEVER,
                                   &l->tokenizer->decoder));
}

/* The first piece of that text, and of that score, unless it is NULL; out is
 * untouched where there is none. */
static void find_piece(const struct berth_loading *l, const char *text,
                       const json_t *score, int32_t *out)
{
    const struct berth_vocab *vocab = &l->tokenizer->vocab;
    size_t n = strlen(text);

    for (size_t id = 0; id < vocab->n_ids; id++) {
        if (vocab->words[id].length == n &&
            memcmp(vocab->block + vocab->words[id].begin, text, n) == 0 &&
            (score == NULL || l->scores[id] == json_number_value(score))) {
            *out = (int32_t)id;
            return;
        }
    }
}

/* tokenizer.json has "unk_id", or null; a class may look for the token that it
 * has, "unk_token" (of "unk_score"), and else take "unk_id". */
static enum berth_status read_unknown(const struct berth_loading *l,
                                      const json_t *part, int32_t *out)
{
    const char *token = json_string_value(json_object_get(part, "unk_token"));
    size_t most = l->tokenizer->vocab.n_ids - 1, id = 0;
    bool found = false;
    enum berth_status status = berth_json_get_size(
        part, l->file_name, "unk_id", 0, most, &id, &found, l->err);

    if (status != BERTH_OK)
        return status;
    *out = found ? (int32_t)id : -1;
    if (l->class->pipeline != NULL && l->unk_id >= 0 && token != NULL)
        *out = l->unk_id;
    if (l->class->pipeline != NULL && token != NULL)
        find_piece(l, token, json_object_get(part, "unk_score"), out);
    return BERTH_OK;
}

enum berth_status berth_load_unigram(struct berth_loading *l,
                                     const json_t *part)
{
    struct berth_unigram_rules rules = {.scores = l->scores};
    bool found;
    enum berth_status status = read_unknown(l, part, &rules.unk_id);

    if (status == BERTH_OK)
        status = berth_json_get_bool(part, l->file_name, "byte_fallback",
                                     &rules.byte_fallback, &found, l->err);
    if (status != BERTH_OK)
        return status;
    if (!berth_unigram(&l->tokenizer->vocab, &rules, &l->tokenizer->subwords))
        return berth_load_memory(l, false);
    l->scores = NULL; /* they are the stage's now */
    return BERTH_OK;
}

enum berth_status berth_load_wordlevel(struct berth_loading *l,
                                       const json_t *part)
{
    const char *unknown = NULL;
    enum berth_status status = berth_json_get_string(
        part, l->file_name, "unk_token", &unknown, NULL, l->err);

    if (status != BERTH_OK)
        return status;
    return berth_load_memory(l, berth_wordlevel(&l->tokenizer->vocab, unknown,
                                                &l->tokenizer->subwords));
}
