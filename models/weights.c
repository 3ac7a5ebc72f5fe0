/*
 * weights.c - finds, checks and packs the tensors of a model.
 *
 * The loader runs twice over the same code: once to add up the memory, once to
 * fill it.
 */
#include "models/weights.h"
#include "lib/pack.h"
#include "lib/status.h"
#include "models/precision.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    NAME_SIZE = 160
};

struct loader {
    const struct berth_tensor_set *set;
    const struct berth_config *config;
    const struct berth_kernels *kernels;
    enum berth_precision precision;
    const char *prefix; /* "bert.", "distilbert." or "" */
    bool counting;
    size_t bytes;
    struct berth_arena *arena;
    float *rows; /* one panel's rows, (panel_width, rows_size / panel_width) */
    size_t rows_size;
    struct berth_error *err;
};

static void *take(struct loader *l, size_t n, size_t element)
{
    if (!l->counting)
        return berth_arena_take(l->arena, n, element);
    size_t piece = berth_arena_piece(n, element);
    l->bytes = piece > SIZE_MAX - l->bytes ? SIZE_MAX : l->bytes + piece;
    return NULL;
}

static void print_shape(char *buf, size_t size, const size_t *shape,
                        size_t rank)
{
    size_t used = (size_t)snprintf(buf, size, "[");

    for (size_t i = 0; i < rank && used < size; i++)
        used += (size_t)snprintf(buf + used, size - used, "%s%zu",
                                 i == 0 ? "" : ", ", shape[i]);
    if (used < size)
        snprintf(buf + used, size - used, "]");
}

static enum berth_status wrong_shape(struct loader *l,
                                     const struct berth_tensor *t,
                                     const size_t *want, size_t rank)
{
    char expected[64], found[128];

    print_shape(expected, sizeof(expected), want, rank);
    print_shape(found, sizeof(found), t->shape, t->rank);
    return berth_fail(l->err, BERTH_ERR_SHAPE,
                      "%s: tensor '%s': expected shape %s by config.json, "
                      "found %s",
                      t->file, t->name, expected, found);
}

/* A tensor of rows x columns (columns 0: a vector) by its full name. */
static enum berth_status check(struct loader *l, const char *name, size_t rows,
                               size_t columns, const struct berth_tensor **out)
{
    const struct berth_tensor *t = berth_tensor_find(l->set, name);
    const size_t want[2] = {rows, columns};
    const size_t rank = columns == 0 ? 1 : 2;

    if (t == NULL)
        return berth_fail(l->err, BERTH_ERR_FORMAT,
                          "%s: expected a tensor '%s', found none",
                          berth_tensor_set_path(l->set), name);
    if (t->rank != rank || memcmp(t->shape, want, rank * sizeof(*want)) != 0)
        return wrong_shape(l, t, want, rank);
    if (t->dtype == BERTH_DTYPE_OTHER)
        return berth_fail(l->err, BERTH_ERR_FORMAT,
                          "%s: tensor '%s': expected F32, F16, BF16 or F64, "
                          "found %s",
                          t->file, t->name, t->dtype_name);
    *out = t;
    return BERTH_OK;
}

static enum berth_status load_floats(struct loader *l, const char *name,
                                     size_t rows, size_t columns,
                                     const float **out)
{
    const struct berth_tensor *t;
    enum berth_status s = check(l, name, rows, columns, &t);

    if (s != BERTH_OK)
        return s;
    float *data = take(l, t->n_elements, sizeof(*data));
    if (!l->counting)
        berth_tensor_read(t, l->kernels, l->precision, 0, t->n_elements, data);
    *out = data;
    return BERTH_OK;
}

/* "prefix" + base + leaf, the last with its old name as an alternative. */
static enum berth_status load_norm_part(struct loader *l, const char *base,
                                        const char *leaf, const char *old,
                                        const float **out)
{
    char name[NAME_SIZE];

    snprintf(name, sizeof(name), "%s.%s", base, old);
    if (berth_tensor_find(l->set, name) == NULL)
        snprintf(name, sizeof(name), "%s.%s", base, leaf);
    return load_floats(l, name, l->config->hidden_size, 0, out);
}

