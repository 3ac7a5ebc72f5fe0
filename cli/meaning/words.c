/*
 * words.c - words between the borders that the tokenizer finds, folded.
 */
#include "cli/meaning/words.h"

#include <stdlib.h>

#include <utf8proc.h>

/* A letter, a mark or a digit. */
static bool is_of_word(utf8proc_int32_t c)
{
    utf8proc_category_t category = utf8proc_category(c);

    return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NO;
}

static void put_folded(struct buffer *b, utf8proc_int32_t c)
{
    enum {
        MOST = 32 /* Unicode's longest compatibility decomposition has 18 */
    };
    utf8proc_int32_t parts[MOST];
    utf8proc_uint8_t bytes[4];
    int before = 0;
    utf8proc_ssize_t n =
        utf8proc_decompose_char(c, parts, MOST,
                                UTF8PROC_CASEFOLD | UTF8PROC_COMPAT |
                                    UTF8PROC_DECOMPOSE | UTF8PROC_STRIPMARK,
                                &before);

    for (utf8proc_ssize_t i = 0; i < n && i < MOST; i++)
        buffer_put(b, bytes, (size_t)utf8proc_encode_char(parts[i], bytes));
}

/* The word that w->word holds, if any. */
static bool take_word(struct words *w, words_take *take, void *arg)
{
    bool ok = !w->word.failed;

    if (ok && w->word.size > 0)
        ok = take(arg, w->word.data, w->word.size);
    buffer_clear(&w->word);
    return ok;
}

/* The words of one that the tokenizer sees, which may be "disk." or "it's". */
static bool part(struct words *w, const char *text, size_t size,
                 words_take *take, void *arg)
{
    utf8proc_ssize_t n;

    for (size_t at = 0; at<size; at += n> 0 ? (size_t)n : 1) {
        utf8proc_int32_t c;

        n = utf8proc_iterate((const utf8proc_uint8_t *)text + at,
                             (utf8proc_ssize_t)(size - at), &c);
        if (n > 0 && is_of_word(c))
            put_folded(&w->word, c);
        else if (!take_word(w, take, arg))
            return false;
    }
    return take_word(w, take, arg);
}

static bool parts(struct words *w, const char *text, words_take *take,
                  void *arg)
{
    const struct berth_tokens *t = &w->tokens;

    for (size_t i = 0, end; i < t->n; i = end) {
        for (end = i + 1; end < t->n && t->words[end] == t->words[i];)
            end++;
        const size_t begin = t->offsets[i].begin;

        if (t->words[i] != SIZE_MAX && t->offsets[end - 1].end > begin &&
            !part(w, text + begin, t->offsets[end - 1].end - begin, take, arg))
            return false;
    }
    return true;
}

bool words_each(struct words *w, const char *text, size_t size,
                words_take *take, void *arg)
{
    static const struct berth_tokenize_options options = {
        .plain = true, .no_special = true, .words = true};
    const struct leave_out *out = &w->session->left_out;
    char *left = out->n > 0 ? leave_out_from(out, text, size, &size) : NULL;
    struct berth_error err = {0};

    if (out->n > 0 && left == NULL)
        return false;
    const struct berth_text t = {.text = left != NULL ? left : text,
                                 .text_len = size};
    bool ok = berth_tokenize(w->session->model, &t, &options, &w->tokens,
                             &err) == BERTH_OK
                  ? parts(w, t.text, take, arg)
                  : err.status != BERTH_ERR_MEMORY;

    free(left);
    return ok;
}

void words_free(struct words *w)
{
    berth_tokens_free(&w->tokens);
    buffer_free(&w->word);
}
