/*
 * json.h - small JSON files, read with jansson, with errors that name file,
 * key, expected and found.
 */
#ifndef LIB_JSON_H
#define LIB_JSON_H

#include "lib/folder.h"

#include <jansson.h>

/*
 * berth_json_read - a file of a folder as one JSON object (or array), as
 * Python's json.load() takes it: of equal keys the last counts, and NaN,
 * Infinity, numbers of any size and half surrogate pairs are no errors in
 * values that are not used (lib/json_python.h).
 *
 *   out  owned: json_decref()
 *
 * Errors: those of berth_folder_read(); BERTH_ERR_FORMAT with line and column.
 */
enum berth_status berth_json_read(const struct berth_folder *folder,
                                  const char *name, json_t **out,
                                  struct berth_error *err);

/* berth_json_read_optional - the same of a file that need not be there: then
 * *out is NULL. Errors: those of berth_folder_find(), too. */
enum berth_status berth_json_read_optional(const struct berth_folder *folder,
                                           const char *name, json_t **out,
                                           struct berth_error *err);

/* berth_json_parse_python - the same from memory; name is for messages. */
enum berth_status berth_json_parse_python(const void *data, size_t size,
                                          const char *name, json_t **out,
                                          struct berth_error *err);

/*
 * berth_json_parse - JSON from memory for files that Rust reads, tokenizer.json
 * and headers of safetensors: equal keys are refused, U+0000 in strings is
 * allowed. Integers that do not fit in 64 bits make every number of that file a
 * real.
 */
enum berth_status berth_json_parse(const void *data, size_t size,
                                   const char *name, json_t **out,
                                   struct berth_error *err);

/*
 * berth_json_get_* - a key of an object, or of an object in it: "outer.inner".
 *
 *   name   the file, for messages
 *   found  set to whether the key is there (null counts as absent);
 *          NULL: an absent key is BERTH_ERR_FORMAT
 *   out    untouched when the key is absent
 *
 * get_size takes 3.0 for 3. A value of another type or outside [min, max] is
 * BERTH_ERR_FORMAT, e.g. "x/config.json: key 'hidden_size': expected an integer
 * from 1 to 65536, found \"big\"".
 */
enum berth_status berth_json_get_size(const json_t *object, const char *name,
                                      const char *key, size_t min, size_t max,
                                      size_t *out, bool *found,
                                      struct berth_error *err);
enum berth_status berth_json_get_number(const json_t *object, const char *name,
                                        const char *key, double min, double max,
                                        double *out, bool *found,
                                        struct berth_error *err);
enum berth_status berth_json_get_bool(const json_t *object, const char *name,
                                      const char *key, bool *out, bool *found,
                                      struct berth_error *err);
/* The string lives as long as object; strings that hold U+0000 are refused. */
enum berth_status berth_json_get_string(const json_t *object, const char *name,
                                        const char *key, const char **out,
                                        bool *found, struct berth_error *err);

/* berth_json_at - what a key is, or one of an object in it: "outer.inner";
 * NULL: it is not there. */
const json_t *berth_json_at(const json_t *object, const char *key);

/* berth_json_has - whether a key, or a path, is there and not null. */
bool berth_json_has(const json_t *object, const char *key);

/* berth_json_as_size - an integer from 0 to SIZE_MAX, or a real that is one;
 * false: it is none, and out is untouched. value may be NULL. */
bool berth_json_as_size(const json_t *value, size_t *out);

/* berth_json_describe - a value as an error message shows it ("a string",
 * "12", "\"big\""), cut to size. Returns buf. Cannot fail. */
const char *berth_json_describe(const json_t *value, char *buf, size_t size);

#endif