static enum berth_status load_norm(struct loader *l, const char *base,
                                   struct berth_norm *out)
{
    enum berth_status s =
        load_norm_part(l, base, "weight", "gamma", &out->weight);

    if (s == BERTH_OK)
        s = load_norm_part(l, base, "bias", "beta", &out->bias);
    return s;
}

/* Rows first .. first + n - 1 of the tensors stacked on one another. */
static void read_rows(struct loader *l, const struct berth_tensor *const *parts,
                      size_t first, size_t n, float *out)
{
    const size_t rows = parts[0]->shape[0];
    const size_t columns = parts[0]->shape[1];

    for (size_t i = 0; i < n; i++) {
        const struct berth_tensor *t = parts[(first + i) / rows];
        berth_tensor_read(t, l->kernels, l->precision,
                          (first + i) % rows * columns, columns,
                          out + i * columns);
    }
}

/* One panel at a time: its rows are widened into the cache and packed from
 * there. */
static enum berth_status pack(struct loader *l,
                              const struct berth_tensor *const *parts,
                              size_t n_out, size_t n_in, float *packed)
{
    const size_t width = l->kernels->panel_width;

    if (l->rows_size < width * n_in) {
        free(l->rows);
        l->rows_size = width * n_in;
        l->rows = malloc(l->rows_size * sizeof(*l->rows));
        if (l->rows == NULL) {
            l->rows_size = 0;
            return berth_fail(l->err, BERTH_ERR_MEMORY, "out of memory");
        }
    }
    for (size_t first = 0; first < n_out; first += width) {
        const size_t n = n_out - first < width ? n_out - first : width;
        read_rows(l, parts, first, n, l->rows);
        l->kernels->pack_transposed(
            l->rows, n_in, n, n_in, packed + first * n_in,
            berth_panel_width(l->kernels, n_out, first / width));
    }
    return BERTH_OK;
}

/* Up to three weights of the same shape, stacked into one product. */
static enum berth_status load_weights(struct loader *l,
                                      const char *const *names, size_t n_parts,
                                      size_t n_out, size_t n_in,
                                      struct berth_linear *out)
{
    const struct berth_tensor *parts[3];

    for (size_t i = 0; i < n_parts; i++) {
        enum berth_status s = check(l, names[i], n_out, n_in, &parts[i]);
        if (s != BERTH_OK)
            return s;
    }
    out->n_in = n_in;
    out->n_out = n_out * n_parts;
    float *packed = take(l, berth_packed_size(l->kernels, n_in, out->n_out),
                         sizeof(*packed));
    out->packed = packed;
    if (l->counting)
        return BERTH_OK;
    return pack(l, parts, out->n_out, n_in, packed);
}

static enum berth_status load_biases(struct loader *l, const char *const *names,
                                     size_t n_parts, size_t n_out,
                                     struct berth_linear *out)
{
    float *bias = take(l, n_out * n_parts, sizeof(*bias));

    out->bias = bias;
    for (size_t i = 0; i < n_parts; i++) {
        const struct berth_tensor *t;
        enum berth_status s = check(l, names[i], n_out, 0, &t);
        if (s != BERTH_OK)
            return s;
        if (!l->counting)
            berth_tensor_read(t, l->kernels, l->precision, 0, n_out,
                              bias + i * n_out);
    }
    return BERTH_OK;
}

/* base[i] + ".weight" and ".bias", stacked. */
static enum berth_status load_linear(struct loader *l, const char *const *base,
                                     size_t n_parts, size_t n_out, size_t n_in,
                                     struct berth_linear *out)
{
    char text[3][NAME_SIZE];
    const char *names[3] = {text[0], text[1], text[2]};

