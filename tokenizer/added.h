/*
 * added.h - added tokens: those that are cut out of the text before it is
 * split, such as [MASK].
 */
#ifndef TOKENIZER_ADDED_H
#define TOKENIZER_ADDED_H

#include "lib/berth.h"
#include "tokenizer/stages/stage.h"
#include "tokenizer/subwords/matcher.h"

struct berth_added_token {
    char *content;
    size_t length;
    char *pattern; /* what is looked for: content, normalised or not; also how
                      it is written when it is printed */
    size_t pattern_length;
    int32_t id;
    bool single_word; /* not where a letter touches it */
    bool lstrip;      /* swallows white space on its left */
    bool rstrip;
    bool normalized; /* looked for in the normalised text */
    bool special;    /* left out of decoded text on demand */
};

/* An id and the index of its token. */
struct berth_added_id {
    int32_t id;
    uint32_t token;
};

struct berth_added {
    struct berth_added_token *tokens; /* (n) */
    size_t n;
    size_t capacity;
    int32_t largest; /* id; of no meaning without tokens */
    uint32_t *slots; /* (n_slots) indices of tokens by the hash of the content;
                        UINT32_MAX: free */
    size_t n_slots;  /* a power of two, or 0 */
    struct berth_added_id *ids; /* (n) by rising id */
    struct berth_matcher raw;   /* values are indices of tokens */
    struct berth_matcher normalized;
    size_t block; /* places that a cursor looks ahead at most */
};

/* How far a text has been looked through. Start with {0} and an array found of
 * berth_added.block values; before each text, all but the array is made {0}. */
struct berth_added_cursor {
    uint32_t *found; /* the tokens that begin at [begin, end) */
    size_t capacity;
    size_t begin;
    size_t end;
    size_t length;      /* of such a block of places; 0: none yet */
    size_t blank_begin; /* [begin, end) is the last white space that a token
                           swallowed on its right */
    size_t blank_end;
};

/*
 * berth_added_put - appends a token, or gives new properties to the one of the
 * same content, which keeps its id. content is copied; pattern is ignored.
 * Errors: BERTH_ERR_MEMORY.
 */
enum berth_status berth_added_put(struct berth_added *added,
                                  const struct berth_added_token *token,
                                  struct berth_error *err);

/* berth_added_finish - makes patterns and matchers; call once, after the last
 * token was put. Errors: BERTH_ERR_MEMORY. */
enum berth_status berth_added_finish(struct berth_added *added,
                                     const struct berth_normalizer *normalizer,
                                     struct berth_error *err);

void berth_added_free(struct berth_added *added);

/* NULL when there is none; by id only after berth_added_finish(), and of equal
 * ids the token added last. */
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
 *   which   added->raw or added->normalized
 *   cursor  of this text
 *   taken   bytes before this belong to the token before
 *   plain   special tokens are ordinary text
 *
 * Takes time in proportion to the text, however many tokens there are.
 * Source: AddedVocabulary::find_matches of tokenizers, with its habit of
 * looking on after a candidate that was refused.
 */
bool berth_added_find(const struct berth_added *added,
                      const struct berth_matcher *which,
                      struct berth_added_cursor *cursor, const char *text,
                      size_t n, size_t at, size_t taken, bool plain,
                      struct berth_added_match *out);

#endif
