/*
 * cmd_embed.c - one vector for each text, or for each token.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/message.h"
#include "cli/embed/embed.h"
#include "cli/frame/command.h"
#include "cli/stream/finite.h"

enum {
    LAYER_UNSET = -2
};

#define AT(member) offsetof(struct embed, member)

static const struct option_row rows[] = {
    {'f', "format", "text|csv|tsv|jsonl|npy|f32",
     "output format (default: text)", OPTION_CHOICE, AT(settings.format), 0, 0},
    {0, "pooling", "mean|cls|max|mean-sqrt|weighted-mean|last",
     "how to combine token vectors; skips Dense layers (default: as the model "
     "says)",
     OPTION_CHOICE, AT(pooling), 0, 0},
    {0, "hidden-state", "N",
     "use the output of layer N, without Dense layers; 0 is the embedding "
     "layer (default: -1, the last layer)",
     OPTION_INT, AT(layer), -1, 1 << 16},
    {0, "normalize", NULL,
     "scale vectors to length 1 (default: as the model says)", OPTION_SET,
     AT(normalize), 1, 0},
    {0, "no-normalize", NULL, "leave vectors at their own length", OPTION_SET,
     AT(normalize), -1, 0},
    {0, "dim", "N", "keep the first N dimensions (default: as the model says)",
     OPTION_SIZE, AT(dim), 1, OPTION_SIZE_MAX},
    {0, "prompt", "NAME",
     "put the prompt of this name before each text (default: the model's "
     "default prompt)",
     OPTION_TEXT, AT(prompt_name), 0, 0},
    {0, "no-prompt", NULL, "use no prompt, not even the model's default",
     OPTION_FLAG, AT(no_prompt), 0, 0},
    {0, "prefix", "TEXT", "put this text before each text, instead of a prompt",
     OPTION_TEXT, AT(prefix), 0, 0},
    {0, "tokens", NULL, "print the hidden state of every token", OPTION_FLAG,
     AT(tokens), 0, 0},
    {0, "vector-type", "float32|int8|uint8|binary|ubinary",
     "store vectors in fewer bits (default: float32)", OPTION_CHOICE,
     AT(vector_type), 0, 0},
    {0, "ranges", "FILE",
     "int8, uint8: ranges of the dimensions, a .npy file (default: those of "
     "the vectors)",
     OPTION_TEXT, AT(ranges), FILE_READ, 0},
    {0, "save-ranges", "FILE", "write the ranges that were used to FILE",
     OPTION_TEXT, AT(save_ranges), FILE_WRITTEN, 0},
    {0}};

static const struct option_group groups[] = {{"Options of embed", rows},
                                             {"Hiding", rows_hide},
                                             {"Length", rows_length},
                                             {"Input", rows_input},
                                             {"Output", rows_output},
                                             {"All commands", rows_common},
                                             {NULL, NULL}};

/* -------------------------------------------------------------- compute */

static bool prepare(void *arg, struct item *item, struct berth_tokens *tokens)
{
    struct embed *self = arg;

    return stream_tokenize(item, self->model, &self->tokenize, self->prompt,
                           self->settings.overflow == OVERFLOW_ERROR, tokens) &&
           stream_has_tokens(item) &&
           hide_prepare(&self->hide, self->model, item);
}

static size_t result_size(void *arg, size_t n_tokens)
{
    const struct embed *self = arg;

    return self->size * sizeof(float) * (self->tokens ? n_tokens : 1);
}

/* Keeps n floats for print(). */
static enum berth_status keep(const struct job *job, struct pieces *results,
                              const float *data, size_t n,
                              struct berth_error *err)
{
    float *copy = pieces_array(results, n, sizeof(*copy));

    if (copy == NULL)
        return stream_no_memory(err);
    memcpy(copy, data, n * sizeof(*copy));
    job->item->results[job->window] = copy;
    finite_check(job->item, copy, n);
    return BERTH_OK;
}

static enum berth_status keep_vectors(struct embed *self,
                                      const struct job *jobs, size_t n,
                                      struct pieces *results,
                                      struct berth_error *err)
{
    enum berth_status status = BERTH_OK;

