/*
 * tensorflow_names.c - names of variables, part by part, as
 * load_tf_weights_in_bert() of transformers 4 reads them.
 *
 *     bert/encoder/layer_7/attention/self/query/kernel
 *     bert.encoder.layer.7.attention.self.query.weight
 */
#include "models/files/tensorflow_names.h"

#include <stdio.h>
#include <string.h>

/* What a variable begins with. Those of heads of fine-tuned models have their
 * names from run_classifier.py and run_squad.py. */
static const struct root {
    const char *begin, *name;
} roots[] = {
    {"bert/", "bert"},
    {"cls/predictions/", "cls.predictions"},
    {"cls/seq_relationship/", "cls.seq_relationship"},
    {"cls/squad/", "qa_outputs"},
    {"output_", "classifier"},
};

/* What it ends with: all else is no weight, as ".../kernel/adam_m". */
static const struct leaf {
    const char *end, *name;
    bool transposed;
} leaves[] = {
    {"kernel", "weight", true},
    {"bias", "bias", false},
    {"gamma", "weight", false},
    {"beta", "bias", false},
    {"output_weights", "weight", false},
    {"output_bias", "bias", false},
    {"word_embeddings", "word_embeddings.weight", false},
    {"position_embeddings", "position_embeddings.weight", false},
    {"token_type_embeddings", "token_type_embeddings.weight", false},
};

static const struct other {
    const char *begin, *name;
} others[] = {
    {"bert/encoder/transformer/", "ALBERT"},
    {"bert/encoder/layer_0/bottleneck/", "MobileBERT"},
    {"bert/encoder/layer_shared/", "ALBERT"},
    {"electra/", "ELECTRA"},
    {"discriminator_predictions/", "ELECTRA"},
    {"model/transformer/", "XLNet"},
    {"_CHECKPOINTABLE_OBJECT_GRAPH", "TensorFlow 2, whose variables are "
                                     "numbered by objects"},
};

static const struct leaf *find_leaf(const char *end)
{
    for (size_t i = 0; i < sizeof(leaves) / sizeof(*leaves); i++) {
        if (strcmp(leaves[i].end, end) == 0)
            return &leaves[i];
    }
    return NULL;
}

static const struct root *find_root(const char *variable)
{
    for (size_t i = 0; i < sizeof(roots) / sizeof(*roots); i++) {
        if (strncmp(roots[i].begin, variable, strlen(roots[i].begin)) == 0)
            return &roots[i];
    }
    return NULL;
}

/* "layer_7/" is "layer.7." */
static size_t put_part(const char *part, int n, char *out, size_t size)
{
    static const char layer[] = "layer_";
    const int n_layer = (int)sizeof(layer) - 1;

    if (n > n_layer && strncmp(part, layer, (size_t)n_layer) == 0 &&
        strspn(part + n_layer, "0123456789") == (size_t)(n - n_layer))
        return (size_t)snprintf(out, size, ".layer.%.*s", n - n_layer,
                                part + n_layer);
    return (size_t)snprintf(out, size, ".%.*s", n, part);
}

bool berth_tensorflow_name(const char *variable, char *out, size_t size,
                           bool *transposed)
{
    const char *slash = strrchr(variable, '/');
    const char *end = slash != NULL ? slash + 1 : variable;
    const struct root *root = find_root(variable);
    const struct leaf *leaf = find_leaf(end);
    size_t used;

    if (root == NULL || leaf == NULL)
        return false;
    used = (size_t)snprintf(out, size, "%s", root->name);
    /* "output_" is no part of its own. */
    for (const char *part = variable + strlen(root->begin);
         used < size && part < end;) {
        const int n = (int)strcspn(part, "/");

        used += put_part(part, n, out + used, size - used);
        part += n + 1;
    }
    if (used < size)
        snprintf(out + used, size - used, ".%s", leaf->name);
    *transposed = leaf->transposed;
    return true;
}

const char *berth_tensorflow_other(const char *variable)
{
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
        if (strncmp(others[i].begin, variable, strlen(others[i].begin)) == 0)
            return others[i].name;
    }
    return NULL;
}
