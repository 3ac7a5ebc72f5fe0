/*
 * encoder.c - sentence_bert_config.json: how a text comes to the
 * encoder, and what is said over the encoder's own files.
 */
#include "lib/status.h"
#include "models/sentence/files.h"
#include "models/sentence/keys.h"

#include <stdint.h>
#include <string.h>

enum {
    MAX_LENGTH = 1 << 30
};

static const double huge = 1e15; /* transformers writes 1e30 for "no limit" */

/* ------------------------------------------------------------------- values */

static enum berth_status keep_length(const struct berth_sentence_reader *r,
                                     const char *key, size_t n)
{
    char number[32] = "none";

    if (n != SIZE_MAX)
        snprintf(number, sizeof(number), "%zu", n);
    return berth_sentence_keep(r, key, r->name, number);
}

/* A length in tokens; with 0 nothing is cut there. */
static enum berth_status read_length(const struct berth_sentence_reader *r,
                                     const char *told, size_t *to)
{
    size_t n = 0;
    bool found;
    enum berth_status status = berth_json_get_size(
        r->object, r->file, r->key, 0, MAX_LENGTH, &n, &found, r->err);

    if (status != BERTH_OK || !found)
        return status;
    *to = n > 0 ? n : SIZE_MAX;
    return keep_length(r, told, *to);
}

/* A string that must be this one; null is as good. */
static enum berth_status expect(const struct berth_sentence_reader *r,
                                const char *wanted)
{
    const json_t *value = json_object_get(r->object, r->key);
    const char *found = json_string_value(value);

    if (json_is_null(value) || (found != NULL && strcmp(found, wanted) == 0))
        return BERTH_OK;
    return berth_fail(r->err, BERTH_ERR_UNSUPPORTED,
                      "%s: key '%s%s': expected \"%s\", found %s%.64s%s, which "
                      "is not supported",
                      r->file, r->within, r->key, wanted,
                      found != NULL ? "\"" : "another kind of value",
                      found != NULL ? found : "", found != NULL ? "\"" : "");
}

/* An object with keys of its own; within names the keys above it. */
static enum berth_status read_object(const struct berth_sentence_reader *r,
                                     enum berth_sentence_object kind)
{
    const json_t *value = json_object_get(r->object, r->key);
    char within[128], buf[64];

    if (json_is_null(value))
        return BERTH_OK;
    if (!json_is_object(value)) {
        return berth_fail(r->err, BERTH_ERR_FORMAT,
                          "%s: key '%s%s': expected an object, found %s",
                          r->file, r->within, r->key,
                          berth_json_describe(value, buf, sizeof(buf)));
    }
    snprintf(within, sizeof(within), "%s%s.", r->within, r->key);
    return berth_sentence_read_keys(r, kind, within, value);
}

/* ------------------------------------------------------------------ lengths */

enum berth_status
berth_sentence_key_max_seq_length(const struct berth_sentence_reader *r)
{
    return read_length(r, "max_seq_length", &r->sentence->max_seq_length);
}

enum berth_status
berth_sentence_key_query_length(const struct berth_sentence_reader *r)
{
    return read_length(r, "query_length", &r->sentence->query_length);
}

enum berth_status
berth_sentence_key_document_length(const struct berth_sentence_reader *r)
{
    return read_length(r, "document_length", &r->sentence->document_length);
}

enum berth_status
berth_sentence_key_max_length(const struct berth_sentence_reader *r)
{
    return read_length(r, "max_length", &r->sentence->max_length);
}

/* An argument of the tokenizer, and so it wins over max_seq_length. */
enum berth_status
berth_sentence_key_model_max_length(const struct berth_sentence_reader *r)
{
    double n = huge;
    bool found;
    enum berth_status status = berth_json_get_number(
        r->object, r->file, r->key, 0, 1e308, &n, &found, r->err);

    if (status != BERTH_OK)
        return status;
    r->sentence->max_seq_length = n < 1 || n >= huge ? SIZE_MAX : (size_t)n;
    return keep_length(r, "max_seq_length", r->sentence->max_seq_length);
}

enum berth_status
berth_sentence_key_truncation(const struct berth_sentence_reader *r)
{
    const json_t *value = json_object_get(r->object, r->key);
    const char *how = json_string_value(value);
    bool off = json_is_false(value) || json_is_null(value) ||
               (how != NULL && strcmp(how, "do_not_truncate") == 0);

    /* Of one text the longest and the first are the same, of a pair not. */
    if (!off && !json_is_true(value) &&
        (how == NULL ||
         (strcmp(how, "longest_first") != 0 &&
          (r->sentence->cross || strcmp(how, "only_first") != 0))))
        return berth_sentence_refuse(r, r->sentence->cross
                                            ? "give true, false or "
                                              "\"longest_first\""
                                            : "give true, false, "
                                              "\"longest_first\" or "
                                              "\"only_first\"");
    r->sentence->no_truncation = off;
    return berth_sentence_keep(r, "sentence_truncation", r->name,
                               off ? "false" : "true");
}

enum berth_status
berth_sentence_key_add_special(const struct berth_sentence_reader *r)
{
    bool add = true;
    enum berth_status status = berth_sentence_get_flag(r, &add);

    if (status != BERTH_OK)
        return status;
    r->sentence->no_special = !add;
    return berth_sentence_keep(r, "add_special_tokens", r->name,
                               add ? "true" : "false");
}

/* ------------------------------------------------------------------ objects */

