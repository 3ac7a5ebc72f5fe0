/*
 * stream.c - the three stages, and what is said at the end.
 */
#include "cli/stream.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/chunk.h"
#include "cli/command.h"
#include "cli/message.h"
#include "cli/names.h"
#include "cli/progress.h"
#include "cli/queue.h"
#include "cli/resume.h"
#include "cli/stats.h"
#include "cli/stop.h"
#include "cli/thread.h"
#include "cli/totals_saved.h"
#include "cli/utf8.h"

enum {
    N_CHUNKS = 4, /* one in each stage, and one that waits */
    SPILL = 1 << 20,
    REPORTS = 20 /* failed records that are reported one by one */
};

struct stream {
    const struct common *settings;
    const struct stream_ops *ops;
    void *self;
    struct berth_model *model;
    struct output out;
    struct stream_totals totals;
    struct progress progress;
    struct input *input;
    struct source_wait wait;
    bool threaded;
    bool all_or_nothing;  /* the output changes when the run is whole, only */
    struct resume resume; /* writer; what is to be skipped: reader */

    struct chunk *chunks[N_CHUNKS];
    struct chunk *filling; /* reader */
    struct berth_tokens tokens;
    struct blake2b digest; /* reader: --resume: of all records so far */
    size_t n_read;         /* reader */
    struct queue empty;    /* writer to reader */
    struct queue filled;   /* reader to main */
    struct queue done;     /* main to writer: a slice */
    struct queue again;    /* writer to main: the next slice, please */

    bool broken;      /* compute: main thread only */
    size_t n_slices;  /* computed so far */
    bool out_of_room; /* reader: memory */
    bool other_input; /* reader: --resume: these are not the records */
    bool taken;       /* writer: one_record has had its record */
};

enum berth_status stream_no_memory(struct berth_error *err)
{
    *err = (struct berth_error){.status = BERTH_ERR_MEMORY,
                                .message = "out of memory"};
    return BERTH_ERR_MEMORY;
}

bool stream_fail(struct item *item, const char *fmt, ...)
{
    char text[512];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    item->record.error = pieces_copy(item->pieces, text, strlen(text));
    return item->record.error != NULL ? false : stream_fail_memory(item);
}

bool stream_fail_memory(struct item *item)
{
    item->record.error = "out of memory";
    item->no_memory = true;
    return false;
}

bool stream_fail_error(struct item *item, const struct berth_error *err)
{
    return err->status == BERTH_ERR_MEMORY
               ? stream_fail_memory(item)
               : stream_fail(item, "%s", err->message);
}

/* ------------------------------------------------------------ tokenizing */

static const void *keep(struct pieces *a, const void *data, size_t size,
                        bool *ok)
{
    void *copy = pieces_copy(a, data, size);

    *ok = *ok && copy != NULL;
    return copy;
}

bool stream_tokenize(struct item *item, const struct berth_model *model,
                     const struct berth_tokenize_options *options,
                     const char *prompt, bool overflow_is_error,
                     struct berth_tokens *tokens)
{
    const struct record *r = &item->record;
    struct berth_text text = {.text = r->text.data,
                              .text_len = r->text.size,
                              .pair = r->has_pair ? r->pair.data : NULL,
                              .pair_len = r->pair.size,
                              .prompt = prompt,
                              .prompt_len = prompt ? strlen(prompt) : 0};
    struct pieces *a = item->pieces;
    struct berth_error err = {0};
    size_t n;
    bool ok = true;

    if (berth_tokenize(model, &text, options, tokens, &err) != BERTH_OK)
        return stream_fail_error(item, &err);
    n = tokens->n;
    if (overflow_is_error && options->max_tokens > 0 &&
        tokens->n_full > options->max_tokens)
        return stream_fail(item, "%zu tokens; the limit is %zu", tokens->n_full,
                           options->max_tokens);
    item->ids = keep(a, tokens->ids, n * sizeof(*tokens->ids), &ok);
    item->type_ids =
        keep(a, tokens->type_ids, n * sizeof(*tokens->type_ids), &ok);
    item->offsets = keep(a, tokens->offsets, n * sizeof(*tokens->offsets), &ok);
    item->special = keep(a, tokens->special, n * sizeof(*tokens->special), &ok);
    item->windows = keep(a, tokens->windows,
                         tokens->n_windows * sizeof(*tokens->windows), &ok);
    item->n_tokens = n;
    item->n_windows = tokens->n_windows;
    item->n_full = tokens->n_full;
    item->n_unknown = tokens->n_unknown;
    item->truncated = tokens->truncated;
    return ok || stream_fail_memory(item);
}

