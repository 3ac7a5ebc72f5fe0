/*
 * heads.h - which heads a model has, of those in the table of its family.
 */
#ifndef MODELS_FAMILIES_HEADS_H
#define MODELS_FAMILIES_HEADS_H

#include "models/families/labels.h"
#include "models/files/tensor_set.h"

/* A kind of head, whatever the family. */
struct berth_head_kind_row {
    const char *class; /* what its classes end in, in "architectures"; NULL: it
                          has none but ...ForPreTraining */
    const char *name;
    const char *command; /* "": none */
    bool of_tokens;
    bool has_labels; /* of config.json */
    size_t n_out;    /* where neither labels nor the vocabulary say */
};

extern const struct berth_head_kind_row berth_head_kinds[BERTH_HEAD_KINDS];

/* The heads of a model. */
struct berth_heads {
    const struct berth_head_row *rows[BERTH_HEAD_KINDS]; /* NULL: not there */
    struct berth_head_facts facts[BERTH_HEAD_KINDS];     /* (n) by kind */
    size_t n;
    const struct berth_head_facts *opened; /* one of them, or NULL */
};

/*
 * berth_heads_find - fills out.
 *
 *   set     NULL: there are no weights, and config.json is believed
 *   prefix  of the encoder's tensors
 *   labels  borrowed as long as out lives
 */
void berth_heads_find(const struct berth_tensor_set *set, const char *prefix,
                      const struct berth_config *config,
                      const struct berth_labels *labels,
                      struct berth_heads *out);

/* berth_heads_open - out->opened. Errors: BERTH_ERR_UNSUPPORTED: there is no
 * such head; the message says which there are. */
enum berth_status
berth_heads_open(struct berth_heads *heads, enum berth_head_kind kind,
                 const struct berth_tensor_set *set, const char *prefix,
                 const struct berth_config *config, struct berth_error *err);

/* berth_heads_tell - for `berth info`: which there are, as the file source
 * says, their labels and commands. Errors: BERTH_ERR_MEMORY. */
enum berth_status berth_heads_tell(const struct berth_heads *heads,
                                   const struct berth_labels *labels,
                                   struct berth_settings *settings,
                                   const char *source, struct berth_error *err);

#endif
