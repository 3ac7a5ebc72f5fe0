/*
 * buffer.c - bytes that grow: rows are put together here, then written whole.
 */
#include "cli/base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *buffer_reserve(struct buffer *b, size_t size)
{
    if (b->failed)
        return NULL;
    if (size > b->capacity - b->size) {
        size_t need = b->size + size;
        size_t capacity = b->capacity + b->capacity / 2;
        char *data;
        if (capacity < need)
            capacity = need;
        if (capacity < 256)
            capacity = 256;
        data = need >= size ? realloc(b->data, capacity) : NULL;
        if (data == NULL) {
            b->failed = true;
            return NULL;
        }
        b->data = data;
        b->capacity = capacity;
    }
    return b->data + b->size;
}

void buffer_put(struct buffer *b, const void *data, size_t size)
{
    char *p = size > 0 ? buffer_reserve(b, size) : NULL;

    if (p != NULL) {
        memcpy(p, data, size);
        b->size += size;
    }
}

void buffer_puts(struct buffer *b, const char *s)
{
    buffer_put(b, s, strlen(s));
}

void buffer_grow(struct buffer *b, char c)
{
    if (buffer_reserve(b, 1) != NULL)
        b->data[b->size++] = c;
}

void buffer_printf(struct buffer *b, const char *fmt, ...)
{
    va_list ap;
    char *p;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    p = n >= 0 ? buffer_reserve(b, (size_t)n + 1) : NULL;
    if (p == NULL) {
        b->failed = true;
        return;
    }
    va_start(ap, fmt);
    vsnprintf(p, (size_t)n + 1, fmt, ap);
    va_end(ap);
    b->size += (size_t)n;
}

void buffer_clear(struct buffer *b)
{
    b->size = 0;
}

void buffer_free(struct buffer *b)
{
    free(b->data);
    *b = (struct buffer){0};
}
