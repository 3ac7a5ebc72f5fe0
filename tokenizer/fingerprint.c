/*
 * fingerprint.c - one number for all that decides which ids a text has.
 */
#include "tokenizer/pipeline.h"

static uint64_t add_bytes(uint64_t hash, const void *data, size_t n)
{
    const unsigned char *bytes = data;

    for (size_t i = 0; i < n; i++)
        hash = berth_hash_byte(hash, bytes[i]);
    return hash;
}

/* Spread over the low bits too, which a product alone leaves poor. */
static uint64_t add_number(uint64_t hash, uint64_t number)
{
    hash = add_bytes(hash, &number, sizeof(number));
    return hash ^ hash >> 32;
}

/* With its length before it: no two lists look the same. */
static uint64_t add_text(uint64_t hash, const char *text, size_t n)
{
    return add_bytes(add_number(hash, n), text, n);
}

static uint64_t add_vocab(uint64_t hash, const struct berth_vocab *vocab)
{
    for (size_t id = 0; id < vocab->n_ids; id++) {
        const char *text = berth_vocab_text(vocab, (int32_t)id);

        if (text != NULL)
            hash = add_text(hash, text, vocab->words[id].length);
        else
            hash = add_number(hash, UINT64_MAX);
    }
    return hash;
}

static uint64_t add_added(uint64_t hash, const struct berth_added *added)
{
    hash = add_number(hash, added->n);
    for (size_t i = 0; i < added->n; i++) {
        const struct berth_added_token *token = &added->tokens[i];
        unsigned flags = token->single_word | token->lstrip << 1u |
                         token->rstrip << 2u | token->normalized << 3u |
                         token->special << 4u;

        hash = add_text(hash, token->content, token->length);
        hash = add_number(hash, (uint64_t)token->id << 8 | flags);
    }
    return hash;
}

static uint64_t add_template(uint64_t hash, const struct berth_template *form)
{
    hash = add_number(hash, form->n);
    for (size_t i = 0; i < form->n; i++) {
        hash = add_number(hash, (uint64_t)form->pieces[i].kind);
        hash = add_number(hash, (uint64_t)form->pieces[i].id);
        hash = add_number(hash, (uint64_t)form->pieces[i].type_id);
    }
    return hash;
}

uint64_t berth_tokenizer_fingerprint(const struct berth_tokenizer *tokenizer)
{
    const struct berth_subwords *subwords = &tokenizer->subwords;
    uint64_t rules = tokenizer->normalizer.rules ^
                     tokenizer->splitter.rules << 5u ^
                     (uint64_t)tokenizer->plain << 6u ^
                     (uint64_t)tokenizer->truncate_left << 7u ^
                     (uint64_t)tokenizer->facts.hides_types << 8u;
    uint64_t hash = add_number(BERTH_HASH_WORD, rules);

    /* Files of vectors hold this number: what is there stays in its place. */
    hash = add_number(hash, (uint64_t)subwords->unk_id);
    hash = add_number(hash, subwords->rules);
    hash = add_number(hash, tokenizer->facts.model_max_length);
    hash = add_number(hash, tokenizer->vocab.n_ids);
    hash = add_number(hash, subwords->prefix_length);
    hash = add_vocab(hash, &tokenizer->vocab);
    hash = add_added(hash, &tokenizer->added);
    hash = add_template(hash, &tokenizer->single);
    return add_template(hash, &tokenizer->pair);
}
