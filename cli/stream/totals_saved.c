/*
 * totals_saved.c - a table of the figures, to JSON and back:
 * {"records":1024,"failed":0,"tokens":9312, ...}. Warnings at the end of a run
 * that was resumed speak of all its records.
 */
#include "cli/stream/state.h"

static const struct {
    const char *key;
    size_t offset;
} sizes[] = {
    {"records", offsetof(struct stream_totals, n_records)},
    {"failed", offsetof(struct stream_totals, n_failed)},
    {"tokens", offsetof(struct stream_totals, n_tokens)},
    {"unknown", offsetof(struct stream_totals, n_unknown)},
    {"invalid", offsetof(struct stream_totals, n_invalid)},
    {"truncated", offsetof(struct stream_totals, truncated.n)},
    {"truncated_line", offsetof(struct stream_totals, truncated.line)},
    {"truncated_tokens", offsetof(struct stream_totals, first_length)},
    {"invalid_texts", offsetof(struct stream_totals, invalid.n)},
    {"invalid_line", offsetof(struct stream_totals, invalid.line)},
    {"unknown_texts", offsetof(struct stream_totals, mostly_unknown.n)},
    {"unknown_line", offsetof(struct stream_totals, mostly_unknown.line)},
    {"without_id", offsetof(struct stream_totals, without_id.n)},
    {"without_id_line", offsetof(struct stream_totals, without_id.line)},
};

static const struct {
    const char *key;
    size_t offset;
} names[] = {
    {"truncated_file", offsetof(struct stream_totals, truncated.file)},
    {"invalid_file", offsetof(struct stream_totals, invalid.file)},
    {"unknown_file", offsetof(struct stream_totals, mostly_unknown.file)},
    {"without_id_file", offsetof(struct stream_totals, without_id.file)},
    {"missing_id", offsetof(struct stream_totals, missing_id)},
};

json_t *totals_save(const struct stream_totals *totals, json_t *state)
{
    json_t *saved = json_object();
    int bad = 0;

    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        const size_t *from =
            (const size_t *)((const char *)totals + sizes[i].offset);

        bad |= json_object_set_new(saved, sizes[i].key,
                                   json_integer((json_int_t)*from));
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        const char *const *from =
            (const char *const *)((const char *)totals + names[i].offset);

        if (*from != NULL)
            bad |= json_object_set_new(saved, names[i].key,
                                       json_string_nocheck(*from));
    }
    if (state != NULL)
        bad |= json_object_set_new(saved, "state", state);
    if (bad == 0)
        return saved;
    json_decref(saved);
    return NULL;
}

void totals_restore(struct stream_totals *totals, const json_t *saved)
{
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        size_t *to = (size_t *)((char *)totals + sizes[i].offset);

        *to = (size_t)json_integer_value(json_object_get(saved, sizes[i].key));
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        const char **to = (const char **)((char *)totals + names[i].offset);

        *to = json_string_value(json_object_get(saved, names[i].key));
    }
    /* --progress and --stats give tokens a second, of this run's only. */
    totals->n_tokens_before = totals->n_tokens;
}
