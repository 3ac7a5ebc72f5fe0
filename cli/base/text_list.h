/*
 * text_list.h - texts in the order in which they were given.
 */
#ifndef CLI_BASE_TEXT_LIST_H
#define CLI_BASE_TEXT_LIST_H

#include <stddef.h>

/* Of the command line: texts are borrowed, items is owned, free(). */
struct text_list {
    const char **items;
    size_t n;
};

#endif
