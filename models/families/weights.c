/*
 * weights.c - which tensors make a model, under which names.
 */
#include "models/families/weights.h"
#include "lib/status.h"
#include "models/families/loader.h"

#include <stdio.h>

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

/* base + ".weight" and base + ".bias" of n_parts layers, in names. */
static void name_parts(struct berth_linear_source *source,
                       const char *const *base, char (*names)[BERTH_NAME_SIZE])
{
    for (size_t i = 0; i < source->n_parts; i++) {
        snprintf(names[2 * i], BERTH_NAME_SIZE, "%s.weight", base[i]);
        snprintf(names[2 * i + 1], BERTH_NAME_SIZE, "%s.bias", base[i]);
        source->weights[i] = names[2 * i];
        source->biases[i] = names[2 * i + 1];
    }
}

/* n_parts layers of n_out x n_in, stacked, by their names. */
static enum berth_status load(struct berth_loader *l, const char *const *base,
                              struct berth_linear_source source,
                              struct berth_linear *out)
{
    char names[2 * BERTH_PARTS_MAX][BERTH_NAME_SIZE];

    name_parts(&source, base, names);
    return berth_load_linear(l, &source, out);
}

static enum berth_status load_layer(struct berth_loader *l, size_t n,
                                    struct berth_layer *out)
{
    const struct layer_names *names = &layer_names[l->config->family];
    const char *leaf[] = {names->q,     names->k,  names->v,    names->out,
                          names->norm1, names->up, names->down, names->norm2};
    enum {
        Q,
        K,
        V,
        OUT,
        NORM1,
        UP,
        DOWN,
        NORM2,
        N_NAMES
    };
    char text[N_NAMES][BERTH_NAME_SIZE];
    const char *name[N_NAMES];
    const size_t C = l->config->hidden_size;
    const size_t F = l->config->intermediate_size;
    const struct berth_linear_source qkv = {
        .n_parts = 3, .n_out = C, .n_in = C, .precision = l->precision};
    const struct berth_linear_source attended = {
        .n_parts = 1, .n_out = C, .n_in = C, .precision = l->precision};
    const struct berth_linear_source up = {
        .n_parts = 1, .n_out = F, .n_in = C, .precision = l->precision};
    const struct berth_linear_source down = {
        .n_parts = 1, .n_out = C, .n_in = F, .precision = l->precision};
    enum berth_status s;

    for (size_t i = 0; i < N_NAMES; i++) {
        snprintf(text[i], BERTH_NAME_SIZE, "%s%s.%zu.%s", l->prefix,
                 names->layer, n, leaf[i]);
        name[i] = text[i];
    }
    if ((s = load(l, name + Q, qkv, &out->qkv)) != BERTH_OK ||
        (s = load(l, name + OUT, attended, &out->attention_output)) !=
            BERTH_OK ||
        (s = berth_load_norm(l, name[NORM1], &out->attention_norm)) !=
            BERTH_OK ||
        (s = load(l, name + UP, up, &out->intermediate)) != BERTH_OK ||
        (s = load(l, name + DOWN, down, &out->output)) != BERTH_OK)
        return s;
    return berth_load_norm(l, name[NORM2], &out->output_norm);
}

static enum berth_status load_embeddings(struct berth_loader *l,
                                         struct berth_weights *out)
{
    const struct berth_config *c = l->config;
    char name[BERTH_NAME_SIZE];
    enum berth_status s;

    snprintf(name, sizeof(name), "%sembeddings.word_embeddings.weight",
             l->prefix);
    s = berth_loader_check(l, name, c->vocab_size, c->hidden_size, &out->words);
    if (s != BERTH_OK)
        return s;
    l->words = out->words;
    snprintf(name, sizeof(name), "%sembeddings.position_embeddings.weight",
             l->prefix);
    s = berth_loader_check(l, name, c->max_position_embeddings, c->hidden_size,
                           &out->positions);
    if (s == BERTH_OK && c->type_vocab_size > 0) {
        snprintf(name, sizeof(name),
                 "%sembeddings.token_type_embeddings.weight", l->prefix);
        s = berth_load_floats(l, name, c->type_vocab_size, c->hidden_size,
                              &out->types);
    }
    if (s != BERTH_OK)
        return s;
    snprintf(name, sizeof(name), "%sembeddings.LayerNorm", l->prefix);
    return berth_load_norm(l, name, &out->embeddings_norm);
}

bool berth_weights_has_masked_lm(const struct berth_tensor_set *set)
{
    return berth_tensor_find(set, "cls.predictions.transform.dense.weight") !=
               NULL ||
           berth_tensor_find(set, "vocab_transform.weight") != NULL;
}

