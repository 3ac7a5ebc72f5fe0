/*
 * cmd_embed.c - one vector for each text, or for each token.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/message.h"
#include "cli/base/nearest.h"
#include "cli/frame/command.h"
#include "cli/meaning/embed.h"

#define AT(member) offsetof(struct embed, member)

static const struct option_row rows[] = {
    {FORMAT_ROW(FORMATS_ROWS | FORMATS_NUMBERS)},
    {0, "pooling", "mean|cls|max|mean-sqrt|weighted-mean|last",
     "how to combine token vectors; skips Dense layers (default: as the model "
     "says)",
     OPTION_CHOICE, AT(pooling), 0, 0},
    {0, "hidden-state", "LIST",
     "use the output of these layers, without Dense layers; 0 is the embedding "
     "layer (default: -1, the last layer)",
     OPTION_TEXT, AT(state_list), 0, 0},
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
    {0, "windows", NULL,
     "print a vector for each window of a long text, and its span", OPTION_FLAG,
     AT(windows), 0, 0},
    {0, "list", NULL, "csv, tsv: print the vector as one column, [v0,v1,...]",
     OPTION_FLAG, AT(list), 0, 0},
    {IGNORE_ROW},
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

/* ---------------------------------------------------------------- set up */

static const char *clash(const void *arg)
{
    const struct embed *self = arg;
    const struct shared *s = &self->vectors.session.settings;
    bool pools = self->pooling >= 0 || self->normalize != 0 || self->dim > 0;

    if (self->tokens && pools)
        return "--tokens does not go with --pooling, --normalize or --dim";
    if ((self->tokens || self->windows) && s->ignore.n > 0)
        return "--ignore does not go with --tokens and --windows: these have "
               "places in the whole text";
    if ((self->prompt_name != NULL) + (self->prefix != NULL) + self->no_prompt >
        1)
        return "only one of --prompt, --prefix and --no-prompt";
    if (self->tokens && self->vector_type != BERTH_VECTOR_F32)
        return "--tokens does not go with --vector-type";
    if (s->format == FORMAT_F32 && self->vector_type != BERTH_VECTOR_F32)
        return "--format f32 holds float32 only; npy has --vector-type";
    if (s->format == FORMAT_NPZ && !self->tokens)
        return "--format npz needs --tokens; npy holds a vector of each text";
    if (self->list && !format_is_table(s->format))
        return "--list needs --format csv or tsv";
    if (self->windows &&
        (self->tokens || s->input.pair || s->input.field.n > 1))
        return "--windows is for vectors of one text: without --tokens, --pair "
               "or a second --field";
    if (self->windows && s->overflow >= 0 && s->overflow != OVERFLOW_WINDOW)
        return "--windows needs --overflow window";
    if ((self->ranges != NULL || self->save_ranges != NULL) &&
        self->vector_type != BERTH_VECTOR_I8 &&
        self->vector_type != BERTH_VECTOR_U8)
        return "--ranges and --save-ranges need --vector-type int8 or uint8";
    return NULL;
}

static bool say_no_prompt(const struct embed *self)
{
    const struct berth_model *model = self->vectors.session.model;
    struct nearest nearest = nearest_of(self->prompt_name);
    const char *name;

    for (size_t i = 0; (name = berth_model_get_prompt_name(model, i)) != NULL;
         i++)
        nearest_try(&nearest, name, strlen(name));
    return message_refuse("--prompt: the model has no prompt named '%s'%s%s%s",
                          self->prompt_name,
                          nearest.n_list > 0 ? " among " : "", nearest.list,
                          nearest_phrase(&nearest));
}

static int ready(void *arg)
{
    struct embed *self = arg;

    if (self->windows)
        self->vectors.session.settings.overflow = OVERFLOW_WINDOW;
    return -1;
}

/* False after a message. */
static bool choose_prompt(struct embed *self)
{
    struct session *session = &self->vectors.session;

    if (self->prefix != NULL)
        session->prompt = self->prefix;
    else if (!self->no_prompt)
        session->prompt =
            berth_model_get_prompt(session->model, self->prompt_name);
    if (self->prompt_name == NULL || session->prompt != NULL)
        return true;
    return say_no_prompt(self);
}

