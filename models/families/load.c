/*
 * load.c - walks the table of a family: which tensors make a model, and where
 * each goes.
 */
#include "lib/status.h"
#include "models/families/loader.h"
#include "models/families/weights.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct walk {
    const struct berth_config *config;
    const char *prefix;                /* the family's, or "" */
    const struct berth_head_row *head; /* that is wanted, or NULL */
    size_t forward;                    /* of a layer's feed-forwards */
    struct berth_weights *weights;
};

/* Loads n rows of one slot; layer is its number. */
typedef enum berth_status load_slot(struct berth_loader *l,
                                    const struct walk *w,
                                    const struct berth_tensor_row *row,
                                    size_t n, size_t layer, void *out);

static load_slot load_stored, load_floats, load_norm, load_linear, load_qkv,
    load_values, load_unpacked;

#define OF_MODEL(load, member)                                                 \
    {                                                                          \
        load, false, offsetof(struct berth_weights, member), 0                 \
    }
#define OF_LAYER(load, member)                                                 \
    {                                                                          \
        load, true, offsetof(struct berth_layer, member), 0                    \
    }
#define OF_FORWARD(load, member)                                               \
    {                                                                          \
        load, true, offsetof(struct berth_layer, bottleneck.more[0].member),   \
            sizeof(((struct berth_bottleneck *)0)->more[0])                    \
    }

static const struct slot {
    load_slot *load;
    bool of_layer;
    size_t offset;
    size_t stride; /* to the next feed-forward's; 0: there is one alone */
} slots[] = {
    [BERTH_SLOT_TOKENS] = OF_MODEL(load_stored, tokens),
    [BERTH_SLOT_POSITIONS] = OF_MODEL(load_stored, positions),
    [BERTH_SLOT_TYPES] = OF_MODEL(load_floats, types),
    [BERTH_SLOT_EMBEDDINGS_NORM] = OF_MODEL(load_norm, embeddings_norm),
    [BERTH_SLOT_PROJECTION] = OF_MODEL(load_linear, projection),
    [BERTH_SLOT_PROJECTED_NORM] = OF_MODEL(load_norm, projected_norm),
    [BERTH_SLOT_DISTANCE_BUCKETS] = OF_MODEL(load_floats, distance_buckets),
    [BERTH_SLOT_DISTANCES] = OF_MODEL(load_stored, distances),
    [BERTH_SLOT_DISTANCES_NORM] = OF_MODEL(load_norm, distances_norm),
    [BERTH_SLOT_CONVOLUTION] = OF_MODEL(load_linear, convolution),
    [BERTH_SLOT_CONVOLUTION_NORM] = OF_MODEL(load_norm, convolution_norm),
    [BERTH_SLOT_FINAL_NORM] = OF_MODEL(load_norm, final_norm),
    [BERTH_SLOT_ATTENTION_BEFORE] = OF_LAYER(load_norm, attention_before),
    [BERTH_SLOT_QKV] = OF_LAYER(load_qkv, qkv),
    [BERTH_SLOT_DISTANCE_KEYS] = OF_LAYER(load_unpacked, distance_keys),
    [BERTH_SLOT_DISTANCE_QUERIES] = OF_LAYER(load_unpacked, distance_queries),
    [BERTH_SLOT_ATTENTION_OUTPUT] = OF_LAYER(load_linear, attention_output),
    [BERTH_SLOT_ATTENTION_AFTER] = OF_LAYER(load_norm, attention_after),
    [BERTH_SLOT_FORWARD_BEFORE] = OF_LAYER(load_norm, forward_before),
    [BERTH_SLOT_UP] = OF_LAYER(load_linear, up),
    [BERTH_SLOT_DOWN] = OF_LAYER(load_linear, down),
    [BERTH_SLOT_FORWARD_AFTER] = OF_LAYER(load_norm, forward_after),
    [BERTH_SLOT_INPUT_BOTTLENECK] = OF_LAYER(load_linear, bottleneck.input),
    [BERTH_SLOT_INPUT_BOTTLENECK_NORM] =
        OF_LAYER(load_norm, bottleneck.input_norm),
    [BERTH_SLOT_ATTENTION_BOTTLENECK] =
        OF_LAYER(load_linear, bottleneck.attention),
    [BERTH_SLOT_ATTENTION_BOTTLENECK_NORM] =
        OF_LAYER(load_norm, bottleneck.attention_norm),
    [BERTH_SLOT_VALUES] = OF_LAYER(load_values, bottleneck.values),
    [BERTH_SLOT_MORE_UP] = OF_FORWARD(load_linear, up),
    [BERTH_SLOT_MORE_DOWN] = OF_FORWARD(load_linear, down),
    [BERTH_SLOT_MORE_AFTER] = OF_FORWARD(load_norm, after),
    [BERTH_SLOT_OUTPUT_BOTTLENECK] = OF_LAYER(load_linear, bottleneck.output),
    [BERTH_SLOT_OUTPUT_BOTTLENECK_NORM] =
        OF_LAYER(load_norm, bottleneck.output_norm),
};

