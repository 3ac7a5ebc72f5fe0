/*
 * sentencepiece.c - a vocabulary out of SentencePiece's own file, as the
 * classes of transformers make it.
 *
 * XLM-R has four tokens of its own, then the pieces from the fourth on, as the
 * first three are <unk>, <s> and </s>; and the mask at the end. ALBERT and
 * DeBERTa take the pieces as they stand.
 */
#include "tokenizer/load/added.h"

#include "lib/status.h"
#include "tokenizer/load/base64.h"
#include "tokenizer/subwords/sentencepiece.h"

#include <stdlib.h>
#include <string.h>

enum {
    HEAD_MAX = 5
};

/* Where a class has more than the pieces. '$' and a key is a special token. */
static const struct layout {
    const char *class; /* its name, without "Tokenizer" */
    struct {
        const char *text;
        double score;
    } head[HEAD_MAX];
    size_t skip; /* pieces at the beginning */
} layouts[] = {
    {"XLMRoberta",
     {{"$bos_token", 0},
      {"$pad_token", 0},
      {"$eos_token", 0},
      {"$unk_token", 0}},
     3},
    {"Camembert",
     {{"<s>NOTUSED", 0},
      {"$pad_token", 0},
      {"</s>NOTUSED", 0},
      {"$unk_token", 0},
      {"<unk>NOTUSED", -100}},
     1},
};

static const char last[] = "$mask_token";

static const struct layout *find_layout(const struct berth_loading *l)
{
    for (size_t i = 0; i < sizeof(layouts) / sizeof(*layouts); i++) {
        if (strcmp(layouts[i].class, l->class->name) == 0)
            return &layouts[i];
    }
    return NULL;
}

/* A token of a layout; NULL: out of memory, or a key that is no token. */
static enum berth_status read_token(struct berth_loading *l, const char *text,
                                    const char **out, size_t *n)
{
    const struct berth_gathering g = {.l = l};
    struct berth_added_token token;
    enum berth_status status = BERTH_OK;
    bool has = true;
    size_t which = 0;

    *out = text;
    *n = strlen(text);
    if (*text != '$')
        return BERTH_OK;
    while (strcmp(berth_named_keys[which], text + 1) != 0)
        which++;
    status = berth_gather_named(&g, which, &token, &has);
    if (status != BERTH_OK)
        return status;
    *out = has ? token.content : "None"; /* as Python's str() has it */
    *n = has ? token.length : strlen(*out);
    return BERTH_OK;
}

/* The vocabulary as it is built. */
struct building {
    struct berth_loading *l;
    const struct berth_sentencepiece *model;
    struct berth_vocab *vocab;
    size_t used; /* of vocab->block */
};

/* A token behind those that are there; there is room. */
static void put(struct building *b, const char *text, size_t n, double score)
{
    struct berth_vocab *vocab = b->vocab;

    if (n > 0)
        memcpy(vocab->block + b->used, text, n);
    vocab->block[b->used + n] = '\0';
    vocab->words[vocab->n_ids] =
        (struct berth_word){(uint32_t)b->used, (uint32_t)n};
    b->l->scores[vocab->n_ids++] = score;
    b->used += n + 1;
}

static void put_pieces(struct building *b, size_t skip)
{
    for (size_t i = skip; i < b->model->n; i++) {
        const struct berth_piece *piece = &b->model->pieces[i];

        put(b, piece->text, piece->n, piece->score);
    }
}

/* Room for the pieces and more tokens, of so many bytes with their NULs. */
static enum berth_status reserve(struct building *b, size_t more, size_t bytes)
{
    const struct berth_sentencepiece *model = b->model;
    struct berth_loading *l = b->l;

    for (size_t i = 0; i < model->n; i++)
        bytes += (size_t)model->pieces[i].n + 1;
    l->scores = malloc((model->n + more) * sizeof(*l->scores));
    if (l->scores == NULL)
        return berth_load_memory(l, false);
    return berth_vocab_reserve(b->vocab, model->n + more, bytes, l->file_name,
                               l->err);
}

static enum berth_status lay_out(struct building *b, const struct layout *form)
{
    const char *texts[HEAD_MAX + 1];
    size_t sizes[HEAD_MAX + 1], n = 0, bytes = 0;
    enum berth_status status = BERTH_OK;

