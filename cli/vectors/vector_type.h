/*
 * vector_type.h - vectors of embed in fewer bits: their ranges, from a file or
 * from the vectors themselves, which then wait for the last one.
 */
#ifndef CLI_VECTORS_VECTOR_TYPE_H
#define CLI_VECTORS_VECTOR_TYPE_H

#include "cli/stream/stream.h"

#include <stdio.h>

struct quantized {
    enum berth_vector_type type;
    size_t size;      /* numbers of a vector */
    size_t n_bytes;   /* of a quantised one */
    float *ranges;    /* (2, size); NULL where the type has none */
    char between;     /* numbers of a row; 0: what the format has there */
    bool from_data;   /* ranges grow with the vectors, which are spooled */
    size_t n_vectors; /* that the ranges came from */
    FILE *spool;
    uint8_t *row;   /* (n_bytes) */
    float *spooled; /* (size) */
    struct buffer prefix;
};

/*
 * quantized_open - for vectors of size numbers; quantized_close() in any case.
 *
 *   ranges  name of a .npy of shape (2, size), float32 or float64; NULL: from
 *           the vectors
 *
 * False after one message.
 */
bool quantized_open(struct quantized *q, enum berth_vector_type type,
                    size_t size, const char *ranges);
void quantized_close(struct quantized *q);

/* quantized_npy_type - its elements in NumPy. */
const struct npy_type *quantized_npy_type(enum berth_vector_type type);

/* quantized_put - the bytes themselves in npy, else the numbers, between
 * them what the format has there. */
void quantized_put(struct quantized *q, struct buffer *b,
                   const struct shared *s, const float *x);

/* quantized_keep - with from_data: a row waits in the spool, the text before
 * its vector and the vector; x NULL: text alone. False after one message. */
bool quantized_keep(struct quantized *q, const struct buffer *before,
                    const float *x);

/* quantized_replay - all rows that wait, each vector followed by after. False:
 * not all of them, after a message unless out says it. */
bool quantized_replay(struct quantized *q, const struct shared *s,
                      const char *after, struct output *out);

/* quantized_save - the ranges as .npy, for the caller to close: that gives them
 * their name. NULL after one message. */
struct sink *quantized_save(const struct quantized *q, const char *name);

#endif
