/*
 * fuzz_sentencepiece.c - a hostile SentencePiece model, and Unigram over its
 * pieces: what it makes of their own text.
 */
#include "tests/fuzz/fuzz.h"
#include "tests/tokenizer/flow.h"
#include "tokenizer/subwords/sentencepiece.h"
#include "tokenizer/subwords/unigram.h"

enum {
    WORD_MAX = 4096 /* bytes */
};

static void expect_pieces(const struct berth_sentencepiece *m,
                          const struct berth_blob *file)
{
    const char *begin = (const char *)file->data, *end = begin + file->size;

    EXPECT(m->n > 0 && m->n <= file->size, "%zu pieces of %zu bytes", m->n,
           file->size);
    EXPECT(m->unk_id >= 0, "the unknown piece is %d", (int)m->unk_id);
    EXPECT(m->charsmap == NULL ||
               (m->charsmap >= file->data &&
                m->charsmap + m->charsmap_size <= file->data + file->size),
           "a map of %zu bytes in %zu", m->charsmap_size, file->size);
    for (size_t i = 0; i < m->n; i++) {
        const struct berth_piece *piece = &m->pieces[i];

        EXPECT(piece->n == 0 || (piece->text >= begin && piece->text < end &&
                                 piece->n <= (size_t)(end - piece->text)),
               "piece %zu of %u bytes", i, (unsigned)piece->n);
    }
}

/* The tokens of a word follow one another, from its first byte to its last. */
static void expect_tokens(const struct berth_subwords *stage, size_t n_ids,
                          const char *word, size_t n)
{
    struct berth_flow flow = {0};
    struct berth_side side = {0};
    size_t at = 0;

    EXPECT(flow_set_word(&flow, word, n) &&
               stage->cut(stage->self, &flow, &side),
           "out of memory");
    for (size_t i = 0; i < side.n; i++) {
        EXPECT(side.ids[i] >= 0 && (size_t)side.ids[i] < n_ids, "id %d",
               (int)side.ids[i]);
        EXPECT(side.spans[i].begin == at ||
                   (i > 0 && side.spans[i].begin == side.spans[i - 1].begin &&
                    side.spans[i].end == at),
               "token %zu is from %zu to %zu, after %zu", i,
               side.spans[i].begin, side.spans[i].end, at);
        at = side.spans[i].end;
    }
    EXPECT(at == n, "the tokens end at %zu of %zu", at, n);
    flow_free_side(&side);
    berth_flow_free(&flow);
}

/* The pieces as a vocabulary; free(*scores) and berth_vocab_free(). */
static void build(const struct berth_sentencepiece *m, size_t size,
                  struct berth_vocab *vocab, double **scores)
{
    size_t used = 0;

    *scores = malloc(m->n * sizeof(**scores));
    EXPECT(*scores != NULL &&
               berth_vocab_reserve(vocab, m->n, size, "fuzz", NULL) == BERTH_OK,
           "out of memory");
    for (size_t i = 0; i < m->n; i++) {
        const struct berth_piece *piece = &m->pieces[i];

        memcpy(vocab->block + used, piece->text, piece->n);
        vocab->block[used + piece->n] = '\0';
        vocab->words[vocab->n_ids++] =
            (struct berth_word){(uint32_t)used, piece->n};
        (*scores)[i] = piece->score;
        used += piece->n + 1;
    }
    EXPECT(used <= size, "texts of %zu bytes in %zu", used, size);
    EXPECT(berth_vocab_index_pieces(vocab, "fuzz", NULL) == BERTH_OK,
           "out of memory");
}

static void cut_pieces(const struct berth_sentencepiece *m, size_t size)
{
    struct berth_vocab vocab;
    struct berth_unigram_rules rules = {.byte_fallback = size % 2 != 0};
    struct berth_subwords stage = {0};
    const struct berth_word *last;
    size_t n;

    build(m, size, &vocab, &rules.scores);
    rules.unk_id = (size_t)m->unk_id < m->n ? m->unk_id : 0;
    EXPECT(berth_unigram(&vocab, &rules, &stage), "out of memory");
    last = &vocab.words[vocab.n_ids - 1];
    n = (size_t)last->begin + last->length + 1;
    expect_tokens(&stage, m->n, vocab.block, n < WORD_MAX ? n : WORD_MAX);
    stage.free(stage.self);
    berth_vocab_free(&vocab);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    unsigned char *copy = fuzz_copy(data, size);
    struct berth_blob file = {.data = copy, .size = size};
    struct berth_sentencepiece model;
    struct berth_error err = {0};
    enum berth_status status =
        berth_sentencepiece_read(&file, "fuzz", &model, &err);

    if (status == BERTH_OK) {
        expect_pieces(&model, &file);
        cut_pieces(&model, size);
        free(model.pieces);
    } else {
        fuzz_expect_message(status, &err);
    }
    free(copy);
    return 0;
}
