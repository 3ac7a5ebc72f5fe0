/*
 * pieces_json.c - a vocabulary that is a list of pieces and their scores, in
 * order of their ids: [["<s>", 0.0], ["\u2581the", -3.5], ...].
 */
#include "tokenizer/subwords/scan.h"

#include "lib/status.h"

#include <stdlib.h>

struct reader {
    struct berth_scan s;
    struct berth_word *words;
    double *scores;
    size_t n;
    size_t capacity;
    bool exact;
};

static bool grow(struct reader *r)
{
    size_t capacity = r->capacity > 0 ? 2 * r->capacity : 1024;
    struct berth_word *words = realloc(r->words, capacity * sizeof(*words));
    double *scores;

    if (words == NULL)
        return false;
    r->words = words;
    scores = realloc(r->scores, capacity * sizeof(*scores));
    if (scores == NULL)
        return false;
    r->scores = scores;
    r->capacity = capacity;
    return true;
}

static enum berth_status read_piece(struct reader *r)
{
    enum berth_status status;

    if (r->n > BERTH_ID_MAX)
        return berth_scan_fail(&r->s, "at most 16777216 pieces");
    if (r->n == r->capacity && !grow(r)) {
        return berth_fail(r->s.err, BERTH_ERR_MEMORY, "%s: out of memory",
                          r->s.name);
    }
    if (!berth_scan_eat(&r->s, '['))
        return berth_scan_fail(&r->s, "a piece and its score in brackets");
    status = berth_scan_text(&r->s, &r->words[r->n]);
    if (status != BERTH_OK)
        return status;
    if (!berth_scan_eat(&r->s, ','))
        return berth_scan_fail(&r->s, "',' and a score");
    status = berth_scan_number(&r->s, r->exact, &r->scores[r->n]);
    if (status != BERTH_OK)
        return status;
    if (!berth_scan_eat(&r->s, ']'))
        return berth_scan_fail(&r->s, "']'");
    r->n++;
    return BERTH_OK;
}

static enum berth_status read_pieces(struct reader *r)
{
    enum berth_status status;

    if (!berth_scan_eat(&r->s, '['))
        return berth_scan_fail(&r->s, "a list");
    do {
        status = read_piece(r);
        if (status != BERTH_OK)
            return status;
    } while (berth_scan_eat(&r->s, ','));
    return berth_scan_eat(&r->s, ']') ? BERTH_OK
                                      : berth_scan_fail(&r->s, "',' or ']'");
}

enum berth_status berth_pieces_read_json(const struct berth_blob *file,
                                         size_t begin, const char *name,
                                         bool exact, size_t *end,
                                         struct berth_vocab *out,
                                         double **scores,
                                         struct berth_error *err)
{
    struct reader r = {.exact = exact};
    enum berth_status status =
        berth_scan_start(&r.s, file, begin, name, "model.vocab", err);

    if (status != BERTH_OK)
        return status;
    status = read_pieces(&r);
    *end = (size_t)(r.s.at - file->data);
    if (status != BERTH_OK) {
        free(r.s.block);
        free(r.words);
        free(r.scores);
        return status;
    }
    *out = (struct berth_vocab){
        .block = r.s.block, .words = r.words, .n_ids = r.n};
    *scores = r.scores;
    return BERTH_OK;
}
