/*
 * fuzz_gguf.c - a hostile GGUF file: its keys, the files that are made of them,
 * and every float of its tensors.
 */
#include "lib/json.h"
#include "models/files/adapters.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/tensors.h"

/* What is made is JSON, or a message says that it is none. */
static void read_made(const struct berth_folder *folder, const char *name)
{
    struct berth_error err = {0};
    json_t *json = NULL;
    enum berth_status status =
        berth_json_read_optional(folder, name, &json, &err);

    if (status != BERTH_OK)
        fuzz_expect_message(status, &err);
    json_decref(json);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static const char *const made[] = {"config.json", "tokenizer.json",
                                       "tokenizer_config.json", "modules.json",
                                       "1_Pooling/config.json"};
    unsigned char *copy = fuzz_copy(data, size);
    struct berth_embedded_file file = {"model.gguf", copy, size};
    struct berth_folder *folder = NULL;
    struct berth_error err = {0};

    berth_folder_open_embedded("fuzz", &file, 1, &folder, NULL);
    enum berth_status status = berth_folder_adapt(folder, &err);

    if (status == BERTH_OK) {
        for (size_t i = 0; i < sizeof(made) / sizeof(*made); i++)
            read_made(folder, made[i]);
        fuzz_read_folder(folder);
    } else {
        fuzz_expect_message(status, &err);
        berth_folder_close(folder);
    }
    free(copy);
    return 0;
}
