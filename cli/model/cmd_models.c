/*
 * cmd_models.c - the models of the Hugging Face cache, and whether berth reads
 * them.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/base/message.h"
#include "cli/frame/command.h"
#include "cli/frame/hub_cache.h"
#include "cli/frame/hub_name.h"
#include "cli/frame/session.h"
#include "cli/model/cached_models.h"
#include "cli/output/cells.h"
#include "cli/output/columns.h"
#include "cli/output/quote.h"

struct models {
    struct session session;
    bool names;
};

static const struct option_row rows[] = {
    {0, "names", NULL, "print the names only, and look into no model",
     OPTION_FLAG, offsetof(struct models, names), 0, 0},
    {FORMAT_ROW(FORMATS_ROWS)},
    {OUTPUT_ROW},
    {NO_HEADER_ROW},
    {0}};

static const struct column columns[] = {{"name", COLUMN_TEXT, 0},
                                        {"revision", COLUMN_TEXT, 0},
                                        {"refs", COLUMN_TEXT, 0},
                                        {"family", COLUMN_TEXT, 0},
                                        {"size", COLUMN_SIZE, 0},
                                        {"reads", COLUMN_TEXT, 0},
                                        {"problem", COLUMN_TEXT, 0},
                                        {"path", COLUMN_TEXT, 0},
                                        {0}};

enum {
    NAME,
    REVISION,
    REFS,
    FAMILY,
    SIZE,
    READS,
    PROBLEM,
    PATH,
    N_CELLS,
    N_ALIGNED = READS, /* columns of text */
    N_SHORT = 7        /* digits of a commit there, as git has them */
};

/* A model, and what it says of itself. */
struct row {
    const struct cached_model *model;
    char *family; /* NULL: none is known */
    char *problem;
};

/* model_type of config.json, of a model that is not opened; NULL: none. */
static char *read_model_type(const char *folder)
{
    struct buffer path = {0};
    struct stat st;
    json_t *config = NULL;
    char *type = NULL;

    buffer_printf(&path, "%s/config.json", folder);
    buffer_putc(&path, '\0');
    /* Nothing but a file: a pipe would wait for ever. */
    if (!path.failed && stat(path.data, &st) == 0 && S_ISREG(st.st_mode))
        config = json_load_file(path.data, 0, NULL);
    const char *value =
        json_string_value(json_object_get(config, "model_type"));

    if (value != NULL)
        type = strdup(value);
    json_decref(config);
    buffer_free(&path);
    return type;
}

static const char *find_model_type(const struct berth_model *model)
{
    size_t n;
    const struct berth_setting *all = berth_model_get_settings(model, &n);

    for (size_t i = 0; i < n; i++)
        if (strcmp(all[i].key, "model_type") == 0)
            return all[i].value;
    return "";
}

/* A message without the folder, which the row has. */
static char *shorten(const char *message, const char *folder)
{
    const size_t n = strlen(folder);
    char *text = strdup(message);

    if (text == NULL)
        return NULL;
    for (char *at = text; (at = strstr(at, folder)) != NULL;) {
        const char *rest = at + n + (at[n] == '/' ? 1 : 0);

        if (strncmp(rest, ": ", 2) == 0)
            rest += 2;
        memmove(at, rest, strlen(rest) + 1);
    }
    return text;
}

/* Opens the model: nothing less tells whether berth reads it. False: memory is
 * out. */
static bool look_into(struct row *row, struct cached_models *all)
{
    const struct cached_model *c = row->model;
    struct berth_model *model = NULL;
    struct berth_error err = {0};

    if (c->problem != NULL) {
        row->problem = shorten(c->problem, c->path);
        return row->problem != NULL;
    }
    if (berth_model_open(c->path, NULL, &model, &err) == BERTH_OK) {
        row->family = strdup(find_model_type(model));
        berth_model_close(model);
        return row->family != NULL;
    }
    cached_models_trouble(all, err.sys_errno, c->path);
    row->family = read_model_type(c->path);
    row->problem = shorten(err.message, c->path);
    return row->problem != NULL && err.status != BERTH_ERR_MEMORY;
}

static struct cell text_cell(const char *text)
{
    return (struct cell){text, {.size = strlen(text)}};
}

static void fill_cells(const struct row *row, struct cell *cells)
{
    const struct cached_model *c = row->model;

    cells[NAME] = text_cell(c->name);
    cells[REVISION] = text_cell(c->revision);
    cells[REFS] = text_cell(c->refs);
    cells[FAMILY] = text_cell(row->family != NULL ? row->family : "");
    cells[SIZE] = (struct cell){.size = c->size};
    cells[READS] = text_cell(row->problem == NULL ? "yes" : "no");
    cells[PROBLEM] = text_cell(row->problem != NULL ? row->problem : "");
    cells[PATH] = text_cell(c->path);
}

/* 999, 1.2k, 438.0M: thousands. */
static void put_bytes(struct buffer *b, size_t n)
{
    static const char units[] = "kMGTPE";
    size_t tenths = 0, unit = 0;

    while (n >= 1000) {
        tenths = n % 1000 / 100;
        n /= 1000;
        unit++;
    }
    buffer_printf(b, "%zu", n);
    if (unit > 0)
        buffer_printf(b, ".%zu%c", tenths, units[unit - 1]);
}

/* A cell as text has it: never empty. */
static void put_cell(struct buffer *b, const struct cell *cell, size_t column)
{
    const size_t start = b->size;

    if (column == SIZE)
        put_bytes(b, cell->size);
    else if (cell->size == 0)
        buffer_putc(b, '-');
    else if (column == REVISION && cell->size > N_SHORT)
        buffer_tsv(b, cell->text, N_SHORT);
    else
        buffer_tsv(b, cell->text, cell->size);
    buffer_tame_end(b, start);
}

