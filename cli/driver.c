/*
 * driver.c - the steps that every command takes.
 */
#include "cli/driver.h"

#include <stdlib.h>
#include <string.h>

#include "cli/base/message.h"
#include "cli/base/progress.h"
#include "cli/stream/stream.h"

/* The exit status of a step that failed. */
static int failed(const struct command *c, int status)
{
    return status == EXIT_NOT_DONE && c->trouble != 0 ? c->trouble : status;
}

static struct session *new_session(const struct command *c)
{
    struct session *s = calloc(1, c->size);

    if (s == NULL) {
        message_error("out of memory");
        return NULL;
    }
    if (c->defaults != NULL)
        memcpy(s, c->defaults, c->size);
    shared_init(&s->settings);
    if (c->words > 0)
        s->settings.words = (void *)((char *)s + c->words);
    return s;
}

/* Steps without a model: -1 to go on, else the exit status. */
static int read_options(const struct command *c, struct session *s, int argc,
                        char **argv)
{
    int status = shared_parse(c, &s->settings, argc, argv);

    if (status >= 0)
        return failed(c, status);
    const char *clash = c->clash != NULL ? c->clash(s) : NULL;

    if (clash != NULL)
        return message_usage("%s", clash);
    return c->ready != NULL ? c->ready(s) : -1;
}

/* False after one message. The context comes before fit(), which may compute
 * what nothing is to be hidden from. */
static bool open_model(const struct command *c, struct session *s)
{
    return session_open(s, c->part, c->head) &&
           (!c->computes || session_open_context(s)) &&
           (c->fit == NULL || c->fit(s)) && (!c->computes || session_hide(s));
}

static int work(const struct command *c, struct session *s)
{
    if (c->work != NULL)
        return c->work(s);
    const struct stream_ops ops = c->ops(s);

    return stream_run(&s->settings, &ops, s, s->model);
}

/* --quiet is silent, unless --progress is there, too. */
static void open_progress(const struct shared *s)
{
    progress_open(s->quiet && s->progress < 0 ? PROGRESS_NEVER : s->progress);
}

int command_run(const struct command *c, int argc, char **argv)
{
    struct session *s = new_session(c);

    message_set_command(c->name);
    if (s == NULL)
        return failed(c, EXIT_NOT_DONE);
    int status = read_options(c, s, argc, argv);

    if (status < 0 && !c->no_model)
        open_progress(&s->settings);
    if (status < 0)
        status = c->no_model || open_model(c, s) ? work(c, s)
                                                 : failed(c, message_status());
    progress_close();
    if (c->release != NULL)
        c->release(s);
    session_close(s);
    free(s);
    return status;
}
