/*
 * fuzz_tokenizer.c - a hostile tokenizer and a hostile text: every file that a
 * tokenizer is read from, without weights.
 */
#include "tests/fuzz/tokenize.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct berth_tokens tokens = {0};
    struct berth_model *model;

    folder_unpack(data, size);
    model = tokenize_open(BERTH_PART_TOKENIZER, BERTH_HEAD_NONE);
    if (model != NULL)
        tokenize_folder(model, BERTH_PART_TOKENIZER, &tokens);
    berth_tokens_free(&tokens);
    berth_model_close(model);
    folder_drop();
    return 0;
}
