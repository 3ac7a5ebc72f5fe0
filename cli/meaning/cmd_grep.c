/*
 * cmd_grep.c - the lines that mean something, in order, as grep prints those
 * that match.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/base/message.h"
#include "cli/base/stop.h"
#include "cli/frame/command.h"
#include "cli/meaning/grep.h"

enum {
    /* To know a file takes reading it once, before its first line is answered:
     * that takes no time that is felt. */
    LARGEST_KNOWN = 64 << 20
};

#define AT(member) offsetof(struct grep, member)

static const struct option_row rows[] = {
    {'e', "meaning", "MEANING", "meaning to look for (repeatable)", OPTION_LIST,
     AT(meanings), 0, 0},
    {0, "threshold", "X", "least similarity of a match (default: the model's)",
     OPTION_FLOAT, AT(threshold), -OPTION_SIZE_MAX, OPTION_SIZE_MAX},
    {IGNORE_ROW},
    {NO_CACHE_ROW(struct grep, cache)},
    {CLEAR_CACHE_ROW(struct grep, cache)},
    {CACHE_SIZE_ROW(struct grep, cache)},
    {0, "score", NULL, "print the similarity and a TAB before each line",
     OPTION_FLAG, AT(score), 0, 0},
    {'v', "invert-match", NULL, "print the lines that do not match",
     OPTION_FLAG, AT(invert), 0, 0},
    {'q', "silent", NULL,
     "print nothing; exit with 0 at the first match (unlike in grep, --quiet "
     "only hides warnings)",
     OPTION_FLAG, AT(silent), 0, 0},
    {'c', "count", NULL, "print only the number of matches of each file",
     OPTION_FLAG, AT(count), 0, 0},
    {'l', "files-with-matches", NULL,
     "print only the names of files with matches", OPTION_SET, AT(list),
     LIST_WITH, 0},
    {'L', "files-without-match", NULL,
     "print only the names of files without a match", OPTION_SET, AT(list),
     LIST_WITHOUT, 0},
    {0, "max-count", "N",
     "stop reading a file after N matches (default: no limit)", OPTION_SIZE,
     AT(max_count), 0, OPTION_SIZE_MAX},
    {'h', "no-filename", NULL,
     "print no file names before lines (default: with one file)", OPTION_SET,
     AT(names), 0, 0},
    {'H', "with-filename", NULL,
     "print file names before lines (default: with several files)", OPTION_SET,
     AT(names), 1, 0},
    {'n', "line-number", NULL, "print line numbers before lines", OPTION_FLAG,
     AT(line_number), 0, 0},
    {'A', "after-context", "N",
     "also print N lines after each match (default: 0)", OPTION_INT, AT(after),
     0, OPTION_SIZE_MAX},
    {'B', "before-context", "N",
     "also print N lines before each match (default: 0)", OPTION_INT,
     AT(before), 0, OPTION_SIZE_MAX},
    {'C', "context", "N", "also print N lines before and after (default: 0)",
     OPTION_INT, AT(context), 0, OPTION_SIZE_MAX},
    {COLOR_ROW("colour names and numbers (default: auto)")},
    {0}};

/* Of grep(1), and of ripgrep. */
static const struct option_habit habits[] = {
    {"EFGPwxy", "lines are compared by meaning: MEANING is no pattern"},
    {"i", "lines are compared by meaning: there is no need for grep's -i"},
    {"f", "for several meanings give -e for each"},
    {"z", "for records that end with NUL give --null"},
    {"g", "for files by their names give --include"},
    {"123456789", "for lines around give --context"},
    {0}};

/* ---------------------------------------------------------------- lines */

static void print(void *arg, const struct item *item, struct output *out)
{
    struct grep *self = arg;
    const float *score = item->extra;
    const struct hit hit = hits_of(&item->record, *score);

    bool is_match = vectors_reach(hit.score, self->threshold) != self->invert;

    grep_line(self, &hit, is_match, &out->rows);
    if (grep_is_done(self)) {
        out->ended = true;
        stop_now();
    }
}

static void print_failed(void *arg, const struct item *item, struct output *out)
{
    grep_enter_file(arg, item->record.file, &out->rows);
}