    for (size_t i = 0; i < n_parts; i++)
        snprintf(text[i], NAME_SIZE, "%s.weight", base[i]);
    enum berth_status s = load_weights(l, names, n_parts, n_out, n_in, out);
    if (s != BERTH_OK)
        return s;
    for (size_t i = 0; i < n_parts; i++)
        snprintf(text[i], NAME_SIZE, "%s.bias", base[i]);
    return load_biases(l, names, n_parts, n_out, out);
}

/* What the two families call the parts of a layer. */
static const struct layer_names {
    const char *layer;
    const char *q, *k, *v, *out, *norm1, *up, *down, *norm2;
} layer_names[] = {
    [BERTH_FAMILY_BERT] = {"encoder.layer", "attention.self.query",
                           "attention.self.key", "attention.self.value",
                           "attention.output.dense",
                           "attention.output.LayerNorm", "intermediate.dense",
                           "output.dense", "output.LayerNorm"},
    [BERTH_FAMILY_DISTILBERT] = {"transformer.layer", "attention.q_lin",
                                 "attention.k_lin", "attention.v_lin",
                                 "attention.out_lin", "sa_layer_norm",
                                 "ffn.lin1", "ffn.lin2", "output_layer_norm"},
};

static enum berth_status load_layer(struct loader *l, size_t n,
                                    struct berth_layer *out)
{
    const struct layer_names *names = &layer_names[l->config->family];
    const char *leaf[8] = {names->q,     names->k,  names->v,    names->out,
                           names->norm1, names->up, names->down, names->norm2};
    char text[8][NAME_SIZE];
    const size_t C = l->config->hidden_size;
    const size_t F = l->config->intermediate_size;
    enum berth_status s;

    for (size_t i = 0; i < 8; i++)
        snprintf(text[i], NAME_SIZE, "%s%s.%zu.%s", l->prefix, names->layer, n,
                 leaf[i]);
    const char *qkv[3] = {text[0], text[1], text[2]};
    const char *one[8] = {text[0], text[1], text[2], text[3],
                          text[4], text[5], text[6], text[7]};
    if ((s = load_linear(l, qkv, 3, C, C, &out->qkv)) != BERTH_OK ||
        (s = load_linear(l, one + 3, 1, C, C, &out->attention_output)) !=
            BERTH_OK ||
        (s = load_norm(l, one[4], &out->attention_norm)) != BERTH_OK ||
        (s = load_linear(l, one + 5, 1, F, C, &out->intermediate)) !=
            BERTH_OK ||
        (s = load_linear(l, one + 6, 1, C, F, &out->output)) != BERTH_OK)
        return s;
    return load_norm(l, one[7], &out->output_norm);
}

static enum berth_status load_embeddings(struct loader *l,
                                         struct berth_weights *out)
{
    const struct berth_config *c = l->config;
    char name[NAME_SIZE];
    enum berth_status s;

    snprintf(name, sizeof(name), "%sembeddings.word_embeddings.weight",
             l->prefix);
    s = check(l, name, c->vocab_size, c->hidden_size, &out->words);
    if (s != BERTH_OK)
        return s;
    snprintf(name, sizeof(name), "%sembeddings.position_embeddings.weight",
             l->prefix);
    s = load_floats(l, name, c->max_position_embeddings, c->hidden_size,
                    &out->positions);
    if (s == BERTH_OK && c->type_vocab_size > 0) {
        snprintf(name, sizeof(name),
                 "%sembeddings.token_type_embeddings.weight", l->prefix);
        s = load_floats(l, name, c->type_vocab_size, c->hidden_size,
                        &out->types);
    }
    if (s != BERTH_OK)
        return s;
    snprintf(name, sizeof(name), "%sembeddings.LayerNorm", l->prefix);
    return load_norm(l, name, &out->embeddings_norm);
}

static bool has(const struct berth_tensor_set *set, const char *name)
{
    return berth_tensor_find(set, name) != NULL;
}

bool berth_weights_has_masked_lm(const struct berth_tensor_set *set)
{
    return has(set, "cls.predictions.transform.dense.weight") ||
           has(set, "vocab_transform.weight");
}

/* Tied, the decoder is the word embeddings and the bias stands beside it;
 * otherwise it is a linear layer of its own. Old files lack one of the biases.
 */
