/*
 * mecab.h - the words of Japanese text, which has no blanks between them, as
 * MeCab finds them in its dictionary.
 */
#ifndef TOKENIZER_SPLITTERS_MECAB_H
#define TOKENIZER_SPLITTERS_MECAB_H

#include "tokenizer/stages/stage.h"

enum {
    BERTH_MECAB_FILE_MAX = 320
};

struct berth_mecab_rules {
    const char *dictionary; /* "ipadic" or "unidic_lite", which it must be;
                               NULL: any */
    bool lowercase;         /* each word, once it is found */
    bool characters;        /* then each character is a word of its own */
};

/*
 * berth_mecab_splitter - of the dictionary that MeCab's settings name: dicdir
 * in ~/.mecabrc, else in the file of $MECABRC, else in that of the system. The
 * text ends at U+0000, and white space parts words.
 *
 *   where  for messages: the file and the key that ask for MeCab
 *   file   the name of the dictionary that was found
 *   out    owned: its free()
 *
 * Errors: BERTH_ERR_UNSUPPORTED (it was built without libmecab, or there is no
 * such dictionary), BERTH_ERR_MEMORY. Where memory is out inside libmecab the
 * program ends, as it is C++.
 * Source: MecabTokenizer, WordpieceTokenizer and CharacterTokenizer of
 * transformers 5.24, and fugashi 1.5.
 */
enum berth_status berth_mecab_splitter(const struct berth_mecab_rules *rules,
                                       const char *where,
                                       char file[BERTH_MECAB_FILE_MAX],
                                       struct berth_splitter *out,
                                       struct berth_error *err);

#endif
