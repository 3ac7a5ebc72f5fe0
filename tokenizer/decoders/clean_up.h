/*
 * clean_up.h - no blank before . ? ! , and what English contracts.
 */
#ifndef TOKENIZER_DECODERS_CLEAN_UP_H
#define TOKENIZER_DECODERS_CLEAN_UP_H

#include "tokenizer/stages/flow.h"

#include <stddef.h>

/*
 * berth_clean_up_token, berth_clean_up_text - " ." becomes ".", and so on, from
 * byte begin on; the text only gets shorter. Of a token " do not" becomes
 * " don't", too.
 *
 * Source: cleanup() of tokenizers decoders/wordpiece.rs;
 * clean_up_tokenization() of transformers tokenization_utils_base.py.
 */
void berth_clean_up_token(struct berth_string *text, size_t begin);
void berth_clean_up_text(struct berth_string *text, size_t begin);

#endif
