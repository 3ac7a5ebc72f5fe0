/*
 * test_range.c - a weight that is too large for the requested precision is
 * reported when the model is opened, wherever it is in the file. A weight that
 * is infinite or no number in the file is taken as it is.
 */
#include "lib/berth.h"

#include "tests/tap.h"
#include "tests/tensors.h"

#include <float.h>

static const char dense[] = "bert.encoder.layer.0.output.dense.weight";

static const char decoder[] = "cls.predictions.decoder.weight";

static bool opens(const struct tensors *t, enum berth_precision precision,
                  struct berth_error *err)
{
    const struct berth_model_options options = {.head = BERTH_HEAD_MASKED_LM,
                                                .precision = precision};
    struct berth_model *model = NULL;
    bool ok =
        berth_model_open(t->folder.path, &options, &model, err) == BERTH_OK;

    berth_model_close(model);
    return ok;
}

/* Changes one number of a tensor, and puts it back. */
static void check(struct tensors *t, const char *name, size_t at, float value,
                  enum berth_precision precision, const char *words)
{
    struct berth_error err = {.message = "opens"};
    size_t n = 0;
    float *x = tensors_floats(t, name, &n);
    float before = x[at % n];

    x[at % n] = value;
    tensors_write(t);
    bool ok = opens(t, precision, &err);
    EQUAL_INT(ok, words == NULL, "%s[%zu] = %g in precision %d: opens", name,
              at % n, (double)value, (int)precision);
    if (words != NULL) {
        EQUAL_INT(err.status, BERTH_ERR_FORMAT, "%s[%zu] = %g: status", name,
                  at % n, (double)value);
        HAS_TEXT(err.message, words, "%s[%zu] = %g: message", name, at % n,
                 (double)value);
        HAS_TEXT(err.message, name, "%s[%zu] = %g: the tensor is named", name,
                 at % n, (double)value);
    }
    x[at % n] = before;
    tensors_write(t);
}

/* A float64 tensor with one number of its own. */
static void check_f64(struct tensors *t, const char *name, double value,
                      enum berth_precision precision, const char *words)
{
    const struct tensor_entry like = *tensors_find(t, name);
    const size_t n = like.size / sizeof(float);
    float *x = malloc(like.size);
    double *wide = malloc(n * sizeof(*wide));
    struct berth_error err = {.message = "opens"};

    memcpy(x, like.bytes, like.size);
    for (size_t i = 0; i < n; i++)
        wide[i] = (double)x[i];
    wide[n - 1] = value;
    tensors_put(t, name, &like, "F64", wide, n * sizeof(*wide));
    tensors_write(t);
    bool ok = opens(t, precision, &err);
    EQUAL_INT(ok, words == NULL, "%s ends in %g, precision %d: opens", name,
              value, (int)precision);
    HAS_TEXT(err.message, words != NULL ? words : "",
             "%s ends in %g, precision %d: message", name, value,
             (int)precision);
    tensors_put(t, name, &like, "F32", x, n * sizeof(*x));
    tensors_write(t);
    free(x);
    free(wide);
}

int main(void)
{
    static const char *const tensors[] = {
        dense,
        "bert.embeddings.word_embeddings.weight",
        "bert.embeddings.position_embeddings.weight",
        "bert.embeddings.token_type_embeddings.weight",
        "bert.embeddings.LayerNorm.weight",
        "bert.encoder.layer.1.attention.self.key.weight",
        "bert.encoder.layer.1.attention.self.value.bias",
        "cls.predictions.transform.dense.weight",
        "cls.predictions.bias",
        decoder,
    };
    struct tensors t;

    if (!CHECK(tensors_open(&t, "tests/data/bert-uncased"), "copy"))
        return tap_done();
    const struct tensor_entry words = *tensors_find(&t, tensors[1]);
    tensors_put(&t, decoder, &words, "F32", words.bytes, words.size);
    for (size_t i = 0; i < sizeof(tensors) / sizeof(tensors[0]); i++) {
        check(&t, tensors[i], 3331 * i, -1e5f, BERTH_PRECISION_F16,
              "found -100000, which is beyond");
        check_f64(&t, tensors[i], 1e39, BERTH_PRECISION_STORED,
                  "float32 (f32) holds, found 1e+39");
    }
    check(&t, dense, 0, 65519.0f, BERTH_PRECISION_F16, NULL);
    check(&t, dense, 1, 65520.0f, BERTH_PRECISION_F16, "found 65520");
    check(&t, dense, 2, INFINITY, BERTH_PRECISION_F16, NULL);
    check(&t, dense, 3, NAN, BERTH_PRECISION_F16, NULL);
    for (int p = BERTH_PRECISION_STORED; p <= BERTH_PRECISION_I8; p++)
        if (p != BERTH_PRECISION_F16)
            check(&t, dense, 4, 1e38f, (enum berth_precision)p, NULL);
    check(&t, dense, 5, 0x1.fefffep127f, BERTH_PRECISION_BF16, NULL);
    check(&t, dense, 6, 0x1.ffp127f, BERTH_PRECISION_BF16,
          "bfloat16 (bf16) holds, found 3.39618e+38");
    check(&t, dense, 7, -FLT_MAX, BERTH_PRECISION_BF16, "found -3.40282e+38");
    check(&t, dense, 8, FLT_MAX, BERTH_PRECISION_STORED, NULL);
    check_f64(&t, dense, 1e39, BERTH_PRECISION_BF16, "found 1e+39");
    check_f64(&t, dense, (double)FLT_MAX, BERTH_PRECISION_F32, NULL);
    check_f64(&t, dense, -1e300, BERTH_PRECISION_I8, "found -1e+300");
    check_f64(&t, dense, 1e5, BERTH_PRECISION_F16, "found 100000");
    check_f64(&t, dense, (double)INFINITY, BERTH_PRECISION_F32, NULL);
    tensors_close(&t);
    return tap_done();
}
