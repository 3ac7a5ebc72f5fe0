/*
 * choose.c - which class of transformers a folder asks for:
 * tokenizer_config.json says so, else config.json, else its model_type.
 *
 * Source: AutoTokenizer.from_pretrained() of transformers 5.24.
 */
#include "tokenizer/load/load.h"

#include "lib/status.h"

#include <string.h>

static const char backend[] = "TokenizersBackend";

/* A class, and the file that says so. */
struct choice {
    const char *class;
    const char *source;
};

/* What config.json says. A model_type that transformers has no class for takes
 * tokenizer.json as it is; one that always does is stronger than any name. */
static enum berth_status read_model(struct berth_loading *l,
                                    const json_t *model, struct choice *choice)
{
    static const char file[] = "config.json";
    char name[BERTH_FILE_NAME_MAX];
    const char *type = NULL, *given = NULL, *of_type = NULL;
    bool found;
    enum berth_status status;

    berth_folder_file(l->folder, file, name, sizeof(name));
    status = berth_json_get_string(model, name, "tokenizer_class", &given,
                                   &found, l->err);
    if (status == BERTH_OK)
        status = berth_json_get_string(model, name, "model_type", &type, &found,
                                       l->err);
    if (status != BERTH_OK)
        return status;
    if (type != NULL)
        of_type = berth_load_model_type(type);
    if (of_type != NULL && strcmp(of_type, backend) == 0)
        *choice = (struct choice){of_type, file};
    if (type != NULL && of_type == NULL && l->has_file)
        of_type = backend;
    if (choice->class == NULL)
        *choice = (struct choice){given != NULL ? given : of_type, file};
    return BERTH_OK;
}

static enum berth_status fail_class(const struct berth_loading *l,
                                    const struct choice *choice)
{
    char file[BERTH_FILE_NAME_MAX];

    berth_folder_file(l->folder, choice->source, file, sizeof(file));
    return berth_fail(l->err, BERTH_ERR_UNSUPPORTED,
                      "%s: key 'tokenizer_class': expected a BertTokenizer, a "
                      "RobertaTokenizer or the like%s, found \"%.80s\"",
                      file,
                      l->class != NULL ? ", or tokenizer.json beside it"
                                       : ", or PreTrainedTokenizerFast",
                      choice->class);
}

static enum berth_status take(struct berth_loading *l, struct choice choice)
{
    l->names_class = choice.class != NULL;
    if (!l->names_class)
        choice = (struct choice){"BertTokenizer", "default"};
    l->class = berth_load_class(choice.class);
    if (l->class != NULL && l->class->own_files)
        l->has_file = false;
    if (l->class == NULL || (l->class->pipeline == NULL && !l->has_file))
        return fail_class(l, &choice);
    return berth_settings_add(l->settings, "tokenizer_class", choice.source,
                              "%s", choice.class);
}

enum berth_status berth_load_choose(struct berth_loading *l)
{
    struct choice choice = {NULL, "tokenizer_config.json"};
    json_t *model = NULL;
    bool found;
    enum berth_status status =
        berth_json_get_string(l->config, l->config_name, "tokenizer_class",
                              &choice.class, &found, l->err);

    if (status == BERTH_OK)
        status =
            berth_json_read_optional(l->folder, "config.json", &model, l->err);
    if (status == BERTH_OK && json_is_object(model))
        status = read_model(l, model, &choice);
    if (status == BERTH_OK)
        status = take(l, choice);
    json_decref(model);
    return status;
}

/* Where no file names a class, BertTokenizer is a guess for WordPiece alone. */
enum berth_status berth_load_reconsider(struct berth_loading *l)
{
    const char *type = json_string_value(
        json_object_get(json_object_get(l->file, "model"), "type"));

    if (l->names_class || type == NULL || strcmp(type, "WordPiece") == 0)
        return BERTH_OK;
    return take(l, (struct choice){backend, "default"});
}
