/*
 * words.h - the words of a text, so that a word is the same word wherever it
 * stands: for what counts words, not meanings.
 */
#ifndef CLI_MEANING_WORDS_H
#define CLI_MEANING_WORDS_H

#include "cli/frame/session.h"

/* Start with the session, all else 0. */
struct words {
    const struct session *session; /* borrowed */
    struct berth_tokens tokens;
    struct buffer word;
};

/* What is done with a word, which is UTF-8; false: memory is out. */
typedef bool words_take(void *arg, const char *word, size_t size);

/*
 * words_each - take(arg, ...) of each word of text, in their order.
 *
 * The tokenizer parts the text, as by blanks and punctuation, or Chinese by
 * characters. A word is what stands together there of letters, digits and
 * marks, in lower case and without accents. What --ignore leaves out has none.
 *
 * False when memory is out.
 */
bool words_each(struct words *w, const char *text, size_t size,
                words_take *take, void *arg);

void words_free(struct words *w);

#endif