static void header(void *arg, struct output *out)
{
    struct grep *self = arg;

    self->colored =
        self->colored && self->vectors.session.settings.format == FORMAT_TEXT;
    self->tamed = self->colored && sink_is_terminal(out->sink);
    if (self->tamed)
        sink_raw(out->sink);
    if (!self->silent)
        hits_header(&out->rows, &self->vectors.session.settings, 0);
}

/* A run that ended at a match has not seen all of the file that it was in. */
static void footer(void *arg, struct output *out)
{
    struct grep *self = arg;

    grep_leave_files(arg, &out->rows);
    kept_finish(&self->cache, !out->ended);
}

static void abandon(void *arg)
{
    struct grep *self = arg;

    kept_finish(&self->cache, false);
}

/* --------------------------------------------------------------- set up */

/* "-m 1" of grep(1). */
static bool is_count(const char *model)
{
    return model != NULL && *model != '\0' &&
           model[strspn(model, "0123456789")] == '\0' &&
           access(model, F_OK) != 0;
}

/* "-o MEANING FILE" of grep(1): FILE is the meaning, and lines are to be typed.
 */
static bool is_only_matching(const struct grep *self)
{
    const struct shared *s = &self->vectors.session.settings;

    return s->output != NULL && s->input.n_files == 0 && s->input.text.n == 0 &&
           !walk_below(&s->walk) && self->meanings.n == 1 &&
           isatty(STDIN_FILENO) == 1 &&
           access(self->meanings.items[0], F_OK) == 0;
}

static const char *clash(const void *arg)
{
    const struct grep *self = arg;
    const struct shared *s = &self->vectors.session.settings;
    bool names = self->count || self->list != LIST_NONE;
    bool context = self->after > 0 || self->before > 0 || self->context > 0;

    if (self->meanings.n == 0 && self->cache.clear_cache)
        return NULL;
    if (self->meanings.n == 0)
        return "what to look for? MEANING is missing";
    if (is_count(s->model))
        return "--model: a number is no model; for at most so many matches of "
               "a file give --max-count";
    if (is_only_matching(self))
        return "--output names the file to write, and the meaning is then the "
               "name of a file; a line matches as a whole: there is no -o of "
               "grep";
    if (s->input.field.n > 1)
        return "--field: one text is looked at";
    if (s->format != FORMAT_TEXT && (names || context))
        return "--count, names of files alone and context need --format text";
    return NULL;
}

static void choose_context(struct grep *self)
{
    int both = self->context > 0 ? self->context : 0;

    /* As in GNU grep, "-A 0" asks for context, of no line. */
    self->separate =
        self->after >= 0 || self->before >= 0 || self->context >= 0;
    if (self->after < 0)
        self->after = both;
    if (self->before < 0)
        self->before = both;
}

/* As GNU grep, on a terminal that can show them. */
static bool wants_colors(const struct grep *self)
{
    const struct shared *s = &self->vectors.session.settings;
    const char *term = getenv("TERM");

    return screen_has_color((enum color_choice)s->color, s->output) &&
           (s->color == COLOR_ALWAYS ||
            (term != NULL && strcmp(term, "dumb") != 0));
}

/* As in GNU grep: output of no more than a line may be read. */
static bool grows(const struct grep *self)
{
    return !self->silent && self->list == LIST_NONE && !self->count &&
           self->max_count != 1;
}

static bool embed_meanings(struct grep *self)
{
    self->queries = calloc(self->meanings.n, sizeof(*self->queries));
    for (size_t i = 0; self->queries != NULL && i < self->meanings.n; i++) {
        self->queries[i] =
            vectors_of_query(&self->vectors, self->meanings.items[i]);
        if (self->queries[i] == NULL)
            return false;
    }
    if (self->queries == NULL)
        message_error("out of memory");
    return self->queries != NULL;
}

