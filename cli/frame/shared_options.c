/*
 * shared_options.c - the option rows that commands share, and their checks.
 */
#include "cli/frame/shared_options.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/base/cpus.h"
#include "cli/base/message.h"
#include "cli/frame/command.h"
#include "cli/frame/resume.h"
#include "cli/input/input_format.h"
#include "cli/input/part.h"

#define AT(member) offsetof(struct shared, member)

static const struct option_row rows_common[] = {
    {'m', "model", "MODEL",
     "folder, file, name in the Hugging Face cache, where berth pull puts "
     "models, or @builtin (default: $BERTH_MODEL, else @builtin)",
     OPTION_TEXT, AT(model), 0, 0},
    {'j', "threads", "N",
     "number of threads (default: $OMP_NUM_THREADS, else the CPUs it may use)",
     OPTION_SIZE, AT(threads), 1, 1024},
    {0, "precision", "f32|f16|bf16|int8",
     "how to hold the weights (default: as stored)", OPTION_CHOICE,
     AT(precision), 0, 0},
    {0, "cpu", "scalar|vector|avx2|avx2vnni|avx512|avx512vnni|amx|dotprod",
     "highest instruction set to use (default: $BERTH_CPU, else the best this "
     "CPU has)",
     OPTION_CHOICE, AT(cpu), 0, 0},
    {QUIET_ROW},
    {0, "verbose", NULL, "report every failed record, not only the first 20",
     OPTION_FLAG, AT(verbose), 0, 0},
    {0, "progress", NULL,
     "show progress on standard error (default: if standard error is a "
     "terminal)",
     OPTION_SET, AT(progress), 1, 0},
    {0, "no-progress", NULL, "never show progress", OPTION_SET, AT(progress), 0,
     0},
    {0, "stats", NULL,
     "at the end, print a JSON line of figures on standard error", OPTION_FLAG,
     AT(stats), 0, 0},
    {HELP_ROW},
    {0}};

static const struct option_row rows_no_model[] = {{QUIET_ROW}, {HELP_ROW}, {0}};

const struct option_row rows_input[] = {
    {TEXT_ROW},
    {INPUT_ROW},
    {NULL_ROW},
    {FIELD_ROW("field with the text; given twice, the second is text B")},
    {DELIMITER_ROW},
    {HEADERLESS_ROW},
    {0, "pair", NULL, "a TAB separates text A from text B", OPTION_FLAG,
     AT(input.pair), 0, 0},
    {0, "id", "NAME", "copy this field to the output (repeatable)", OPTION_LIST,
     AT(input.id), 0, 0},
    {JOIN_LINES_ROW},
    {JOIN_STEP_ROW},
    {MAX_RECORD_ROW},
    {PLAIN_ROW},
    {0}};

static const struct option_row rows_output[] = {
    {OUTPUT_ROW},
    {RESUME_ROW},
    {SHARD_ROW},
    {0, "keep", NULL, "add the text itself to the output", OPTION_FLAG,
     AT(keep), 0, 0},
    {0, "with-filename", NULL, "add the name of the file to the output",
     OPTION_FLAG, AT(with_filename), 0, 0},
    {MERGE_ROW},
    {NO_HEADER_ROW},
    {DIGITS_ROW("significant digits (default: enough to be exact; attention "
                "matrices in text: 4)")},
    {0}};

const struct option_row rows_length[] = {
    {0, "max-tokens", "N",
     "longest text in tokens, special tokens included (default: the model's "
     "limit; tokenize: none)",
     OPTION_SIZE, AT(max_tokens), 1, OPTION_SIZE_MAX},
    {0, "overflow", "truncate|error|window",
     "what to do with a longer text (default: truncate; answer, fill-mask, "
     "tag: window; score: error)",
     OPTION_CHOICE, AT(overflow), 0, 0},
    {0, "overlap", "N",
     "tokens that neighbouring windows share (default: 0; answer, tag: 128)",
     OPTION_SIZE, AT(overlap), 0, OPTION_SIZE_MAX},
    {0, "truncate", "longest|first|second",
     "which text of a pair to cut (default: longest)", OPTION_CHOICE,
     AT(truncation), 0, 0},
    {0, "batch-tokens", "N", "tokens to compute together (default: 1024)",
     OPTION_SIZE, AT(batch_tokens), 1, 1 << 20},
    {0}};

const struct option_row rows_hide[] = {
    {0, "hide-head", "L.H,...", "ignore these heads: layer and head from 0",
     OPTION_TEXT, AT(hide_heads), 0, 0},
    {0, "hide-token", "N|/REGEX/",
     "ignore this token in attention (repeatable)", OPTION_LIST,
     AT(hide_tokens), 0, 0},
    {0}};

const struct option_row rows_picture[] = {
    {COLOR_ROW("colours of pictures (default: auto)")},
    {0, "width", "N", "columns of pictures (default: the terminal's, else 80)",
     OPTION_SIZE, AT(width), 1, 10000},
    {0}};

const struct option_group group_common = {"All commands", rows_common, NULL};
const struct option_group group_no_model = {"All commands", rows_no_model,
                                            NULL};
