/*
 * labels.h - what config.json says of a model's head.
 */
#ifndef MODELS_FAMILIES_LABELS_H
#define MODELS_FAMILIES_LABELS_H

#include "models/families/config.h"

struct berth_labels {
    char **names; /* (n) owned; NULL: they could not be read */
    size_t n;
    bool found; /* by the file, and not by default */
    enum berth_problem problem;
    const char *problem_type;      /* in words; NULL: none that is known */
    char *activation;              /* owned, or NULL */
    const char *activation_source; /* the file that says so */
    unsigned claimed;              /* by "architectures": bit k is kind k */
    bool pretraining;              /* by "architectures": ...ForPreTraining */
    bool other; /* by "architectures": labels of a kind that is not here */
};

/*
 * berth_labels_read - from config.json of folder, as transformers 5 reads it:
 * id2label, unless num_labels says another number; then, or without it,
 * "LABEL_0" ... up to num_labels, which is 2 by default. label2id is not looked
 * at.
 *
 *   out  all zero; owned: berth_labels_free(), after a failure too. What a
 *        failure is not about is there
 *
 * Errors: those of berth_json_read(), BERTH_ERR_FORMAT, BERTH_ERR_MEMORY.
 */
enum berth_status berth_labels_read(const struct berth_folder *folder,
                                    struct berth_labels *out,
                                    struct berth_error *err);

void berth_labels_free(struct berth_labels *labels);

#endif
