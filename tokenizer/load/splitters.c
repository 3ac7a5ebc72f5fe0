/*
 * splitters.c - the kinds of "pre_tokenizer" that split at patterns, and a
 * sequence of any.
 */
#include "tokenizer/load/load.h"

#include "lib/status.h"
#include "tokenizer/splitters/byte_level.h"
#include "tokenizer/splitters/sequence.h"
#include "tokenizer/splitters/split.h"
#include "tokenizer/unicode/char_sets.h"

#include <stdlib.h>
#include <string.h>

static const char key[] = "pre_tokenizer";

/* Into the slot, which must be free. */
static enum berth_status put_split(struct berth_loading *l,
                                   const struct berth_text_pattern *pattern,
                                   enum berth_split_behavior behavior,
                                   bool invert)
{
    return berth_load_memory(l, berth_split_splitter(pattern, behavior, invert,
                                                     &l->tokenizer->splitter));
}

enum berth_status berth_load_byte_level(struct berth_loading *l,
                                        const json_t *part)
{
    bool prefix = true, regex = true, found;
    enum berth_status status = berth_json_get_bool(
        part, l->file_name, "add_prefix_space", &prefix, NULL, l->err);

    if (status == BERTH_OK)
        status = berth_json_get_bool(part, l->file_name, "use_regex", &regex,
                                     &found, l->err);
    if (status != BERTH_OK)
        return status;
    return berth_load_memory(
        l, berth_byte_level_splitter(prefix, regex, &l->tokenizer->splitter));
}

/* "behavior"; out is untouched where it is absent. */
static enum berth_status read_behavior(const struct berth_loading *l,
                                       const json_t *part,
                                       enum berth_split_behavior *out,
                                       bool *found)
{
    static const struct {
        const char *name;
        enum berth_split_behavior behavior;
    } names[] = {
        {"Removed", BERTH_SPLIT_REMOVED},
        {"Isolated", BERTH_SPLIT_ISOLATED},
        {"MergedWithPrevious", BERTH_SPLIT_MERGED_WITH_PREVIOUS},
        {"MergedWithNext", BERTH_SPLIT_MERGED_WITH_NEXT},
        {"Contiguous", BERTH_SPLIT_CONTIGUOUS},
    };
    const char *name = NULL;
    enum berth_status status = berth_json_get_string(
        part, l->file_name, "behavior", &name, found, l->err);

    if (status != BERTH_OK || name == NULL)
        return status;
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (strcmp(names[i].name, name) == 0) {
            *out = names[i].behavior;
            return BERTH_OK;
        }
    }
    return berth_fail(l->err, BERTH_ERR_FORMAT,
                      "%s: key '%s.behavior': expected Removed, Isolated, "
                      "MergedWithPrevious, MergedWithNext or Contiguous, found "
                      "\"%.40s\"",
                      l->file_name, key, name);
}

enum berth_status berth_load_split(struct berth_loading *l, const json_t *part)
{
    struct berth_text_pattern pattern;
    enum berth_split_behavior behavior = BERTH_SPLIT_REMOVED;
    bool invert = false;
    enum berth_status status = berth_load_pattern(l, key, part, &pattern);

    if (status == BERTH_OK)
        status = read_behavior(l, part, &behavior, NULL);
    if (status == BERTH_OK)
        status = berth_json_get_bool(part, l->file_name, "invert", &invert,
                                     NULL, l->err);
    return status == BERTH_OK ? put_split(l, &pattern, behavior, invert)
                              : status;
}

enum berth_status berth_load_punctuation(struct berth_loading *l,
                                         const json_t *part)
{
    struct berth_text_pattern pattern =
        berth_pattern_chars(BERTH_SET_PUNCT, "");
    enum berth_split_behavior behavior = BERTH_SPLIT_ISOLATED;
    bool found;
    enum berth_status status = read_behavior(l, part, &behavior, &found);

    return status == BERTH_OK ? put_split(l, &pattern, behavior, false)
                              : status;
}

enum berth_status berth_load_digits(struct berth_loading *l, const json_t *part)
{
    struct berth_text_pattern pattern =
        berth_pattern_chars(BERTH_SET_NUMERAL, "");
    bool individual = false;
    enum berth_status status = berth_json_get_bool(
        part, l->file_name, "individual_digits", &individual, NULL, l->err);

    if (status != BERTH_OK)
        return status;
    return put_split(l, &pattern,
                     individual ? BERTH_SPLIT_ISOLATED : BERTH_SPLIT_CONTIGUOUS,
                     false);
}

enum berth_status berth_load_whitespace_split(struct berth_loading *l,
                                              const json_t *part)
{
    struct berth_text_pattern pattern =
        berth_pattern_chars(BERTH_SET_SPACE, "");

    (void)part;
    return put_split(l, &pattern, BERTH_SPLIT_REMOVED, false);
}

enum berth_status berth_load_whitespace(struct berth_loading *l,
                                        const json_t *part)
{
    (void)part;
    l->tokenizer->splitter = berth_whitespace_splitter();
    return BERTH_OK;
}

enum berth_status berth_load_delimiter_split(struct berth_loading *l,
                                             const json_t *part)
{
    struct berth_text_pattern pattern;
    const char *delimiter = NULL;
    enum berth_status status = berth_json_get_string(
        part, l->file_name, "delimiter", &delimiter, NULL, l->err);

    if (status != BERTH_OK)
        return status;
    pattern = berth_pattern_string(delimiter, strlen(delimiter));
    return put_split(l, &pattern, BERTH_SPLIT_REMOVED, false);
}

/* The steps of list, each read into the slot, and moved out of it. */
static enum berth_status read_steps(struct berth_loading *l, const json_t *list,
                                    struct berth_splitter *steps, size_t *n)
{
    struct berth_splitter *slot = &l->tokenizer->splitter;
    const json_t *part;
    size_t i;

    json_array_foreach(list, i, part)
    {
        enum berth_status status = berth_load_part(l, key, part);

        if (status != BERTH_OK)
            return status;
        if (slot->run != NULL)
            steps[(*n)++] = *slot;
        *slot = (struct berth_splitter){.run = NULL};
    }
    return BERTH_OK;
}

/* Words that were made bytes are not split again. */
static enum berth_status check_last(const struct berth_loading *l,
                                    const struct berth_splitter *steps,
                                    size_t n)
{
    for (size_t i = 0; i + 1 < n; i++) {
        if (steps[i].byte_level)
            return berth_fail(l->err, BERTH_ERR_UNSUPPORTED,
                              "%s: key 'pre_tokenizer.pretokenizers': expected "
                              "\"ByteLevel\" as the last, found one after it",
                              l->file_name);
    }
    return BERTH_OK;
}

enum berth_status berth_load_splitters(struct berth_loading *l,
                                       const json_t *part)
{
    struct berth_splitter *slot = &l->tokenizer->splitter;
    const json_t *list = json_object_get(part, "pretokenizers");
    struct berth_splitter *steps =
        calloc(json_array_size(list) + 1, sizeof(*steps));
    size_t n = 0;
    enum berth_status status = berth_load_memory(l, steps != NULL);

    if (status == BERTH_OK)
        status = read_steps(l, list, steps, &n);
    if (status == BERTH_OK)
        status = check_last(l, steps, n);
    if (status == BERTH_OK && n == 1)
        *slot = steps[--n];
    else if (status == BERTH_OK)
        status = berth_load_memory(l, berth_splitter_sequence(steps, n, slot));
    if (status == BERTH_OK)
        n = 0; /* they are the sequence's now */
    BERTH_FREE_STAGES(steps, n);
    free(steps);
    return status;
}