    if (n > self->n_vectors) {
        float *vectors = NULL;

        if (n <= SIZE_MAX / sizeof(*vectors) / self->size)
            vectors = realloc(self->vectors, n * self->size * sizeof(*vectors));
        if (vectors == NULL)
            return stream_no_memory(err);
        self->vectors = vectors;
        self->n_vectors = n;
    }
    status = berth_embed(self->context, &self->options, self->vectors, err);
    for (size_t i = 0; i < n && status == BERTH_OK; i++)
        status = keep(&jobs[i], results, self->vectors + i * self->size,
                      self->size, err);
    return status;
}

static enum berth_status compute(void *arg, const struct job *jobs, size_t n,
                                 struct pieces *results,
                                 struct berth_error *err)
{
    struct embed *self = arg;
    struct berth_sequence *sequences =
        pieces_array(results, n, sizeof(*sequences));

    if (sequences == NULL)
        return stream_no_memory(err);
    for (size_t i = 0; i < n; i++) {
        const struct item *item = jobs[i].item;
        const struct berth_window *w = &item->windows[jobs[i].window];

        sequences[i] = (struct berth_sequence){
            .ids = item->ids + w->start,
            .type_ids = item->type_ids + w->start,
            .n_tokens = w->n_tokens,
            .n_skip = self->facts->include_prompt ? 0 : w->n_prompt,
            .hidden = hide_window(item, jobs[i].window)};
    }
    enum berth_status status = berth_forward(
        self->context, sequences, n,
        self->layer == LAYER_UNSET ? BERTH_LAST_LAYER : self->layer, err);

    if (status != BERTH_OK || !self->tokens)
        return status != BERTH_OK ? status
                                  : keep_vectors(self, jobs, n, results, err);
    for (size_t i = 0; i < n && status == BERTH_OK; i++)
        status = keep(&jobs[i], results, berth_hidden(self->context, i),
                      sequences[i].n_tokens * self->size, err);
    return status;
}

/* ---------------------------------------------------------------- set up */

static const char *clash(const struct embed *self)
{
    bool pools = self->pooling >= 0 || self->normalize != 0 || self->dim > 0;

    if (self->tokens && pools)
        return "--tokens does not go with --pooling, --normalize or --dim";
    if ((self->prompt_name != NULL) + (self->prefix != NULL) + self->no_prompt >
        1)
        return "only one of --prompt, --prefix and --no-prompt";
    if (self->tokens && self->vector_type != BERTH_VECTOR_F32)
        return "--tokens does not go with --vector-type";
    if (self->settings.format == FORMAT_F32 &&
        self->vector_type != BERTH_VECTOR_F32)
        return "--format f32 holds float32 only; npy has --vector-type";
    if ((self->ranges != NULL || self->save_ranges != NULL) &&
        self->vector_type != BERTH_VECTOR_I8 &&
        self->vector_type != BERTH_VECTOR_U8)
        return "--ranges and --save-ranges need --vector-type int8 or uint8";
    return NULL;
}

/* False after a message. */
static bool choose_prompt(struct embed *self)
{
    if (self->prefix != NULL)
        self->prompt = self->prefix;
    else if (!self->no_prompt)
        self->prompt = berth_model_get_prompt(self->model, self->prompt_name);
    if (self->prompt_name == NULL || self->prompt != NULL)
        return true;
    message_usage("embed", "--prompt: the model has no prompt named '%s'",
                  self->prompt_name);
    return false;
}

static enum berth_pooling pooling_of(int word)
{
    static const enum berth_pooling poolings[] = {
        BERTH_POOLING_MEAN,          BERTH_POOLING_CLS,
        BERTH_POOLING_MAX,           BERTH_POOLING_MEAN_SQRT,
        BERTH_POOLING_WEIGHTED_MEAN, BERTH_POOLING_LAST};

    return word < 0 ? BERTH_POOLING_MODEL : poolings[word];
}

