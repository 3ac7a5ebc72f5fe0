/*
 * sentencepiece.h - SentencePiece's own file, a ".model".
 */
#ifndef TOKENIZER_SUBWORDS_SENTENCEPIECE_H
#define TOKENIZER_SUBWORDS_SENTENCEPIECE_H

#include "tokenizer/subwords/vocab.h"

/* What a piece is for. */
enum berth_piece_type {
    BERTH_PIECE_NORMAL = 1,
    BERTH_PIECE_UNKNOWN,
    BERTH_PIECE_CONTROL, /* not text: "<s>" */
    BERTH_PIECE_USER,    /* always a token of its own */
    BERTH_PIECE_UNUSED,
    BERTH_PIECE_BYTE
};

struct berth_piece {
    const char *text; /* (n) in the file, so not terminated */
    uint32_t n;
    int type; /* enum berth_piece_type, or newer */
    double score;
};

struct berth_sentencepiece {
    struct berth_piece *pieces;
    size_t n;
    int32_t unk_id; /* where the file has it: 0, if it does not say */
    /* "precompiled_charsmap", in the file; NULL: there is none. */
    const unsigned char *charsmap;
    size_t charsmap_size;
};

/*
 * berth_sentencepiece_read - the pieces of a model in their order, and what is
 * needed to use them. What else is in it is skipped.
 *
 *   name  the file, for messages
 *   out   owned: free(out->pieces); it needs the file as long
 *
 * Errors: BERTH_ERR_FORMAT, BERTH_ERR_MEMORY.
 * Source: sentencepiece_model.proto of SentencePiece.
 */
enum berth_status berth_sentencepiece_read(const struct berth_blob *file,
                                           const char *name,
                                           struct berth_sentencepiece *out,
                                           struct berth_error *err);

#endif
