/*
 * decoders.c - readers of "decoder".
 */
#include "tokenizer/load/load.h"

#include "lib/status.h"
#include "tokenizer/decoders/byte_level.h"
#include "tokenizer/decoders/bytes.h"
#include "tokenizer/decoders/replace.h"
#include "tokenizer/decoders/sequence.h"
#include "tokenizer/decoders/wordpiece.h"

#include <stdlib.h>

enum berth_status berth_load_wordpiece_decoder(struct berth_loading *l,
                                               const json_t *part)
{
    const char *prefix = NULL;
    bool cleanup = true;
    enum berth_status status = berth_json_get_string(
        part, l->file_name, "prefix", &prefix, NULL, l->err);

    if (status == BERTH_OK)
        status = berth_json_get_bool(part, l->file_name, "cleanup", &cleanup,
                                     NULL, l->err);
    if (status != BERTH_OK)
        return status;
    return berth_load_memory(
        l, berth_wordpiece_decoder(prefix, cleanup, &l->tokenizer->decoder));
}

enum berth_status berth_load_byte_level_decoder(struct berth_loading *l,
                                                const json_t *part)
{
    (void)part;
    l->tokenizer->decoder = berth_byte_level_decoder();
    return BERTH_OK;
}

enum berth_status berth_load_byte_fallback_decoder(struct berth_loading *l,
                                                   const json_t *part)
{
    (void)part;
    l->tokenizer->decoder = berth_byte_fallback_decoder();
    return BERTH_OK;
}

enum berth_status berth_load_fuse_decoder(struct berth_loading *l,
                                          const json_t *part)
{
    (void)part;
    l->tokenizer->decoder = berth_fuse_decoder();
    return BERTH_OK;
}

/* {"suffix": "</w>"} */
enum berth_status berth_load_bpe_decoder(struct berth_loading *l,
                                         const json_t *part)
{
    struct berth_mark mark = {"</w>", " ", " ", ""};
    bool found;
    enum berth_status status = berth_json_get_string(
        part, l->file_name, "suffix", &mark.mark, &found, l->err);

    if (status != BERTH_OK)
        return status;
    return berth_load_memory(
        l, berth_replace_decoder(&mark, &l->tokenizer->decoder));
}

/* {"pattern": {"String": "_"}, "content": " "} */
enum berth_status berth_load_replace_decoder(struct berth_loading *l,
                                             const json_t *part)
{
    struct berth_mark mark = {.mark = NULL};
    const json_t *pattern = json_object_get(part, "pattern");
    enum berth_status status = berth_json_get_string(
        part, l->file_name, "content", &mark.first, NULL, l->err);

    mark.other = mark.first;
    if (status == BERTH_OK && json_object_get(pattern, "Regex") != NULL)
        return berth_fail(l->err, BERTH_ERR_UNSUPPORTED,
                          "%s: key 'decoder.pattern': expected a \"String\", "
                          "found a \"Regex\"",
                          l->file_name);
    if (status == BERTH_OK)
        status = berth_json_get_string(pattern, l->file_name, "String",
                                       &mark.mark, NULL, l->err);
    if (status != BERTH_OK)
        return status;
    return berth_load_memory(
        l, berth_replace_decoder(&mark, &l->tokenizer->decoder));
}

/* {"content": " ", "start": 1, "stop": 0} */
enum berth_status berth_load_strip_decoder(struct berth_loading *l,
                                           const json_t *part)
{
    const char *content = "";
    size_t start = 0, stop = 0;
    enum berth_status status = berth_json_get_string(
        part, l->file_name, "content", &content, NULL, l->err);

    if (status == BERTH_OK)
        status = berth_json_get_size(part, l->file_name, "start", 0, SIZE_MAX,
                                     &start, NULL, l->err);
    if (status == BERTH_OK)
        status = berth_json_get_size(part, l->file_name, "stop", 0, SIZE_MAX,
                                     &stop, NULL, l->err);
    if (status != BERTH_OK)
        return status;
    if (content[0] == '\0')
        return berth_fail(l->err, BERTH_ERR_FORMAT,
                          "%s: key 'decoder.content': expected a character, "
                          "found \"\"",
                          l->file_name);
    return berth_load_memory(
        l, berth_strip_decoder(content, start, stop, &l->tokenizer->decoder));
}

static void free_steps(struct berth_decoder *steps, size_t n)
{
    BERTH_FREE_STAGES(steps, n);
    free(steps);
}

/* Each step is read into the decoder's place, and taken out of it. */
enum berth_status berth_load_decoders(struct berth_loading *l,
                                      const json_t *part)
{
    const json_t *list = json_object_get(part, "decoders"), *step;
    struct berth_decoder *steps =
        calloc(json_array_size(list) + 1, sizeof(*steps));
    size_t i, n = 0;
    enum berth_status status = berth_load_memory(l, steps != NULL);

    json_array_foreach(list, i, step)
    {
        if (status == BERTH_OK)
            status = berth_load_part(l, "decoder", step);
        if (status == BERTH_OK && l->tokenizer->decoder.run != NULL)
            steps[n++] = l->tokenizer->decoder;
        if (status == BERTH_OK)
            l->tokenizer->decoder = (struct berth_decoder){0};
    }
    if (status == BERTH_OK) {
        status = berth_load_memory(
            l, berth_decoder_sequence(steps, n, &l->tokenizer->decoder));
        if (status == BERTH_OK)
            n = 0; /* they are the sequence's now */
    }
    free_steps(steps, n);
    return status;
}
