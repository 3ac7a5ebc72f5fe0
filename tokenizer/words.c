/*
 * words.c - which mark says what:
 *
 *   ##ing     the word before goes on
 *   _new      a blank is before it; any other token goes on the word before it.
 *             A byte-level token begins with U+0120, and is spelled in the byte
 *             alphabet: its word is the bytes that this stands for
 *   er</w>    its word ends; after any other token it goes on
 *   low@@     its word goes on
 *
 * A word is the token without the mark. Most are its end; others are here.
 */
#include "tokenizer/words.h"

#include "tokenizer/unicode/byte_alphabet.h"
#include "tokenizer/unicode/utf8.h"

#include <stdlib.h>
#include <string.h>

static bool begins(const char *text, size_t n, const char *mark, size_t n_mark)
{
    return n_mark > 0 && n >= n_mark && memcmp(text, mark, n_mark) == 0;
}

static bool ends(const char *text, size_t n, const char *mark, size_t n_mark)
{
    return n_mark > 0 && n >= n_mark &&
           memcmp(text + n - n_mark, mark, n_mark) == 0;
}

static bool is_plain(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (text[i] <= ' ' || text[i] > '~')
            return false;
    }
    return true;
}

/* The bytes that a token stands for, as UTF-8. */
static bool add_bytes(const char *text, size_t n, struct berth_string *block)
{
    const unsigned char *s = (const unsigned char *)text;
    char *bytes = malloc(n + 1);
    size_t n_bytes = 0;
    bool ok = bytes != NULL;

    for (size_t at = 0; ok && at < n;) {
        uint32_t cp;

        at += berth_utf8_decode(s + at, n - at, &cp);
        bytes[n_bytes++] = (char)berth_char_byte(cp);
    }
    for (size_t at = 0; ok && at < n_bytes;) {
        char c[BERTH_UTF8_MAX];
        uint32_t cp;

        at += berth_utf8_decode((unsigned char *)bytes + at, n_bytes - at, &cp);
        ok = berth_string_add(block, c, berth_utf8_encode(cp, c));
    }
    free(bytes);
    return ok;
}

static bool is_spelled_in_bytes(const char *text, size_t n)
{
    for (size_t at = 0; at < n;) {
        uint32_t cp;

        at += berth_utf8_decode((const unsigned char *)text + at, n - at, &cp);
        if (berth_char_byte(cp) < 0)
            return false;
    }
    return true;
}

/* The word of a token, if it is not the token's end; *begin is where it is in
 * the block, else UINT32_MAX. */
static bool add_word(const struct berth_tokenizer *t, const char *text,
                     size_t n, struct berth_string *block, uint32_t *begin)
{
    const struct berth_subwords *subwords = &t->subwords;
    size_t before = block->n;

    *begin = UINT32_MAX;
    if (begins(text, n, t->splitter.blank, t->splitter.blank_length)) {
        text += t->splitter.blank_length;
        n -= t->splitter.blank_length;
    }
    if (t->splitter.byte_level && !is_plain(text, n) &&
        is_spelled_in_bytes(text, n)) {
        if (!add_bytes(text, n, block))
            return false;
    } else if (n > subwords->suffix_length && /* alone it is a word */
               ends(text, n, subwords->suffix, subwords->suffix_length)) {
        if (!berth_string_add(block, text, n - subwords->suffix_length))
            return false;
    } else {
        return true;
    }
    *begin = (uint32_t)before;
    return before <= UINT32_MAX - 1 && berth_string_add(block, "", 1);
}

bool berth_words_build(struct berth_tokenizer *tokenizer)
{
    struct berth_words *words = &tokenizer->words;
    const struct berth_vocab *vocab = &tokenizer->vocab;
    struct berth_string block = {0};
    bool ok = true;

    if (!tokenizer->splitter.byte_level &&
        tokenizer->subwords.suffix_length == 0)
        return true;
    words->begin = malloc((vocab->n_ids + 1) * sizeof(*words->begin));
    ok = words->begin != NULL;
    for (size_t id = 0; ok && id < vocab->n_ids; id++) {
        const char *text = berth_vocab_text(vocab, (int32_t)id);

        words->begin[id] = UINT32_MAX;
        if (text != NULL)
            ok = add_word(tokenizer, text, vocab->words[id].length, &block,
                          &words->begin[id]);
    }
    words->block = block.bytes;
    return ok;
}

void berth_words_free(struct berth_words *words)
{
    free(words->block);
    free(words->begin);
    *words = (struct berth_words){0};
}

static void mark_blank(const struct berth_splitter *splitter,
                       struct berth_token *token)
{
    token->spaced = begins(token->text, token->size, splitter->blank,
                           splitter->blank_length);
    if (token->spaced) {
        token->word += splitter->blank_length;
        token->word_size -= splitter->blank_length;
    }
}

/* Of a token without a blank before it: whether it is one. */
static bool begins_with_space(const struct berth_token *token)
{
    uint32_t cp;

    if (token->word_size == 0)
        return true;
    berth_utf8_decode((const unsigned char *)token->word, token->word_size,
                      &cp);
    return berth_char_is_space(cp);
}

void berth_words_mark(const struct berth_tokenizer *tokenizer, int32_t id,
                      struct berth_token *token)
{
    const struct berth_subwords *subwords = &tokenizer->subwords;
    const struct berth_words *words = &tokenizer->words;
    bool added = berth_added_by_id(&tokenizer->added, id) != NULL;
    size_t mark = subwords->prefix_length;

    if (tokenizer->splitter.blank_length > 0 && !added)
        mark_blank(&tokenizer->splitter, token);
    /* "##" alone is a word of its own: nothing of it is left to continue
     * one. */
    token->continues = token->size > mark &&
                       begins(token->text, token->size, subwords->prefix, mark);
    if (token->continues) {
        token->word += mark;
        token->word_size -= mark;
    }
    if (added)
        return;
    if (words->begin != NULL && words->begin[id] != UINT32_MAX) {
        token->word = words->block + words->begin[id];
        token->word_size = strlen(token->word);
    }
    if (subwords->suffix_length > 0)
        token->goes_on =
            ends(token->text, token->size, subwords->suffix,
                 subwords->suffix_length) == subwords->suffix_goes_on;
    if (tokenizer->splitter.blank_length > 0)
        token->continues = !token->spaced && !begins_with_space(token);
}