static const struct option_group group_output = {"Output", rows_output,
                                                 &group_common};
static const struct option_group group_input = {"Input", rows_input,
                                                &group_output};
const struct option_group group_length = {"Length", rows_length, &group_input};
const struct option_group group_hide = {"Hiding", rows_hide, &group_length};

void shared_init(struct shared *s)
{
    s->format = -1;
    s->progress = -1;
    s->precision = -1;
    s->cpu = -1;
    s->input.format = -1;
    s->input.max_record = (size_t)64 << 20;
    s->overflow = OVERFLOW_DEFAULT;
    s->overlap = SIZE_MAX; /* not given */
    s->batch_tokens = 1024;
}

void shared_free(struct shared *s)
{
    free(s->input.field.items);
    free(s->input.id.items);
    free(s->input.text.items);
    free(s->walk.include.items);
    free(s->walk.exclude.items);
    free(s->walk.exclude_dir.items);
    walk_free(&s->walk);
    free(s->hide_tokens.items);
    free(s->ignore.items);
}

/* What is below a folder will tell its format. */
static bool names_folder(const struct input_options *in)
{
    struct stat st;

    for (size_t i = 0; i < in->n_files; i++)
        if (stat(in->files[i], &st) == 0 && S_ISDIR(st.st_mode))
            return true;
    return false;
}

/* Options of the input that do not go together; NULL: all is well. */
static const char *input_clash(const struct input_options *in)
{
    bool fields = input_any(in, input_has_fields);

    if (in->text.n > 0 && (in->n_files > 0 || in->format >= 0 || in->null))
        return "--text does not go with files, --input or --null";
    if (in->join_lines > 0 && (in->format > INPUT_LINES || in->field.n > 0 ||
                               in->null || in->text.n > 0))
        return "--join-lines needs --input lines";
    if (in->field.n > 2)
        return "--field: at most two, text A and text B";
    if (!fields && (in->field.n > 0 || in->id.n > 0) && !names_folder(in))
        return "--field and --id need --input csv, tsv or jsonl, or files of "
               "such names";
    if (!fields && in->merge != NULL && !names_folder(in))
        return "--merge needs --input jsonl, csv or tsv, or files of such "
               "names";
    if (in->headerless && !input_any(in, input_is_table))
        return "--headerless-input needs --input csv or tsv";
    if (in->delimiter != NULL && !input_any(in, input_is_table) &&
        !names_folder(in))
        return "--delimiter needs --input csv or tsv, or files of such names";
    if (in->delimiter != NULL && in->separator == '\0')
        return "--delimiter takes one byte, or tab, comma, semicolon, pipe or "
               "space; no quote, no backslash";
    if (in->pair && fields)
        return "--pair is for lines; give --field twice instead";
    if (in->join_step > in->join_lines)
        return "--join-step: at most the lines of --join-lines, so that none "
               "is "
               "left out";
    if (in->null && in->format > INPUT_LINES)
        return "--null needs --input lines";
    return NULL;
}

/* What --resume keeps beside the output. */
static void list_parts(struct shared *s)
{
    for (int i = 0; i < RESUME_FILES; i++) {
        char *path = resume_path(s->output, (enum resume_file)i);
        int before = s->files.n;

        files_add(&s->files, "resume", path, FILE_WRITTEN);
        if (s->files.n > before)
            s->files.items[before].path = s->output; /* that one stays */
        free(path);
    }
}

/* What the options name. */
static void list_files(struct shared *s)
{
    for (const struct option_group *g = &s->command->options; g != NULL;
         g = g->next)
        for (const struct option_row *row = g->rows; row->name != NULL; row++)
            if (row->kind == OPTION_TEXT && row->min != 0)
                files_add(&s->files, row->name,
                          *(const char *const *)((const char *)s + row->offset),
                          (int)row->min);
    if (s->output == NULL)
        files_add(&s->files, "output", "-", FILE_WRITTEN);
    if (s->resume)
        list_parts(s);
}

static const char *name_of(const char *path, const char *standard)
{
    return strcmp(path, "-") == 0 ? standard : path;
}

/* No file is written that is also read, or written for something else. False
 * after a message. */
static bool check_files(struct shared *s)
{
    const struct input_options *in = &s->input;
    const struct used_file *a, *b;
    char dash[] = "-", *standard[] = {dash};
    bool none = in->n_files == 0;
    char **paths = none ? standard : in->files;

    list_files(s);
    if (files_pair(&s->files, &a, &b))
        return message_refuse("--%s: %s is also the file of --%s", b->option,
                              name_of(b->path, "standard output"), a->option);
    if (in->text.n > 0)
        return true;
    for (size_t i = 0; i < (none ? 1 : in->n_files); i++) {
        a = files_written(&s->files, paths[i], false);
        if (a != NULL)
            return message_refuse("--%s: %s is also read, as %s", a->option,
                                  a->path, name_of(paths[i], "standard input"));
    }
    return true;
}

static bool writes_file(const struct shared *s)
{
    return s->output != NULL && strcmp(s->output, "-") != 0;
}

