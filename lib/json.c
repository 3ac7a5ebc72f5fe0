/*
 * json.c - typed reading of JSON objects with errors that say what was there.
 */
#include "lib/json.h"

#include "lib/json_python.h"
#include "lib/status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FILE_MAX = 320,   /* of a file name in a message */
    VALUE_MAX = 64,   /* of a value in a message */
    EXPECTED_MAX = 96 /* of "an integer from 1 to 65536" */
};

/* Beyond this a double no longer tells neighbouring integers apart. */
static const double max_exact = 9007199254740992.0;

/* jansson takes a NUL byte for the end of a number, and reads on. */
static enum berth_status refuse_nul(const void *data, size_t size,
                                    const char *name, struct berth_error *err)
{
    if (size == 0 || memchr(data, '\0', size) == NULL)
        return BERTH_OK;
    return berth_fail(err, BERTH_ERR_FORMAT,
                      "%s: expected JSON, found a NUL byte", name);
}

/* An allocation that fails inside jansson mostly leaves no text. */
static bool is_memory(const json_error_t *at)
{
    return at->text[0] == '\0' ||
           json_error_code(at) == json_error_out_of_memory;
}

static enum berth_status fail_parse(const json_error_t *at, const char *name,
                                    struct berth_error *err)
{
    if (is_memory(at))
        return berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory", name);
    return berth_fail(err, BERTH_ERR_FORMAT,
                      "%s: line %d, column %d: expected JSON, found an "
                      "error: %s",
                      name, at->line, at->column, at->text);
}

/* What jansson refused, read once more with integers of any size as doubles.
 * NULL: that is not what is wrong, or not all. */
static json_t *load_large(const void *data, size_t size, size_t flags,
                          json_error_t *at)
{
    if (json_error_code(at) != json_error_numeric_overflow)
        return NULL;
    return json_loadb(data, size, flags | JSON_DECODE_INT_AS_REAL, at);
}

/* The same with what Python writes, NaN and Infinity. */
static json_t *load_python(const void *data, size_t size, size_t flags,
                           json_error_t *at)
{
    char *copy = berth_json_from_python(data, size);
    json_t *root;

    if (copy == NULL) {
        at->text[0] = '\0'; /* is_memory() */
        return NULL;
    }
    root = json_loadb(copy, size, flags, at);
    free(copy);
    return root;
}

/* Nearly every file is JSON: only the others are looked at twice. */
static enum berth_status
parse(const void *data, size_t size, const char *name, size_t flags,
      json_t *(*again)(const void *, size_t, size_t, json_error_t *),
      json_t **out, struct berth_error *err)
{
    enum berth_status status = refuse_nul(data, size, name, err);
    json_error_t at;
    json_t *root;

    if (status != BERTH_OK)
        return status;
    root = json_loadb(size > 0 ? data : "", size, flags, &at);
    if (root == NULL && !is_memory(&at))
        root = again(data, size, flags, &at);
    if (root == NULL)
        return fail_parse(&at, name, err);
    *out = root;
    return BERTH_OK;
}

enum berth_status berth_json_parse(const void *data, size_t size,
                                   const char *name, json_t **out,
                                   struct berth_error *err)
{
    return parse(data, size, name, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL,
                 load_large, out, err);
}

enum berth_status berth_json_parse_python(const void *data, size_t size,
                                          const char *name, json_t **out,
                                          struct berth_error *err)
{
    return parse(data, size, name, JSON_ALLOW_NUL, load_python, out, err);
}

enum berth_status berth_json_read(const struct berth_folder *folder,
                                  const char *name, json_t **out,
                                  struct berth_error *err)
{
    char file[FILE_MAX];
    struct berth_blob blob;
    enum berth_status status = berth_folder_read(folder, name, &blob, err);

    if (status != BERTH_OK)
        return status;
    berth_folder_file(folder, name, file, sizeof(file));
    status = berth_json_parse_python(blob.data, blob.size, file, out, err);
    berth_blob_release(&blob);
    return status;
}

enum berth_status berth_json_read_optional(const struct berth_folder *folder,
                                           const char *name, json_t **out,
                                           struct berth_error *err)
{
    bool found = false;
    enum berth_status status = berth_folder_find(folder, name, &found, err);

    *out = NULL;
    return status == BERTH_OK && found ? berth_json_read(folder, name, out, err)
                                       : status;
}

/* A string in quotes, cut in front of a whole UTF-8 character. */
static void describe_string(const json_t *value, char *buf, size_t size)
{
    const char *s = json_string_value(value);
    size_t room = size > 6 ? size - 6 : 0; /* quotes, dots and the end */
    size_t n = strlen(s);
    const char *dots = "";

    if (n > room) {
        n = room;
        while (n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80)
            n--;
        dots = "...";
    }
    snprintf(buf, size, "\"%.*s%s\"", (int)n, s, dots);
}

/* As the file has it, where berth_json_from_python() wrote another number. */
static void describe_real(double x, char *buf, size_t size)
{
    if (x == BERTH_JSON_NAN)
        snprintf(buf, size, "NaN");
    else if (x == BERTH_JSON_INFINITY || x == -BERTH_JSON_INFINITY)
        snprintf(buf, size, "%sInfinity", x < 0 ? "-" : "");
    else
        snprintf(buf, size, "%.10g", x);
}

