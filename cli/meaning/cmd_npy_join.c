/*
 * cmd_npy_join.c - the arrays of several files, one under the other, as one.
 *
 * The headers are read first: how many rows there are stands before them. Then
 * each file is copied, if it has as many rows still.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/base/message.h"
#include "cli/frame/command.h"
#include "cli/frame/session.h"
#include "cli/output/format.h"
#include "cli/output/npy.h"
#include "cli/output/npy_file.h"

enum {
    BLOCK = 1 << 16,
    WORDS = 128
};

static const struct option_row rows[] = {{OUTPUT_ROW}, {0}};

static int ready(void *arg)
{
    const struct session *self = arg;
    const struct shared *s = &self->settings;
    const char *word = s->output != NULL ? format_of_name(s->output) : NULL;

    if (word != NULL && strcmp(word, "npy") != 0)
        return message_usage("--output %s: npy-join does not write %s, but npy",
                             s->output, word);
    if (s->input.n_files == 0)
        return message_usage("npy-join needs the files to join");
    if (s->output == NULL && isatty(STDOUT_FILENO))
        return message_usage("npy is not for a terminal: give --output FILE, "
                             "or --output - to have it so");
    return -1;
}

/* open() would wait for the writer of a FIFO. */
static FILE *open_at_once(const char *name)
{
    const int fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    FILE *f = fd >= 0 ? fdopen(fd, "r") : NULL;

    if (fd >= 0 && f == NULL)
        close(fd);
    return f;
}

/* A part, at the begin of its data; NULL after a message. */
static FILE *open_part(const char *name, struct npy_array *array)
{
    static const char not_ordinary[] =
        "npy-join needs ordinary files, which can be read twice";
    FILE *f = open_at_once(name);
    struct stat st;
    char words[WORDS];
    size_t bytes;
    const char *why = NULL;

    if (strcmp(name, "-") == 0) /* elsewhere standard input */
        why = not_ordinary;
    else if (f == NULL || fstat(fileno(f), &st) != 0)
        why = strerror(errno);
    else if (!S_ISREG(st.st_mode))
        why = not_ordinary;
    else
        why = npy_file_read(f, array);
    if (why == NULL && array->rank == 0)
        why = "a single number, without rows";
    if (why == NULL && array->fortran && array->rank > 1)
        why = "expected rows in C order, found Fortran order, in which they "
              "are not one after another";
    if (why != NULL)
        message_error("%s: %s", name, why);
    else if (!npy_file_bytes(array, 0, &bytes))
        message_error("%s: %s is larger than any file can be", name,
                      npy_file_describe(array, 0, words, sizeof(words)));
    else if ((size_t)st.st_size != array->begin + bytes)
        message_error("%s: expected %zu bytes for %s, found %zu: %s", name,
                      array->begin + bytes,
                      npy_file_describe(array, 0, words, sizeof(words)),
                      (size_t)st.st_size,
                      (size_t)st.st_size < array->begin + bytes
                          ? "the file is not whole"
                          : "more follows the array");
    else
        return f;
    if (f != NULL)
        fclose(f);
    return NULL;
}

/* Whether the rows of b are as those of a. */
static bool agree(const struct npy_array *a, const struct npy_array *b)
{
    return strcmp(a->descr, b->descr) == 0 && a->rank == b->rank &&
           memcmp(a->shape + 1, b->shape + 1,
                  (a->rank - 1) * sizeof(*a->shape)) == 0;
}

static bool check_rows(const char *name, const struct npy_array *part,
                       const char *first, const struct npy_array *whole)
{
    char want[WORDS], found[WORDS];

    return agree(whole, part) ||
           message_error("%s: expected rows of %s, as %s has, found %s", name,
                         npy_file_describe(whole, 1, want, sizeof(want)), first,
                         npy_file_describe(part, 1, found, sizeof(found)));
}

/* The array of all parts, and the rows of each; false after a message. */
static bool read_headers(const struct input_options *in,
                         struct npy_array *whole, size_t *n_rows)
{
    size_t bytes;

    for (size_t i = 0; i < in->n_files; i++) {
        struct npy_array part;
        FILE *f = open_part(in->files[i], &part);

        if (f == NULL)
            return false;
        fclose(f);
        if (i == 0) {
            *whole = part;
            whole->fortran = false;
            whole->shape[0] = 0;
        }
        if (!check_rows(in->files[i], &part, in->files[0], whole))
            return false;
        n_rows[i] = part.shape[0];
        if (__builtin_add_overflow(whole->shape[0], part.shape[0],
                                   &whole->shape[0]))
            whole->shape[0] = SIZE_MAX;
    }
    return npy_file_bytes(whole, 0, &bytes) ||
           message_error("%s: with it the array is too large",
                         in->files[in->n_files - 1]);
}

static bool copy_part(const struct input_options *in, size_t i,
                      const struct npy_array *whole, size_t n_rows,
                      struct sink *sink)
{
    static char block[BLOCK];
    const char *name = in->files[i];
    struct npy_array part;
    FILE *f = open_part(name, &part);
    size_t left = 0;
    bool ok = f != NULL && check_rows(name, &part, in->files[0], whole);

    if (ok && part.shape[0] != n_rows)
        ok = message_error("%s: it has changed meanwhile: expected %zu rows, "
                           "as at first, found %zu",
                           name, n_rows, part.shape[0]);
    if (ok)
        npy_file_bytes(&part, 0, &left);
    while (ok && left > 0) {
        const size_t n = fread(block, 1, left < BLOCK ? left : BLOCK, f);

        ok = n > 0 ? sink_write(sink, block, n)
                   : message_error("%s: %s", name,
                                   ferror(f) ? strerror(errno)
                                             : "the array ends early");
        left -= n;
    }
    if (f != NULL)
        fclose(f);
    return ok;
}

static bool write_header(const struct npy_array *whole, struct sink *sink)
{
    const struct npy_type type = {whole->descr, whole->element};
    struct buffer b = {0};

    npy_header_of(&b, &type, whole->shape, whole->rank);
    const bool ok = b.failed ? message_error("out of memory")
                             : sink_write(sink, b.data, b.size);

    buffer_free(&b);
    return ok;
}

static bool join(const struct shared *s, size_t *n_rows)
{
    const struct input_options *in = &s->input;
    struct npy_array whole;

    if (!read_headers(in, &whole, n_rows))
        return false;
    struct sink *sink = sink_open(s->output);

    if (sink == NULL)
        return false;
    sink_raw(sink);
    bool ok = write_header(&whole, sink);

    for (size_t i = 0; ok && i < in->n_files; i++)
        ok = copy_part(in, i, &whole, n_rows[i], sink);
    return sink_close(sink, ok) && ok;
}

static int work(void *arg)
{
    const struct session *self = arg;
    size_t *n_rows = calloc(self->settings.input.n_files, sizeof(*n_rows));
    bool ok = n_rows != NULL ? join(&self->settings, n_rows)
                             : message_error("out of memory");

    free(n_rows);
    return ok ? EXIT_DONE : EXIT_NOT_DONE;
}

const struct command command_npy_join = {
    .name = "npy-join",
    .operands = "FILE...",
    .summary = "join npy arrays: the rows of each file after the other's",
    .example = "berth npy-join -o whole.npy 1.npy 2.npy",
    .options = {"Options of npy-join", rows, &group_no_model},
    .size = sizeof(struct session),
    .no_model = true,
    .ready = ready,
    .work = work};
