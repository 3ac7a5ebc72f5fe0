/*
 * model.c - opening a model: every file read and checked, then immutable.
 */
#include "models/model.h"
#include "lib/status.h"
#include "models/builtin.h"
#include "models/families/told.h"
#include "models/files/adapters.h"
#include "models/files/explain.h"
#include "models/files/tensor.h"
#include "tokenizer/tokenizer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char builtin_name[] = "@builtin";

static enum berth_status open_folder(const char *path,
                                     struct berth_folder **out,
                                     struct berth_error *err)
{
    size_t n;

    if (path != NULL)
        return berth_folder_open(path, out, err);
    const struct berth_embedded_file *files = berth_builtin_files(&n);
    if (n == 0)
        return berth_fail(err, BERTH_ERR_UNSUPPORTED,
                          "this program was built without a model: give the "
                          "folder of one");
    return berth_folder_open_embedded(builtin_name, files, n, out, err);
}

/* The best CPU level within the one asked for that this CPU has. */
static enum berth_status choose_cpu(const char *name, enum berth_cpu *out,
                                    struct berth_error *err)
{
    enum berth_cpu level;

    if (name == NULL) {
        *out = berth_cpu_detect();
        return BERTH_OK;
    }
    if (!berth_cpu_parse(name, &level))
        return berth_fail(err, BERTH_ERR_ARGUMENT,
                          "CPU level: expected scalar, vector, avx2, avx2vnni, "
                          "avx512, avx512vnni, amx or dotprod, found '%s'",
                          name);
    *out = berth_cpu_within(level);
    return BERTH_OK;
}

/* transformers lays an adapter beside a model over its weights. */
static enum berth_status refuse_adapter(const struct berth_folder *folder,
                                        struct berth_error *err)
{
    static const char name[] = "adapter_config.json";
    char file[320];
    bool found = false;
    enum berth_status status = berth_folder_find(folder, name, &found, err);

    if (status != BERTH_OK || !found)
        return status;
    return berth_fail(err, BERTH_ERR_UNSUPPORTED,
                      "%s: expected no adapter beside the model, found one, "
                      "which is not supported: merge it into the weights "
                      "(merge_and_unload() of peft), or take the file out",
                      berth_folder_file(folder, name, file, sizeof(file)));
}

