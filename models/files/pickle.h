/*
 * pickle.h - a pickle of Python, as far as weights need it: the operations that
 * torch.load(weights_only=True) knows, and no others. Nothing of a file is ever
 * run: a class or function is a row of the table of torch_objects.c, or it is
 * refused by its name.
 */
#ifndef MODELS_FILES_PICKLE_H
#define MODELS_FILES_PICKLE_H

#include "lib/berth.h"

enum berth_pickle_kind {
    BERTH_PICKLE_ABSENT, /* an entry of the memo that was not put there */
    BERTH_PICKLE_MARK,
    BERTH_PICKLE_NONE,
    BERTH_PICKLE_OTHER, /* a value that weights have no use for */
    BERTH_PICKLE_NUMBER,
    BERTH_PICKLE_TEXT, /* or bytes */
    BERTH_PICKLE_TUPLE,
    BERTH_PICKLE_LIST,
    BERTH_PICKLE_DICT,
    BERTH_PICKLE_GLOBAL,
    BERTH_PICKLE_STORAGE,
    BERTH_PICKLE_TENSOR,
};

/* Containers and what is built are shared by all values that name them. */
struct berth_pickle_value {
    enum berth_pickle_kind kind;
    union {
        int64_t number;
        size_t size; /* of a text */
    };
    union {
        const unsigned char *text; /* in the pickle; not terminated */
        struct berth_pickle_list *list;
        const struct berth_torch_global *global;
        struct berth_torch_storage *storage;
        struct berth_torch_tensor *tensor;
    };
};

struct berth_pickle_item {
    struct berth_pickle_value key, value; /* no key but in a dict */
    struct berth_pickle_item *next;
};

/* A tuple, a list or a dict. A key that was set twice is there twice. */
struct berth_pickle_list {
    struct berth_pickle_item *first, *last;
    size_t n;
};

/*
 * A reader of pickles that follow one another. All zero but for the first
 * lines; berth_pickle_free() after the last use of any value.
 *
 * Memory and time grow with the bytes read, of which there may be
 * BERTH_PICKLE_MAX.
 */
struct berth_pickle {
    const char *file; /* for messages; with the part: "x.bin: data.pkl" */
    const unsigned char *data; /* must outlive the values */
    size_t size;
    size_t at; /* the next byte */
    struct berth_error *err;

    struct berth_torch_storage *storages; /* all that were named, last first */
    size_t n_storages;

    /* Private. */
    struct berth_pickle_value *stack, *memo;
    size_t n_stack, stack_room, memo_room;
    size_t begin, op; /* bytes where the pickle and its operation begin */
    struct berth_pickle_block *blocks;
};

enum {
    BERTH_PICKLE_MAX = 100000000 /* as for a header of safetensors */
};

/*
 * berth_pickle_load - reads one pickle from at on, and leaves at behind it.
 *
 *   out  its value; what it points to is p's
 *
 * Errors, in p->err too: BERTH_ERR_FORMAT; BERTH_ERR_UNSUPPORTED (a class, a
 * function or an operation that is not known: the message names it);
 * BERTH_ERR_MEMORY.
 */
enum berth_status berth_pickle_load(struct berth_pickle *p,
                                    struct berth_pickle_value *out);

void berth_pickle_free(struct berth_pickle *p);

/* berth_pickle_take - size bytes, all zero, that live as long as p; NULL: no
 * memory, and p->err says so. */
void *berth_pickle_take(struct berth_pickle *p, size_t size);

/* berth_pickle_append - puts value, under key in a dict, at the end of a list.
 * Errors: BERTH_ERR_MEMORY. */
enum berth_status berth_pickle_append(struct berth_pickle *p,
                                      struct berth_pickle_list *list,
                                      const struct berth_pickle_value *key,
                                      const struct berth_pickle_value *value);

/* berth_pickle_fail - "FILE: byte N: expected ..., found ..."; expected may be
 * a sentence's end. Returns BERTH_ERR_FORMAT. */
enum berth_status berth_pickle_fail(const struct berth_pickle *p,
                                    const char *expected, const char *found);

/* berth_pickle_describe - a value for a message. Cannot fail. */
const char *berth_pickle_describe(const struct berth_pickle_value *value);

/* berth_pickle_is - whether a text is word. Cannot fail. */
bool berth_pickle_is(const struct berth_pickle_value *value, const char *word);

#endif
