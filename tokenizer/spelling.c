/*
 * spelling.c - ids and tokens. Of "##ing": the text is "##ing", the word "ing",
 * and it continues a word. [CLS] is special.
 */
#include "tokenizer/spelling.h"

#include "tokenizer/words.h"

#include <string.h>

/* An added token may have the id of one in the vocabulary, and then its text is
 * used: that which it has in normalised text, if it is looked for there. */
const char *berth_spelling(const struct berth_tokenizer *tokenizer, int32_t id,
                           size_t *n, bool *declared)
{
    const struct berth_added_token *added =
        berth_added_by_id(&tokenizer->added, id);
    const char *text;

    *declared = added != NULL && added->special;
    if (added != NULL) {
        *n = added->pattern_length;
        return added->pattern;
    }
    text = berth_vocab_text(&tokenizer->vocab, id);
    if (text != NULL)
        *n = tokenizer->vocab.words[id].length;
    return text;
}

/* Some tokenizers do not declare the tokens that they put around texts. */
static bool has_special(const struct berth_template *form, int32_t id)
{
    for (size_t i = 0; i < form->n; i++)
        if (form->pieces[i].kind == BERTH_TEMPLATE_SPECIAL &&
            form->pieces[i].id == id)
            return true;
    return false;
}

bool berth_tokenizer_token(const struct berth_tokenizer *tokenizer, int32_t id,
                           struct berth_token *out)
{
    const struct berth_subwords *subwords = &tokenizer->subwords;
    struct berth_token t = {0};

    t.text = berth_spelling(tokenizer, id, &t.size, &t.special);
    if (t.text == NULL) {
        *out = (struct berth_token){.text = "", .word = ""};
        return false;
    }
    t.special = t.special || id == subwords->unk_id ||
                has_special(&tokenizer->single, id) ||
                has_special(&tokenizer->pair, id);
    t.word = t.text;
    t.word_size = t.size;
    if (!t.special)
        berth_words_mark(tokenizer, id, &t);
    *out = t;
    return true;
}

const char *berth_tokenizer_text(const struct berth_tokenizer *tokenizer,
                                 int32_t id)
{
    size_t n;
    bool declared;
    const char *text = berth_spelling(tokenizer, id, &n, &declared);

    return text != NULL ? text : "";
}

int32_t berth_tokenizer_id(const struct berth_tokenizer *tokenizer,
                           const char *text, size_t text_len)
{
    const struct berth_added_token *added =
        berth_added_by_content(&tokenizer->added, text, text_len);

    return added != NULL ? added->id
                         : berth_vocab_id(&tokenizer->vocab, text, text_len);
}
