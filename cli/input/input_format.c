/*
 * input_format.c - what the end of a name tells: "titles.csv", "Q3.TSV.gz".
 */
#include "cli/input/input_format.h"

#include <string.h>
#include <strings.h>

static const struct ending {
    const char *text;
    enum input_format format;
} endings[] = {{".csv", INPUT_CSV},
               {".tsv", INPUT_TSV},
               {".jsonl", INPUT_JSONL},
               {".ndjson", INPUT_JSONL},
               {".json", INPUT_JSON}};

static bool ends_with(const char *name, size_t size, const char *end)
{
    size_t n = strlen(end);

    return size > n && strncasecmp(name + size - n, end, n) == 0;
}

static enum input_format format_of_name(const char *name)
{
    size_t size = strlen(name);

    if (ends_with(name, size, ".gz"))
        size -= 3;
    for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++)
        if (ends_with(name, size, endings[i].text))
            return endings[i].format;
    return INPUT_LINES;
}

enum input_format input_format_of(const struct input_options *o,
                                  const char *file)
{
    if (o->join_lines > 0)
        return INPUT_JOINED;
    if (o->format >= 0)
        return (enum input_format)o->format;
    if (o->null || o->pair ||
        (o->lines_first && o->field.n == 0 && o->id.n == 0))
        return INPUT_LINES;
    return format_of_name(file);
}

bool input_is_table(enum input_format format)
{
    return format == INPUT_CSV || format == INPUT_TSV;
}

bool input_has_fields(enum input_format format)
{
    return input_is_table(format) || format == INPUT_JSONL ||
           format == INPUT_JSON;
}

char input_separator(const char *text)
{
    static const struct {
        const char *name;
        char c;
    } names[] = {{"\\t", '\t'},      {"tab", '\t'}, {"comma", ','},
                 {"semicolon", ';'}, {"pipe", '|'}, {"space", ' '}};

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (strcmp(text, names[i].name) == 0)
            return names[i].c;
    if (*text == '\0' || text[1] != '\0' || strchr("\"\\\r\n", *text) != NULL)
        return '\0';
    return *text;
}

bool input_has_spans(const struct input_options *o)
{
    return o->join_lines > 0 || o->format == INPUT_PARAGRAPH;
}

bool input_any(const struct input_options *o, bool (*is)(enum input_format))
{
    for (size_t i = 0; i < o->n_files; i++)
        if (is(input_format_of(o, o->files[i])))
            return true;
    return o->n_files == 0 && is(input_format_of(o, "-"));
}
