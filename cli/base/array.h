/*
 * array.h - arrays that grow as elements are put into them.
 */
#ifndef CLI_BASE_ARRAY_H
#define CLI_BASE_ARRAY_H

#include <stddef.h>

/*
 * array_room - the array with room for one element more than the n that it has:
 * where there is none, it is made twice as large.
 *
 *   array  NULL: none yet
 *   room   elements that it has room for
 *   size   bytes of an element
 *
 * NULL when memory is out; then the array and *room are as they were.
 */
void *array_room(void *array, size_t n, size_t *room, size_t size);

#endif
