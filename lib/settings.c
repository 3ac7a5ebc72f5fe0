/*
 * settings.c - the list of what was read.
 */
#include "lib/settings.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Key, value and source share one block, which starts with the key. */
__attribute__((format(printf, 3, 0))) static bool
make_setting(const char *key, const char *source, const char *fmt, va_list ap,
             struct berth_setting *out)
{
    size_t key_size = strlen(key) + 1;
    size_t source_size = strlen(source) + 1;
    va_list again;
    char *block;
    int len;

    va_copy(again, ap);
    len = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    if (len < 0)
        return false;
    block = malloc(key_size + source_size + (size_t)len + 1);
    if (block == NULL)
        return false;
    memcpy(block, key, key_size);
    memcpy(block + key_size, source, source_size);
    vsnprintf(block + key_size + source_size, (size_t)len + 1, fmt, ap);
    out->key = block;
    out->source = block + key_size;
    out->value = block + key_size + source_size;
    return true;
}

static void free_setting(struct berth_setting *setting)
{
    /* Ours, and const only to the readers of the list. */
    free((void *)(uintptr_t)setting->key);
}

/* The setting of this key, or NULL. */
static struct berth_setting *find(const struct berth_settings *settings,
                                  const char *key)
{
    const json_t *place = json_object_get(settings->places, key);

    return place != NULL ? &settings->list[json_integer_value(place)] : NULL;
}

/* A folder may bring a hundred thousand prompts: jansson's hash finds them. */
static bool note_place(struct berth_settings *settings, const char *key)
{
    json_int_t n = (json_int_t)settings->n;

    if (settings->places == NULL)
        settings->places = json_object();
    return json_object_set_new_nocheck(settings->places, key,
                                       json_integer(n)) == 0;
}

/* A place for the key: its own, or a new one at the end. NULL: no memory. */
static struct berth_setting *find_place(struct berth_settings *settings,
                                        const char *key)
{
    struct berth_setting *place = find(settings, key);

    if (place != NULL)
        return place;
    if (settings->n == settings->capacity) {
        size_t capacity = settings->capacity > 0 ? 2 * settings->capacity : 32;
        struct berth_setting *list =
            realloc(settings->list, capacity * sizeof(*list));

        if (list == NULL)
            return NULL;
        settings->list = list;
        settings->capacity = capacity;
    }
    if (!note_place(settings, key))
        return NULL;
    settings->list[settings->n] = (struct berth_setting){0};
    return &settings->list[settings->n++];
}

enum berth_status berth_settings_add(struct berth_settings *settings,
                                     const char *key, const char *source,
                                     const char *fmt, ...)
{
    struct berth_setting made, *place;
    bool ok;
    va_list ap;

    if (settings == NULL)
        return BERTH_OK;
    va_start(ap, fmt);
    ok = make_setting(key, source, fmt, ap, &made);
    va_end(ap);
    if (!ok)
        return BERTH_ERR_MEMORY;
    place = find_place(settings, key);
    if (place == NULL) {
        free_setting(&made);
        return BERTH_ERR_MEMORY;
    }
    free_setting(place);
    *place = made;
    return BERTH_OK;
}

enum berth_status berth_settings_resource(struct berth_settings *settings,
                                          const char *key, const char *source)
{
    const struct berth_setting *s =
        settings != NULL ? find(settings, key) : NULL;

    if (s == NULL)
        return BERTH_OK;
    return berth_settings_add(settings, key, source, "%s", s->value);
}

void berth_settings_free(struct berth_settings *settings)
{
    if (settings == NULL)
        return;
    for (size_t i = 0; i < settings->n; i++)
        free_setting(&settings->list[i]);
    free(settings->list);
    json_decref(settings->places);
    *settings = (struct berth_settings){0};
}
