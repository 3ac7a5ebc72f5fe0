/*
 * stream.c - the three stages, and what is said at the end.
 *
 * A chunk has one owner at a time, and goes from one to the next through a
 * queue, which also makes what it holds visible there:
 *
 *   empty --> reader --filled--> main --done--> writer --> empty
 *                                  ^--again-------'   while end < n_jobs
 *
 *                     reader               main                writer
 *   items             adds, prepares                           begun, window,
 * extra record.error      cannot be used       no numbers n_read, digest when
 * it is full                          for --resume jobs lists all windows
 *   begin, end                             the next slice
 *   item->results                          of the slice        prints them
 *   n_printed                                                  counts items
 *   last              no more input                            then all end
 *   dead              no memory            failed, signal      output, signal
 *
 * A dead chunk is neither computed nor printed further, but goes the whole way:
 * each thread ends when the last chunk has passed. With one thread the reader
 * calls what computes, and that calls what prints; nothing is queued.
 */
#include "cli/stream/state.h"

#include <string.h>
#include <unistd.h>

#include "cli/base/message.h"
#include "cli/base/stop.h"
#include "cli/base/thread.h"
#include "cli/base/utf8.h"
#include "cli/frame/command.h"
#include "cli/stream/row.h"
#include "cli/stream/stats.h"

enum {
    REPORTS = 20 /* failed records that are reported one by one */
};

/* --------------------------------------------------------------- writing */

static void report_failure(struct stream *s, const struct record *r)
{
    if (s->totals.n_failed++ < REPORTS || s->settings->verbose) {
        message_error("%s:%zu: %s", r->file, r->line, r->error);
    }
}

static void end_record(struct stream *s)
{
    if (s->ops->blank_line && s->settings->format == FORMAT_TEXT)
        buffer_putc(&s->out.rows, '\n');
}

/* Prints the failed records that come before end, so that they keep their
 * places among the others. */
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
        if (s->ops->finish_failed != NULL)
            s->ops->finish_failed(s->self, item);
        if (s->ops->print_failed != NULL)
            s->ops->print_failed(s->self, item, &s->out);
        else if (s->ops->columns != NULL)
            row_failed(&s->out.rows, s->settings, item,
                       columns_count(s->ops->columns));
        end_record(s);
        output_spill(&s->out);
    }
}

/* Whether the format has room for this record; a message if not. */
static bool admit(struct stream *s, const struct job *job)
{
    if (!s->ops->one_record)
        return true;
    if (!s->writer.taken && job->item->n_windows == 1) {
        s->writer.taken = true;
        return true;
    }
    message_error("%s:%zu: this output format holds one record, and one "
                  "window, only",
                  job->item->record.file, job->item->record.line);
    s->out.failed = true;
    return false;
}

static void tell_records(const struct stream *s)
{
    progress_read(input_done(s->input));
    progress_records(s->totals.n_records,
                     s->totals.n_tokens - s->totals.n_tokens_before);
}

/* Prints the rows of a record all or not at all: a signal is looked for only
 * where a record begins. */
static void print_jobs(struct stream *s, struct chunk *chunk)
{
    for (size_t i = chunk->begin; i < chunk->end && !chunk->dead; i++) {
        const struct job *job = &chunk->jobs[i];

        if (s->out.failed) /* said already, once */
            return;
        if (job->window > 0 && !s->ops->by_window)
            continue;
        if (job->item->record.error != NULL)
            continue; /* printed before the next good one */
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
        job->item->window = job->window;
        if (s->ops->finish != NULL && !s->ops->finish(s->self, job->item))
            s->out.rows.failed = true;
        else if (s->ops->print != NULL)
            s->ops->print(s->self, job->item, &s->out);
        if (!s->ops->by_window || job->window + 1 == job->item->n_windows)
            end_record(s);
        output_spill(&s->out);
        tell_records(s);
    }
}

/* All rows of the chunk are written, so a checkpoint may be made here. */
static bool keep_place(struct stream *s, const struct chunk *chunk)
{
    double t = progress_clock();
    json_t *state = NULL;

    if (s->out.resume == NULL || !resume_wants(&s->resume, t))
        return true;
    if (s->ops->save != NULL)
        state = s->ops->save(s->self);
    return resume_checkpoint(&s->resume, chunk->n_read, chunk->digest,
                             totals_save(&s->totals, state), t);
}