const char *shared_overlap_clash(const struct shared *s)
{
    return s->overlap > 0 && s->overflow != OVERFLOW_WINDOW
               ? "--overlap needs --overflow window"
               : NULL;
}

/* --shard; false after a message. */
static bool take_shard(struct shared *s)
{
    struct input_options *in = &s->input;
    bool pipe = in->n_files == 0;

    if (s->shard == NULL)
        return true;
    if (!part_read(s->shard, &in->part))
        return message_refuse("--shard: '%s' is not K/N, the K-th of N parts, "
                              "as 1/8, with N from 1 to %d",
                              s->shard, PARTS_MAX);
    if (in->text.n > 0)
        return message_refuse("--text does not go with --shard");
    for (size_t i = 0; i < in->n_files; i++)
        pipe = pipe || strcmp(in->files[i], "-") == 0;
    return !pipe || message_refuse("--shard needs files: standard input cannot "
                                   "be read twice");
}

static int check(struct shared *s)
{
    if (s->input.delimiter != NULL)
        s->input.separator = input_separator(s->input.delimiter);
    const char *clash = input_clash(&s->input);

    s->overlap_given = s->overlap != SIZE_MAX;
    if (!s->overlap_given)
        s->overlap = 0;
    if (clash == NULL && !take_shard(s))
        return message_status();
    if (clash == NULL && walk_below(&s->walk) && s->input.text.n > 0)
        clash = "--text does not go with --recursive";
    if (clash != NULL)
        return message_usage("%s", clash);
    if (format_in(s->format, FORMATS_BARE) &&
        (s->input.id.n > 0 || s->keep || s->with_filename))
        return message_usage("npy, npz and f32 hold numbers only, and svg a "
                             "figure: no --id, --keep, --with-filename");
    if (format_in(s->format, FORMATS_NUMBERS) && s->output == NULL &&
        isatty(STDOUT_FILENO))
        return message_usage("npy, npz and f32 are not for a terminal: give "
                             "--output FILE, or --output - to have it so");
    if (s->input.merge != NULL && s->format != FORMAT_JSONL)
        return message_usage("--merge needs --format jsonl");
    if (s->resume && !writes_file(s))
        return message_usage("--resume needs --output FILE: it goes on with "
                             "what is there");
    if (s->resume && s->input.text.n > 0)
        return message_usage("--text does not go with --resume");
    if (s->overflow >= 0 && shared_overlap_clash(s) != NULL)
        return message_usage("%s", shared_overlap_clash(s));
    return check_files(s) ? -1 : message_status();
}

/* Without --format the name of the output says it, or --merge, or it is text.
 * False after a message. */
static bool choose_format(struct shared *s)
{
    const struct option_row *row = option_find(&s->command->options, "format");
    const char *word = writes_file(s) ? format_of_name(s->output) : NULL;
    const char *merged = s->input.merge != NULL ? "jsonl" : NULL;
    struct buffer words = {0};

    if (s->format >= 0)
        return true;
    s->format = FORMAT_TEXT;
    if (word == NULL)
        word = merged;
    if (row == NULL || word == NULL)
        return true;
    s->format = option_choose(row, word);
    if (s->format >= 0)
        return true;
    option_put_words(row, '|', &words);
    message_refuse("--output %s: %s does not write %s; give --format %.*s",
                   s->output, s->command->name, word, (int)words.size,
                   words.data);
    buffer_free(&words);
    return false;
}

/* The first operand is no file where words are wanted and none was given. */
static bool take_word(struct shared *s, int argc, char **argv, int *first)
{
    if (s->words == NULL || s->no_words || s->words_file != NULL ||
        s->words->n > 0 || *first == argc)
        return true;
    s->words->items = malloc(sizeof(*s->words->items));
    if (s->words->items == NULL)
        return message_error("out of memory");
    s->words->items[s->words->n++] = argv[(*first)++];
    return true;
}

/* What is read and written at once may never end. check() looks at --output. */
static void guard_output(struct shared *s)
{
    if ((s->output == NULL || strcmp(s->output, "-") == 0) &&
        fstat(STDOUT_FILENO, &s->standard_output) == 0 &&
        S_ISREG(s->standard_output.st_mode))
        s->input.output = &s->standard_output;
}

int shared_parse(const struct command *command, struct shared *s, int argc,
                 char **argv)
{
    int first = 0;

    s->command = command;
    s->argc = argc;
    s->argv = argv;
    enum options_result result = options_parse(
        &command->options, command->habits, s, argc, argv, &first);

    if (result != OPTIONS_RUN)
        return result == OPTIONS_HELP ? command_help(command)
                                      : message_status();
    if (!take_word(s, argc, argv, &first))
        return EXIT_NOT_DONE;
    if (!choose_format(s))
        return message_status();
    s->input.files = argv + first;
    s->input.n_files = (size_t)(argc - first);
    s->input.lines_first = command->lines_first;
    guard_output(s);
    message_set_quiet(s->quiet);
    message_set_no_files(s->walk.no_messages);
    return check(s);
}

size_t shared_n_threads(const struct shared *s)
{
    return s->threads > 0 ? s->threads : cpus_granted();
}
