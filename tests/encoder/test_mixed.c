/*
 * test_mixed.c - queries, keys and values are one matrix for the kernels, and
 * each is stored as it likes: every value stays what the file says.
 */
#include "lib/berth.h"

#include "tests/tap.h"
#include "tests/tensors.h"

enum {
    PARTS = 3,
    SIZE = 32
};

static const char *const names[PARTS] = {
    "bert.encoder.layer.0.attention.self.query.weight",
    "bert.encoder.layer.0.attention.self.key.weight",
    "bert.encoder.layer.0.attention.self.value.weight",
};

static const char *const mixes[][PARTS] = {
    {"BF16", "F32", "F32"},  {"F16", "F32", "F32"},   {"F32", "BF16", "F32"},
    {"F32", "F32", "F16"},   {"F16", "BF16", "F16"},  {"BF16", "F16", "F16"},
    {"F64", "F32", "F32"},   {"BF16", "F64", "BF16"}, {"F16", "F64", "F32"},
    {"BF16", "BF16", "F16"}, {"F16", "F16", "F16"},   {"BF16", "BF16", "BF16"},
};

/* The upper half of a float: a bfloat16 near it. */
static uint16_t to_bf16(float *x)
{
    uint32_t bits;

    memcpy(&bits, x, sizeof(bits));
    bits &= 0xffff0000;
    memcpy(x, &bits, sizeof(bits));
    return (uint16_t)(bits >> 16);
}

/* A float16 near a weight; what is too small for a normal one is nothing. */
static uint16_t to_f16(float *x)
{
    uint32_t bits;

    memcpy(&bits, x, sizeof(bits));
    bits &= 0xffffe000;
    if ((bits >> 23 & 0xff) < 113)
        bits &= 0x80000000;
    memcpy(x, &bits, sizeof(bits));
    if ((bits & 0x7fffffff) == 0)
        return (uint16_t)(bits >> 16);
    return (uint16_t)(bits >> 16 & 0x8000) |
           (uint16_t)(((bits & 0x7fffffff) >> 13) - (112u << 10));
}

/* Stores a part as dtype in a; in b as float32 of the same values. */
static void put_part(struct tensors *a, struct tensors *b, const char *name,
                     const char *dtype)
{
    size_t n = 0;
    float *x = tensors_floats(b, name, &n);
    const struct tensor_entry like = *tensors_find(b, name);
    uint16_t *half = malloc(n * sizeof(*half));
    double *wide = malloc(n * sizeof(*wide));

    for (size_t i = 0; i < n; i++) {
        if (strcmp(dtype, "BF16") == 0)
            half[i] = to_bf16(&x[i]);
        else if (strcmp(dtype, "F16") == 0)
            half[i] = to_f16(&x[i]);
        wide[i] = (double)x[i];
    }
    if (strcmp(dtype, "F64") == 0)
        tensors_put(a, name, &like, dtype, wide, n * sizeof(*wide));
    else if (strcmp(dtype, "F32") == 0)
        tensors_put(a, name, &like, dtype, x, n * sizeof(*x));
    else
        tensors_put(a, name, &like, dtype, half, n * sizeof(*half));
    free(half);
    free(wide);
}

static bool embed(const struct tensors *t, enum berth_precision precision,
                  bool packed, float *out)
{
    const struct berth_model_options options = {.precision = precision};
    const int32_t ids[] = {2, 271, 45, 273, 3};
    struct berth_model *model = NULL;
    struct berth_context *ctx = NULL;

    bool ok =
        berth_model_open(t->folder.path, &options, &model, NULL) == BERTH_OK &&
        (!packed || berth_model_pack(model, 1, NULL) == BERTH_OK) &&
        berth_context_new(model, 1, 64, &ctx, NULL) == BERTH_OK &&
        berth_forward(ctx, &(struct berth_sequence){.ids = ids, .n_tokens = 5},
                      1, BERTH_LAST_LAYER, NULL) == BERTH_OK &&
        berth_embed(ctx, NULL, out, NULL) == BERTH_OK;
    berth_context_free(ctx);
    berth_model_close(model);
    return ok;
}

static void check(const char *const mix[PARTS])
{
    static const char *const precisions[] = {"as stored", "f32", "f16", "bf16",
                                             "i8"};
    struct tensors a, b;
    bool ok = tensors_open(&a, "tests/data/bert-uncased");

    ok = tensors_open(&b, "tests/data/bert-uncased") && ok;
    if (!CHECK(ok, "copies"))
        return;
    for (size_t i = 0; i < PARTS; i++)
        put_part(&a, &b, names[i], mix[i]);
    ok = tensors_write(&a) && tensors_write(&b);
    for (size_t p = 0; p < 5; p++)
        for (size_t packed = 0; packed < 2; packed++) {
            float x[SIZE] = {0}, y[SIZE] = {0};
            const bool done =
                embed(&a, (enum berth_precision)p, packed != 0, x) &&
                embed(&b, (enum berth_precision)p, packed != 0, y);
            CHECK(ok && done, "%s, %s, %s, %s%s: embed", mix[0], mix[1], mix[2],
                  precisions[p], packed != 0 ? ", packed" : "");
            EQUAL_FLOATS(x, y, SIZE, "%s, %s, %s, %s%s: vector", mix[0], mix[1],
                         mix[2], precisions[p], packed != 0 ? ", packed" : "");
        }
    tensors_close(&a);
    tensors_close(&b);
}

int main(void)
{
    for (size_t i = 0; i < sizeof(mixes) / sizeof(mixes[0]); i++)
        check(mixes[i]);
    return tap_done();
}
