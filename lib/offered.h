/*
 * offered.h - files that were made for a folder: a list of them, and bytes that
 * stay as long as someone reads them.
 */
#ifndef LIB_OFFERED_H
#define LIB_OFFERED_H

#include <stdbool.h>
#include <stddef.h>

struct berth_offered {
    struct berth_offered *next;
    char *name;
    char *origin;
    unsigned char *data;
    size_t size;
    size_t holders; /* the list, and each blob */
};

/* berth_offered_add - puts a file in front of a list; name and origin are
 * copied, data is taken, after a failure too. false: no memory. */
bool berth_offered_add(struct berth_offered **list, const char *name,
                       const char *origin, unsigned char *data, size_t size);

/* berth_offered_find - the file prefix + name; NULL: there is none. */
struct berth_offered *berth_offered_find(struct berth_offered *list,
                                         const char *prefix, const char *name);

/* berth_offered_release - one holder less; NULL does nothing. */
void berth_offered_release(struct berth_offered *file);

/* berth_offered_free - lets go of each file of a list. */
void berth_offered_free(struct berth_offered *list);

#endif
