/*
 * test_memory.c - packed weights are in memory once: the pages of the file that
 * they came from are given back, and nothing asks for them again.
 */
#include "lib/berth.h"
#include "tests/tap.h"

#include <string.h>

enum {
    TOKENS = 64
};

/* KiB of the mapped weights that are in memory now. */
static size_t resident(const char *file)
{
    FILE *maps = fopen("/proc/self/smaps", "r");
    char line[512];
    bool inside = false;
    size_t sum = 0, size;

    while (maps != NULL && fgets(line, sizeof(line), maps) != NULL) {
        if (strstr(line, file) != NULL)
            inside = true;
        else if (inside && sscanf(line, "Rss: %zu kB", &size) == 1) {
            sum += size;
            inside = false;
        }
    }
    if (maps != NULL)
        fclose(maps);
    return sum;
}

/* Tokens from all over the vocabulary. */
static bool forward(struct berth_context *ctx, size_t vocab_size)
{
    int32_t ids[TOKENS];
    const struct berth_sequence s = {.ids = ids, .n_tokens = TOKENS};

    for (size_t i = 0; i < TOKENS; i++)
        ids[i] = (int32_t)(i * vocab_size / TOKENS);
    return berth_forward(ctx, &s, 1, BERTH_LAST_LAYER, NULL) == BERTH_OK;
}

static void check(enum berth_precision precision, const char *name)
{
    const struct berth_model_options o = {.precision = precision,
                                          .head = BERTH_HEAD_MASKED_LM};
    struct berth_model *model;
    struct berth_context *ctx;

    if (!CHECK(berth_model_open("models/berth-mini", &o, &model, NULL) ==
                       BERTH_OK &&
                   berth_context_new(model, 1, TOKENS, &ctx, NULL) == BERTH_OK,
               "%s: open", name))
        return;
    const size_t vocab_size = berth_model_get_facts(model)->vocab_size;
    const char *weights = "berth-mini/model.safetensors";

    bool ok = forward(ctx, vocab_size);
    size_t now = resident(weights);

    CHECK(ok && now > 8192,
          "%s: weights are used where the file has them, %zu KiB", name, now);
    ok = berth_model_pack(model, 1, NULL) == BERTH_OK &&
         forward(ctx, vocab_size);
    now = resident(weights);
    CHECK(ok && now < 1024, "%s: packed, they are there once, %zu KiB", name,
          now);
    berth_context_free(ctx);
    berth_model_close(model);
}

int main(void)
{
    check(BERTH_PRECISION_STORED, "as stored");
    check(BERTH_PRECISION_F32, "float32");
    check(BERTH_PRECISION_F16, "float16");
    check(BERTH_PRECISION_I8, "8 bits");
    return tap_done();
}