/* A size by its letter; 0, the columns of a vector, is 0. */
static size_t size_of(const struct berth_config *c, char letter)
{
    const struct {
        char letter;
        size_t size;
    } sizes[] = {
        {'V', c->vocab_size},
        {'C', c->hidden_size},
        {'Q', 3 * c->hidden_size},
        {'E', c->embedding_size},
        {'T', berth_config_inputs(c)},
        {'F', c->intermediate_size},
        {'G', 2 * c->intermediate_size},
        {'P', c->position_biased_input ? c->max_position_embeddings : 0},
        {'N', c->type_vocab_size},
        {'H', c->num_attention_heads},
        {'A', berth_config_queries(c)},
        {'K', berth_config_keys(c)},
        {'B', BERTH_DISTANCE_N_BUCKETS},
        {'R', 2 * c->relative_span},
        {'X', c->hidden_size * c->conv_kernel_size},
        {'L', c->num_labels},
        {'1', 1},
        {'2', 2},
    };
    const size_t n = sizeof(sizes) / sizeof(*sizes);
    size_t i = 0;

    while (i < n && sizes[i].letter != letter)
        i++;
    return i < n ? sizes[i].size : 0;
}

/* The full name of a row's tensor, in buf of BERTH_NAME_SIZE. Of two stars the
 * first is the group of layers, the second the place in it, or the
 * feed-forward. */
static const char *name_of(const struct walk *w,
                           const struct berth_tensor_row *row, size_t layer,
                           const char *leaf, char *buf)
{
    const size_t inner = w->config->inner_group_num;
    const char *part = row->name, *star = strchr(part, '*');
    const bool two = star != NULL && strchr(star + 1, '*') != NULL;
    size_t number = two ? layer / inner : layer;
    size_t used = (size_t)snprintf(buf, BERTH_NAME_SIZE, "%s", w->prefix);

    for (; star != NULL; star = strchr(part, '*')) {
        used += (size_t)snprintf(buf + used, BERTH_NAME_SIZE - used, "%.*s%zu",
                                 (int)(star - part), part, number);
        part = star + 1;
        number =
            row->when & BERTH_ROW_EACH_FORWARD ? w->forward : layer % inner;
    }
    snprintf(buf + used, BERTH_NAME_SIZE - used, "%s%s", part, leaf);
    return buf;
}

static enum berth_status load_stored(struct berth_loader *l,
                                     const struct walk *w,
                                     const struct berth_tensor_row *row,
                                     size_t n, size_t layer, void *out)
{
    char name[BERTH_NAME_SIZE];

    (void)n;
    return berth_loader_check(l, name_of(w, row, layer, ".weight", name),
                              size_of(w->config, row->rows),
                              size_of(w->config, row->columns), out);
}

static enum berth_status load_floats(struct berth_loader *l,
                                     const struct walk *w,
                                     const struct berth_tensor_row *row,
                                     size_t n, size_t layer, void *out)
{
    char name[BERTH_NAME_SIZE];

    (void)n;
    return berth_load_floats(l, name_of(w, row, layer, ".weight", name),
                             size_of(w->config, row->rows),
                             size_of(w->config, row->columns), out);
}

static enum berth_status load_norm(struct berth_loader *l, const struct walk *w,
                                   const struct berth_tensor_row *row, size_t n,
                                   size_t layer, void *out)
{
    const enum berth_norm_kind kind = w->config->family->norm;
    struct berth_norm *norm = out;
    char name[BERTH_NAME_SIZE];

    (void)n;
    norm->kind = kind;
    norm->n = size_of(w->config, row->rows);
    norm->eps = (float)w->config->layer_norm_eps;
    return berth_load_norm(l, name_of(w, row, layer, "", name),
                           kind == BERTH_NORM_RMS || row->when & BERTH_ROW_BARE,
                           norm);
}