/* From operands to files; standard input is one of them. */
static int ready(void *arg)
{
    struct grep *self = arg;
    struct shared *s = &self->vectors.session.settings;
    struct input_options *in = &s->input;
    size_t n_operands = in->n_files;

    kept_clear(&self->cache);
    if (self->meanings.n == 0)
        return EXIT_DONE;
    /* As GNU grep: the end is reached before anything is read. */
    if (self->max_count == 0 && self->list != LIST_WITHOUT)
        return 1;
    choose_context(self);
    self->colored = wants_colors(self);
    self->colors = grep_colors_read(getenv("GREP_COLORS"));
    in->can_recurse = true;
    if (in->text.n == 0)
        walk_operands(s, grows(self));
    self->named = self->names > 0 ||
                  (self->names < 0 && (n_operands > 1 || s->walk.walked));
    /* No file is left: nothing is read. */
    if (in->none)
        return s->walk.failed ? GREP_TROUBLE : 1;
    in->trouble = calloc(in->n_files + 1, sizeof(*in->trouble));
    if (in->trouble != NULL)
        return -1;
    message_error("out of memory");
    return GREP_TROUBLE;
}

/* All files are read, also those that are known. Of one that goes on with
 * --resume the first lines are not: it could not be told which come next. */
static bool open_kept(struct grep *self)
{
    const struct shared *s = &self->vectors.session.settings;
    struct kept *k = &self->cache;
    const struct quantized as_they_are = {
        .type = BERTH_VECTOR_F32,
        .size = self->vectors.size,
        .n_bytes = berth_vector_bytes(BERTH_VECTOR_F32, self->vectors.size)};

    k->no_cache = k->no_cache || s->resume;
    if (!kept_open(k, &self->vectors, &as_they_are, &s->input))
        return false;
    for (size_t u = 0; u < k->n_units; u++)
        kept_read(k, u);
    return true;
}

static bool fit(void *arg)
{
    struct grep *self = arg;

    if (!vectors_fit(self) ||
        !vectors_threshold(
            &self->vectors,
            (double)self->vectors.session.facts->similarity_threshold,
            &self->threshold) ||
        !embed_meanings(self))
        return false;
    vectors_use_document_prompt(&self->vectors);
    return open_kept(self);
}

static int work(void *arg)
{
    struct grep *self = arg;
    const struct session *s = &self->vectors.session;
    struct stream_ops ops = vectors_ops(&self->vectors);

    ops.prepare = grep_prepare;
    ops.compute = grep_compute;
    ops.finish = grep_finish;
    ops.finish_failed = grep_finish_failed;
    ops.abandon = abandon;
    ops.header = header;
    ops.footer = footer;
    ops.print = print;
    ops.print_failed = print_failed;
    ops.save = grep_save;
    ops.restore = grep_restore;
    int status = stream_run(&s->settings, &ops, self, s->model);

    if ((status != EXIT_DONE || s->settings.walk.failed) &&
        !(self->silent && self->matched))
        return GREP_TROUBLE;
    return self->matched ? 0 : 1;
}

static void release(void *arg)
{
    struct grep *self = arg;

    grep_end(self);
    kept_finish(&self->cache, false);
    free(self->known.scores);
    free(self->vectors.session.settings.input.trouble);
    for (size_t i = 0; self->queries != NULL && i < self->meanings.n; i++)
        free(self->queries[i]);
    free(self->queries);
    free(self->meanings.items);
}

static const struct grep defaults = {
    .threshold = (double)NAN,
    .max_count = SIZE_MAX,
    .cache = {.cache_size = KEPT_CACHE_SIZE, .largest = LARGEST_KNOWN},
    .names = -1,
    .after = -1,
    .before = -1,
    .context = -1};

const struct command command_grep = {
    .name = "grep",
    .operands = "MEANING [FILE...]",
    .summary = "print lines with a similar meaning, like grep",
    .example = "berth grep -n 'disk is full' log",
    .options = {"Options of grep", rows, &group_hits},
    .habits = habits,
    .size = sizeof(struct grep),
    .defaults = &defaults,
    .words = offsetof(struct grep, meanings),
    .lines_first = true,
    .part = BERTH_PART_ENCODER,
    .computes = true,
    .trouble = GREP_TROUBLE,
    .clash = clash,
    .ready = ready,
    .fit = fit,
    .work = work,
    .release = release};
