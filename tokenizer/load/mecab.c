/*
 * mecab.c - Japanese BERT, of Tohoku University and others: what
 * tokenizer_config.json says of words and their parts.
 */
#include "tokenizer/load/load.h"

#include "lib/status.h"
#include "tokenizer/normalizers/forms.h"
#include "tokenizer/splitters/mecab.h"

#include <stdio.h>
#include <string.h>

/* A key, what it is where the file is silent, and what it may be. */
struct choice {
    const char *key;
    const char *fallback;
    const char *values[2];
};

static const struct choice words = {"word_tokenizer_type", "basic", {"mecab"}};
static const struct choice subwords = {
    "subword_tokenizer_type", "wordpiece", {"wordpiece", "character"}};
static const struct choice dictionaries = {
    "mecab_kwargs.mecab_dic", "unidic_lite", {"unidic_lite", "ipadic"}};
static const struct choice options = {"mecab_kwargs.mecab_option", "", {""}};

static enum berth_status fail_key(const struct berth_loading *l,
                                  const char *key, const char *expected)
{
    char found[64];

    return berth_fail(l->err, BERTH_ERR_UNSUPPORTED,
                      "%s: key '%s': expected %s, found %s", l->config_name,
                      key, expected,
                      berth_json_describe(berth_json_at(l->config, key), found,
                                          sizeof(found)));
}

static enum berth_status choose(const struct berth_loading *l,
                                const struct choice *choice, const char **out)
{
    const char *const *values = choice->values;
    char expected[64];
    bool found;
    enum berth_status status;

    *out = choice->fallback;
    status = berth_json_get_string(l->config, l->config_name, choice->key, out,
                                   &found, l->err);
    for (size_t i = 0; i < 2 && values[i] != NULL; i++) {
        if (status != BERTH_OK || strcmp(values[i], *out) == 0)
            return status;
    }
    if (values[1] != NULL)
        snprintf(expected, sizeof(expected), "\"%s\" or \"%s\"", values[0],
                 values[1]);
    else
        snprintf(expected, sizeof(expected), "\"%s\"", values[0]);
    return fail_key(l, choice->key, expected);
}

/* A switch that the file may say. */
static enum berth_status read_bool(const struct berth_loading *l,
                                   const char *key, bool *value)
{
    bool found;

    return berth_json_get_bool(l->config, l->config_name, key, value, &found,
                               l->err);
}

/* Both halves of the work are done. */
static enum berth_status check_switches(const struct berth_loading *l)
{
    static const char *const keys[] = {"do_word_tokenize",
                                       "do_subword_tokenize"};

    for (size_t i = 0; i < 2; i++) {
        bool value = true;
        enum berth_status status = read_bool(l, keys[i], &value);

        if (status != BERTH_OK)
            return status;
        if (!value)
            return fail_key(l, keys[i], "true");
    }
    return BERTH_OK;
}

static enum berth_status read_rules(const struct berth_loading *l,
                                    struct berth_mecab_rules *rules)
{
    const char *word, *subword, *option;
    enum berth_status status = choose(l, &words, &word);

    if (status == BERTH_OK)
        status = choose(l, &subwords, &subword);
    if (status == BERTH_OK)
        status = choose(l, &options, &option);
    if (status == BERTH_OK)
        status = read_bool(l, "do_lower_case", &rules->lowercase);
    if (status == BERTH_OK &&
        !json_is_null(berth_json_at(l->config, dictionaries.key)))
        status = choose(l, &dictionaries, &rules->dictionary);
    if (status == BERTH_OK)
        rules->characters = strcmp(subword, subwords.values[1]) == 0;
    return status;
}

/* NFKC, as Python has it. Characters have it once more after lower case, which
 * would make other characters of a few. */
static enum berth_status add_form(struct berth_loading *l,
                                  const struct berth_mecab_rules *rules)
{
    static const char key[] = "mecab_kwargs.normalize_text";
    const struct berth_form nfkc = {
        .compatible = true, .composed = true, .newest = true};
    struct berth_normalizer step;
    bool wanted = true;
    enum berth_status status = read_bool(l, key, &wanted);

    if (status != BERTH_OK)
        return status;
    if (rules->characters && rules->lowercase)
        return fail_key(l, "do_lower_case", "false with characters");
    if (rules->characters && !wanted)
        return fail_key(l, key, "true with characters");
    if (!wanted)
        return BERTH_OK;
    return berth_form_normalizer(nfkc, &step) ? berth_load_normalizer(l, &step)
                                              : berth_load_memory(l, false);
}

static enum berth_status describe(const struct berth_loading *l,
                                  const struct berth_mecab_rules *rules,
                                  const char *file)
{
    static const char source[] = "tokenizer_config.json";
    enum berth_status status =
        berth_settings_add(l->settings, "do_lower_case", source, "%s",
                           rules->lowercase ? "true" : "false");

    if (status == BERTH_OK)
        status = berth_settings_add(l->settings, subwords.key, source, "%s",
                                    subwords.values[rules->characters]);
    if (status == BERTH_OK)
        status = berth_settings_add(l->settings, "mecab_dictionary", "libmecab",
                                    "%s", file);
    return status;
}

enum berth_status berth_load_mecab(struct berth_loading *l, const json_t *part)
{
    struct berth_mecab_rules rules = {.dictionary = NULL};
    char where[BERTH_FILE_NAME_MAX + 64], file[BERTH_MECAB_FILE_MAX];
    enum berth_status status = check_switches(l);

    (void)part;
    if (status == BERTH_OK)
        status = read_rules(l, &rules);
    if (status == BERTH_OK)
        status = add_form(l, &rules);
    snprintf(where, sizeof(where), "%s: key '%s'", l->config_name,
             rules.dictionary != NULL ? dictionaries.key : words.key);
    if (status == BERTH_OK)
        status = berth_mecab_splitter(&rules, where, file,
                                      &l->tokenizer->splitter, l->err);
    return status == BERTH_OK ? describe(l, &rules, file) : status;
}

enum berth_status berth_load_mecab_subwords(struct berth_loading *l,
                                            const json_t *part)
{
    const char *subword;
    enum berth_status status = choose(l, &subwords, &subword);

    if (status != BERTH_OK)
        return status;
    return strcmp(subword, subwords.values[1]) == 0
               ? berth_load_wordlevel(l, part)
               : berth_load_wordpiece(l, part);
}
