/*
 * gguf_values.c - the values of a GGUF file's keys, by kind.
 */
#include "models/files/gguf.h"

#include "lib/status.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int by_key(const void *key, const void *pair)
{
    const char *name = key;
    const struct berth_gguf_pair *p = pair;
    const size_t n = strlen(name);
    const int order = memcmp(name, p->key.s, n < p->key.n ? n : p->key.n);

    return order != 0 ? order : (n > p->key.n) - (n < p->key.n);
}

const struct berth_gguf_pair *berth_gguf_find(const struct berth_gguf *file,
                                              const char *key)
{
    return bsearch(key, file->pairs, file->n_pairs, sizeof(*file->pairs),
                   by_key);
}

const struct berth_tensor *berth_gguf_tensor(const struct berth_gguf *file,
                                             const char *name)
{
    for (size_t i = 0; i < file->n_tensors; i++) {
        if (strcmp(file->tensors[i].name, name) == 0)
            return &file->tensors[i];
    }
    return NULL;
}

bool berth_gguf_is(struct berth_gguf_text text, const char *word)
{
    return text.n == strlen(word) && memcmp(text.s, word, text.n) == 0;
}

struct berth_gguf_text berth_gguf_next(const unsigned char **at)
{
    uint64_t n = 0;

    for (size_t i = 0; i < 8; i++)
        n |= (uint64_t)(*at)[i] << (8 * i);
    const char *s = (const char *)*at + 8;
    *at += 8 + n;
    return (struct berth_gguf_text){s, (size_t)n};
}

/* As the file has it, in the order of this machine. */
#define VALUE(type, name)                                                      \
    static double as_##name(const unsigned char *data)                         \
    {                                                                          \
        type x;                                                                \
        unsigned char *bytes = (unsigned char *)&x;                            \
        const uint16_t one = 1;                                                \
        const bool little = *(const unsigned char *)&one == 1;                 \
                                                                               \
        for (size_t i = 0; i < sizeof(x); i++)                                 \
            bytes[little ? i : sizeof(x) - 1 - i] = data[i];                   \
        return (double)x;                                                      \
    }
VALUE(uint8_t, u8)
VALUE(int8_t, i8)
VALUE(uint16_t, u16)
VALUE(int16_t, i16)
VALUE(uint32_t, u32)
VALUE(int32_t, i32)
VALUE(float, f32)
VALUE(uint64_t, u64)
VALUE(int64_t, i64)
VALUE(double, f64)

static const struct kind {
    const char *name;
    size_t size;
    double (*value)(const unsigned char *data); /* NULL: no number */
    bool whole;
} kinds[] = {
    [BERTH_GGUF_U8] = {"an integer", 1, as_u8, true},
    [BERTH_GGUF_I8] = {"an integer", 1, as_i8, true},
    [BERTH_GGUF_U16] = {"an integer", 2, as_u16, true},
    [BERTH_GGUF_I16] = {"an integer", 2, as_i16, true},
    [BERTH_GGUF_U32] = {"an integer", 4, as_u32, true},
    [BERTH_GGUF_I32] = {"an integer", 4, as_i32, true},
    [BERTH_GGUF_F32] = {"a number", 4, as_f32, false},
    [BERTH_GGUF_BOOL] = {"true or false", 1, NULL, false},
    [BERTH_GGUF_STRING] = {"a text", 0, NULL, false},
    [BERTH_GGUF_U64] = {"an integer", 8, as_u64, true},
    [BERTH_GGUF_I64] = {"an integer", 8, as_i64, true},
    [BERTH_GGUF_F64] = {"a number", 8, as_f64, false},
};

double berth_gguf_number(const struct berth_gguf_pair *pair, size_t i)
{
    const struct kind *kind = &kinds[pair->type];

    return kind->value != NULL ? kind->value(pair->data + i * kind->size) : 0;
}

static enum berth_status fail_kind(const struct berth_gguf *file,
                                   const char *key,
                                   const struct berth_gguf_pair *pair,
                                   const char *expected,
                                   struct berth_error *err)
{
    return berth_fail(err, BERTH_ERR_FORMAT,
                      "%s: key '%s': expected %s, found %s", file->path, key,
                      expected,
                      pair == NULL     ? "nothing"
                      : pair->is_array ? "an array"
                                       : kinds[pair->type].name);
}

/* The pair of a key; NULL where it is absent and may be. */
static enum berth_status look_up(const struct berth_gguf *file, const char *key,
                                 const char *expected, bool *found,
                                 const struct berth_gguf_pair **out,
                                 struct berth_error *err)
{
    *out = berth_gguf_find(file, key);
    if (found != NULL)
        *found = *out != NULL;
    if (*out == NULL && found == NULL)
        return fail_kind(file, key, NULL, expected, err);
    return BERTH_OK;
}

enum berth_status berth_gguf_get_size(const struct berth_gguf *file,
                                      const char *key, size_t *out, bool *found,
                                      struct berth_error *err)
{
    static const char expected[] = "an integer from 0 to 2^53";
    const double most = 9007199254740992.0;
    const struct berth_gguf_pair *p;
    enum berth_status status = look_up(file, key, expected, found, &p, err);

    if (status != BERTH_OK || p == NULL)
        return status;
    const double x = p->is_array ? -1 : berth_gguf_number(p, 0);
    if (!kinds[p->type].whole || x < 0 || x > most)
        return fail_kind(file, key, p, expected, err);
    *out = (size_t)x;
    return BERTH_OK;
}

enum berth_status berth_gguf_get_number(const struct berth_gguf *file,
                                        const char *key, double *out,
                                        bool *found, struct berth_error *err)
{
    static const char expected[] = "a number";
    const struct berth_gguf_pair *p;
    enum berth_status status = look_up(file, key, expected, found, &p, err);

    if (status != BERTH_OK || p == NULL)
        return status;
    if (p->is_array || kinds[p->type].value == NULL)
        return fail_kind(file, key, p, expected, err);
    *out = berth_gguf_number(p, 0);
    if (!isfinite(*out))
        return berth_fail(err, BERTH_ERR_FORMAT,
                          "%s: key '%s': expected %s, found NaN or infinity",
                          file->path, key, expected);
    return BERTH_OK;
}

enum berth_status berth_gguf_get_bool(const struct berth_gguf *file,
                                      const char *key, bool *out, bool *found,
                                      struct berth_error *err)
{
    static const char expected[] = "true or false";
    const struct berth_gguf_pair *p;
    enum berth_status status = look_up(file, key, expected, found, &p, err);

    if (status != BERTH_OK || p == NULL)
        return status;
    if (p->is_array || p->type != BERTH_GGUF_BOOL)
        return fail_kind(file, key, p, expected, err);
    *out = p->data[0] != 0;
    return BERTH_OK;
}

enum berth_status berth_gguf_get_text(const struct berth_gguf *file,
                                      const char *key,
                                      struct berth_gguf_text *out, bool *found,
                                      struct berth_error *err)
{
    static const char expected[] = "a text";
    const struct berth_gguf_pair *p;
    enum berth_status status = look_up(file, key, expected, found, &p, err);

    if (status != BERTH_OK || p == NULL)
        return status;
    if (p->is_array || p->type != BERTH_GGUF_STRING)
        return fail_kind(file, key, p, expected, err);
    const unsigned char *at = p->data;
    *out = berth_gguf_next(&at);
    return BERTH_OK;
}
