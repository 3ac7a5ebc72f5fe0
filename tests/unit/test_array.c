/*
 * test_array.c - arrays that grow.
 */
#include <stdint.h>
#include <stdlib.h>

#include "cli/base/array.h"
#include "tests/tap.h"

/* Elements stay as they were put in, and few allocations make room for many. */
static void test_growth(void)
{
    size_t *array = NULL, room = 0, n_grown = 0;
    bool whole = true;

    for (size_t i = 0; i < 1000; i++) {
        size_t before = room;
        size_t *larger = array_room(array, i, &room, sizeof(*array));

        whole = whole && larger != NULL && room > i;
        if (larger == NULL)
            break;
        array = larger;
        array[i] = i;
        n_grown += room != before;
    }
    for (size_t i = 0; i < 1000 && whole; i++)
        whole = array[i] == i;
    CHECK(whole, "1000 elements are as they were put in");
    CHECK(n_grown < 10, "made larger %zu times, fewer than 10", n_grown);
    EQUAL_INT(array_room(array, 5, &room, sizeof(*array)) == array, true,
              "where there is room, the array stays");
    free(array);
}

/* A size that no memory has is no room, and changes nothing. */
static void test_no_memory(void)
{
    size_t room = 16;
    char one[1];

    EQUAL_INT(array_room(NULL, 16, &room, SIZE_MAX / 2) == NULL, true,
              "a product that overflows: NULL");
    EQUAL_SIZE(room, 16, "and the room as it was");
    room = SIZE_MAX / 2 + 1;
    EQUAL_INT(array_room(one, room, &room, 1) == NULL, true,
              "a room that cannot be doubled: NULL");
}

int main(void)
{
    test_growth();
    test_no_memory();
    return tap_done();
}
