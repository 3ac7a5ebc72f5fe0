/*
 * protobuf.c - varints and fields.
 */
#include "lib/protobuf.h"

#include <stddef.h>

enum {
    VARINT_MAX = 10 /* bytes */
};

bool berth_message_varint(struct berth_message *m, uint64_t *out)
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

bool berth_message_fixed(struct berth_message *m, unsigned n, uint64_t *out)
{
    *out = 0;
    if ((size_t)(m->end - m->at) < n)
        return false;
    for (unsigned i = 0; i < n; i++)
        *out |= (uint64_t)*m->at++ << 8 * i;
    return true;
}

bool berth_message_field(struct berth_message *m, struct berth_field *f)
{
    if (!berth_message_varint(m, &f->key) || f->key >> 3 == 0)
        return false;
    switch (f->key & 7) {
    case BERTH_WIRE_VARINT:
        return berth_message_varint(m, &f->value);
    case BERTH_WIRE_8_BYTES:
        return berth_message_fixed(m, 8, &f->value);
    case BERTH_WIRE_4_BYTES:
        return berth_message_fixed(m, 4, &f->value);
    case BERTH_WIRE_BYTES:
        if (!berth_message_varint(m, &f->value) ||
            f->value > (uint64_t)(m->end - m->at))
            return false;
        f->data = m->at;
        m->at += f->value;
        return true;
    default:
        return false; /* a group: no version has one */
    }
}

struct berth_message berth_field_message(const struct berth_field *f)
{
    return (struct berth_message){f->data, f->data + f->value};
}