/* The file that has them. */
static const char *weights_name(const struct berth_tensor_set *tensors)
{
    const char *path = berth_tensor_set_path(tensors);
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

/* Labels matter to the head that is opened, if it has any; others may be
 * wrong, but not unread: info would say another thing. */
static enum berth_status find_heads(struct berth_model *model,
                                    const struct berth_folder *folder,
                                    const char *prefix,
                                    enum berth_head_kind wanted,
                                    struct berth_error *err)
{
    const bool needed = berth_head_kinds[wanted].has_labels;
    struct berth_error why = {.status = BERTH_OK};
    const enum berth_status status =
        berth_labels_read(folder, &model->labels, &why);

    if (status != BERTH_OK &&
        (needed || status == BERTH_ERR_MEMORY || status == BERTH_ERR_IO)) {
        if (err != NULL)
            *err = why;
        return status;
    }
    if (model->sentence.activation != NULL) {
        free(model->labels.activation);
        model->labels.activation = model->sentence.activation;
        model->labels.activation_source = "config_sentence_transformers.json";
        model->sentence.activation = NULL;
    }
    model->config.num_labels = model->labels.n;
    berth_heads_find(model->tensors, prefix, &model->config, &model->labels,
                     &model->heads);
    if (wanted == BERTH_HEAD_NONE)
        return BERTH_OK;
    return berth_heads_open(&model->heads, wanted, model->tensors, prefix,
                            &model->config, err);
}

/* The types of the weights, that of the tokens first: "F16, F32". */
static void list_types(const struct berth_model *model, char *list, size_t room)
{
    size_t n;
    const struct berth_tensor *all = berth_tensor_set_list(model->tensors, &n);
    size_t used =
        (size_t)snprintf(list, room, "%s", model->weights.tokens->dtype->name);

    for (size_t i = 0; i < n && used < room; i++) {
        const char *name = all[i].dtype->name;

        if (berth_tensor_is_float(&all[i]) && strstr(list, name) == NULL)
            used += (size_t)snprintf(list + used, room - used, ", %s", name);
    }
}

/* For `berth info`: what is in the files of weights. */
static enum berth_status tell_weights(struct berth_model *model,
                                      struct berth_error *err)
{
    struct berth_settings *settings = &model->settings;
    const char *from = weights_name(model->tensors);
    size_t n_files, n_bytes, n_weights;
    char types[128];

    list_types(model, types, sizeof(types));
    berth_tensor_set_measure(model->tensors, &n_files, &n_bytes, &n_weights);
    if (berth_settings_add(settings, "stored_as", from, "%s", types) ||
        berth_settings_add(settings, "weights_files", from, "%zu", n_files) ||
        berth_settings_add(settings, "weights_size", from, "%zu", n_bytes) ||
        berth_settings_add(settings, "parameters", from, "%zu", n_weights))
        return berth_fail(err, BERTH_ERR_MEMORY, "out of memory");
    return berth_heads_tell(&model->heads, &model->labels, settings, from, err);
}

static enum berth_status read_weights(struct berth_model *model,
                                      const struct berth_folder *folder,
                                      const struct berth_model_options *o,
                                      struct berth_error *err)
{
    enum berth_status status = refuse_adapter(folder, err);

    if (status == BERTH_OK)
        status = berth_tensor_set_open(folder, "", &model->tensors, err);
    if (status != BERTH_OK)
        return status;
    /* What is in 8 bits as stored is computed with so. */
    const enum berth_precision precision =
        o->precision == BERTH_PRECISION_STORED &&
                berth_tensor_set_has_i8(model->tensors)
            ? BERTH_PRECISION_I8
            : o->precision;
    const char *prefix = berth_weights_prefix(model->tensors, &model->config);
    status = find_heads(model, folder, prefix, o->head, err);
    if (status == BERTH_OK)
        status = berth_weights_load(
            model->tensors, &model->config, &model->kernels, precision, prefix,
            model->heads.rows[o->head], &model->weights, err);
    if (status == BERTH_OK &&
        berth_settings_add(&model->settings, "stored_as",
                           weights_name(model->tensors), "%s",
                           model->weights.tokens->dtype->name) != BERTH_OK)
        status = berth_fail(err, BERTH_ERR_MEMORY, "out of memory");
    return status == BERTH_OK && o->part == BERTH_PART_FACTS
               ? tell_weights(model, err)
               : status;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* A limit of tokens as it works: at most the positions; one that leaves no
 * room beside [CLS] and [SEP] does not cut at all, as in tokenizers. */
static size_t working_limit(const struct berth_model *model, size_t limit)
{
    const size_t positions = model->config.max_sequence;
    const size_t least = model->sentence.no_special ? 1 : 2;

    return limit < least ? positions : smaller(limit, positions);
}

/* Limits of the calls win over those of the task, and these over the model's,
 * as Transformer.preprocess() of sentence-transformers has it. */
static size_t sentence_limit(const struct berth_model *model, size_t of_task)
{
    const struct berth_sentence *sentence = &model->sentence;

    if (sentence->no_truncation)
        return model->facts.max_positions;
    if (sentence->max_length > 0)
        return working_limit(model, sentence->max_length);
    if (of_task > 0)
        return working_limit(model, of_task);
    if (sentence->max_seq_length > 0)
        return working_limit(model, sentence->max_seq_length);
    return model->facts.max_tokens;
}

static void set_limits(struct berth_model *model,
                       const struct berth_tokenizer_facts *t)
{
    struct berth_model_facts *f = &model->facts;
    const struct berth_sentence *sentence = &model->sentence;

    f->max_positions = model->config.max_sequence;
    f->max_tokens = smaller(f->max_positions, t->model_max_length);
    f->sentence_max_tokens = sentence_limit(model, 0);
    f->query_max_tokens = sentence_limit(model, sentence->query_length);
    f->document_max_tokens = sentence_limit(model, sentence->document_length);
}

/* Dot products of vectors of unit length are cosines. */
static void set_similarity(struct berth_model *model)
{
    const struct berth_embed_options whole = {.dim = SIZE_MAX};
    const struct berth_sentence *sentence = &model->sentence;
    struct berth_model_facts *f = &model->facts;
    const bool cut = f->embedding_size < berth_embed_size(model, &whole);

    f->normalizes = berth_sentence_normalizes(sentence) && !cut;
    f->similarity = sentence->similarity;
    if (f->similarity == BERTH_SIMILARITY_DOT && f->normalizes)
        f->similarity = BERTH_SIMILARITY_COSINE;
    f->similarity_threshold = (float)sentence->similarity_threshold;
    if (isnan(f->similarity_threshold) &&
        f->similarity == BERTH_SIMILARITY_COSINE)
        f->similarity_threshold = 0.5f;
}

static enum berth_status tell_threshold(struct berth_model *model)
{
    static const char key[] = "similarity_threshold";
    const float x = model->facts.similarity_threshold;
    const char *source = isnan(model->sentence.similarity_threshold)
                             ? "default"
                             : "config_sentence_transformers.json";

    if (isnan(x))
        return berth_settings_add(&model->settings, key, source, "none");
    return berth_settings_add(&model->settings, key, source, "%g", (double)x);
}

/* A tokenizer may have more tokens than the model has rows: the encoder cannot
 * take a text with one that has no row. */
static int32_t with_row(const struct berth_model *model, int32_t id)
{
    return berth_model_has_row(model, id) ? id : -1;
}

static void set_facts(struct berth_model *model)
{
    const struct berth_config *c = &model->config;
    const struct berth_tokenizer_facts *t =
        berth_tokenizer_get_facts(model->tokenizer);

    model->hides_types = t->hides_types;
    model->facts = (struct berth_model_facts){
        .path = model->path,
        .family = c->family != NULL ? c->family->name : "",
        .num_hidden_layers = c->num_hidden_layers,
        .hidden_size = c->hidden_size,
        .num_attention_heads = c->num_attention_heads,
        .head_size = c->head_size,
        .vocab_size = c->vocab_size,
        .has_pooling = model->sentence.n_pooling > 0,
        .has_weights = model->has_weights || model->tensors != NULL,
        .sparse = model->sentence.sparse,
        .sentence_no_special = model->sentence.no_special,
        .include_prompt =
            !model->sentence.present || model->sentence.include_prompt,
        .spaced_words = t->spaced_words,
        .marks_subwords = t->marks_subwords,
        .mask_token = t->mask_token,
        .mask_id = with_row(model, t->mask_id),
        .cls_id = with_row(model, t->cls_id),
        .sep_id = with_row(model, t->sep_id),
        .pad_id = with_row(model, t->pad_id),
        .unk_id = with_row(model, t->unk_id),
        .n_special = t->n_special,
        .n_special_pair = t->n_special_pair,
        .cpu = model->kernels.name,
        .fetch_ahead = model->kernels.fetch_ahead,
    };
    if (model->weights.positions != NULL)
        model->facts.position_size = model->weights.positions->shape[1];
    if (c->rope.theta > 0)
        model->facts.distances = BERTH_DISTANCES_TURNED;
    else if (c->family != NULL && c->family->distance != BERTH_DISTANCE_NONE)
        model->facts.distances = BERTH_DISTANCES_ADDED;
    set_limits(model, t);
    model->facts.embedding_size = berth_embed_size(model, NULL);
    set_similarity(model);
}

static enum berth_status add_derived_settings(struct berth_model *model,
                                              struct berth_error *err)
{
    const struct berth_model_facts *f = &model->facts;
    struct berth_settings *settings = &model->settings;
    const char *from = "derived";

    if (tell_threshold(model) ||
        berth_settings_add(settings, "max_tokens", from, "%zu",
                           f->max_tokens) ||
        berth_settings_add(settings, "sentence_max_tokens", from, "%zu",
                           f->sentence_max_tokens) ||
        berth_settings_add(settings, "embedding_size", from, "%zu",
                           f->embedding_size) ||
        berth_settings_add(settings, "cpu", from, "%s", f->cpu))
        return berth_fail(err, BERTH_ERR_MEMORY, "out of memory");
    return BERTH_OK;
}

/* What there is to pack, and what any of it needs. */
static enum berth_status list_linears(struct berth_model *model,
                                      struct berth_error *err)
{
    struct berth_chain *chain = &model->sentence.chain;
    const size_t n =
        berth_weights_linears(&model->weights, &model->config, NULL);

    model->n_linears = n + berth_chain_linears(chain, NULL);
    model->linears = calloc(model->n_linears, sizeof(*model->linears));
    if (model->linears == NULL)
        return berth_fail(err, BERTH_ERR_MEMORY, "out of memory");
    berth_weights_linears(&model->weights, &model->config, model->linears);
    berth_chain_linears(chain, model->linears + n);
    model->room_size =
        berth_linears_room(model->linears, model->n_linears, &model->kernels);
    return BERTH_OK;
}

/* Without weights, what config.json says. */
static enum berth_status tell_heads(struct berth_model *model,
                                    const struct berth_folder *folder,
                                    struct berth_error *err)
{
    enum berth_status status =
        find_heads(model, folder, "", BERTH_HEAD_NONE, err);

    return status == BERTH_OK
               ? berth_heads_tell(&model->heads, &model->labels,
                                  &model->settings, "config.json", err)
               : status;
}

/* The encoder's own files: config.json, the tokenizer's, the weights. */
static enum berth_status read_encoder(struct berth_model *model,
                                      const struct berth_folder *folder,
                                      const struct berth_model_options *o,
                                      struct berth_error *err)
{
    const struct berth_sentence_args *args = &model->sentence.args;
    const struct berth_overlay over = {args->tokenizer, args->source};
    enum berth_status status =
        berth_tokenizer_open_with(folder, model->sentence.do_lower_case, &over,
                                  &model->settings, &model->tokenizer, err);

    if (status == BERTH_OK)
        status = o->part != BERTH_PART_TOKENIZER
                     ? read_weights(model, folder, o, err)
                     : berth_tensor_set_look(folder, &model->has_weights, err);
    if (status == BERTH_OK && model->tensors == NULL &&
        model->config.family != NULL)
        status = tell_heads(model, folder, err);
    if (status == BERTH_OK && model->tensors != NULL)
        status = list_linears(model, err);
    return status;
}

/* config.json, which only a tokenizer can do without: then all sizes are 0. */
static enum berth_status read_config(struct berth_model *model,
                                     const struct berth_folder *folder,
                                     bool weights, struct berth_error *err)
{
    const struct berth_sentence_args *args = &model->sentence.args;
    const struct berth_overlay over = {args->config, args->source};
    bool found = true;
    enum berth_status status = BERTH_OK;

    if (!weights)
        status = berth_folder_find(folder, "config.json", &found, err);
    return status == BERTH_OK && found
               ? berth_config_read_with(folder, &over, &model->settings,
                                        &model->config, err)
               : status;
}

/* A model has files that this part of it, or this program, does without:
 * on_file() hears of them, too. */
static void tell_others(const struct berth_folder *folder)
{
    static const char *const names[] = {"model.safetensors",
                                        "model.safetensors.index.json",
                                        "berth-int8.safetensors",
                                        "pytorch_model.bin",
                                        "pytorch_model.bin.index.json",
                                        "config.json",
                                        "vocab.txt",
                                        "tokenizer.json",
                                        "tokenizer_config.json",
                                        "special_tokens_map.json",
                                        "added_tokens.json",
                                        "modules.json",
                                        "sentence_bert_config.json",
                                        "config_sentence_transformers.json"};
    bool found;

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        (void)berth_folder_find(folder, names[i], &found, NULL);
}

/* A setting of config.json that was made comes from what that was made of. */
static enum berth_status tell_origins(struct berth_model *model,
                                      const struct berth_folder *folder,
                                      const char *told, struct berth_error *err)
{
    if (told != NULL && berth_settings_resource(&model->settings, "model_type",
                                                told) != BERTH_OK)
        return berth_fail(err, BERTH_ERR_MEMORY, "out of memory");
    for (size_t i = 0; i < model->settings.n; i++) {
        const struct berth_setting *s = &model->settings.list[i];
        const char *origin = berth_folder_origin(folder, s->source);

        if (origin != s->source &&
            berth_settings_resource(&model->settings, s->key, origin) !=
                BERTH_OK)
            return berth_fail(err, BERTH_ERR_MEMORY, "out of memory");
    }
    return BERTH_OK;
}

/* modules.json says where the encoder is, so it comes first. */
static enum berth_status read_files(struct berth_model *model,
                                    const struct berth_folder *folder,
                                    const struct berth_model_options *o,
                                    struct berth_error *err)
{
    const bool weights = o->part != BERTH_PART_TOKENIZER;
    struct berth_sentence *sentence = &model->sentence;
    struct berth_folder *sub = NULL;
    const struct berth_folder *encoder = folder;
    const char *told = NULL; /* what told the model_type */
    enum berth_status status = berth_sentence_open(folder, sentence, err);

    if (status == BERTH_OK && sentence->path != NULL) {
        status = berth_folder_open_sub(folder, sentence->path, &sub, err);
        encoder = sub;
    }
    if (status == BERTH_OK)
        status = berth_tell_config(model->folder,
                                   sentence->path != NULL ? sentence->path : "",
                                   &told, err);
    if (status == BERTH_OK)
        status = read_config(model, encoder, weights, err);
    if (status == BERTH_OK && model->config.hidden_size > 0)
        status = berth_sentence_read_modules(
            folder, &model->config, weights ? &model->kernels : NULL,
            o->precision, &model->settings, sentence, err);
    if (status == BERTH_OK)
        status = read_encoder(model, encoder, o, err);
    if (status == BERTH_OK && o->on_file != NULL)
        tell_others(folder);
    if (status == BERTH_OK && o->on_file != NULL && sub != NULL)
        tell_others(sub);
    berth_folder_close(sub);
    if (status == BERTH_OK)
        status = tell_origins(model, folder, told, err);
    if (status != BERTH_OK)
        return status;
    set_facts(model);
    return model->config.hidden_size > 0 ? add_derived_settings(model, err)
                                         : BERTH_OK;
}

enum berth_status berth_model_open(const char *path,
                                   const struct berth_model_options *options,
                                   struct berth_model **out,
                                   struct berth_error *err)
{
    const struct berth_model_options usual = {.part = BERTH_PART_ENCODER};
    const struct berth_model_options *o = options != NULL ? options : &usual;
    enum berth_cpu cpu = BERTH_CPU_SCALAR;
    struct berth_model *model = calloc(1, sizeof(*model));

    if (model == NULL)
        return berth_fail(err, BERTH_ERR_MEMORY, "out of memory");
    enum berth_status status = choose_cpu(o->cpu, &cpu, err);
    if (status != BERTH_OK)
        goto out;
    berth_kernels_select(&model->kernels, cpu,
                         o->precision == BERTH_PRECISION_BF16);
    model->part = o->part;
    model->path = strdup(path != NULL ? path : builtin_name);
    if (model->path == NULL) {
        status = berth_fail(err, BERTH_ERR_MEMORY, "out of memory");
        goto out;
    }
    status = open_folder(path, &model->folder, err);
    if (status == BERTH_OK) {
        berth_folder_watch(model->folder, o->on_file, o->on_file_arg);
        status = berth_folder_adapt(model->folder, err);
    }
    if (status == BERTH_OK)
        status = read_files(model, model->folder, o, err);
    if (model->folder != NULL)
        berth_folder_watch(model->folder, NULL, NULL);
    if (status != BERTH_OK && model->folder != NULL)
        status = berth_folder_explain(model->folder, status, err);
out:
    /* The list of settings fails without a word. */
    if (status == BERTH_ERR_MEMORY)
        berth_fail(err, status, "%s: out of memory",
                   path != NULL ? path : builtin_name);
    if (status == BERTH_OK)
        *out = model;
    else
        berth_model_close(model);
    return status;
}

enum berth_status berth_model_pack(struct berth_model *model, size_t n_threads,
                                   struct berth_error *err)
{
    struct berth_pool *pool;

    if (model->packed.base != NULL || model->n_linears == 0)
        return BERTH_OK;
    enum berth_status status = berth_pool_new(n_threads, &pool, err);
    if (status != BERTH_OK)
        return status;
    status = berth_linears_pack(model->linears, model->n_linears,
                                &model->kernels, pool, &model->packed, err);
    berth_pool_free(pool);
    return status;
}

bool berth_model_has_row(const struct berth_model *model, int32_t id)
{
    return id >= 0 && (model->part == BERTH_PART_TOKENIZER ||
                       (size_t)id < model->config.vocab_size);
}

void berth_model_close(struct berth_model *model)
{
    if (model == NULL)
        return;
    berth_arena_free(&model->packed);
    free(model->linears);
    berth_weights_free(&model->weights);
    berth_labels_free(&model->labels);
    berth_tensor_set_close(model->tensors);
    berth_tokenizer_close(model->tokenizer);
    berth_sentence_free(&model->sentence);
    berth_settings_free(&model->settings);
    berth_folder_close(model->folder);
    free(model->path);
    free(model);
}