static enum berth_pooling pooling_of(int word)
{
    static const enum berth_pooling poolings[] = {
        BERTH_POOLING_MEAN,          BERTH_POOLING_CLS,
        BERTH_POOLING_MAX,           BERTH_POOLING_MEAN_SQRT,
        BERTH_POOLING_WEIGHTED_MEAN, BERTH_POOLING_LAST};

    return word < 0 ? BERTH_POOLING_MODEL : poolings[word];
}

/* Which hidden states; false after a message: a wrong option. */
static bool choose_states(struct embed *self)
{
    const char *list = self->state_list != NULL ? self->state_list : "-1";

    if (!number_list_parse("hidden-state", list,
                           self->vectors.session.facts->num_hidden_layers + 1,
                           &self->states))
        return false;
    if (self->states.n > 1 && self->vector_type != BERTH_VECTOR_F32)
        return message_refuse("--vector-type needs a single --hidden-state");
    return true;
}

/* Which numbers of them; false after a message: a wrong option. */
static bool choose_vectors(struct embed *self)
{
    const struct berth_model_facts *facts = self->vectors.session.facts;
    const struct berth_model *model = self->vectors.session.model;
    struct berth_embed_options *o = &self->vectors.options;

    o->pooling = pooling_of(self->pooling);
    o->no_dense = self->state_list != NULL;
    o->normalize = self->normalize;
    o->dim = SIZE_MAX;
    size_t whole = berth_embed_size(model, o);

    if (self->dim > whole)
        return message_refuse("--dim: %zu, but the vectors have %zu dimensions",
                              self->dim, whole);
    o->dim = self->dim;
    self->vectors.size =
        self->tokens ? facts->hidden_size : berth_embed_size(model, o);
    self->vectors.most = INFINITY;
    return true;
}

static bool fit(void *arg)
{
    struct embed *self = arg;
    struct session *session = &self->vectors.session;

    if (!choose_states(self) || !choose_vectors(self) ||
        (self->pooling < 0 && !self->tokens && !vectors_are_dense(session)))
        return false;
    session_limit_tokens(session, session->facts->sentence_max_tokens);
    session->tokenize.no_special = session->facts->sentence_no_special;
    if (!choose_prompt(self))
        return false;
    if (!session->facts->has_pooling && self->pooling < 0 && !self->tokens)
        message_warning("%s does not say how to pool: taking the mean of the "
                        "last layer (--pooling)",
                        session->facts->path);
    if (!quantized_open(&self->quantized,
                        (enum berth_vector_type)self->vector_type,
                        self->vectors.size, self->ranges))
        return false;
    self->quantized.between = self->list ? ',' : 0;
    return true;
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

static struct stream_ops ops(const void *arg)
{
    const struct embed *self = arg;
    const enum berth_vector_type type =
        (enum berth_vector_type)self->vector_type;
    const int format = self->vectors.session.settings.format;
    struct stream_ops ops = vectors_ops(&self->vectors);

    ops.compute = embed_compute;
    ops.result_size = embed_result_size;

    ops.header = embed_header;
    ops.footer = embed_footer;
    ops.closed = embed_closed;
    ops.print = embed_print;
    ops.print_failed = embed_print_failed;
    ops.no_resume = waits_for_ranges(self);
    ops.by_window = self->tokens || self->windows;
    ops.finish = ops.by_window ? NULL : embed_finish;
    ops.blank_line = self->tokens;
    ops.one_record = self->tokens && format_in(format, FORMATS_RAW);
    if (!self->tokens)
        ops.npy =
            (struct npy_row){.width = self->states.n * embed_n_columns(self),
                             .parts = self->states.n,
                             .type = quantized_npy_type(type)};
    return ops;
}

static void release(void *arg)
{
    struct embed *self = arg;

    quantized_close(&self->quantized);
    free(self->states.items);
}

static const struct embed defaults = {.pooling = -1};

const struct command command_embed = {
    .name = "embed",
    .summary = "make a vector of each text, or of each token",
    .example = "seq 100 | berth embed -f npy -o vectors.npy",
    .options = {"Options of embed", rows, &group_hide},
    .size = sizeof(struct embed),
    .defaults = &defaults,
    .part = BERTH_PART_ENCODER,
    .computes = true,
    .clash = clash,
    .ready = ready,
    .fit = fit,
    .ops = ops,
    .release = release};
