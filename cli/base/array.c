/*
 * array.c - makes room for one element more.
 */
#include "cli/base/array.h"

#include <stdlib.h>

enum {
    FIRST_ROOM = 16
};

void *array_room(void *array, size_t n, size_t *room, size_t size)
{
    size_t more = *room > 0 ? 2 * *room : FIRST_ROOM;

    if (n < *room)
        return array;
    void *larger = more > *room ? reallocarray(array, more, size) : NULL;

    if (larger != NULL)
        *room = more;
    return larger;
}
