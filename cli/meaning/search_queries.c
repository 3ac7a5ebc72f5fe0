/*
 * search_queries.c - what is looked for: one text, or the lines of a file.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/base/array.h"
#include "cli/base/message.h"
#include "cli/meaning/search.h"

/* False when memory is out. */
static bool add(struct search *self, const struct record *record,
                const float *vector)
{
    const size_t size = self->vectors.size * sizeof(*vector);
    struct search_query *queries = array_room(self->queries, self->n_queries,
                                              &self->room, sizeof(*queries));

    if (queries == NULL)
        return false;
    self->queries = queries;
    struct search_query *q = &queries[self->n_queries++];

    *q = (struct search_query){.size = record->text.size,
                               .best = {.k = self->n_best}};
    q->text = malloc(q->size + 1);
    if (vector != NULL)
        q->vector = malloc(size);
    if (q->text == NULL || (vector != NULL && q->vector == NULL))
        return false;
    memcpy(q->text, record->text.data, q->size);
    if (vector != NULL)
        memcpy(q->vector, vector, size);
    return true;
}

static bool finish(void *arg, struct item *item)
{
    struct search *self = arg;

    if (!vectors_finish(arg, item))
        return false;
    if (item->wordless && self->n_wordless++ == 0)
        self->first_wordless = item->record.line;
    return add(self, &item->record, item->wordless ? NULL : item->results[0]);
}

/* It keeps its number. */
static void finish_failed(void *arg, const struct item *item)
{
    struct search *self = arg;

    add(self, &item->record, NULL);
    self->query_failed = true;
}

static void footer(void *arg, struct output *out)
{
    struct search *self = arg;

    self->all_read = out->all_read;
}

static void warn_of_wordless(const struct search *self, const char *file)
{
    if (self->n_wordless > 0)
        message_warning("%zu quer%s no words, and no answer, the first at "
                        "%s:%zu",
                        self->n_wordless,
                        self->n_wordless == 1 ? "y has" : "ies have", file,
                        self->first_wordless);
}

/* The stream makes their vectors as it makes those of the lines, but for the
 * prompt, the limit, and what is to be ignored. */
static bool read_file(struct search *self, const char *path)
{
    struct session *session = &self->vectors.session;
    const struct session before = *session;
    struct shared s = session->settings;
    struct stream_ops ops = vectors_ops(&self->vectors);
    char *name = strdup(path);

    if (name == NULL)
        return message_error("out of memory");
    ops.no_output = true;
    ops.finish = finish;
    ops.finish_failed = finish_failed;
    ops.footer = footer;
    s.input = (struct input_options){
        .max_record = s.input.max_record, .files = &name, .n_files = 1};
    s.format = FORMAT_TEXT;
    s.output = NULL;
    s.stats = false;
    vectors_use_query_prompt(&self->vectors);
    session->strict = false;
    session->left_out = (struct leave_out){0};
    stream_run(&s, &ops, self, session->model);
    session->prompt = before.prompt;
    session->tokenize = before.tokenize;
    session->strict = before.strict;
    session->left_out = before.left_out;
    warn_of_wordless(self, name);
    free(name);
    return self->all_read;
}

bool search_queries(struct search *self)
{
    const char *file = self->vectors.session.settings.words_file;

    if (file != NULL)
        return read_file(self, file);
    self->queries = calloc(1, sizeof(*self->queries));
    if (self->queries == NULL)
        return message_error("out of memory");
    self->n_queries = 1;
    struct search_query *q = self->queries;

    q->best.k = self->n_best;
    q->text = strdup(self->meaning.items[0]);
    if (q->text == NULL)
        return message_error("out of memory");
    q->size = strlen(q->text);
    q->vector = vectors_of_query(&self->vectors, q->text);
    return q->vector != NULL;
}

void search_queries_free(struct search *self)
{
    for (size_t i = 0; i < self->n_queries; i++) {
        free(self->queries[i].text);
        free(self->queries[i].vector);
        free((void *)self->queries[i].words);
        best_free(&self->queries[i].best);
    }
    free(self->queries);
}