const char *berth_json_describe(const json_t *value, char *buf, size_t size)
{
    static const char *const words[] = {[JSON_OBJECT] = "an object",
                                        [JSON_ARRAY] = "an array",
                                        [JSON_TRUE] = "true",
                                        [JSON_FALSE] = "false",
                                        [JSON_NULL] = "null"};

    if (json_is_string(value))
        describe_string(value, buf, size);
    else if (json_is_integer(value))
        snprintf(buf, size, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (json_is_real(value))
        describe_real(json_real_value(value), buf, size);
    else
        snprintf(buf, size, "%s",
                 value != NULL ? words[json_typeof(value)] : "nothing");
    return buf;
}

static enum berth_status fail_key(const json_t *value, const char *name,
                                  const char *key, const char *expected,
                                  struct berth_error *err)
{
    char buf[VALUE_MAX];

    return berth_fail(err, BERTH_ERR_FORMAT,
                      "%s: key '%s': expected %s, found %s", name, key,
                      expected, berth_json_describe(value, buf, sizeof(buf)));
}

const json_t *berth_json_at(const json_t *object, const char *key)
{
    const char *dot = strchr(key, '.');

    while (dot != NULL) {
        object = json_object_getn(object, key, (size_t)(dot - key));
        key = dot + 1;
        dot = strchr(key, '.');
    }
    return json_object_get(object, key);
}

bool berth_json_has(const json_t *object, const char *key)
{
    const json_t *value = berth_json_at(object, key);

    return value != NULL && !json_is_null(value);
}

/*
 * The value of a key into *value: NULL when it is absent and may be. found is
 * the caller's.
 */
static enum berth_status lookup(const json_t *object, const char *name,
                                const char *key, const char *expected,
                                bool *found, const json_t **value,
                                struct berth_error *err)
{
    const json_t *v = berth_json_at(object, key);

    if (v != NULL && json_is_null(v))
        v = NULL;
    if (v == NULL && found == NULL)
        return fail_key(NULL, name, key, expected, err);
    if (found != NULL)
        *found = v != NULL;
    *value = v;
    return BERTH_OK;
}

bool berth_json_as_size(const json_t *value, size_t *out)
{
    if (json_is_integer(value)) {
        json_int_t i = json_integer_value(value);
        if (i < 0 || (uintmax_t)i > SIZE_MAX)
            return false;
        *out = (size_t)i;
        return true;
    }
    if (json_is_real(value)) {
        double x = json_real_value(value);
        if (!(x >= 0 && x <= max_exact) || x > (double)SIZE_MAX)
            return false;
        *out = (size_t)x;
        return (double)*out == x;
    }
    return false;
}

enum berth_status berth_json_get_size(const json_t *object, const char *name,
                                      const char *key, size_t min, size_t max,
                                      size_t *out, bool *found,
                                      struct berth_error *err)
{
    char expected[EXPECTED_MAX];
    const json_t *value;
    enum berth_status status;
    size_t n;

    snprintf(expected, sizeof(expected), "an integer from %zu to %zu", min,
             max);
    status = lookup(object, name, key, expected, found, &value, err);
    if (status != BERTH_OK || value == NULL)
        return status;
    if (!berth_json_as_size(value, &n) || n < min || n > max)
        return fail_key(value, name, key, expected, err);
    *out = n;
    return BERTH_OK;
}

enum berth_status berth_json_get_number(const json_t *object, const char *name,
                                        const char *key, double min, double max,
                                        double *out, bool *found,
                                        struct berth_error *err)
{
    char expected[EXPECTED_MAX];
    const json_t *value;
    enum berth_status status;
    double x;

    snprintf(expected, sizeof(expected), "a number from %g to %g", min, max);
    status = lookup(object, name, key, expected, found, &value, err);
    if (status != BERTH_OK || value == NULL)
        return status;
    x = json_number_value(value);
    if (!json_is_number(value) || !(x >= min && x <= max))
        return fail_key(value, name, key, expected, err);
    *out = x;
    return BERTH_OK;
}

enum berth_status berth_json_get_bool(const json_t *object, const char *name,
                                      const char *key, bool *out, bool *found,
                                      struct berth_error *err)
{
    static const char expected[] = "true or false";
    const json_t *value;
    enum berth_status status =
        lookup(object, name, key, expected, found, &value, err);

    if (status != BERTH_OK || value == NULL)
        return status;
    if (!json_is_boolean(value))
        return fail_key(value, name, key, expected, err);
    *out = json_is_true(value);
    return BERTH_OK;
}

enum berth_status berth_json_get_string(const json_t *object, const char *name,
                                        const char *key, const char **out,
                                        bool *found, struct berth_error *err)
{
    static const char expected[] = "a string";
    const json_t *value;
    const char *s;
    enum berth_status status =
        lookup(object, name, key, expected, found, &value, err);

    if (status != BERTH_OK || value == NULL)
        return status;
    s = json_string_value(value);
    if (s == NULL)
        return fail_key(value, name, key, expected, err);
    if (strlen(s) != json_string_length(value))
        return berth_fail(err, BERTH_ERR_FORMAT,
                          "%s: key '%s': expected a string without U+0000 "
                          "or half a surrogate pair, found one",
                          name, key);
    *out = s;
    return BERTH_OK;
}