/* The columns of text are as wide as their widest cell. */
static void widen(size_t *widths, const struct cell *cells, struct buffer *room)
{
    for (size_t i = 0; i < N_ALIGNED; i++) {
        buffer_clear(room);
        put_cell(room, &cells[i], i);
        const size_t width = cells_width(room->data, room->size);

        if (width > widths[i])
            widths[i] = width;
    }
}

static void put_line(struct buffer *b, const struct cell *cells,
                     const size_t *widths)
{
    for (size_t i = 0; i < N_ALIGNED; i++) {
        const size_t start = b->size;

        put_cell(b, &cells[i], i);
        cells_align(b, start, widths[i], i == SIZE);
        buffer_puts(b, "  ");
    }
    buffer_puts(b, cells[READS].text);
    if (cells[PROBLEM].size > 0) {
        buffer_puts(b, ": ");
        put_cell(b, &cells[PROBLEM], PROBLEM);
    }
    buffer_putc(b, '\n');
}

static void put_rows(struct buffer *b, const struct row *all, size_t n,
                     const struct shared *s)
{
    struct cell cells[N_CELLS];
    size_t widths[N_ALIGNED] = {0};

    if (!s->no_header)
        columns_header(b, s->format, columns, true);
    for (size_t i = 0; i < n && s->format == FORMAT_TEXT; i++) {
        struct buffer room = {0};

        fill_cells(&all[i], cells);
        widen(widths, cells, &room);
        b->failed = b->failed || room.failed;
        buffer_free(&room);
    }
    for (size_t i = 0; i < n && !b->failed; i++) {
        fill_cells(&all[i], cells);
        if (s->format == FORMAT_TEXT)
            put_line(b, cells, widths);
        else
            columns_row(b, s->format, 0, columns, cells, true);
    }
}

/* Whether two paths are one folder. */
static bool same_folder(const char *a, const char *b)
{
    struct stat x, y;

    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev &&
           x.st_ino == y.st_ino;
}

/* The models of all caches, each cache once, as add() appends them. */
static void list_models(struct cached_models *all,
                        void (*add)(struct cached_models *all,
                                    const char *root))
{
    struct buffer roots[HUB_CACHES] = {{0}};

    for (size_t i = 0; i < HUB_CACHES; i++) {
        bool again = !hub_cache_root(i, &roots[i]);

        all->failed = all->failed || roots[i].failed;
        for (size_t k = 0; k < i && !again; k++)
            again =
                roots[k].size > 0 && same_folder(roots[k].data, roots[i].data);
        if (!again)
            add(all, roots[i].data);
    }
    if (all->n == 0 && all->trouble == NULL && !all->failed)
        message_warning("no models in the Hugging Face cache %s",
                        roots[0].size > 0 ? roots[0].data : "");
    for (size_t i = 0; i < HUB_CACHES; i++)
        buffer_free(&roots[i]);
}

static const char *clash(const void *arg)
{
    const struct models *self = arg;

    if (self->names && self->session.settings.format != FORMAT_TEXT)
        return "--names is for text";
    return NULL;
}

static int ready(void *arg)
{
    const struct session *self = arg;

    if (self->settings.input.n_files > 0)
        return message_usage("models takes no operands");
    return -1;
}

/* The rows into b, which fails where memory is out. */
static void put_models(struct buffer *b, struct cached_models *all,
                       const struct shared *s)
{
    struct row *found = calloc(all->n + 1, sizeof(*found));

    b->failed = found == NULL || all->failed;
    for (size_t i = 0; i < all->n && !b->failed; i++) {
        found[i].model = &all->items[i];
        b->failed = !look_into(&found[i], all);
    }
    if (!b->failed)
        put_rows(b, found, all->n, s);
    for (size_t i = 0; i < all->n && found != NULL; i++) {
        free(found[i].family);
        free(found[i].problem);
    }
    free(found);
}

static int compare_names(const void *a, const void *b)
{
    const struct cached_model *x = a, *y = b;

    return strcmp(x->name, y->name);
}

/* Each name once, one a line; shells read them, and some would run what is in
 * a name such as $(date): only those that a hub may have, which mean nothing
 * else to a shell. */
static void put_names(struct buffer *b, struct cached_models *all)
{
    b->failed = all->failed;
    if (all->n > 0)
        qsort(all->items, all->n, sizeof(*all->items), compare_names);
    for (size_t i = 0; i < all->n; i++)
        if (hub_name_fits(all->items[i].name) &&
            (i == 0 ||
             compare_names(&all->items[i - 1], &all->items[i]) != 0)) {
            buffer_tsv(b, all->items[i].name, strlen(all->items[i].name));
            buffer_putc(b, '\n');
        }
}

/* The list is printed as far as it goes; a file gets its name only when it is
 * right. */
static int work(void *arg)
{
    const struct models *self = arg;
    const struct shared *settings = &self->session.settings;
    struct cached_models all = {0};
    struct buffer b = {0};

    list_models(&all,
                self->names ? cached_models_add_names : cached_models_add);
    if (self->names)
        put_names(&b, &all);
    else
        put_models(&b, &all, settings);
    const bool whole = all.trouble == NULL;

    if (!whole && !b.failed)
        message_error("%s", all.trouble);
    cached_models_free(&all);
    const int status = print_whole(&b, settings->output, whole);

    return whole ? status : EXIT_NOT_DONE;
}

const struct command command_models = {
    .name = "models",
    .operands = "",
    .summary = "list the models of the Hugging Face cache",
    .example = "berth models",
    .options = {"Options of models", rows, &group_no_model},
    .size = sizeof(struct models),
    .no_model = true,
    .clash = clash,
    .ready = ready,
    .work = work};