bool stream_has_tokens(struct item *item)
{
    return item->n_tokens > 0 ||
           stream_fail(item, "no tokens, and the model adds none");
}

/* --------------------------------------------------------------- writing */

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static bool write_rows(struct output *out)
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
        write_rows(out);
    if (out->failed)
        buffer_clear(&out->rows);
}

static void report_failure(struct stream *s, const struct record *r)
{
    if (s->totals.n_failed++ < REPORTS || s->settings->verbose) {
        progress_hide(&s->progress);
        message_error("%s:%zu: %s", r->file, r->line, r->error);
    }
}

/* Failed records keep their places among the others. */
static void print_failed_before(struct stream *s, struct chunk *chunk,
                                const struct item *end)
{
    for (; !s->out.failed && chunk->items + chunk->n_printed < end;
         chunk->n_printed++) {
        const struct item *item = &chunk->items[chunk->n_printed];

        if (item->record.error == NULL)
            continue;
        report_failure(s, &item->record);
        s->totals.n_records += !item->begun;
        if (s->ops->print_failed != NULL)
            s->ops->print_failed(s->self, item, &s->out);
        output_spill(&s->out);
    }
}

/* Whether the format has room for this; says no once. */
static bool admit(struct stream *s, const struct job *job)
{
    if (!s->ops->one_record)
        return true;
    if (!s->taken && job->item->n_windows == 1) {
        s->taken = true;
        return true;
    }
    message_error("%s:%zu: this output format holds one record, and one "
                  "window, only",
                  job->item->record.file, job->item->record.line);
    s->out.failed = true;
    return false;
}

/* Rows of a record are all printed, or none: stop_asked() only counts where one
 * begins. */
static void print_jobs(struct stream *s, struct chunk *chunk)
{
    for (size_t i = chunk->begin; i < chunk->end && !chunk->dead; i++) {
        const struct job *job = &chunk->jobs[i];

        if (s->out.failed) /* said already, once */
            return;
        if (job->window > 0 && !s->ops->by_window)
            continue;
        if (job->item->record.error != NULL)
            continue; /* its turn comes with the next one's */
        if (job->window == 0 && stop_asked()) {
            chunk->dead = true;
            return;
        }
        print_failed_before(s, chunk, job->item);
        if (!admit(s, job))
            return;
        if (!job->item->begun)
            totals_add(&s->totals, job->item);
        job->item->begun = true;
        s->ops->print(s->self, job->item, job->window, &s->out);
        output_spill(&s->out);
    }
}

/* Rows of the chunk are written, all of them: another run can go on here. */
static bool keep_place(struct stream *s, const struct chunk *chunk)
{
    double t = now();
    json_t *state = NULL;

    if (s->out.resume == NULL || !resume_wants(&s->resume, t))
        return true;
    if (s->ops->save != NULL)
        state = s->ops->save(s->self);
    return resume_checkpoint(&s->resume, chunk->n_read, chunk->digest,
                             totals_save(&s->totals, state), t);
}

static void print_slice(struct stream *s, struct chunk *chunk)
{
    print_jobs(s, chunk);
    if (!chunk->dead && chunk->end == chunk->n_jobs && !stop_asked())
        print_failed_before(s, chunk, chunk->items + chunk->n_items);
    if (!s->out.failed)
        write_rows(&s->out);
    if (!s->out.failed && !chunk->dead && chunk->n_printed == chunk->n_items &&
        !keep_place(s, chunk))
        s->out.failed = true;
    if (s->out.failed) {
        chunk->dead = true;
        stop_now();
    }
    progress_update(&s->progress, &s->totals, input_done(s->input));
}

static void *writer_main(void *arg)
{
    struct stream *s = arg;
    bool last = false;

    while (!last) {
        struct chunk *chunk = queue_pop(&s->done);

        print_slice(s, chunk);
        if (chunk->end < chunk->n_jobs) {
            queue_push(&s->again, chunk);
            continue;
        }
        last = chunk->last;
        chunk_reset(chunk);
        queue_push(&s->empty, chunk);
    }
    return NULL;
}

/* ------------------------------------------------------------- computing */

/* One short text is answered from the weights as the file has them. More work
 * than that is worth packing them for. */
static enum berth_status pack_in_time(struct stream *s,
                                      const struct chunk *chunk,
                                      struct berth_error *err)
{
    enum {
        FEW_TOKENS = 96
    };
    size_t tokens = 0;

    for (size_t i = chunk->begin; i < chunk->end; i++)
        tokens += job_tokens(&chunk->jobs[i]);
    if (s->n_slices++ == 0 && tokens <= FEW_TOKENS)
        return BERTH_OK;
    return berth_model_pack(s->model, common_n_threads(s->settings), err);
}

