/*
 * protobuf.h - the wire format of protobuf, as far as models need it.
 *
 * A message is a run of fields. Each begins with a varint, number << 3 | wire
 * type, which says how long it is: a varint (0), 8 bytes (1), a length and as
 * many bytes (2), 4 bytes (5). A message in a message is such bytes:
 *
 *     0a 0c                 field 1, 12 bytes: a message
 *       0a 05 e2 96 81 61 62    its field 1, 5 bytes
 *       15 00 00 60 c0          its field 2, 4 bytes
 */
#ifndef LIB_PROTOBUF_H
#define LIB_PROTOBUF_H

#include <stdbool.h>
#include <stdint.h>

enum berth_wire {
    BERTH_WIRE_VARINT = 0,
    BERTH_WIRE_8_BYTES = 1,
    BERTH_WIRE_BYTES = 2,
    BERTH_WIRE_4_BYTES = 5
};

/* The key of a field. */
#define BERTH_FIELD(number, wire) ((uint64_t)(number) << 3 | (wire))

/* A message that is being read; what is read is taken from its front. */
struct berth_message {
    const unsigned char *at;
    const unsigned char *end;
};

struct berth_field {
    uint64_t key;
    uint64_t value;            /* of a varint, or of 4 or 8 bytes */
    const unsigned char *data; /* (value) of bytes; borrowed */
};

/* berth_message_varint - seven bits a byte, the lowest first, up to 64; false:
 * the message ends before it does. */
bool berth_message_varint(struct berth_message *m, uint64_t *out);

/* berth_message_fixed - n bytes, up to 8, the lowest first; false: there are
 * fewer. */
bool berth_message_fixed(struct berth_message *m, unsigned n, uint64_t *out);

/* berth_message_field - the next field; false: no field begins here. */
bool berth_message_field(struct berth_message *m, struct berth_field *f);

/* berth_field_message - the message that a field of bytes is. */
struct berth_message berth_field_message(const struct berth_field *f);

#endif
