/*
 * sentencepiece.c - a SentencePiece model: its pieces, and what its trainer and
 * normalizer say.
 */
#include "tokenizer/subwords/sentencepiece.h"

#include "lib/protobuf.h"
#include "lib/status.h"
#include "tokenizer/stages/flow.h"
#include "tokenizer/unicode/utf8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MODEL_PIECE = 1,
    MODEL_TRAINER = 2,
    MODEL_NORMALIZER = 3,
    PIECE_TEXT = 1,
    PIECE_SCORE = 2,
    PIECE_TYPE = 3,
    TRAINER_UNK_ID = 40,
    NORMALIZER_CHARSMAP = 2
};

/* One run of berth_sentencepiece_read(). */
struct reader {
    const unsigned char *file; /* where it begins, for messages */
    const char *name;
    struct berth_error *err;
    struct berth_sentencepiece out;
    size_t capacity; /* of out.pieces */
};

static enum berth_status fail(const struct reader *r, const unsigned char *at,
                              const char *expected)
{
    return berth_fail(r->err, BERTH_ERR_FORMAT,
                      "%s: byte %zu: expected %s of a SentencePiece model, "
                      "found something else",
                      r->name, (size_t)(at - r->file), expected);
}

static double as_float(uint64_t value)
{
    uint32_t bits = (uint32_t)value;
    float score;

    memcpy(&score, &bits, sizeof(score));
    return (double)score;
}

static enum berth_status add_piece(struct reader *r, struct berth_piece piece)
{
    void *pieces =
        berth_grown(r->out.pieces, &r->capacity, r->out.n + 1, sizeof(piece));

    if (pieces == NULL) {
        return berth_fail(r->err, BERTH_ERR_MEMORY, "%s: out of memory",
                          r->name);
    }
    r->out.pieces = pieces;
    r->out.pieces[r->out.n++] = piece;
    return BERTH_OK;
}

static enum berth_status read_piece(struct reader *r, struct berth_message m)
{
    struct berth_piece piece = {.type = BERTH_PIECE_NORMAL, .text = ""};
    const unsigned char *begin = m.at;
    struct berth_field f;

    while (m.at < m.end) {
        const unsigned char *at = m.at;

        if (!berth_message_field(&m, &f))
            return fail(r, at, "a field");
        if (f.key == BERTH_FIELD(PIECE_TEXT, BERTH_WIRE_BYTES)) {
            piece.text = (const char *)f.data;
            piece.n = (uint32_t)f.value;
        } else if (f.key == BERTH_FIELD(PIECE_SCORE, BERTH_WIRE_4_BYTES)) {
            piece.score = as_float(f.value);
        } else if (f.key == BERTH_FIELD(PIECE_TYPE, BERTH_WIRE_VARINT)) {
            piece.type = f.value < INT32_MAX ? (int)f.value : 0;
        }
    }
    if (!berth_utf8_is_valid((const unsigned char *)piece.text, piece.n))
        return fail(r, begin, "a piece in UTF-8");
    if (!isfinite(piece.score))
        return fail(r, begin, "a piece with a score");
    if (r->out.n > BERTH_ID_MAX)
        return fail(r, begin, "at most 16777216 pieces");
    return add_piece(r, piece);
}

static enum berth_status read_trainer(struct reader *r, struct berth_message m)
{
    struct berth_field f;

    while (m.at < m.end) {
        const unsigned char *at = m.at;

        if (!berth_message_field(&m, &f))
            return fail(r, at, "a field");
        if (f.key != BERTH_FIELD(TRAINER_UNK_ID, BERTH_WIRE_VARINT))
            continue;
        if (f.value > BERTH_ID_MAX)
            return fail(r, at, "unk_id, the id of a piece");
        r->out.unk_id = (int32_t)f.value;
    }
    return BERTH_OK;
}

static enum berth_status read_normalizer(struct reader *r,
                                         struct berth_message m)
{
    struct berth_field f;

    while (m.at < m.end) {
        const unsigned char *at = m.at;

        if (!berth_message_field(&m, &f))
            return fail(r, at, "a field");
        if (f.key != BERTH_FIELD(NORMALIZER_CHARSMAP, BERTH_WIRE_BYTES))
            continue;
        r->out.charsmap = f.value > 0 ? f.data : NULL;
        r->out.charsmap_size = (size_t)f.value;
    }
    return BERTH_OK;
}

static enum berth_status read_model(struct reader *r, struct berth_message m)
{
    static const struct {
        int number;
        enum berth_status (*read)(struct reader *r, struct berth_message m);
    } parts[] = {{MODEL_PIECE, read_piece},
                 {MODEL_TRAINER, read_trainer},
                 {MODEL_NORMALIZER, read_normalizer}};
    enum berth_status status = BERTH_OK;
    struct berth_field f;

    while (status == BERTH_OK && m.at < m.end) {
        const unsigned char *at = m.at;

        if (!berth_message_field(&m, &f))
            return fail(r, at, "a field");
        for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
            if (f.key == BERTH_FIELD(parts[i].number, BERTH_WIRE_BYTES))
                status = parts[i].read(r, berth_field_message(&f));
        }
    }
    return status;
}

enum berth_status berth_sentencepiece_read(const struct berth_blob *file,
                                           const char *name,
                                           struct berth_sentencepiece *out,
                                           struct berth_error *err)
{
    struct reader r = {.file = file->data, .name = name, .err = err};
    struct berth_message m = {file->data, file->data};
    enum berth_status status;

    if (file->size > INT32_MAX) {
        return berth_fail(err, BERTH_ERR_FORMAT,
                          "%s: expected at most 2 GiB, found %zu bytes", name,
                          file->size);
    }
    if (file->size > 0)
        m.end += file->size;
    status = read_model(&r, m);
    if (status == BERTH_OK && r.out.n == 0)
        status = fail(&r, m.end, "pieces");
    if (status == BERTH_OK)
        *out = r.out;
    else
        free(r.out.pieces);
    return status;
}
