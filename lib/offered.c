/*
 * offered.c - files that were made for a folder.
 */
#include "lib/offered.h"

#include <stdlib.h>
#include <string.h>

bool berth_offered_add(struct berth_offered **list, const char *name,
                       const char *origin, unsigned char *data, size_t size)
{
    struct berth_offered *file = calloc(1, sizeof(*file));

    if (file == NULL) {
        free(data);
        return false;
    }
    *file = (struct berth_offered){.next = *list,
                                   .name = strdup(name),
                                   .origin = strdup(origin),
                                   .data = data,
                                   .size = size,
                                   .holders = 1};
    if (file->name == NULL || file->origin == NULL) {
        berth_offered_release(file);
        return false;
    }
    *list = file;
    return true;
}

struct berth_offered *berth_offered_find(struct berth_offered *list,
                                         const char *prefix, const char *name)
{
    const size_t n = strlen(prefix);

    while (list != NULL && (strncmp(list->name, prefix, n) != 0 ||
                            strcmp(list->name + n, name) != 0))
        list = list->next;
    return list;
}

void berth_offered_release(struct berth_offered *file)
{
    if (file == NULL || --file->holders > 0)
        return;
    free(file->name);
    free(file->origin);
    free(file->data);
    free(file);
}

void berth_offered_free(struct berth_offered *list)
{
    while (list != NULL) {
        struct berth_offered *next = list->next;

        berth_offered_release(list);
        list = next;
    }
}
