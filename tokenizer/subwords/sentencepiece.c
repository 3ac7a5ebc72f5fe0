/*
 * sentencepiece.c - protobuf as far as a SentencePiece model needs it.
 *
 * A message is a run of fields. Each begins with a varint, number << 3 | wire
 * type, which says how long it is: a varint (0), 8 bytes (1), a length and as
 * many bytes (2), 4 bytes (5). A message in a message is such bytes:
 *
 *     0a 0c                 field 1, 12 bytes: a piece
 *       0a 05 e2 96 81 61 62    field 1, 5 bytes: its text
 *       15 00 00 60 c0          field 3 >> 3 = 2, 4 bytes: its score, -3.5
 */
#include "tokenizer/subwords/sentencepiece.h"

#include "lib/status.h"
#include "tokenizer/stages/flow.h"
#include "tokenizer/unicode/utf8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    VARINT = 0,
    EIGHT_BYTES = 1,
    BYTES = 2,
    FOUR_BYTES = 5,
    VARINT_MAX = 10 /* bytes */
};

/* A field of a message: "number" << 3 | wire type. */
#define FIELD(number, wire) ((uint64_t)(number) << 3 | (wire))

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

struct field {
    uint64_t key;
    uint64_t value;            /* of a varint, or of 4 or 8 bytes */
    const unsigned char *data; /* (value) of bytes */
};

/* One run of berth_sentencepiece_read(). */
struct reader {
    const unsigned char *file; /* where it begins, for messages */
    const char *name;
    struct berth_error *err;
    struct berth_sentencepiece out;
    size_t capacity; /* of out.pieces */
};

/* A message that is being read. */
struct message {
    const unsigned char *at;
    const unsigned char *end;
};

static enum berth_status fail(const struct reader *r, const unsigned char *at,
                              const char *expected)
{
    return berth_fail(r->err, BERTH_ERR_FORMAT,
                      "%s: byte %zu: expected %s of a SentencePiece model, "
                      "found something else",
                      r->name, (size_t)(at - r->file), expected);
}

static bool read_varint(struct message *m, uint64_t *out)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < VARINT_MAX && m->at < m->end; i++) {
        unsigned char byte = *m->at++;

        value |= (uint64_t)(byte & 0x7f) << 7 * i;
        if (byte < 0x80) {
            *out = value;
            return true;
        }
    }
    return false;
}

/* n bytes, the lowest first. */
static bool read_fixed(struct message *m, size_t n, uint64_t *out)
{
    *out = 0;
    if ((size_t)(m->end - m->at) < n)
        return false;
    for (size_t i = 0; i < n; i++)
        *out |= (uint64_t)*m->at++ << 8 * i;
    return true;
}

static bool read_field(struct message *m, struct field *f)
{
    if (!read_varint(m, &f->key) || f->key >> 3 == 0)
        return false;
    switch (f->key & 7) {
    case VARINT:
        return read_varint(m, &f->value);
    case EIGHT_BYTES:
        return read_fixed(m, 8, &f->value);
    case FOUR_BYTES:
        return read_fixed(m, 4, &f->value);
    case BYTES:
        if (!read_varint(m, &f->value) || f->value > (uint64_t)(m->end - m->at))
            return false;
        f->data = m->at;
        m->at += f->value;
        return true;
    default:
        return false; /* a group: no version has one */
    }
}

static struct message inside(const struct field *f)
{
    return (struct message){f->data, f->data + f->value};
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

static enum berth_status read_piece(struct reader *r, struct message m)
{
    struct berth_piece piece = {.type = BERTH_PIECE_NORMAL, .text = ""};
    const unsigned char *begin = m.at;
    struct field f;

    while (m.at < m.end) {
        const unsigned char *at = m.at;

        if (!read_field(&m, &f))
            return fail(r, at, "a field");
        if (f.key == FIELD(PIECE_TEXT, BYTES)) {
            piece.text = (const char *)f.data;
            piece.n = (uint32_t)f.value;
        } else if (f.key == FIELD(PIECE_SCORE, FOUR_BYTES)) {
            piece.score = as_float(f.value);
        } else if (f.key == FIELD(PIECE_TYPE, VARINT)) {
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

static enum berth_status read_trainer(struct reader *r, struct message m)
{
    struct field f;

    while (m.at < m.end) {
        const unsigned char *at = m.at;

        if (!read_field(&m, &f))
            return fail(r, at, "a field");
        if (f.key != FIELD(TRAINER_UNK_ID, VARINT))
            continue;
        if (f.value > BERTH_ID_MAX)
            return fail(r, at, "unk_id, the id of a piece");
        r->out.unk_id = (int32_t)f.value;
    }
    return BERTH_OK;
}

static enum berth_status read_normalizer(struct reader *r, struct message m)
{
    struct field f;

    while (m.at < m.end) {
        const unsigned char *at = m.at;

        if (!read_field(&m, &f))
            return fail(r, at, "a field");
        if (f.key != FIELD(NORMALIZER_CHARSMAP, BYTES))
            continue;
        r->out.charsmap = f.value > 0 ? f.data : NULL;
        r->out.charsmap_size = (size_t)f.value;
    }
    return BERTH_OK;
}

static enum berth_status read_model(struct reader *r, struct message m)
{
    static const struct {
        int number;
        enum berth_status (*read)(struct reader *r, struct message m);
    } parts[] = {{MODEL_PIECE, read_piece},
                 {MODEL_TRAINER, read_trainer},
                 {MODEL_NORMALIZER, read_normalizer}};
    enum berth_status status = BERTH_OK;
    struct field f;

    while (status == BERTH_OK && m.at < m.end) {
        const unsigned char *at = m.at;

        if (!read_field(&m, &f))
            return fail(r, at, "a field");
        for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
            if (f.key == FIELD(parts[i].number, BYTES))
                status = parts[i].read(r, inside(&f));
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
    struct message m = {file->data, file->data};
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