static void compute_slice(struct stream *s, struct chunk *chunk)
{
    struct berth_error err = {0};

    if (chunk->dead || s->ops->compute == NULL || chunk->begin == chunk->end)
        return;
    if (pack_in_time(s, chunk, &err) == BERTH_OK &&
        chunk_compute(chunk, s->ops, s->self, &err) == BERTH_OK)
        return;
    message_error("%s", err.message);
    s->broken = true;
    chunk->dead = true;
    stop_now();
}

static void compute_chunk(struct stream *s, struct chunk *chunk)
{
    chunk->dead = chunk->dead || s->broken;
    if (!chunk->dead && !chunk_begin(chunk)) {
        message_error("out of memory");
        s->broken = true;
        chunk->dead = true;
        stop_now();
    }
    for (bool more = true; more;) {
        if (!chunk->dead && chunk_slice(chunk, s->ops, s->self))
            compute_slice(s, chunk);
        if (chunk->dead)
            chunk->end = chunk->n_jobs;
        more = chunk->end < chunk->n_jobs;
        if (!s->threaded) {
            print_slice(s, chunk);
            continue;
        }
        queue_push(&s->done, chunk); /* the writer's from here on */
        if (more)
            queue_pop(&s->again);
    }
}

/* --------------------------------------------------------------- reading */

/* What a run that goes on from the end of this chunk must find. */
static void seal(struct stream *s)
{
    struct blake2b copy = s->digest;

    s->filling->n_read = s->n_read;
    if (s->settings->resume)
        blake2b_final(&copy, s->filling->digest);
}

static void submit(struct stream *s)
{
    seal(s);
    if (s->threaded) {
        queue_push(&s->filled, s->filling);
        s->filling = queue_pop(&s->empty);
    } else {
        compute_chunk(s, s->filling);
        chunk_reset(s->filling);
    }
}

/* No input is ready: what there is goes on its way. */
static void on_idle(void *arg)
{
    struct stream *s = arg;

    if (s->filling->n_items > 0)
        submit(s);
}

static void hash_field(struct blake2b *hash, const struct field *field)
{
    uint64_t size = field->size;

    blake2b_update(hash, &size, sizeof(size));
    blake2b_update(hash, field->data, field->size);
}

/* The next record; --resume must know it again. */
static bool next_record(struct stream *s, struct record *record)
{
    if (!input_next(s->input, record))
        return false;
    s->n_read++;
    if (!s->settings->resume)
        return true;
    hash_field(&s->digest, &record->text);
    hash_field(&s->digest, &record->pair);
    for (size_t i = 0; record->ids != NULL && i < s->settings->input.id.n; i++)
        hash_field(&s->digest, &record->ids[i]);
    return true;
}

/* Passes over the records that are done; false when they are others. */
static bool skip_done(struct stream *s)
{
    uint8_t digest[BLAKE2B_SIZE];
    struct record record;
    bool more = true;

    while (more && s->n_read < s->resume.n_records && !stop_asked())
        more = next_record(s, &record);
    struct blake2b copy = s->digest;

    blake2b_final(&copy, digest);
    if (s->resume.n_records == 0 ||
        (s->n_read == s->resume.n_records &&
         memcmp(digest, s->resume.input, sizeof(digest)) == 0))
        return true;
    if (!stop_asked()) {
        message_error("%s: these are not the records of the run that was "
                      "broken off: expected the same first %zu; run it on the "
                      "same input, or remove %s",
                      s->settings->output, s->resume.n_records, s->resume.name);
        s->other_input = true;
        stop_now();
    }
    return false;
}

/* No run is whole that leaves a record out. --resume begins at an earlier place
 * than this one. */
static void run_out_of_room(struct stream *s, const struct record *record)
{
    message_error("%s:%zu: out of memory", record->file, record->line);
    s->out_of_room = true;
    s->filling->dead = true;
    stop_now();
}

static void add_record(struct stream *s, const struct record *record)
{
    struct chunk *chunk = s->filling;
    struct item *item = chunk_add(chunk, record, s->settings->input.id.n);

    /* Those of jsonl were looked at when they were read. */
    if (item != NULL && s->settings->input.format != INPUT_JSONL)
        item->n_invalid = utf8_count_bad(record->text.data, record->text.size) +
                          utf8_count_bad(record->pair.data, record->pair.size);
    if (item != NULL && record->error == NULL &&
        s->ops->prepare(s->self, item, &s->tokens)) {
        chunk->n_tokens += item->n_tokens;
        for (size_t w = 0; s->ops->result_size && w < item->n_windows; w++)
            chunk->n_results +=
                s->ops->result_size(s->self, item->windows[w].n_tokens);
    }
    if (item == NULL || item->no_memory)
        run_out_of_room(s, record);
    else if (chunk_is_full(chunk, s->ops))
        submit(s);
}