/* After the last slice come the failed records after the last window, and then
 * the checkpoint where --resume may go on. Rows are written at the end of each
 * slice, so that an answer does not wait for the next records. */
static void print_slice(struct stream *s, struct chunk *chunk)
{
    print_jobs(s, chunk);
    if (!chunk->dead && chunk->end == chunk->n_jobs && !stop_asked())
        print_failed_before(s, chunk, chunk->items + chunk->n_items);
    if (!s->out.failed)
        output_write(&s->out);
    if (!s->out.failed && !chunk->dead && chunk->n_printed == chunk->n_items &&
        !keep_place(s, chunk))
        s->out.failed = true;
    if (s->out.failed) {
        chunk->dead = true;
        stop_now();
    }
    tell_records(s);
}

static void *writer_main(void *arg)
{
    struct stream *s = arg;
    bool last = false;

    while (!last) {
        struct chunk *chunk = queue_pop(&s->done);

        print_slice(s, chunk);
        /* Results of the slice are printed: the main thread may put those of
         * the next one in their place. */
        if (chunk->end < chunk->n_jobs) {
            queue_push(&s->again, chunk);
            continue;
        }
        last = chunk->last; /* the reset forgets it */
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
    if (s->main.packed || tokens == 0 ||
        (s->main.n_slices++ == 0 && tokens <= FEW_TOKENS))
        return BERTH_OK;
    progress_phase("packing the weights");
    enum berth_status status =
        berth_model_pack(s->model, shared_n_threads(s->settings), err);

    progress_phase(NULL);
    s->main.packed = status == BERTH_OK;
    return status;
}

/* An error of compute() is not a record's: it ends the run. */
static void compute_slice(struct stream *s, struct chunk *chunk)
{
    struct berth_error err = {0};

    if (chunk->dead || s->ops->compute == NULL || chunk->begin == chunk->end)
        return;
    progress_read(input_done(s->input));
    if (pack_in_time(s, chunk, &err) == BERTH_OK &&
        chunk_compute(chunk, s->ops, s->self, &err) == BERTH_OK)
        return;
    message_error("%s", err.message);
    s->main.broken = true;
    chunk->dead = true;
    stop_now();
}

/*
 * Slice after slice, each printed before the next is computed: results of one
 * slice are in memory at a time. A chunk without a window takes one turn, too:
 * it may have failed records, and it may be the last one.
 *
 * Either side may find that the chunk is dead. Then this slice becomes the last
 * one: with end at n_jobs the writer lets go of the chunk.
 */
static void compute_chunk(struct stream *s, struct chunk *chunk)
{
    chunk->dead = chunk->dead || s->main.broken;
    if (!chunk->dead && !chunk_begin(chunk)) {
        message_error("out of memory");
        s->main.broken = true;
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
        /* The writer's from here on, so that nothing of it is read before it
         * is back; no other chunk can come through "again". */
        queue_push(&s->done, chunk);
        if (more)
            queue_pop(&s->again);
    }
}

/* --------------------------------------------------------------- reading */

/* Notes the number and the digest of all records up to the end of this chunk,
 * for a checkpoint: a run that goes on there must find the same records. */
static void seal(struct stream *s)
{
    struct blake2b copy = s->reader.digest;

    s->reader.filling->n_read = s->reader.n_read;
    if (s->settings->resume)
        blake2b_final(&copy, s->reader.filling->digest);
}

/* The chunk goes on its way, and the reader gets another. It waits for that
 * when all are on their way: so the memory of a run is bounded. */
static void submit(struct stream *s)
{
    seal(s);
    if (s->threaded) {
        queue_push(&s->filled, s->reader.filling);
        s->reader.filling = queue_pop(&s->empty);
    } else {
        compute_chunk(s, s->reader.filling);
        chunk_reset(s->reader.filling);
    }
}

/* No input is ready: sends off what there is, so that an answer is not held
 * back. */
static void on_idle(void *arg)
{
    struct stream *s = arg;

    if (s->reader.filling->n_items > 0)
        submit(s);
}

static void hash_field(struct blake2b *hash, const struct field *field)
{
    uint64_t size[2] = {field->size, field->json};

    blake2b_update(hash, size, sizeof(size));
    blake2b_update(hash, field->data, field->size);
}

static void hash_name(struct blake2b *hash, const char *name)
{
    hash_field(hash, &(struct field){.data = name, .size = strlen(name)});
}

/* Everything of a record that a row may show. That includes its place, as
 * records may move from one file to another, and the reason if it failed. */
static void hash_record(struct blake2b *hash, const struct record *record,
                        size_t n_ids)
{
    uint64_t place[2] = {record->line, record->has_pair};

    blake2b_update(hash, place, sizeof(place));
    if (record->span.last_line > 0)
        blake2b_update(hash, &record->span, sizeof(record->span));
    hash_name(hash, record->file);
    hash_name(hash, record->error != NULL ? record->error : "");
    hash_field(hash, &record->text);
    hash_field(hash, &record->pair);
    hash_field(hash, &record->object);
    for (size_t i = 0; record->ids != NULL && i < n_ids; i++)
        hash_field(hash, &record->ids[i]);
}

/* A run that leaves a record out is not complete. No checkpoint is made after
 * this place, so --resume reads the record again. */
static void run_out_of_room(struct stream *s, const struct record *record)
{
    message_error("%s:%zu: out of memory", record->file, record->line);
    s->reader.out_of_room = true;
    s->reader.filling->dead = true;
    stop_now();
}

/* The next record, added to the digest for --resume. */
static bool next_record(struct stream *s, struct record *record)
{
    if (!input_next(s->input, record))
        return false;
    if (record->no_memory) {
        run_out_of_room(s, record);
        return false;
    }
    s->reader.n_read++;
    if (s->settings->resume)
        hash_record(&s->reader.digest, record, s->settings->input.id.n);
    return true;
}

/* Reads past the records that are done; false if they are not the same ones. */
static bool skip_done(struct stream *s)
{
    uint8_t digest[BLAKE2B_SIZE];
    struct record record;
    bool more = true;

    while (more && s->reader.n_read < s->resume.n_records && !stop_asked())
        more = next_record(s, &record);
    struct blake2b copy = s->reader.digest;

    blake2b_final(&copy, digest);
    if (s->resume.n_records == 0 ||
        (s->reader.n_read == s->resume.n_records &&
         memcmp(digest, s->resume.input, sizeof(digest)) == 0))
        return true;
    if (!stop_asked()) {
        message_error("%s: these are not the records of the run that was "
                      "broken off: expected the same first %zu; run it on the "
                      "same input, or remove %s and %s",
                      s->settings->output, s->resume.n_records, s->resume.part,
                      s->resume.name);
        s->reader.other_input = true;
        stop_now();
    }
    return false;
}

static void add_record(struct stream *s, const struct record *record)
{
    struct chunk *chunk = s->reader.filling;
    struct item *item = chunk_add(chunk, record, s->settings->input.id.n);

    /* Those of JSON were looked at when they were read. */
    if (item != NULL && !record->is_json)
        item->n_invalid = utf8_count_bad(record->text.data, record->text.size) +
                          utf8_count_bad(record->pair.data, record->pair.size);
    if (item != NULL && record->error == NULL &&
        s->ops->prepare(s->self, item, &s->reader.tokens)) {
        chunk->n_tokens += item->n_tokens;
        chunk->n_results += item->n_results;
        for (size_t w = 0; s->ops->result_size && w < item->n_windows; w++)
            chunk->n_results +=
                s->ops->result_size(s->self, item->windows[w].n_tokens);
    }
    /* A record that failed is an item, too: it keeps its place. */
    if (item == NULL || item->no_memory)
        run_out_of_room(s, record);
    else if (chunk_is_full(chunk, s->ops))
        submit(s);
}

/* Also when nothing was read, or the run is to stop: the last chunk, empty or
 * not, tells the other threads to end. */
static void *reader_main(void *arg)
{
    struct stream *s = arg;
    struct record record;

    /* If the output is kept only when all was read, rows after a file that
     * could not be read would be computed in vain. */
    if (skip_done(s))
        while (!stop_asked() && next_record(s, &record) &&
               !(s->all_or_nothing && input_failed(s->input)))
            add_record(s, &record);
    s->reader.filling->last = true;
    seal(s);
    if (s->threaded)
        queue_push(&s->filled, s->reader.filling);
    else
        compute_chunk(s, s->reader.filling);
    return NULL;
}

/* ----------------------------------------------------------- all together */

/* If a thread cannot be started, this one does its work. The writer is the
 * first: without it the reader would wait for empty chunks forever. */
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
        s->reader.filling->last = true;
        queue_push(&s->done, s->reader.filling);
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

/* With one thread one chunk is enough: it is empty again when the next record
 * comes. The reader holds the first one from the beginning. */
static void open_stages(struct stream *s)
{
    queue_init(&s->empty);
    queue_init(&s->filled);
    queue_init(&s->done);
    queue_init(&s->again);
    for (size_t i = 0; i < (s->threaded ? N_CHUNKS : 1); i++) {
        s->chunks[i] = chunk_new();
        s->main.broken = s->main.broken || s->chunks[i] == NULL;
        if (i > 0 && s->chunks[i] != NULL)
            queue_push(&s->empty, s->chunks[i]);
    }
    s->reader.filling = s->chunks[0];
    s->wait = (struct source_wait){on_idle, s, stop_fd()};
    if (!s->main.broken)
        s->input = input_open(&s->input_options, &s->wait);
    s->main.broken = s->input == NULL;
    if (s->main.broken)
        message_error("out of memory");
}

static void close_stages(struct stream *s)
{
    input_close(s->input);
    for (size_t i = 0; i < N_CHUNKS; i++)
        chunk_free(s->chunks[i]);
    berth_tokens_free(&s->reader.tokens);
    queue_destroy(&s->empty);
    queue_destroy(&s->filled);
    queue_destroy(&s->done);
    queue_destroy(&s->again);
}

/* How the run ended: s->main.broken, s->reader.out_of_room, and
 * s->out.all_read. */
static void run_stages(struct stream *s)
{
    open_stages(s);
    if (!s->main.broken && s->threaded)
        run_threads(s);
    else if (!s->main.broken)
        reader_main(s);
    s->out.all_read = !s->main.broken && !input_failed(s->input);
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

/* Whether rows come to a terminal one after another, not all at the end. */
static bool rows_are_seen(const struct stream *s)
{
    const char *path = s->settings->output;

    return s->ops->print != NULL && !s->ops->no_output &&
           (path == NULL || strcmp(path, "-") == 0) &&
           isatty(STDOUT_FILENO) == 1;
}

/* The output is opened before the input and before signals are caught: what
 * cannot be written to is said at once. stop_finish() lets a signal that came
 * meanwhile end the program, after all is closed. */
int stream_run(const struct shared *settings, const struct stream_ops *ops,
               void *self, struct berth_model *model)
{
    struct stream s = {.settings = settings,
                       .ops = ops,
                       .self = self,
                       .input_options = settings->input,
                       .model = model,
                       .threaded = shared_n_threads(settings) > 1};
    double start = progress_clock();

    if (!stream_check_parts(settings, ops) ||
        (settings->input.id.n > 0 && !stream_check_names(&s)))
        return EXIT_USAGE;
    if (!part_find(&s.input_options) || !stream_open_output(&s)) {
        part_free(&s.input_options.part);
        resume_close(&s.resume, false);
        return EXIT_NOT_DONE;
    }
    stop_install();
    progress_begin(rows_are_seen(&s));
    if (!s.out.failed)
        run_stages(&s);
    progress_end();
    bool written = stream_close_output(&s);

    stop_finish();
    s.totals.seconds = progress_clock() - start;
    say_totals(&s);
    if (settings->stats)
        stats_print(settings, model, &s.totals);
    resume_close(&s.resume, written);
    part_free(&s.input_options.part);
    return written && s.out.all_read && s.totals.n_failed == 0 ? EXIT_DONE
                                                               : EXIT_NOT_DONE;
}
