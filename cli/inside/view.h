/*
 * view.h - what computing and printing of view share.
 */
#ifndef CLI_INSIDE_VIEW_H
#define CLI_INSIDE_VIEW_H

#include "cli/inside/chosen_heads.h"

struct view {
    struct chosen_heads chosen; /* first */
    bool open;
    size_t size; /* of the page up to the last record read, about */
    char *page;  /* where --open without --output writes; owned */
};

/* view_byte - a weight as the page has it: 255 + 16 log2(w), rounded; 0 for 0
 * and for what is below 2^-15.9. */
uint8_t view_byte(float weight);

/* As struct stream_ops wants them. */
void view_header(void *arg, struct output *out);
void view_print(void *arg, const struct item *item, struct output *out);
void view_print_failed(void *arg, const struct item *item, struct output *out);
void view_footer(void *arg, struct output *out);

#endif
