/*
 * words.h - the patterns by which byte-level BPE splits a text: words with the
 * blank before them, numbers, punctuation and white space.
 */
#ifndef TOKENIZER_PATTERNS_WORDS_H
#define TOKENIZER_PATTERNS_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * berth_gpt2_end - where the match ends that begins at bytes + at, in UTF-8
 * that ends at end; at is below end. Each match begins where the one before
 * ends: "I'd  go!" is I, 'd, a blank, " go", !.
 *
 * Source: GPT-2, and ByteLevel of tokenizers:
 * 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
 */
size_t berth_gpt2_end(const char *bytes, size_t at, size_t end);

/*
 * berth_llama3_end - the same, but for contractions of any case, numbers of up
 * to three digits, any one character before a word, and lines that end.
 *
 *   digits  the longest number
 *
 * Source: tokenizer.json of Llama 3: (?i:'s|'t|'re|'ve|'m|'ll|'d)|
 * [^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|
 * \s+(?!\S)|\s+ in one line.
 */
size_t berth_llama3_end(const char *bytes, size_t at, size_t end,
                        size_t digits);

#endif
