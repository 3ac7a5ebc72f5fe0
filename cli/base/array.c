/*
 * array.c - makes room for one element more.
 */
#include "cli/base/array.h"

#include <stdint.h>
#include <stdlib.h>

enum {
    FIRST_ROOM = 16
};

void *array_room(void *array, size_t n, size_t *room, size_t size)
{
    size_t more = *room > 0 ? 2 * *room : FIRST_ROOM;

    if (n < *room)
        return array;
    if (more <= *room || more > SIZE_MAX / size)
        return NULL;
    void *larger = realloc(array, more * size);

    if (larger != NULL)
        *room = more;
    return larger;
}