static enum berth_status load_in(struct berth_loader *l, const struct walk *w,
                                 const struct berth_tensor_row *row, size_t n,
                                 size_t layer, enum berth_precision precision,
                                 struct berth_linear *out)
{
    char names[BERTH_PARTS_MAX][2][BERTH_NAME_SIZE];
    struct berth_linear_source source = {
        .n_parts = n,
        .n_in = size_of(w->config, row->columns),
        .taps =
            row->when & BERTH_ROW_CONVOLUTION ? w->config->conv_kernel_size : 0,
        .gate = row->slot == BERTH_SLOT_UP ? w->config->family->gate
                                           : BERTH_GATE_NONE,
        .precision = precision,
    };

    for (size_t i = 0; i < n; i++) {
        source.n_out[i] = size_of(w->config, row[i].rows);
        source.weights[i] = name_of(w, row + i, layer, ".weight", names[i][0]);
        source.biases[i] = name_of(w, row + i, layer, ".bias", names[i][1]);
    }
    if (row->when & BERTH_ROW_BARE &&
        berth_tensor_find(l->set, source.biases[0]) == NULL)
        source.biases[0] = NULL;
    return berth_load_linear(l, &source, out);
}

static enum berth_status load_linear(struct berth_loader *l,
                                     const struct walk *w,
                                     const struct berth_tensor_row *row,
                                     size_t n, size_t layer, void *out)
{
    struct berth_linear *linear = out;
    const enum berth_status status =
        load_in(l, w, row, n, layer, l->precision, out);

    /* A product of two outputs has the errors of both. */
    if (w->config->family->gate != BERTH_GATE_NONE)
        linear->n_exact = linear->n_out;
    return status;
}

/* Of the error of 8 bits the inputs of values alone can make two thirds. */
static enum berth_status load_values(struct berth_loader *l,
                                     const struct walk *w,
                                     const struct berth_tensor_row *row,
                                     size_t n, size_t layer, void *out)
{
    struct berth_linear *linear = out;
    const enum berth_status status = load_linear(l, w, row, n, layer, out);

    linear->n_exact = linear->n_out;
    return status;
}

/* Three tensors, or one of three equal parts; without values two. Queries and
 * keys bear few levels. */
static enum berth_status load_qkv(struct berth_loader *l, const struct walk *w,
                                  const struct berth_tensor_row *row, size_t n,
                                  size_t layer, void *out)
{
    struct berth_linear *linear = out;
    const enum berth_status status = load_linear(l, w, row, n, layer, out);

    linear->n_exact = n == 3   ? size_of(w->config, row[2].rows)
                      : n == 1 ? linear->n_out / 3
                               : 0;
    return status;
}

/* What is used too seldom to be packed, or to be rounded to 8 bits. */
static enum berth_precision seldom(const struct berth_loader *l)
{
    return l->precision == BERTH_PRECISION_I8 ? BERTH_PRECISION_STORED
                                              : l->precision;
}

static enum berth_status load_unpacked(struct berth_loader *l,
                                       const struct walk *w,
                                       const struct berth_tensor_row *row,
                                       size_t n, size_t layer, void *out)
{
    return load_in(l, w, row, n, layer, seldom(l), out);
}

/* Whether a row has a tensor in this model. */
static bool counts(const struct berth_config *c,
                   const struct berth_tensor_row *row, size_t layer)
{
    const struct {
        unsigned when;
        bool met;
    } conditions[] = {
        {BERTH_ROW_IF_SIZES_DIFFER, c->embedding_size != c->hidden_size},
        {BERTH_ROW_NOT_FIRST, layer > 0},
        {BERTH_ROW_NORM_DISTANCES, c->norm_rel_ebd},
        {BERTH_ROW_C2P, c->c2p && c->relative_span > 0},
        {BERTH_ROW_P2C, c->p2c && c->relative_span > 0},
        {BERTH_ROW_SHARED, c->share_att_key},
        {BERTH_ROW_OWN, !c->share_att_key},
        {BERTH_ROW_CONVOLUTION, c->conv_kernel_size > 0},
    };

    for (size_t i = 0; i < sizeof(conditions) / sizeof(*conditions); i++) {
        if (row->when & conditions[i].when && !conditions[i].met)
            return false;
    }
    return size_of(c, row->rows) > 0;
}

