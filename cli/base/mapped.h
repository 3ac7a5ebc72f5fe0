/*
 * mapped.h - which file is mapped at an address.
 */
#ifndef CLI_BASE_MAPPED_H
#define CLI_BASE_MAPPED_H

#include <stdbool.h>
#include <stddef.h>

/*
 * mapped_file - the name of the file that is mapped there, as
 * /proc/self/maps has it; false where none is. Async-signal-safe.
 *
 *   name  (size) ends with NUL; longer ones are cut
 */
bool mapped_file(const void *address, char *name, size_t size);

#endif
