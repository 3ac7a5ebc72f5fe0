/*
 * nearest.h - the name that a word was meant to be: what an error offers in
 * place of one that is not known.
 */
#ifndef CLI_BASE_NEAREST_H
#define CLI_BASE_NEAREST_H

#include <stddef.h>

enum {
    NEAREST_LONGEST = 96, /* bytes of a word; longer ones have no nearest */
    NEAREST_PHRASE = NEAREST_LONGEST + 32,
    NEAREST_LIST = 128
};

/* Begin with {.word = ..., .size = ...}; the word is borrowed, names are not.
 */
struct nearest {
    const char *word;
    size_t size;
    char name[NEAREST_LONGEST + 1]; /* the nearest so far; "": none is near */
    size_t distance;
    char phrase[NEAREST_PHRASE];
    char list[NEAREST_LIST]; /* "a, b, c, ...": the names that were tried */
    size_t n_list;           /* bytes of it */
};

/* nearest_of - begins with a word that ends in NUL. */
struct nearest nearest_of(const char *word);

/*
 * nearest_try - takes the name if it is near, and nearer than those before.
 *
 * What is counted are letters that were put in, left out, replaced, or swapped
 * with their neighbour; small and capital ones are the same. Near is at most a
 * third of the longer of the two; and, farther than these, a name that begins
 * with the word or with which the word begins.
 */
void nearest_try(struct nearest *n, const char *name, size_t size);

/* nearest_phrase - "; the nearest is 'NAME'", or nothing. */
const char *nearest_phrase(struct nearest *n);

#endif