enum berth_status
berth_sentence_key_do_lower_case(const struct berth_sentence_reader *r)
{
    struct berth_sentence *sentence = r->sentence;
    enum berth_status status =
        berth_sentence_get_flag(r, &sentence->do_lower_case);

    if (status != BERTH_OK)
        return status;
    /* Not the tokenizer's key of that name, so under another one. */
    return berth_sentence_keep(r, "sentence_do_lower_case", r->name,
                               sentence->do_lower_case ? "true" : "false");
}

enum berth_status berth_sentence_key_task(const struct berth_sentence_reader *r)
{
    return expect(r, r->sentence->sparse  ? "fill-mask"
                     : r->sentence->cross ? "sequence-classification"
                                          : "feature-extraction");
}

enum berth_status
berth_sentence_key_output_name(const struct berth_sentence_reader *r)
{
    return expect(r, r->sentence->cross ? "scores" : "token_embeddings");
}

enum berth_status
berth_sentence_key_modalities(const struct berth_sentence_reader *r)
{
    const json_t *value = json_object_get(r->object, r->key);

    if (json_is_object(value) && json_object_get(value, "text") == NULL)
        return berth_sentence_refuse(r, "expected \"text\" there");
    return read_object(r, BERTH_KEYS_MODALITIES);
}

/* {"method": "forward", "method_output_name": "last_hidden_state"} */
enum berth_status
berth_sentence_key_text_modality(const struct berth_sentence_reader *r)
{
    const json_t *value = json_object_get(r->object, r->key);
    const json_t *output = json_object_get(value, "method_output_name");
    const char *method = json_string_value(json_object_get(value, "method"));
    const bool head = r->sentence->sparse || r->sentence->cross;
    const char *wanted = head ? "logits" : "last_hidden_state";
    const char *name;

    if (json_is_array(output) && json_array_size(output) == 1)
        output = json_array_get(output, 0);
    name = json_string_value(output);
    if (json_object_size(value) == 2 && method != NULL && name != NULL &&
        strcmp(method, "forward") == 0 && strcmp(name, wanted) == 0)
        return BERTH_OK;
    return berth_sentence_refuse(
        r, head
               ? "expected method \"forward\" and method_output_name \"logits\""
               : "expected method \"forward\" and method_output_name "
                 "\"last_hidden_state\"");
}

enum berth_status
berth_sentence_key_processing(const struct berth_sentence_reader *r)
{
    return read_object(r, BERTH_KEYS_PROCESSING);
}

enum berth_status
berth_sentence_key_processing_part(const struct berth_sentence_reader *r)
{
    return read_object(r, BERTH_KEYS_CALL);
}

/* Of two names for one thing the old one wins. */
static bool is_hidden_by(const struct berth_sentence_reader *r, const char *old)
{
    return strcmp(r->key, old) != 0 && json_object_get(r->object, old) != NULL;
}

enum berth_status
berth_sentence_key_model_args(const struct berth_sentence_reader *r)
{
    return is_hidden_by(r, "model_args")
               ? BERTH_OK
               : read_object(r, BERTH_KEYS_MODEL_ARGS);
}

static enum berth_status read_args(const struct berth_sentence_reader *r,
                                   const char *old,
                                   enum berth_sentence_object kind,
                                   json_t **args)
{
    struct berth_sentence_args *a = &r->sentence->args;

    if (is_hidden_by(r, old))
        return BERTH_OK;
    snprintf(a->source, sizeof(a->source), "%s", r->name);
    json_decref(*args);
    *args = json_object();
    if (*args == NULL)
        return berth_fail(r->err, BERTH_ERR_MEMORY, "%s: out of memory",
                          r->file);
    return read_object(r, kind);
}

enum berth_status
berth_sentence_key_tokenizer_args(const struct berth_sentence_reader *r)
{
    return read_args(r, "tokenizer_args", BERTH_KEYS_TOKENIZER_ARGS,
                     &r->sentence->args.tokenizer);
}

enum berth_status
berth_sentence_key_config_args(const struct berth_sentence_reader *r)
{
    return read_args(r, "config_args", BERTH_KEYS_CONFIG_ARGS,
                     &r->sentence->args.config);
}

static enum berth_status take_arg(const struct berth_sentence_reader *r,
                                  json_t *args)
{
    if (json_object_set(args, r->key, json_object_get(r->object, r->key)) != 0)
        return berth_fail(r->err, BERTH_ERR_MEMORY, "%s: out of memory",
                          r->file);
    return BERTH_OK;
}

enum berth_status
berth_sentence_key_tokenizer_arg(const struct berth_sentence_reader *r)
{
    return take_arg(r, r->sentence->args.tokenizer);
}

enum berth_status
berth_sentence_key_config_arg(const struct berth_sentence_reader *r)
{
    return take_arg(r, r->sentence->args.config);
}

/* --------------------------------------------------------------------- file */

/* The first that says anything, as there. */
enum berth_status
berth_sentence_read_encoder(const struct berth_sentence_reader *r)
{
    static const char *const names[] = {
        "sentence_bert_config.json",       "sentence_roberta_config.json",
        "sentence_distilbert_config.json", "sentence_camembert_config.json",
        "sentence_albert_config.json",     "sentence_xlm-roberta_config.json",
        "sentence_xlnet_config.json",
    };
    const char *path = r->sentence->path;
    bool found = false;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && !found; i++) {
        char name[BERTH_SENTENCE_NAME];
        enum berth_status status =
            berth_sentence_in(r, path != NULL ? path : "", names[i], name);

        if (status == BERTH_OK)
            status =
                berth_sentence_read_file(r, name, BERTH_KEYS_ENCODER, &found);
        if (status != BERTH_OK)
            return status;
    }
    return BERTH_OK;
}
