/*
 * gguf.h - a GGUF file: its keys and its tensors, each checked to lie within
 * the file. For the gguf*.c of this folder alone.
 *
 * A file is a header, keys with values, what the tensors are, and their data:
 * little-endian and packed.
 *
 * Source: docs/gguf.md of ggml.
 */
#ifndef MODELS_FILES_GGUF_H
#define MODELS_FILES_GGUF_H

#include "lib/folder.h"
#include "models/files/weight_source.h"

#include <stdint.h>

enum berth_gguf_type {
    BERTH_GGUF_U8,
    BERTH_GGUF_I8,
    BERTH_GGUF_U16,
    BERTH_GGUF_I16,
    BERTH_GGUF_U32,
    BERTH_GGUF_I32,
    BERTH_GGUF_F32,
    BERTH_GGUF_BOOL,
    BERTH_GGUF_STRING,
    BERTH_GGUF_ARRAY,
    BERTH_GGUF_U64,
    BERTH_GGUF_I64,
    BERTH_GGUF_F64
};

/* A string of the file, which does not end in 0. */
struct berth_gguf_text {
    const char *s;
    size_t n;
};

/* A key, and a value or as many as an array has. */
struct berth_gguf_pair {
    struct berth_gguf_text key;
    enum berth_gguf_type type; /* of each value, no array */
    bool is_array;
    size_t n;
    const unsigned char *data; /* the first value; strings, which differ in
                                  length, were checked to lie within the file */
};

struct berth_gguf {
    char *path; /* for messages */
    struct berth_blob blob;
    struct berth_gguf_pair *pairs; /* by key */
    size_t n_pairs;
    struct berth_tensor *tensors; /* in the file's order; shapes as Hugging
                                     Face has them */
    size_t n_tensors;
    json_t *names; /* of the tensors, as the file has them */
};

/* berth_gguf_open - maps a file and reads all of it but the data of tensors.
 * Errors: those of berth_folder_read(); BERTH_ERR_FORMAT, _UNSUPPORTED. out is
 * to be closed after a failure, too. */
enum berth_status berth_gguf_open(const struct berth_folder *folder,
                                  const char *name, struct berth_gguf *out,
                                  struct berth_error *err);

void berth_gguf_close(struct berth_gguf *file);

/* berth_gguf_find - NULL: the file has no such key. */
const struct berth_gguf_pair *berth_gguf_find(const struct berth_gguf *file,
                                              const char *key);

/* berth_gguf_tensor - NULL: the file has none of that name. */
const struct berth_tensor *berth_gguf_tensor(const struct berth_gguf *file,
                                             const char *name);

/*
 * berth_gguf_get_* - the value of a key, no array. A key with a value of
 * another kind is BERTH_ERR_FORMAT.
 *
 *   found  set to whether the key is there; NULL: an absent one is
 *          BERTH_ERR_FORMAT
 *   out    untouched where it is absent
 */
enum berth_status berth_gguf_get_size(const struct berth_gguf *file,
                                      const char *key, size_t *out, bool *found,
                                      struct berth_error *err);
enum berth_status berth_gguf_get_number(const struct berth_gguf *file,
                                        const char *key, double *out,
                                        bool *found, struct berth_error *err);
enum berth_status berth_gguf_get_bool(const struct berth_gguf *file,
                                      const char *key, bool *out, bool *found,
                                      struct berth_error *err);
enum berth_status berth_gguf_get_text(const struct berth_gguf *file,
                                      const char *key,
                                      struct berth_gguf_text *out, bool *found,
                                      struct berth_error *err);

/* berth_gguf_is - whether a text is that word. */
bool berth_gguf_is(struct berth_gguf_text text, const char *word);

/* berth_gguf_next - the string at *at, which is one of an array's; moves *at
 * past it. */
struct berth_gguf_text berth_gguf_next(const unsigned char **at);

/* berth_gguf_number - value i of numbers or of an array of them, as a double:
 * of 64-bit integers those beyond 2^53 are rounded. */
double berth_gguf_number(const struct berth_gguf_pair *pair, size_t i);

#endif