/* BERT's bias stands beside the decoder or in it, and old files lack one; in
 * it counts where both are there, tied or not. */
static const char *decoder_bias(const struct berth_loader *l)
{
    const char *own = "cls.predictions.decoder.bias";

    if (l->config->family == BERTH_FAMILY_DISTILBERT)
        return "vocab_projector.bias";
    return berth_loader_has(l, own) ? own : "cls.predictions.bias";
}

/*
 * Tied, the decoder is the word embeddings, unless the file has one of its own
 * with other values: config.json is then wrong, as it often is where the key is
 * absent and stands for true. PreTrainedModel.tie_weights() of transformers 5.
 */
static enum berth_status find_decoder(struct berth_loader *l,
                                      const struct berth_weights *weights)
{
    const struct berth_config *c = l->config;
    const char *own = c->family == BERTH_FAMILY_BERT
                          ? "cls.predictions.decoder.weight"
                          : "vocab_projector.weight";
    const struct berth_tensor *decoder = weights->words;
    enum berth_status s = BERTH_OK;

    if (l->decoder != NULL)
        return BERTH_OK;
    if (!c->tie_word_embeddings || berth_loader_has(l, own))
        s = berth_loader_check(l, own, c->vocab_size, c->hidden_size, &decoder);
    if (s == BERTH_OK && c->tie_word_embeddings && decoder != weights->words &&
        berth_tensor_equal(decoder, weights->words, l->kernels))
        decoder = weights->words;
    l->decoder = decoder;
    return s;
}

/* One prediction reads this head's matrices once: 8 bits would save little time
 * there and cost first places, so they stay as stored. */
static enum berth_precision head_precision(const struct berth_loader *l)
{
    return l->precision == BERTH_PRECISION_I8 ? BERTH_PRECISION_STORED
                                              : l->precision;
}

static enum berth_status load_masked_lm(struct berth_loader *l,
                                        struct berth_weights *out)
{
    const bool bert = l->config->family == BERTH_FAMILY_BERT;
    const char *transform =
        bert ? "cls.predictions.transform.dense" : "vocab_transform";
    const char *norm =
        bert ? "cls.predictions.transform.LayerNorm" : "vocab_layer_norm";
    const size_t C = l->config->hidden_size;
    const struct berth_linear_source dense = {
        .n_parts = 1, .n_out = C, .n_in = C, .precision = head_precision(l)};
    struct berth_linear_source decoder = {.biases = {decoder_bias(l)},
                                          .n_parts = 1,
                                          .n_out = l->config->vocab_size,
                                          .n_in = C,
                                          .precision = head_precision(l)};
    struct berth_masked_lm *head = &out->masked_lm;
    enum berth_status s;

    if (!berth_weights_has_masked_lm(l->set))
        return berth_fail(l->err, BERTH_ERR_UNSUPPORTED,
                          "%s: expected a masked-language-model head (tensor "
                          "'%s.weight'), found none",
                          berth_tensor_set_path(l->set), transform);
    if ((s = find_decoder(l, out)) != BERTH_OK)
        return s;
    decoder.weights[0] = l->decoder->name;
    if ((s = load(l, &transform, dense, &head->transform)) != BERTH_OK ||
        (s = berth_load_norm(l, norm, &head->norm)) != BERTH_OK ||
        (s = berth_load_linear(l, &decoder, &head->decoder)) != BERTH_OK)
        return s;
    out->has_masked_lm = true;
    return BERTH_OK;
}

static enum berth_status load_all(struct berth_loader *l, bool masked_lm,
                                  struct berth_weights *out)
{
    const size_t n_layers = l->config->num_hidden_layers;
    struct berth_layer layer = {0};
    enum berth_status s = load_embeddings(l, out);

    out->layers = berth_loader_take(l, n_layers, sizeof(*out->layers));
    for (size_t i = 0; s == BERTH_OK && i < n_layers; i++)
        s = load_layer(l, i, l->counting ? &layer : &out->layers[i]);
    if (s == BERTH_OK && masked_lm)
        s = load_masked_lm(l, out);
    return s;
}

static const char *find_prefix(const struct berth_tensor_set *set)
{
    static const char *const prefixes[] = {"bert.", "distilbert."};

    for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
        char name[BERTH_NAME_SIZE];
        snprintf(name, sizeof(name), "%sembeddings.word_embeddings.weight",
                 prefixes[i]);
        if (berth_tensor_find(set, name) != NULL)
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
    struct berth_loader l = {.set = set,
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
    berth_arena_free(&weights->packed);
}
