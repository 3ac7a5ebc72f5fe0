/*
 * load.c - opening a tokenizer: which file says what.
 */
#include "tokenizer/load/load.h"

#include "lib/status.h"
#include "tokenizer/words.h"

#include <stdint.h>
#include <stdlib.h>

static const char tokenizer_file[] = "tokenizer.json";

enum berth_status berth_load_steps(struct berth_loading *l,
                                   berth_load_step *const *steps, size_t n)
{
    enum berth_status status = BERTH_OK;

    for (size_t i = 0; status == BERTH_OK && i < n; i++)
        status = steps[i](l);
    return status;
}

enum berth_status berth_load_memory(const struct berth_loading *l, bool ok)
{
    return ok ? BERTH_OK
              : berth_fail(l->err, BERTH_ERR_MEMORY, "%s: out of memory",
                           l->file_name);
}

static enum berth_status find_file(struct berth_loading *l)
{
    berth_folder_file(l->folder, tokenizer_file, l->file_name,
                      sizeof(l->file_name));
    return berth_folder_find(l->folder, tokenizer_file, &l->has_file, l->err);
}

static enum berth_status finish_added(struct berth_loading *l)
{
    return berth_added_finish(&l->tokenizer->added, &l->tokenizer->normalizer,
                              l->err);
}

static enum berth_status spell_words(struct berth_loading *l)
{
    struct berth_tokenizer *t = l->tokenizer;

    t->facts.spaced_words = t->splitter.blank_length > 0;
    t->facts.marks_subwords = t->subwords.prefix_length > 0;
    return berth_load_memory(l, berth_words_build(t));
}

static enum berth_status describe(struct berth_loading *l)
{
    const char *source = l->has_file ? tokenizer_file : l->class->vocab;
    enum berth_status status = berth_settings_add(
        l->settings, "vocabulary", source, "%zu", l->tokenizer->vocab.n_tokens);

    if (status == BERTH_OK)
        status = berth_settings_add(l->settings, "added_tokens", source, "%zu",
                                    l->tokenizer->added.n);
    return status;
}

/* Keys that were set over tokenizer_config.json. */
static enum berth_status tell_sources(struct berth_loading *l)
{
    const char *key;
    json_t *value;
    enum berth_status status = BERTH_OK;

    json_object_foreach((json_t *)(uintptr_t)l->over->object, key, value)
    {
        (void)value;
        if (status == BERTH_OK)
            status = berth_settings_resource(l->settings, key, l->over->source);
    }
    return status;
}

/* Each step needs what those before it made. */
static berth_load_step *const steps[] = {find_file,
                                         berth_load_config,
                                         berth_load_refuse,
                                         berth_load_map,
                                         berth_load_choose,
                                         berth_load_file,
                                         berth_load_reconsider,
                                         berth_load_pipeline,
                                         berth_load_check_model,
                                         berth_load_vocab,
                                         berth_load_stages,
                                         spell_words,
                                         berth_load_added,
                                         berth_load_make_normalizer,
                                         finish_added,
                                         berth_load_templates,
                                         berth_load_config_limits,
                                         describe,
                                         tell_sources};

enum berth_status berth_tokenizer_open(const struct berth_folder *folder,
                                       bool extra_lowercase,
                                       struct berth_settings *settings,
                                       struct berth_tokenizer **out,
                                       struct berth_error *err)
{
    const struct berth_overlay none = {NULL, NULL};

    return berth_tokenizer_open_with(folder, extra_lowercase, &none, settings,
                                     out, err);
}

enum berth_status berth_tokenizer_open_with(const struct berth_folder *folder,
                                            bool extra_lowercase,
                                            const struct berth_overlay *over,
                                            struct berth_settings *settings,
                                            struct berth_tokenizer **out,
                                            struct berth_error *err)
{
    struct berth_loading l = {.folder = folder,
                              .over = over,
                              .settings = settings,
                              .err = err,
                              .tokenizer = calloc(1, sizeof(*l.tokenizer)),
                              .unk_id = -1,
                              .extra_lowercase = extra_lowercase};
    enum berth_status status;

    if (l.tokenizer == NULL)
        status = berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory",
                            berth_folder_path(folder));
    else
        status = berth_load_steps(&l, steps, sizeof(steps) / sizeof(*steps));
    json_decref(l.config);
    json_decref(l.file);
    json_decref(l.pipeline);
    json_decref(l.map);
    berth_load_free_normalizers(&l);
    json_decref(l.charsmap);
    free(l.scores);
    berth_merges_free(&l.merges);
    if (status == BERTH_OK)
        *out = l.tokenizer;
    else
        berth_tokenizer_close(l.tokenizer);
    return status;
}

void berth_tokenizer_close(struct berth_tokenizer *tokenizer)
{
    if (tokenizer == NULL)
        return;
    berth_added_free(&tokenizer->added);
    BERTH_FREE_STAGES(&tokenizer->normalizer, 1);
    BERTH_FREE_STAGES(&tokenizer->splitter, 1);
    BERTH_FREE_STAGES(&tokenizer->subwords, 1);
    BERTH_FREE_STAGES(&tokenizer->decoder, 1);
    berth_vocab_free(&tokenizer->vocab);
    berth_words_free(&tokenizer->words);
    free(tokenizer);
}

const struct berth_tokenizer_facts *
berth_tokenizer_get_facts(const struct berth_tokenizer *tokenizer)
{
    return &tokenizer->facts;
}