    for (; status == BERTH_OK && n < HEAD_MAX && form->head[n].text != NULL;
         n++)
        status = read_token(b->l, form->head[n].text, &texts[n], &sizes[n]);
    if (status == BERTH_OK)
        status = read_token(b->l, last, &texts[n], &sizes[n]);
    if (status != BERTH_OK)
        return status;
    for (size_t i = 0; i <= n; i++)
        bytes += sizes[i] + 1;
    status = reserve(b, n + 1, bytes);
    if (status != BERTH_OK)
        return status;
    for (size_t i = 0; i < n; i++)
        put(b, texts[i], sizes[i], form->head[i].score);
    put_pieces(b, form->skip);
    put(b, texts[n], sizes[n], 0);
    return BERTH_OK;
}

static enum berth_status build(struct building *b)
{
    const struct layout *form = find_layout(b->l);
    enum berth_status status =
        form != NULL ? lay_out(b, form) : reserve(b, 0, 0);

    if (status == BERTH_OK && form == NULL)
        put_pieces(b, 0);
    return status == BERTH_OK
               ? berth_vocab_index_pieces(b->vocab, b->l->file_name, b->l->err)
               : status;
}

/* As tokenizer.json would have it. */
static enum berth_status take_charsmap(struct berth_loading *l,
                                       const struct berth_sentencepiece *model)
{
    char *text;

    if (model->charsmap == NULL)
        return BERTH_OK;
    text = malloc(model->charsmap_size / 3 * 4 + 5);
    if (text != NULL) {
        size_t n =
            berth_base64_encode(model->charsmap, model->charsmap_size, text);

        l->charsmap = json_stringn(text, n);
        free(text);
    }
    return berth_load_memory(l, l->charsmap != NULL);
}

/* {"content": "<s>", "special": true, "normalized": false} */
static json_t *describe_token(const struct berth_piece *piece)
{
    return json_pack("{s:s%, s:b, s:b}", "content", piece->text,
                     (size_t)piece->n, "special",
                     piece->type == BERTH_PIECE_CONTROL, "normalized", 0);
}

/* Pieces that are no text, or always a token of their own, are added tokens,
 * unless the files say which there are. */
static enum berth_status add_tokens(struct berth_loading *l,
                                    const struct berth_sentencepiece *model)
{
    static const char *const keys[] = {"additional_special_tokens",
                                       "extra_special_tokens"};
    json_t *list;
    bool ok;

    for (size_t i = 0; i < 2; i++) {
        if (json_object_get(l->config, keys[i]) != NULL ||
            json_object_get(l->map, keys[i]) != NULL)
            return BERTH_OK;
    }
    list = json_array();
    ok = json_object_set_new(l->config, keys[0], list) == 0;
    for (size_t i = 0; ok && i < model->n; i++) {
        const struct berth_piece *piece = &model->pieces[i];

        if (piece->type == BERTH_PIECE_CONTROL ||
            piece->type == BERTH_PIECE_USER)
            ok = json_array_append_new(list, describe_token(piece)) == 0;
    }
    return berth_load_memory(l, ok);
}

static enum berth_status take_model(struct berth_loading *l,
                                    const struct berth_sentencepiece *model)
{
    struct building b = {.l = l, .model = model, .vocab = &l->tokenizer->vocab};
    enum berth_status status = build(&b);

    l->unk_id = (size_t)model->unk_id < b.vocab->n_ids ? model->unk_id : -1;
    if (status == BERTH_OK)
        status = take_charsmap(l, model);
    return status == BERTH_OK ? add_tokens(l, model) : status;
}

enum berth_status berth_load_sentencepiece(struct berth_loading *l)
{
    struct berth_blob blob = {0};
    struct berth_sentencepiece model;
    enum berth_status status =
        berth_folder_read(l->folder, l->class->vocab, &blob, l->err);

    if (status == BERTH_OK)
        status = berth_sentencepiece_read(&blob, l->file_name, &model, l->err);
    if (status == BERTH_OK) {
        status = take_model(l, &model);
        free(model.pieces);
    }
    berth_blob_release(&blob);
    return status;
}
