/*
 * buffer.h - a piece of memory that grows as bytes are put into it.
 */
#ifndef CLI_BASE_BUFFER_H
#define CLI_BASE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

/* Start with {0}. A failed allocation sets failed; later puts do nothing. */
struct buffer {
    char *data;
    size_t size;
    size_t capacity;
    bool failed;
};

void buffer_put(struct buffer *b, const void *data, size_t size);
void buffer_puts(struct buffer *b, const char *s);
/* buffer_grow - what buffer_putc() does where there is no room. */
void buffer_grow(struct buffer *b, char c);
static inline void buffer_putc(struct buffer *b, char c)
{
    if (b->size < b->capacity && !b->failed)
        b->data[b->size++] = c;
    else
        buffer_grow(b, c);
}
/* buffer_between - what parts element i of a list from the one before it. */
static inline void buffer_between(struct buffer *b, size_t i, char c)
{
    if (i > 0)
        buffer_putc(b, c);
}
__attribute__((format(printf, 2, 3))) void buffer_printf(struct buffer *b,
                                                         const char *fmt, ...);
/* buffer_reserve - room for size more bytes; NULL when memory is out. The
 * caller writes there and adds what it wrote to b->size. */
char *buffer_reserve(struct buffer *b, size_t size);
void buffer_clear(struct buffer *b); /* size 0, memory kept */
void buffer_free(struct buffer *b);

#endif
