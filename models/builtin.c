/*
 * builtin.c - the table that models/builtin.sh wrote.
 */
#include "models/builtin.h"

extern const struct berth_embedded_file berth_builtin_table[];
extern const uint64_t berth_builtin_count;

const struct berth_embedded_file *berth_builtin_files(size_t *n)
{
    *n = (size_t)berth_builtin_count;
    return berth_builtin_table;
}