/* A slot, or that of each feed-forward. */
static enum berth_status load_slots(struct berth_loader *l,
                                    const struct walk *walk,
                                    const struct berth_tensor_row *row,
                                    size_t n, size_t layer, char *out)
{
    const struct slot *slot = &slots[row->slot];
    const size_t times =
        slot->stride > 0 ? walk->config->num_feedforward_networks - 1 : 1;
    struct walk w = *walk;
    enum berth_status status = BERTH_OK;

    for (; status == BERTH_OK && w.forward < times; w.forward++)
        status = slot->load(l, &w, row, n, layer,
                            out + slot->offset + w.forward * slot->stride);
    return status;
}

/* All rows of a layer, or of the model. Rows of one slot that follow each other
 * are stacked: query, key and value become one matrix, which is one product in
 * place of three. */
static enum berth_status load_rows(struct berth_loader *l, const struct walk *w,
                                   bool of_layer, size_t layer, void *out)
{
    const struct berth_tensor_row *row = w->config->family->tensors;
    enum berth_status status = BERTH_OK;
    size_t n;

    for (; status == BERTH_OK && row->name != NULL; row += n) {
        const struct slot *slot = &slots[row->slot];

        for (n = 1; row[n].name != NULL && row[n].slot == row->slot; n++)
            ;
        if (slot->of_layer == of_layer && counts(w->config, row, layer))
            status = load_slots(l, w, row, n, layer, out);
    }
    return status;
}

/*
 * Tied, the decoder is the tokens' tensor, unless the file has one of its own
 * with other values: config.json is then wrong, as it often is where the key is
 * absent and means true. PreTrainedModel.tie_weights() of transformers 5. When
 * the rows are walked again, it is where it was found first.
 */
static enum berth_status find_tied(struct berth_loader *l, const struct walk *w,
                                   const struct berth_step_row *row,
                                   const char *name,
                                   const struct berth_tensor **out)
{
    const struct berth_config *c = w->config;
    const struct berth_tensor *tokens = w->weights->tokens;
    const bool own = berth_tensor_find(l->set, name) != NULL;

    if (!l->counting)
        return BERTH_OK;
    *out = tokens;
    if (c->tie_word_embeddings && !own)
        return BERTH_OK;
    enum berth_status status = berth_loader_check(
        l, name, size_of(c, row->rows), size_of(c, row->columns), out);
    if (status == BERTH_OK && c->tie_word_embeddings &&
        berth_tensor_equal(*out, tokens, l->kernels))
        *out = tokens;
    return status;
}

static enum berth_function function_of(const struct berth_config *c,
                                       int function)
{
    return function == BERTH_FUNCTION_OF_CONFIG ? c->hidden_act
           : function == BERTH_FUNCTION_OF_CLASSIFIER
               ? c->classifier_activation
               : (enum berth_function)function;
}

/* The bias may be named like its weight, or like the row says, where old files
 * have it: "cls.predictions.bias". */
static enum berth_status load_step(struct berth_loader *l, const struct walk *w,
                                   const struct berth_step_row *row,
                                   struct berth_step *out)
{
    char weight[BERTH_NAME_SIZE], bias[BERTH_NAME_SIZE];
    char beside[BERTH_NAME_SIZE];
    const size_t n_out = size_of(w->config, row->rows);
    struct berth_linear_source source = {
        .weights = {weight},
        .biases = {bias},
        .n_parts = 1,
        .n_out = {n_out},
        .n_in = size_of(w->config, row->columns),
        .tensor = out->linear.source.parts[0], /* since it was counted */
        .beside = row->beside != NULL ? beside : NULL,
        .n_beside = size_of(w->config, 'C') - size_of(w->config, 'E'),
        /* One prediction reads a head's matrices once: 8 bits would save little
         * time there and cost first places. */
        .precision = seldom(l),
    };
    enum berth_status status = BERTH_OK;

    const char *prefix = row->inside ? w->prefix : "";

