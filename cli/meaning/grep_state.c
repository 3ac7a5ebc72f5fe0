/*
 * grep_state.c - what grep keeps between lines, as JSON, for --resume.
 */
#include "cli/meaning/grep.h"

#include <math.h>

#include "cli/base/utf8.h"

/* Operands are told apart by their addresses. SIZE_MAX: none of them. */
static size_t number_of(const struct grep *self, const char *file)
{
    const struct input_options *in = &self->vectors.session.settings.input;
    size_t i = 0;

    while (i < in->n_files && in->files[i] != file)
        i++;
    return i < in->n_files ? i : SIZE_MAX;
}

static const char *file_of(const struct grep *self, size_t i)
{
    const struct input_options *in = &self->vectors.session.settings.input;

    return i < in->n_files ? in->files[i] : NULL;
}

/* Bytes of any kind as a JSON string: each as the character of its number. */
static json_t *bytes_to_json(const char *data, size_t size)
{
    struct buffer b = {0};

    for (size_t i = 0; i < size; i++) {
        char c[UTF8_MAX];
        size_t n = utf8_put(c, (unsigned char)data[i]);

        buffer_put(&b, c, n);
    }
    json_t *value =
        b.failed ? NULL : json_stringn(b.data != NULL ? b.data : "", b.size);

    buffer_free(&b);
    return value;
}

static void json_to_bytes(const json_t *value, struct buffer *b)
{
    const char *p = json_string_value(value);
    const char *end = p != NULL ? p + json_string_length(value) : NULL;

    buffer_clear(b);
    while (p < end) {
        unsigned char c = (unsigned char)*p++;

        if (c >= 0x80 && p < end)
            c = (unsigned char)(c << 6 | (*p++ & 0x3f));
        buffer_putc(b, (char)c);
    }
}

/* JSON has no infinity, which is the score of a line without words. */
static json_t *score_to_json(float score)
{
    return score > -INFINITY ? json_real((double)score) : json_null();
}

static json_t *span_to_json(const struct record_span *span)
{
    return json_pack("[III]", (json_int_t)span->last_line,
                     (json_int_t)span->begin, (json_int_t)span->end);
}

static json_t *save_kept(const struct grep *self)
{
    json_t *list = json_array();

    for (size_t i = 0; i < self->n_kept; i++) {
        const struct grep_kept *k =
            &self->kept[(self->first_kept + i) % self->room];

        if (json_array_append_new(
                list, json_pack("{s:o, s:I, s:I, s:o, s:b, s:o}", "text",
                                bytes_to_json(k->hit.text, k->hit.size), "line",
                                (json_int_t)k->hit.line, "file",
                                (json_int_t)number_of(self, k->hit.file),
                                "score", score_to_json(k->hit.score), "is_line",
                                (int)k->hit.is_line, "span",
                                span_to_json(&k->hit.span))) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

json_t *grep_save(void *arg)
{
    const struct grep *self = arg;

    return json_pack("{s:I, s:I, s:I, s:I, s:i, s:b, s:b, s:b, s:o}", "file",
                     (json_int_t)number_of(self, self->file), "next_file",
                     (json_int_t)self->next_file, "last_line",
                     (json_int_t)self->last_line, "n_matches",
                     (json_int_t)self->n_matches, "owed", self->owed, "matched",
                     self->matched, "printed", self->printed, "gap", self->gap,
                     "kept", save_kept(self));
}

static bool restore_kept(struct grep *self, json_t *list)
{
    json_t *one;
    size_t i;

    if (json_array_size(list) > (size_t)self->before)
        return false;
    json_array_foreach(list, i, one)
    {
        json_int_t line, file;
        json_t *text, *score;
        json_int_t span[3];
        int is_line;

        if (json_unpack(one, "{s:o, s:I, s:I, s:o, s:b, s:[III]}", "text",
                        &text, "line", &line, "file", &file, "score", &score,
                        "is_line", &is_line, "span", &span[0], &span[1],
                        &span[2]) != 0 ||
            !grep_make_room(self))
            return false;
        struct grep_kept *k = &self->kept[i];

        json_to_bytes(text, &k->text);
        k->hit = (struct hit){
            .file = file_of(self, (size_t)file),
            .line = (size_t)line,
            .score =
                json_is_null(score) ? -INFINITY : (float)json_real_value(score),
            .text = k->text.data != NULL ? k->text.data : "",
            .size = k->text.size,
            .is_line = is_line != 0,
            .span = {(size_t)span[0], (uint64_t)span[1], (uint64_t)span[2]}};
        if (k->hit.file == NULL || k->text.failed)
            return false;
        self->n_kept++;
    }
    return true;
}

bool grep_restore(void *arg, const json_t *state)
{
    struct grep *self = arg;
    json_int_t file, next_file, last_line, n_matches;
    int matched, printed, gap;
    json_t *kept;

    /* It takes its object without const, and changes nothing. */
    if (json_unpack((json_t *)(uintptr_t)state,
                    "{s:I, s:I, s:I, s:I, s:i, s:b, s:b, s:b, s:o}", "file",
                    &file, "next_file", &next_file, "last_line", &last_line,
                    "n_matches", &n_matches, "owed", &self->owed, "matched",
                    &matched, "printed", &printed, "gap", &gap, "kept",
                    &kept) != 0)
        return false;
    self->file = file_of(self, (size_t)file);
    self->next_file = (size_t)next_file;
    self->last_line = (size_t)last_line;
    self->n_matches = (size_t)n_matches;
    self->matched = matched != 0;
    self->printed = printed != 0;
    self->gap = gap != 0;
    return restore_kept(self, kept);
}
