/*
 * part.c - measuring the files of --shard, and where to cut them.
 */
#include "cli/input/part.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/base/message.h"
#include "cli/input/input.h"

/* A number from 1 on, and where it ends; 0: there is none. */
static size_t take_number(const char **p)
{
    size_t n = 0;

    for (; **p >= '0' && **p <= '9' && n <= PARTS_MAX; ++*p)
        n = 10 * n + (size_t)(**p - '0');
    return n;
}

bool part_read(const char *text, struct input_part *part)
{
    part->k = take_number(&text);
    if (*text++ != '/')
        return false;
    part->n = take_number(&text);
    return *text == '\0' && part->k >= 1 && part->k <= part->n &&
           part->n <= PARTS_MAX;
}

/* Elsewhere than on Linux these share one place with what was opened before:
 * whoever reads them again begins at the end. */
static bool is_descriptor(const char *file)
{
    return strcmp(file, "/dev/stdin") == 0 ||
           strncmp(file, "/dev/fd/", strlen("/dev/fd/")) == 0;
}

/* Bytes of the text of a file. */
static bool measure(const char *file, uint64_t *size)
{
    const struct source_wait no_wait = {NULL, NULL, -1};
    struct source *s = NULL;
    struct stat st;
    bool ok = stat(file, &st) == 0;

    if (ok && (!S_ISREG(st.st_mode) || is_descriptor(file)))
        return message_error("%s: --shard needs ordinary files, which can be "
                             "read twice",
                             file);
    if (ok)
        s = source_open(file, &no_wait);
    if (s == NULL)
        return message_error("%s: %s", file, strerror(errno));
    ok = source_measure(s, size);
    if (!ok)
        message_error("%s: %s", file, source_reason(s));
    source_close(s);
    return ok;
}

/* Where part k of n ends, without n * total, which could overflow. */
static uint64_t cut(uint64_t total, size_t k, size_t n)
{
    return total / n * k + total % n * k / n;
}

bool part_find(struct input_options *o)
{
    struct input_part *part = &o->part;
    uint64_t total = 0, size;

    if (part->n == 0)
        return true;
    part->begins = calloc(o->n_files + 1, sizeof(*part->begins));
    if (part->begins == NULL)
        return message_error("--shard: out of memory");
    for (size_t i = 0; i < o->n_files; i++) {
        if (!measure(o->files[i], &size))
            return false;
        part->begins[i] = total;
        total += size;
    }
    part->from = cut(total, part->k - 1, part->n);
    part->to = cut(total, part->k, part->n);
    part->size = part->to - part->from;
    part->total = total;
    /* An empty file at the end is a record of --input file. */
    if (part->k == part->n)
        part->to = UINT64_MAX;
    return true;
}

void part_free(struct input_part *part)
{
    free(part->begins);
    *part = (struct input_part){0};
}
