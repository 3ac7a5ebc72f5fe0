/*
 * weight_source.h - what a reader of a format of weights makes: the files of a
 * set, each with its tensors. For tensor_set.c and the readers alone.
 *
 * Readers speak Hugging Face: whatever a format calls a tensor, and in which
 * order it keeps the shape, here it has the name and the shape that
 * model.safetensors would have.
 */
#ifndef MODELS_FILES_WEIGHT_SOURCE_H
#define MODELS_FILES_WEIGHT_SOURCE_H

#include "lib/json.h"
#include "models/files/tensor_set.h"

struct berth_weight_file {
    char *path; /* for messages */
    struct berth_blob blob;
    json_t *header;              /* owns the names of tensors, or NULL */
    char *names;                 /* owns them otherwise */
    struct berth_blob *unpacked; /* numbers that the file has compressed */
    size_t n_unpacked;
    struct berth_tensor *tensors; /* in the file's order of offsets */
    size_t n_tensors;
};

struct berth_tensor_set {
    char *path;                      /* for messages */
    struct berth_weight_file *files; /* by name */
    size_t n_files;
    struct berth_tensor *tensors; /* by name */
    size_t n_tensors;
    const char *no_head; /* of a format without heads: what to do; or NULL */
};

/* A reader: fills files of an empty set from the file name of a folder. What it
 * took is the set's, after a failure too. */
typedef enum berth_status berth_weight_reader(const struct berth_folder *folder,
                                              const char *name,
                                              struct berth_tensor_set *set,
                                              struct berth_error *err);

/* The reader of a file that is mapped: fills the rest of it. */
typedef enum berth_status
berth_weight_file_reader(struct berth_weight_file *file,
                         struct berth_error *err);

/* berth_weight_read - maps a file of a folder, and reads it. What was taken is
 * the file's, after a failure too. Errors: those of berth_folder_read(), and of
 * the reader. */
enum berth_status berth_weight_read(const struct berth_folder *folder,
                                    const char *name,
                                    berth_weight_file_reader *read,
                                    struct berth_weight_file *out,
                                    struct berth_error *err);

/* berth_weight_open - a set of one file. */
enum berth_status berth_weight_open(const struct berth_folder *folder,
                                    const char *name,
                                    berth_weight_file_reader *read,
                                    struct berth_tensor_set *set,
                                    struct berth_error *err);

/* berth_weight_open_shards - the files that an index lists, by name. */
enum berth_status berth_weight_open_shards(const struct berth_folder *folder,
                                           const char *index,
                                           berth_weight_file_reader *read,
                                           struct berth_tensor_set *set,
                                           struct berth_error *err);

/* berth_weight_files - room for n files, all zero. Errors: BERTH_ERR_MEMORY. */
enum berth_status berth_weight_files(struct berth_tensor_set *set, size_t n,
                                     struct berth_error *err);

/* berth_weight_path - a file's path for messages: owned, free(); NULL: no
 * memory. */
char *berth_weight_path(const struct berth_folder *folder, const char *name);

/* berth_weight_name - a file in the sub-folder within, or in the folder itself
 * where that is empty: owned, free(); NULL: no memory. */
char *berth_weight_name(const char *within, const char *file);

#endif
