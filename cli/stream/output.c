/*
 * output.c - what a stream writes to: opened and begun, gone on with,
 * closed when it is whole.
 */
#include "cli/stream/state.h"

#include "cli/base/message.h"
#include "cli/base/stop.h"
#include "cli/frame/command.h"
#include "cli/stream/row.h"

enum {
    SPILL = 1 << 20
};

/* --resume: the digest follows the rows only after they were written, so that a
 * checkpoint never speaks of rows that are not there. */
bool output_write(struct output *out)
{
    struct buffer *b = &out->rows;
    bool ok = !b->failed;

    if (!ok)
        message_error("out of memory");
    else if (b->size > 0 && out->npy != NULL)
        ok = npy_rows_write(out->npy, b->data, b->size);
    else if (b->size > 0)
        ok = sink_write(out->sink, b->data, b->size);
    if (ok && out->resume != NULL)
        resume_rows(out->resume, b->data, b->size);
    buffer_clear(b);
    if (!ok)
        out->failed = true;
    return ok;
}

void output_spill(struct output *out)
{
    if (!out->failed && (out->rows.size >= SPILL || out->rows.failed))
        output_write(out);
    if (out->failed)
        buffer_clear(&out->rows);
}

static void put_header(const struct stream *s, struct output *out)
{
    if (s->ops->header != NULL)
        s->ops->header(s->self, out);
    else if (s->ops->columns != NULL &&
             row_header(&out->rows, s->settings, NULL))
        columns_header(&out->rows, s->settings->format, s->ops->columns, false);
}

/* What comes before all rows is the first part's only, of --shard. */
static void put_first(const struct stream *s, struct output *out)
{
    put_header(s, out);
    if (s->settings->input.part.k > 1)
        buffer_clear(&out->rows);
}

/* The header is printed into a buffer first: only so are all its names
 * known. */
bool stream_check_names(struct stream *s)
{
    struct output probe = {0};

    if (format_is_table(s->settings->format))
        put_header(s, &probe);
    bool ok = names_are_apart(s->settings, &probe.rows);

    buffer_free(&probe.rows);
    return ok;
}

/* Writes what comes before the rows. */
static void begin_output(struct stream *s)
{
    struct output *out = &s->out;
    int format = s->settings->format;

    if (format_in(format, FORMATS_NUMBERS))
        sink_raw(out->sink);
    if (format == FORMAT_NPY && s->ops->npy.width > 0) {
        out->npy = npy_rows_open(out->sink, &s->ops->npy);
        out->failed = out->npy == NULL;
    } else if (format == FORMAT_NPZ) {
        out->npz = npz_open(out->sink);
        out->failed = out->npz == NULL;
    }
    if (!out->failed)
        put_first(s, out);
}

/* Writes the header of a run that goes on. It is in no digest, and after a loss
 * of power any bytes may be there. */
static bool begin_again(struct stream *s)
{
    struct buffer *b = &s->out.rows;
    bool ok = false;

    put_first(s, &s->out);
    if (b->failed)
        message_error("out of memory");
    else if (b->size != s->resume.head)
        message_error("%s: damaged: remove it to begin anew", s->resume.name);
    else
        ok = sink_patch(s->out.sink, 0, b->data, b->size);
    buffer_clear(b);
    return ok;
}

/* Goes on with a file that has a header, and rows of an earlier run after
 * it. */
static void go_on(struct stream *s)
{
    struct output *out = &s->out;
    const json_t *state = json_object_get(s->resume.figures, "state");

    totals_restore(&s->totals, s->resume.figures);
    if (s->settings->format == FORMAT_NPY && s->ops->npy.width > 0) {
        out->npy = npy_rows_go_on(out->sink, &s->ops->npy, s->resume.n_bytes);
        out->failed = out->npy == NULL;
    } else {
        out->failed = !begin_again(s);
    }
    if (!out->failed && s->ops->restore != NULL &&
        !s->ops->restore(s->self, state)) {
        message_error("%s: damaged: remove it to begin anew", s->resume.name);
        out->failed = true;
    }
}

static bool open_resumed(struct stream *s)
{
    struct output *out = &s->out;

    blake2b_init(&s->reader.digest);
    if (!resume_open(&s->resume, s->settings->output, s->settings,
                     &s->input_options.part, s->model, &out->sink))
        return false;
    s->all_or_nothing = true;
    if (s->resume.figures != NULL) {
        go_on(s);
    } else {
        begin_output(s);
        if (!out->failed && output_write(out))
            s->resume.head = sink_size(out->sink);
    }
    out->resume = &s->resume;
    return true;
}

/*
 * Whether the output is complete. With -o FILE, FILE changes only if all files
 * could be read, too: half a result must not replace a whole one. On a pipe,
 * the rows of the files that could be read are complete by themselves. A failed
 * record does not make the output incomplete: it has its place there.
 */
static bool is_whole(const struct stream *s)
{
    return (s->out.ended || !stop_asked()) && !s->main.broken &&
           !s->reader.out_of_room && !s->reader.other_input && !s->out.failed &&
           (s->out.all_read || !s->all_or_nothing);
}

bool stream_open_output(struct stream *s)
{
    const char *path = s->settings->output;

    if (s->ops->no_output)
        return true;
    if (s->settings->resume)
        return open_resumed(s);
    if (path != NULL && resume_left(path))
        message_warning("%s.part is left from a run that was broken off, and "
                        "is removed once this one is whole; --resume goes on "
                        "with it",
                        path);
    s->out.sink = sink_open(path);
    if (s->out.sink == NULL)
        return false;
    s->all_or_nothing = sink_replaces(s->out.sink);
    begin_output(s);
    return true;
}

/* Says what happens with FILE.part: it has become FILE, or it stays for the
 * next --resume. */
static void close_resumed(struct stream *s, bool whole)
{
    const char *path = s->settings->output;

    if (s->settings->resume && !whole && s->out.sink != NULL)
        message_warning("%s.part holds what is done: the same command goes on "
                        "from there",
                        path);
    if (!s->settings->resume && whole && path != NULL)
        resume_remove(path);
}

bool stream_close_output(struct stream *s)
{
    struct output *out = &s->out;
    bool ok = is_whole(s);

    if (ok && s->ops->footer != NULL)
        s->ops->footer(s->self, out);
    if (!ok && s->ops->abandon != NULL)
        s->ops->abandon(s->self);
    ok = ok && !out->failed && output_write(out);
    ok = npy_rows_close(out->npy, ok);
    ok = npz_close(out->npz, ok);
    ok = sink_close(out->sink, ok) && ok;
    if (s->ops->closed != NULL && !s->ops->closed(s->self, ok))
        ok = false;
    close_resumed(s, ok);
    buffer_free(&out->rows);
    return ok;
}

/* Why a run cannot be gone on with after a break, nor begin in the middle;
 * NULL: it can. */
static const char *no_resume(const struct shared *s,
                             const struct stream_ops *ops)
{
    if (ops->no_resume != NULL)
        return ops->no_resume;
    if (ops->one_record)
        return "this format holds one record only";
    if (s->format == FORMAT_NPZ)
        return "npz has its directory at the end: take f32 or jsonl";
    if (format_in(s->format, FORMATS_PICTURE))
        return "pictures follow the terminal: take csv or jsonl";
    return NULL;
}

bool stream_check_parts(const struct shared *s, const struct stream_ops *ops)
{
    const bool parted = s->input.part.n > 0;
    const char *why = s->resume || parted ? no_resume(s, ops) : NULL;

    return why == NULL ||
           message_refuse("--%s: %s", s->resume ? "resume" : "shard", why);
}