static void *reader_main(void *arg)
{
    struct stream *s = arg;
    struct record record;

    /* What comes behind a file that could not be read would be lost. */
    if (skip_done(s))
        while (!stop_asked() && next_record(s, &record) &&
               !(s->all_or_nothing && input_failed(s->input)))
            add_record(s, &record);
    s->filling->last = true;
    seal(s);
    if (s->threaded)
        queue_push(&s->filled, s->filling);
    else
        compute_chunk(s, s->filling);
    return NULL;
}

/* ----------------------------------------------------------- all together */

/* Each thread that does not start leaves its work to this one. */
static void run_threads(struct stream *s)
{
    pthread_t reader, writer;
    bool last = false;

    if (!thread_start(&writer, writer_main, s)) {
        s->threaded = false;
        reader_main(s);
        return;
    }
    if (!thread_start(&reader, reader_main, s)) {
        /* The writer waits for a last chunk. */
        s->filling->last = true;
        queue_push(&s->done, s->filling);
        pthread_join(writer, NULL);
        s->threaded = false;
        reader_main(s);
        return;
    }
    while (!last) {
        struct chunk *chunk = queue_pop(&s->filled);

        last = chunk->last;
        compute_chunk(s, chunk);
    }
    pthread_join(reader, NULL);
    pthread_join(writer, NULL);
}

static void open_stages(struct stream *s)
{
    queue_init(&s->empty);
    queue_init(&s->filled);
    queue_init(&s->done);
    queue_init(&s->again);
    for (size_t i = 0; i < (s->threaded ? N_CHUNKS : 1); i++) {
        s->chunks[i] = chunk_new();
        s->broken = s->broken || s->chunks[i] == NULL;
        if (i > 0 && s->chunks[i] != NULL)
            queue_push(&s->empty, s->chunks[i]);
    }
    s->filling = s->chunks[0];
    s->wait = (struct source_wait){on_idle, s, stop_fd()};
    if (!s->broken)
        s->input = input_open(&s->settings->input, &s->wait);
    s->broken = s->input == NULL;
    if (s->broken)
        message_error("out of memory");
}

static void close_stages(struct stream *s)
{
    input_close(s->input);
    for (size_t i = 0; i < N_CHUNKS; i++)
        chunk_free(s->chunks[i]);
    berth_tokens_free(&s->tokens);
    queue_destroy(&s->empty);
    queue_destroy(&s->filled);
    queue_destroy(&s->done);
    queue_destroy(&s->again);
}

/* How the run ended: s->broken, s->out_of_room, and s->out.all_read. */
static void run_stages(struct stream *s)
{
    open_stages(s);
    if (!s->broken && s->threaded)
        run_threads(s);
    else if (!s->broken)
        reader_main(s);
    s->out.all_read = !s->broken && !input_failed(s->input);
    close_stages(s);
}

static void say_totals(const struct stream *s)
{
    const struct stream_totals *t = &s->totals;

    if (t->n_failed > REPORTS && !s->settings->verbose)
        message_error("%zu records failed; the first %d are named above",
                      t->n_failed, REPORTS);
    totals_warn(t);
}

/* False after a message. */
static bool check_names(struct stream *s)
{
    struct output probe = {0};

    if (s->ops->header != NULL)
        s->ops->header(s->self, &probe);
    bool ok = names_are_apart(s->settings, &probe.rows);

    buffer_free(&probe.rows);
    return ok;
}

/* What stands before the rows. */
static void begin_output(struct stream *s)
{
    struct output *out = &s->out;
    int format = s->settings->format;

    if (format == FORMAT_NPY || format == FORMAT_F32 || format == FORMAT_NPZ)
        sink_raw(out->sink);
    if (format == FORMAT_NPY && s->ops->npy_width > 0) {
        out->npy = s->ops->npy_type != NULL
                       ? npy_rows_open_type(out->sink, s->ops->npy_width,
                                            s->ops->npy_type)
                       : npy_rows_open(out->sink, s->ops->npy_width);
        out->failed = out->npy == NULL;
    } else if (format == FORMAT_NPZ) {
        out->npz = npz_open(out->sink);
        out->failed = out->npz == NULL;
    }
    if (s->ops->header != NULL && !out->failed)
        s->ops->header(s->self, out);
}

