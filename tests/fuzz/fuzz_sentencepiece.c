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

static void expect_pieces(const struct berth_sentencepiece *m, size_t size)
{
    EXPECT(m->n > 0 && m->n <= size, "%zu pieces of %zu bytes", m->n, size);
    EXPECT(m->unk_id >= 0, "the unknown piece is %d", (int)m->unk_id);
    EXPECT(m->charsmap_size < size || m->charsmap == NULL,
           "a map of %zu bytes in %zu", m->charsmap_size, size);
    for (size_t i = 0; i < m->n; i++) {
        struct berth_word word = m->pieces[i].word;

        EXPECT((size_t)word.begin + word.length < size, "piece %zu", i);
        EXPECT(m->block[word.begin + word.length] == '\0', "piece %zu", i);
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

static void cut_pieces(const struct berth_sentencepiece *m, size_t size)
{
    struct berth_vocab vocab = {.block = m->block, .n_ids = m->n};
    struct berth_unigram_rules rules = {.byte_fallback = size % 2 != 0};
    struct berth_subwords stage = {0};
    double *scores = malloc(m->n * sizeof(*scores));
    size_t n = 0;

    vocab.words = malloc(m->n * sizeof(*vocab.words));
    EXPECT(vocab.words != NULL && scores != NULL, "out of memory");
    for (size_t i = 0; i < m->n; i++) {
        vocab.words[i] = m->pieces[i].word;
        scores[i] = m->pieces[i].score;
        n += m->pieces[i].word.length + 1;
    }
    rules.scores = scores;
    rules.unk_id = (size_t)m->unk_id < m->n ? m->unk_id : 0;
    EXPECT(berth_vocab_index_pieces(&vocab, "fuzz", NULL) == BERTH_OK &&
               berth_unigram(&vocab, &rules, &stage),
           "out of memory");
    expect_tokens(&stage, m->n, m->block, n < WORD_MAX ? n : WORD_MAX);
    stage.free(stage.self);
    free(vocab.words);
    free(vocab.table.slots);
    free(vocab.prefixes.cells);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    unsigned char *copy = fuzz_copy(data, size);
    struct berth_blob file = {copy, size, false};
    struct berth_sentencepiece model;
    struct berth_error err = {0};
    enum berth_status status =
        berth_sentencepiece_read(&file, "fuzz", &model, &err);

    if (status == BERTH_OK) {
        expect_pieces(&model, size);
        cut_pieces(&model, size);
        berth_sentencepiece_free(&model);
    } else {
        fuzz_expect_message(status, &err);
    }
    free(copy);
    return 0;
}