    snprintf(weight, sizeof(weight), "%s%s.weight", prefix, row->linear);
    if (row->beside != NULL)
        snprintf(beside, sizeof(beside), "%s.weight", row->beside);
    snprintf(bias, sizeof(bias), "%s%s.bias", prefix, row->linear);
    if (row->bias != NULL && berth_tensor_find(l->set, bias) == NULL)
        source.biases[0] = row->bias;
    if (row->bare && berth_tensor_find(l->set, source.biases[0]) == NULL)
        source.biases[0] = NULL;
    if (row->tied)
        status = find_tied(l, w, row, weight, &source.tensor);
    if (status == BERTH_OK)
        status = berth_load_linear(l, &source, &out->linear);
    if (status == BERTH_OK && row->norm != NULL) {
        out->norm.n = n_out;
        out->norm.eps = (float)w->config->layer_norm_eps;
        status = berth_load_norm(l, row->norm, row->bare, &out->norm);
    }
    out->function = function_of(w->config, row->function);
    return status;
}

static enum berth_status load_head(struct berth_loader *l, const struct walk *w)
{
    const struct berth_step_row *row = w->head->steps;
    struct berth_chain *chain = &w->weights->head;
    enum berth_status status = BERTH_OK;

    for (chain->n = 0; status == BERTH_OK && row->linear != NULL; row++)
        status = load_step(l, w, row, &chain->steps[chain->n++]);
    return status;
}

static enum berth_status load_all(struct berth_loader *l, void *arg)
{
    const struct walk *w = arg;
    const size_t n_layers = berth_config_layers(w->config);
    struct berth_layer layer = {0};
    enum berth_status status = load_rows(l, w, false, 0, w->weights);

    /* While counting there is no memory for layers yet: all are read into one,
     * and only their sizes count. */
    w->weights->layers =
        berth_loader_take(l, n_layers, sizeof(*w->weights->layers));
    for (size_t i = 0; status == BERTH_OK && i < n_layers; i++)
        status = load_rows(l, w, true, i,
                           l->counting ? &layer : &w->weights->layers[i]);
    return status == BERTH_OK && w->head != NULL ? load_head(l, w) : status;
}

const char *berth_weights_prefix(const struct berth_tensor_set *set,
                                 const struct berth_config *config)
{
    const struct berth_family *family = config->family;
    struct walk w = {.config = config, .prefix = family->prefix};
    char name[BERTH_NAME_SIZE];

    name_of(&w, family->tensors, 0, ".weight", name);
    return berth_tensor_find(set, name) != NULL ? family->prefix : "";
}

enum berth_status berth_weights_load(
    const struct berth_tensor_set *set, const struct berth_config *config,
    const struct berth_kernels *kernels, enum berth_precision precision,
    const char *prefix, const struct berth_head_row *head,
    struct berth_weights *out, struct berth_error *err)
{
    struct berth_loader l = {.set = set,
                             .kernels = kernels,
                             .precision = precision,
                             .arena = &out->arena,
                             .err = err};
    struct walk w = {
        .config = config, .prefix = prefix, .head = head, .weights = out};

    out->precision = precision;
    return berth_loader_run(&l, load_all, &w);
}

static bool is_packed(const struct slot *slot)
{
    return slot->load == load_linear || slot->load == load_qkv ||
           slot->load == load_values;
}

/* Those that the family has. */
static size_t list_linears(char *base, bool of_layer,
                           struct berth_linear **list)
{
    size_t n = 0;

    for (size_t i = 0; i < sizeof(slots) / sizeof(*slots); i++) {
        const struct slot *slot = &slots[i];

        if (!is_packed(slot) || slot->of_layer != of_layer)
            continue;
        for (size_t k = 0; k < (slot->stride > 0 ? BERTH_FORWARDS_MAX - 1 : 1);
             k++) {
            struct berth_linear *linear =
                (void *)(base + slot->offset + k * slot->stride);

            if (linear->n_out == 0)
                continue;
            if (list != NULL)
                list[n] = linear;
            n++;
        }
    }
    return n;
}

size_t berth_weights_linears(struct berth_weights *weights,
                             const struct berth_config *config,
                             struct berth_linear **list)
{
    size_t n = list_linears((char *)weights, false, list);

    for (size_t i = 0; i < berth_config_layers(config); i++)
        n += list_linears((char *)&weights->layers[i], true,
                          list != NULL ? list + n : NULL);
    return n +
           berth_chain_linears(&weights->head, list != NULL ? list + n : NULL);
}

void berth_weights_free(struct berth_weights *weights)
{
    berth_arena_free(&weights->arena);
}
