/*
 * leave_out.c - what matches --ignore becomes a blank.
 */
#include "cli/frame/leave_out.h"

#include <stdlib.h>
#include <string.h>

#include "cli/base/message.h"
#include "cli/frame/pattern.h"

bool leave_out_parse(const struct text_list *patterns, struct leave_out *out)
{
    out->patterns = calloc(patterns->n + 1, sizeof(*out->patterns));
    if (out->patterns == NULL)
        return message_error("out of memory");
    for (size_t i = 0; i < patterns->n; i++, out->n++)
        if (!pattern_regex("ignore", patterns->items[i], &out->patterns[i]))
            return false;
    return true;
}

void leave_out_free(struct leave_out *out)
{
    while (out->n > 0)
        regfree(&out->patterns[--out->n]);
    free(out->patterns);
    out->patterns = NULL;
}

/* Marks the bytes of a line that match. Where nothing matched, it goes on a
 * byte farther. */
static void mark_line(const regex_t *pattern, const char *line, bool *marks)
{
    const char *p = line;
    regmatch_t m;

    while (pattern_find(pattern, p, p == line, &m)) {
        const char *begin = p + m.rm_so, *end = p + m.rm_eo;

        memset(marks + (begin - line), true, (size_t)(end - begin));
        if (*end == '\0')
            return;
        p = end > begin ? end : end + 1;
    }
}

/* A zero byte ends a line, too: a regex sees no farther. */
static void mark(const struct leave_out *l, char *text, size_t size,
                 bool *marks)
{
    for (size_t at = 0, end; at < size; at = end + 1) {
        end = at + strcspn(text + at, "\n");
        const char ended = text[end];

        text[end] = '\0';
        for (size_t i = 0; i < l->n; i++)
            mark_line(&l->patterns[i], text + at, marks + at);
        text[end] = ended;
    }
}

/* Each run of marked bytes becomes one blank; returns the size then. */
static size_t blank_out(char *text, size_t size, const bool *marks)
{
    size_t n = 0;

    for (size_t i = 0; i < size; i++) {
        if (!marks[i])
            text[n++] = text[i];
        else if (i == 0 || !marks[i - 1])
            text[n++] = ' ';
    }
    text[n] = '\0';
    return n;
}

char *leave_out_from(const struct leave_out *l, const char *text, size_t size,
                     size_t *out_size)
{
    char *copy = malloc(size + 1);
    bool *marks = calloc(size + 1, sizeof(*marks));

    if (copy == NULL || marks == NULL) {
        free(copy);
        free(marks);
        return NULL;
    }
    if (size > 0)
        memcpy(copy, text, size);
    copy[size] = '\0';
    mark(l, copy, size, marks);
    *out_size = blank_out(copy, size, marks);
    free(marks);
    return copy;
}