static const char *decoder_bias(const struct loader *l)
{
    const char *beside = "cls.predictions.bias";
    const char *own = "cls.predictions.decoder.bias";

    if (l->config->family == BERTH_FAMILY_DISTILBERT)
        return "vocab_projector.bias";
    if (l->config->tie_word_embeddings)
        return has(l->set, beside) ? beside : own;
    return has(l->set, own) ? own : beside;
}

static enum berth_status load_masked_lm(struct loader *l,
                                        struct berth_weights *out)
{
    const bool bert = l->config->family == BERTH_FAMILY_BERT;
    const char *transform =
        bert ? "cls.predictions.transform.dense" : "vocab_transform";
    const char *norm =
        bert ? "cls.predictions.transform.LayerNorm" : "vocab_layer_norm";
    const char *own =
        bert ? "cls.predictions.decoder.weight" : "vocab_projector.weight";
    const char *decoder =
        l->config->tie_word_embeddings ? out->words->name : own;
    const char *bias = decoder_bias(l);
    const size_t C = l->config->hidden_size;
    const size_t V = l->config->vocab_size;
    struct berth_masked_lm *head = &out->masked_lm;
    enum berth_status s;

    if (!berth_weights_has_masked_lm(l->set))
        return berth_fail(l->err, BERTH_ERR_UNSUPPORTED,
                          "%s: expected a masked-language-model head (tensor "
                          "'%s.weight'), found none",
                          berth_tensor_set_path(l->set), transform);
    if ((s = load_linear(l, &transform, 1, C, C, &head->transform)) !=
            BERTH_OK ||
        (s = load_norm(l, norm, &head->norm)) != BERTH_OK ||
        (s = load_weights(l, &decoder, 1, V, C, &head->decoder)) != BERTH_OK)
        return s;
    out->has_masked_lm = true;
    return load_biases(l, &bias, 1, V, &head->decoder);
}

static enum berth_status load_all(struct loader *l, bool masked_lm,
                                  struct berth_weights *out)
{
    struct berth_layer layer = {0};
    enum berth_status s = load_embeddings(l, out);

    out->layers = take(l, l->config->num_hidden_layers, sizeof(*out->layers));
    for (size_t i = 0; s == BERTH_OK && i < l->config->num_hidden_layers; i++)
        s = load_layer(l, i, l->counting ? &layer : &out->layers[i]);
    if (s == BERTH_OK && masked_lm)
        s = load_masked_lm(l, out);
    return s;
}

static const char *find_prefix(const struct berth_tensor_set *set)
{
    static const char *const prefixes[] = {"bert.", "distilbert."};

    for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
        char name[NAME_SIZE];
        snprintf(name, sizeof(name), "%sembeddings.word_embeddings.weight",
                 prefixes[i]);
        if (has(set, name))
            return prefixes[i];
    }
    return "";
}

enum berth_status berth_weights_load(const struct berth_tensor_set *set,
                                     const struct berth_config *config,
                                     const struct berth_kernels *kernels,
                                     enum berth_precision precision,
                                     bool masked_lm, struct berth_weights *out,
                                     struct berth_error *err)
{
    struct berth_weights w = {.precision = precision};
    struct loader l = {.set = set,
                       .config = config,
                       .kernels = kernels,
                       .precision = precision,
                       .prefix = find_prefix(set),
                       .counting = true,
                       .arena = &w.arena,
                       .err = err};
    enum berth_status s = load_all(&l, masked_lm, &w);

    if (s == BERTH_OK)
        s = berth_arena_reserve(&w.arena, l.bytes, err);
    if (s == BERTH_OK) {
        l.counting = false;
        s = load_all(&l, masked_lm, &w);
    }
    free(l.rows);
    if (s != BERTH_OK) {
        berth_arena_free(&w.arena);
        return s;
    }
    *out = w;
    return BERTH_OK;
}

void berth_weights_free(struct berth_weights *weights)
{
    berth_arena_free(&weights->arena);
}
