/*
 * resume_key.c - the options of a command as JSON, from its option table.
 */
#include "cli/frame/resume_key.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/base/hash.h"
#include "cli/frame/command.h"
#include "cli/frame/shared_options.h"
#include "cli/input/part.h"

/* These change no byte of the output. The model and the CPU level have members
 * of their own: what counts is what they come to. */
static const char *const left_out[] = {
    "resume", "output",      "threads",      "quiet", "verbose", "progress",
    "stats",  "no-progress", "batch-tokens", "model", "cpu"};

static bool is_left_out(const char *name)
{
    for (size_t i = 0; i < sizeof(left_out) / sizeof(*left_out); i++)
        if (strcmp(left_out[i], name) == 0)
            return true;
    return false;
}

/* A text of the command line may hold any bytes, and a JSON string may not:
 * then an array of them, which is no string's equal. */
static json_t *text_value(const char *text)
{
    json_t *value = text != NULL ? json_string(text) : json_null();

    if (value != NULL)
        return value;
    value = json_array();
    for (; *text != '\0'; text++)
        if (json_array_append_new(value, json_integer((unsigned char)*text)) !=
            0) {
            json_decref(value);
            return NULL;
        }
    return value;
}

static json_t *texts(const char *const *items, size_t n)
{
    json_t *list = json_array();

    for (size_t i = 0; i < n; i++)
        if (json_array_append_new(list, text_value(items[i])) != 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

static json_t *value_of(const struct option_row *row, const void *base)
{
    const void *at = (const char *)base + row->offset;
    const char *word;
    size_t size;

    switch (row->kind) {
    case OPTION_FLAG:
        return json_boolean(*(const bool *)at);
    case OPTION_SET:
        return json_boolean(*(const int *)at == (int)row->min);
    case OPTION_TEXT:
        return text_value(*(const char *const *)at);
    case OPTION_LIST:
        return texts(((const struct text_list *)at)->items,
                     ((const struct text_list *)at)->n);
    case OPTION_SIZE:
    case OPTION_BYTES:
        return json_integer((json_int_t) * (const size_t *)at);
    case OPTION_INT:
        return json_integer(*(const int *)at);
    case OPTION_FLOAT:
        /* NaN: not given; JSON has none. */
        return isfinite(*(const double *)at) ? json_real(*(const double *)at)
                                             : json_null();
    case OPTION_CHOICE:
    case OPTION_BARE:
        word = option_word(row->argument, *(const int *)at, &size);
        return *(const int *)at >= 0 ? json_stringn(word, size) : json_null();
    case OPTION_HELP:
        break;
    }
    return json_null();
}

static json_t *digest_value(struct blake2b *hash)
{
    uint8_t digest[BLAKE2B_SIZE];
    char text[2 * BLAKE2B_SIZE + 1];

    blake2b_final(hash, digest);
    blake2b_hex(digest, text);
    return json_string(text);
}

/* A file that an option names counts by what it holds, so far as it can be read
 * more than once. */
static json_t *file_value(const char *path)
{
    struct blake2b hash;

    blake2b_init(&hash);
    return path != NULL && hash_file(&hash, path) ? digest_value(&hash)
                                                  : text_value(path);
}

static int put_options(json_t *key, const struct shared *s)
{
    int bad = 0;

    for (const struct option_group *g = &s->command->options; g != NULL;
         g = g->next)
        for (const struct option_row *row = g->rows; row->name != NULL; row++) {
            char name[64];

            if (is_left_out(row->name) || row->kind == OPTION_HELP)
                continue;
            snprintf(name, sizeof(name), "--%s", row->name);
            const void *at = (const char *)s + row->offset;
            bool file = row->kind == OPTION_TEXT && row->min == FILE_READ;

            bad |= json_object_set_new(
                key, name,
                file ? file_value(*(const char *const *)at) : value_of(row, s));
        }
    return bad;
}

static json_t *model_value(const struct berth_model *model)
{
    struct blake2b hash;

    blake2b_init(&hash);
    hash_model(&hash, model);
    return digest_value(&hash);
}

/* Files that grew are cut elsewhere, and the other parts may be done: records
 * would be in two parts, or in none. */
static json_t *part_value(const struct input_part *part)
{
    char text[80];

    snprintf(text, sizeof(text), "%" PRIu64 "-%" PRIu64 " of %" PRIu64,
             part->from, part->from + part->size, part->total);
    return json_string(text);
}

json_t *resume_key(const struct shared *s, const struct input_part *part,
                   const struct berth_model *model)
{
    const struct input_options *in = &s->input;
    json_t *key = json_object();
    int bad = 0;

    bad |= json_object_set_new(key, "version", json_string(berth_version()));
    bad |= json_object_set_new(key, "command", json_string(s->command->name));
    /* Before the model, whose settings name the level, too. */
    bad |= json_object_set_new(key, "--cpu",
                               json_string(berth_model_get_facts(model)->cpu));
    bad |= json_object_set_new(key, "model", model_value(model));
    bad |= json_object_set_new(
        key, "files", texts((const char *const *)in->files, in->n_files));
    bad |= put_options(key, s);
    if (part->n > 0)
        bad |=
            json_object_set_new(key, "the bytes of --shard", part_value(part));
    if (bad != 0) {
        json_decref(key);
        return NULL;
    }
    return key;
}

const char *resume_differs(json_t *old_key, json_t *new_key,
                           const json_t **old_value, const json_t **new_value)
{
    const char *name;
    json_t *value;

    json_object_foreach(new_key, name, value)
    {
        *old_value = json_object_get(old_key, name);
        *new_value = value;
        if (!json_equal(value, *old_value))
            return name;
    }
    /* A member that only the old key has: an option that is no more. */
    json_object_foreach(old_key, name, value)
    {
        *old_value = value;
        *new_value = json_object_get(new_key, name);
        if (*new_value == NULL)
            return name;
    }
    return NULL;
}
