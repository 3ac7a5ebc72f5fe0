/*
 * sequence.c - pieces through steps, from one list into the other.
 */
#include "tokenizer/decoders/sequence.h"

#include <stdlib.h>

struct sequence {
    size_t n;
    struct berth_decoder steps[];
};

static bool copy(const struct berth_pieces *from, struct berth_pieces *to)
{
    bool ok = true;

    for (size_t i = 0; ok && i < from->n; i++) {
        struct berth_span piece = berth_piece(from, i);

        ok = berth_pieces_add(to, from->text.bytes + piece.begin,
                              piece.end - piece.begin);
    }
    return ok;
}

static bool run(const void *self, const struct berth_pieces *tokens,
                struct berth_pieces *text)
{
    const struct sequence *sequence = self;
    struct berth_pieces lists[2] = {{.n = 0}, {.n = 0}};
    bool ok = copy(tokens, &lists[0]);

    for (size_t i = 0; ok && i < sequence->n; i++) {
        struct berth_pieces *from = &lists[i % 2], *to = &lists[1 - i % 2];

        to->n = to->text.n = 0;
        ok = from->n == 0 ||
             sequence->steps[i].run(sequence->steps[i].self, from, to);
    }
    ok = ok && copy(&lists[sequence->n % 2], text);
    berth_pieces_free(&lists[0]);
    berth_pieces_free(&lists[1]);
    return ok;
}

static void free_sequence(void *self)
{
    struct sequence *sequence = self;

    BERTH_FREE_STAGES(sequence->steps, sequence->n);
    free(sequence);
}

bool berth_decoder_sequence(const struct berth_decoder *steps, size_t n,
                            struct berth_decoder *out)
{
    struct sequence *sequence =
        malloc(sizeof(*sequence) + n * sizeof(*sequence->steps));

    if (sequence == NULL)
        return false;
    sequence->n = n;
    for (size_t i = 0; i < n; i++)
        sequence->steps[i] = steps[i];
    *out = (struct berth_decoder){
        .run = run, .free = free_sequence, .self = sequence};
    return true;
}
