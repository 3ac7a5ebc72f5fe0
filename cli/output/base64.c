/*
 * base64.c - three bytes to four characters.
 */
#include "cli/output/base64.h"

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void buffer_base64(struct buffer *b, const uint8_t *data, size_t size)
{
    char *p = buffer_reserve(b, (size / 3 + 1) * 4);
    size_t n = 0;

    if (p == NULL)
        return;
    for (size_t i = 0; i < size; i += 3) {
        size_t left = size - i;
        uint32_t bits = (uint32_t)data[i] << 16;

        if (left > 1)
            bits |= (uint32_t)data[i + 1] << 8;
        if (left > 2)
            bits |= data[i + 2];
        p[n++] = alphabet[bits >> 18];
        p[n++] = alphabet[bits >> 12 & 63];
        p[n++] = left > 1 ? alphabet[bits >> 6 & 63] : '=';
        p[n++] = left > 2 ? alphabet[bits & 63] : '=';
    }
    b->size += n;
}