/* The same, where it stands there, and rows of an earlier run behind it. */
static void go_on(struct stream *s)
{
    struct output *out = &s->out;
    const json_t *state = json_object_get(s->resume.figures, "state");

    totals_restore(&s->totals, s->resume.figures);
    if (s->settings->format == FORMAT_NPY && s->ops->npy_width > 0) {
        out->npy = npy_rows_go_on(out->sink, s->ops->npy_width,
                                  s->ops->npy_type, s->resume.n_bytes);
        out->failed = out->npy == NULL;
    }
    if (s->ops->restore != NULL && !s->ops->restore(s->self, state)) {
        message_error("%s: damaged: remove it to begin anew", s->resume.name);
        out->failed = true;
    }
}

static bool open_resumed(struct stream *s)
{
    struct output *out = &s->out;

    blake2b_init(&s->digest);
    if (!resume_open(&s->resume, s->settings->output, s->settings, s->model,
                     &out->sink))
        return false;
    s->all_or_nothing = true;
    if (s->resume.figures != NULL) {
        go_on(s);
    } else {
        begin_output(s);
        if (!out->failed && write_rows(out))
            resume_begin_rows(&s->resume, sink_size(out->sink));
    }
    out->resume = &s->resume;
    return true;
}

/*
 * Whether the rows are those of a run that came to its end. A file changes only
 * when all was read, too; what is written directly gets the rest of its rows.
 * Failed records have their place in both.
 */
static bool is_whole(const struct stream *s)
{
    return (s->out.ended || !stop_asked()) && !s->broken && !s->out_of_room &&
           !s->other_input && !s->out.failed &&
           (s->out.all_read || !s->all_or_nothing);
}

static bool open_output(struct stream *s)
{
    const char *path = s->settings->output;

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

/* FILE.part has become FILE; or it stays. */
static void close_resumed(struct stream *s, bool whole)
{
    const char *path = s->settings->output;

    if (s->settings->resume && !whole && s->out.sink != NULL)
        message_warning("%s.part holds what is done: the same command goes on "
                        "from there",
                        path);
    if (!s->settings->resume && whole && path != NULL && resume_left(path))
        resume_remove(path);
}

/* False: the output is not whole. */
static bool close_output(struct stream *s)
{
    struct output *out = &s->out;
    bool ok = is_whole(s);

    if (ok && s->ops->footer != NULL)
        s->ops->footer(s->self, out);
    if (!ok && s->ops->abandon != NULL)
        s->ops->abandon(s->self);
    if (ok)
        ok = !out->failed && write_rows(out);
    if (out->npy != NULL && !npy_rows_close(out->npy, ok))
        ok = false;
    if (out->npz != NULL && !npz_close(out->npz, ok))
        ok = false;
    if (!sink_close(out->sink, ok))
        ok = false;
    if (s->ops->closed != NULL && !s->ops->closed(s->self, ok))
        ok = false;
    close_resumed(s, ok);
    buffer_free(&out->rows);
    return ok;
}

/* Why the run cannot be gone on with; NULL: it can. */
static const char *no_resume(const struct common *s,
                             const struct stream_ops *ops)
{
    if (ops->no_resume != NULL)
        return ops->no_resume;
    if (ops->one_record)
        return "this format holds one record only";
    if (s->format == FORMAT_NPZ)
        return "npz has its directory at the end: take f32 or jsonl";
    if (s->format == FORMAT_HEAT || s->format == FORMAT_GRID)
        return "pictures follow the terminal: take csv or jsonl";
    return NULL;
}

int stream_run(const struct common *settings, const struct stream_ops *ops,
               void *self, struct berth_model *model)
{
    struct stream s = {.settings = settings,
                       .ops = ops,
                       .self = self,
                       .model = model,
                       .threaded = common_n_threads(settings) > 1};
    double start = now();

    if (settings->resume && no_resume(settings, ops) != NULL)
        return message_usage(settings->command->name, "--resume: %s",
                             no_resume(settings, ops));
    if (settings->input.id.n > 0 && !check_names(&s))
        return EXIT_USAGE;
    if (!open_output(&s)) {
        resume_close(&s.resume, false);
        return EXIT_NOT_DONE;
    }
    stop_install();
    progress_begin(&s.progress, settings);
    if (!s.out.failed)
        run_stages(&s);
    progress_hide(&s.progress);
    bool written = close_output(&s);

    stop_finish();
    s.totals.seconds = now() - start;
    say_totals(&s);
    if (settings->stats)
        stats_print(settings, model, &s.totals);
    resume_close(&s.resume, written);
    return written && s.out.all_read && s.totals.n_failed == 0 ? EXIT_DONE
                                                               : EXIT_NOT_DONE;
}