/* What only the model can tell; false after a message: a wrong option. */
static bool fit_to_model(struct embed *self)
{
    const struct berth_model_facts *facts = self->facts;
    struct berth_embed_options *o = &self->options;

    o->pooling = pooling_of(self->pooling);
    o->no_dense = self->layer != LAYER_UNSET;
    o->normalize = self->normalize;
    o->dim = SIZE_MAX;
    size_t whole = berth_embed_size(self->model, o);

    if (self->layer > 0 && (size_t)self->layer > facts->num_hidden_layers) {
        message_usage("embed",
                      "--hidden-state: %d, but the model has %zu "
                      "layers",
                      self->layer, facts->num_hidden_layers);
        return false;
    }
    if (self->dim > whole) {
        message_usage("embed",
                      "--dim: %zu, but the vectors have %zu dimensions",
                      self->dim, whole);
        return false;
    }
    o->dim = self->dim;
    self->size =
        self->tokens ? facts->hidden_size : berth_embed_size(self->model, o);
    self->tokenize = common_tokenize(&self->settings, self->model,
                                     facts->sentence_max_tokens);
    self->tokenize.no_special = facts->sentence_no_special;
    return choose_prompt(self) &&
           hide_parse("embed", &self->settings, self->model, &self->hide);
}

/* Why --resume cannot go on; NULL: it can. */
static const char *waits_for_ranges(const struct embed *self)
{
    bool ranged = self->vector_type == BERTH_VECTOR_I8 ||
                  self->vector_type == BERTH_VECTOR_U8;

    return ranged && self->ranges == NULL
               ? "the ranges of int8 and uint8 are known at the end: give "
                 "--ranges FILE"
               : NULL;
}

static int run_stream(struct embed *self)
{
    bool one = self->tokens && self->settings.format >= FORMAT_NPY;
    enum berth_vector_type type = (enum berth_vector_type)self->vector_type;
    struct stream_ops ops = {.prepare = prepare,
                             .compute = compute,
                             .header = embed_header,
                             .footer = embed_footer,
                             .closed = embed_closed,
                             .print = embed_print,
                             .print_failed = embed_print_failed,
                             .result_size = result_size,
                             .by_window = self->tokens,
                             .one_record = one,
                             .no_resume = waits_for_ranges(self),
                             .npy_type = quantized_npy_type(type),
                             .batch_tokens = self->settings.batch_tokens};

    if (!self->facts->has_pooling && self->pooling < 0 && !self->tokens)
        message_warning("%s does not say how to pool: taking the mean of the "
                        "last layer (--pooling)",
                        self->facts->path);
    int status = EXIT_NOT_DONE;

    if (quantized_open(&self->quantized, type, self->size, self->ranges) &&
        common_context(&self->settings, self->model, &self->context) &&
        hide_heads(&self->hide, self->context)) {
        ops.npy_width = self->tokens ? 0 : embed_n_columns(self);
        status = stream_run(&self->settings, &ops, self, self->model);
    }
    berth_context_free(self->context);
    quantized_close(&self->quantized);
    free(self->vectors);
    return status;
}

static int run(int argc, char **argv)
{
    struct embed self = {.pooling = -1, .layer = LAYER_UNSET};
    struct berth_model *model = NULL;

    common_init(&self.settings);
    int status = common_parse(&command_embed, &self.settings, argc, argv);

    if (status < 0 && clash(&self) != NULL)
        status = message_usage("embed", "%s", clash(&self));
    if (status < 0 &&
        !common_open_model(&self.settings, BERTH_PART_ENCODER, &model))
        status = message_status();
    if (status < 0) {
        self.model = model;
        self.facts = berth_model_get_facts(model);
        status = fit_to_model(&self) ? run_stream(&self) : message_status();
    }
    berth_model_close(model);
    hide_free(&self.hide);
    common_free(&self.settings);
    return status;
}

const struct command command_embed = {
    "embed",
    "[FILE...]",
    "make a vector of each text, or of each token",
    groups,
    run,
    .example = "seq 100 | berth embed -f npy -o vectors.npy"};
