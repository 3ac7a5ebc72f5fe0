/*
 * settings.h - the list that `berth info` prints: what was read, and from
 * where.
 */
#ifndef LIB_SETTINGS_H
#define LIB_SETTINGS_H

#include "lib/berth.h"

struct json_t;

struct berth_settings {
    struct berth_setting *list; /* every string is owned by the list */
    size_t n;
    size_t capacity;
    struct json_t *places; /* private: of each key its place in the list */
};

/* Keys that one file sets over those of another. */
struct berth_overlay {
    const struct json_t *object; /* NULL: none */
    const char *source;          /* the file that says so */
};

/*
 * berth_settings_add - appends one setting; key, source and the printed value
 * are copied. Adding a key again replaces its value and source in place.
 * settings may be NULL: nothing is kept.
 * Errors: BERTH_ERR_MEMORY.
 */
__attribute__((format(printf, 4, 5))) enum berth_status
berth_settings_add(struct berth_settings *settings, const char *key,
                   const char *source, const char *fmt, ...);

/* berth_settings_resource - a key's value came from source, after all; nothing
 * where the key is not there. Errors: BERTH_ERR_MEMORY. */
enum berth_status berth_settings_resource(struct berth_settings *settings,
                                          const char *key, const char *source);

void berth_settings_free(struct berth_settings *settings);

#endif
