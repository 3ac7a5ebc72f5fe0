/*
 * added.h - added tokens: those that are cut out of the text before it is
 * split, such as [MASK].
 */
#ifndef BERTH_ADDED_H
#define BERTH_ADDED_H

#include "lib/berth.h"
#include "tokenizer/normalize.h"

struct berth_added_token {
    char *content;
    size_t length;
    char *pattern; /* what is looked for: content, normalised or not */
    size_t pattern_length;
    int32_t id;
    bool single_word; /* not where a letter touches it */
    bool lstrip;      /* swallows white space on its left */
    bool rstrip;
    bool normalized; /* looked for in the normalised text */
    bool special;    /* left out of decoded text on demand */
};

/* The tokens of one kind of text, by first byte and falling length. */
struct berth_added_set {
    uint32_t *order; /* (n) indices of tokens */
    size_t n;
    uint32_t begin[257]; /* of a first byte, in order */
    int only;            /* the first byte of all; -1: there are several */
};

struct berth_added {
    struct berth_added_token *tokens; /* (n) */
    size_t n;
    size_t capacity;
    struct berth_added_set raw;
    struct berth_added_set normalized;
};

/*
 * berth_added_put - appends a token, or gives new properties to the one of the
 * same content, which keeps its id. content is copied; pattern is ignored.
 * Errors: BERTH_ERR_MEMORY.
 */
enum berth_status berth_added_put(struct berth_added *added,
                                  const struct berth_added_token *token,
                                  struct berth_error *err);

/* berth_added_finish - makes patterns and sets; call once, after the last token
 * was put. Errors: BERTH_ERR_MEMORY. */
enum berth_status berth_added_finish(struct berth_added *added,
                                     const struct berth_normalizer *normalizer,
                                     struct berth_error *err);

void berth_added_free(struct berth_added *added);

/* NULL when there is none. */
const struct berth_added_token *
berth_added_by_content(const struct berth_added *added, const char *content,
                       size_t n);
const struct berth_added_token *
berth_added_by_id(const struct berth_added *added, int32_t id);

/* A token in a text: bytes [begin, end), stripped white space counted. */
struct berth_added_match {
    const struct berth_added_token *token;
    size_t begin;
    size_t end;
    size_t next; /* where to look on */
};

/*
 * berth_added_find - the next token in text[at .. n): of those that begin
 * first, the longest.
 *
 *   taken  bytes before this belong to the token before
 *   plain  special tokens are ordinary text
 *
 * Source: AddedVocabulary::find_matches of tokenizers, with its habit of
 * looking on behind a candidate that was refused.
 */
bool berth_added_find(const struct berth_added *added,
                      const struct berth_added_set *set, const char *text,
                      size_t n, size_t at, size_t taken, bool plain,
                      struct berth_added_match *out);

#endif
