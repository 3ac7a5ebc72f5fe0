/*
 * checkpoint.h - writes checkpoints of TensorFlow 1 by the messages of
 * tensor_bundle.proto.
 */
#ifndef TESTS_CHECKPOINT_H
#define TESTS_CHECKPOINT_H

#include "tests/leveldb_table.h"

/* A variable of up to 4 dimensions, and where its numbers are. */
struct variable {
    const char *name;
    uint64_t type; /* 1: float32 */
    size_t rank;
    uint64_t shape[4];
    uint64_t shard, offset, size;
    uint32_t sum;
    bool sliced;
};

static inline void put_number(struct bytes *b, unsigned field, uint64_t value)
{
    put_varint(b, field << 3);
    put_varint(b, value);
}

static inline void put_message(struct bytes *b, unsigned field,
                               const struct bytes *message)
{
    put_varint(b, field << 3 | 2);
    put_varint(b, message->n);
    put_bytes(b, message->data, message->n);
}

static inline void put_variable(struct bytes *entries, const struct variable *v)
{
    static struct bytes value, shape, dim;

    value.n = shape.n = 0;
    for (size_t i = 0; i < v->rank; i++) {
        dim.n = 0;
        put_number(&dim, 1, v->shape[i]);
        put_message(&shape, 2, &dim);
    }
    put_number(&value, 1, v->type);
    put_message(&value, 2, &shape);
    put_number(&value, 3, v->shard);
    put_number(&value, 4, v->offset);
    put_number(&value, 5, v->size);
    put_varint(&value, 6 << 3 | 5);
    put_fixed(&value, v->sum, 4);
    if (v->sliced) {
        dim.n = 0;
        put_message(&value, 7, &dim);
    }
    put_entry(entries, 0, v->name, strlen(v->name), value.data, value.n);
}

/* BundleHeaderProto, which comes before all variables. */
static inline void put_header(struct bytes *entries, uint64_t n_shards,
                              uint64_t endianness, uint64_t version)
{
    static struct bytes value, inner;

    value.n = inner.n = 0;
    put_number(&value, 1, n_shards);
    put_number(&value, 2, endianness);
    put_number(&inner, 2, version);
    put_message(&value, 3, &inner);
    put_entry(entries, 0, "", 0, value.data, value.n);
}

static inline uint32_t sum_of(const void *data, size_t n)
{
    return berth_crc32c_mask(berth_crc32c(0, data, n));
}

#endif
