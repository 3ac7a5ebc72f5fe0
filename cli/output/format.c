/*
 * format.c - the format that the name of a file asks for.
 */
#include "cli/output/format.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

/* What people end names with, and the word that --format has for it, or would
 * have: such a file is not filled with text. */
static const struct {
    const char *ending, *word;
} endings[] = {{"txt", "text"},     {"csv", "csv"},    {"tsv", "tsv"},
               {"jsonl", "jsonl"},  {"json", "jsonl"}, {"npy", "npy"},
               {"ndjson", "jsonl"}, {"npz", "npz"},    {"f32", "f32"},
               {"svg", "svg"},      {"html", "html"},  {"parquet", "parquet"},
               {"gz", "gzip"}};

const char *format_of_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    const char *dot = strrchr(name, '.');

    for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++)
        if (dot > name && strcasecmp(dot + 1, endings[i].ending) == 0)
            return endings[i].word;
    return NULL;
}
