/*
 * builtin.c - the table and the name that models/builtin.sh wrote.
 */
#include "models/builtin.h"

extern const struct berth_embedded_file berth_builtin_table[];
extern const uint64_t berth_builtin_count;
extern const char berth_builtin_folder[];

const struct berth_embedded_file *berth_builtin_files(size_t *n)
{
    *n = (size_t)berth_builtin_count;
    return berth_builtin_table;
}

const char *berth_builtin_name(void)
{
    return berth_builtin_count > 0 ? berth_builtin_folder : NULL;
}
