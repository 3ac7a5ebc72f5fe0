/*
 * session.c - opening what a command computes with.
 */
#include "cli/frame/session.h"

#include <stdlib.h>
#include <string.h>

#include "cli/base/message.h"
#include "cli/base/progress.h"
#include "cli/frame/command.h"
#include "cli/frame/model_name.h"

/* --cpu, else $BERTH_CPU; NULL: the best. */
static const char *cpu_level(const struct shared *s)
{
    static const char *const levels[] = {"scalar",   "vector", "avx2",
                                         "avx2vnni", "avx512", "avx512vnni",
                                         "amx",      "dotprod"};
    const char *value = getenv("BERTH_CPU");

    if (s->cpu >= 0)
        return levels[s->cpu];
    return value != NULL && *value != '\0' ? value : NULL;
}

struct model_files {
    const struct shared *settings;
    bool clash;
};

/* What a model was read from is not to be written. */
static void look_at_model_file(void *arg, const char *path)
{
    struct model_files *files = arg;
    const struct shared *s = files->settings;
    const struct used_file *f = files_written(&s->files, path, true);

    if (f == NULL || files->clash)
        return;
    message_usage("--%s: %s is a file of the model", f->option, path);
    files->clash = true;
}

/* A setting of which no file is sure; its source says so. */
static void warn_of_guesses(const struct berth_model *model)
{
    size_t n;
    const struct berth_setting *all = berth_model_get_settings(model, &n);

    for (size_t i = 0; i < n; i++) {
        if (strncmp(all[i].source, "guessed", 7) == 0)
            message_warning("%s: %s: taken as %s, %s; %s would say it",
                            berth_model_get_facts(model)->path, all[i].key,
                            all[i].value, all[i].source,
                            strcmp(all[i].key, "model_type") == 0
                                ? "that key in config.json"
                                : "a tokenizer_config.json");
    }
}

bool session_try(struct session *s, enum berth_part part,
                 enum berth_head_kind head, struct berth_error *err)
{
    struct model_files files = {.settings = &s->settings};
    struct berth_model_options options = {.part = part,
                                          .head = head,
                                          .cpu = cpu_level(&s->settings),
                                          .on_file = look_at_model_file,
                                          .on_file_arg = &files};
    char *path = NULL;

    *err = (struct berth_error){.status = BERTH_OK};

    if (s->settings.precision >= 0)
        options.precision = (enum berth_precision)(s->settings.precision + 1);
    if (!model_name_resolve(s->settings.model, &path))
        return false;
    progress_phase("reading the model");
    bool opened = berth_model_open(path, &options, &s->model, err) == BERTH_OK;

    progress_phase(NULL);

    free(path);
    if (files.clash)
        *err = (struct berth_error){.status = BERTH_OK};
    if (files.clash || !opened)
        return false;
    s->facts = berth_model_get_facts(s->model);
    warn_of_guesses(s->model);
    return true;
}

bool session_open(struct session *s, enum berth_part part,
                  enum berth_head_kind head)
{
    struct berth_error err;

    if (!leave_out_parse(&s->settings.ignore, &s->left_out))
        return false;
    if (session_try(s, part, head, &err))
        return true;
    return err.status != BERTH_OK && message_error("%s", err.message);
}

/* A larger batch gets its room when it comes: --batch-tokens may be far more
 * than there is. */
enum {
    FIRST_TOKENS = 8192
};

bool session_open_context(struct session *s)
{
    size_t threads = s->settings.threads;
    size_t n = s->settings.batch_tokens;
    struct berth_error err = {0};

    if (n > FIRST_TOKENS)
        n = FIRST_TOKENS;
    if (berth_context_new(s->model, shared_n_threads(&s->settings), n,
                          &s->context, &err) != BERTH_OK)
        return message_error("%s", err.message);
    if (berth_context_count_threads(s->context) < threads)
        message_warning("--threads %zu: the system starts %zu", threads,
                        berth_context_count_threads(s->context));
    return true;
}

void session_limit_tokens(struct session *s, size_t limit)
{
    const struct shared *c = &s->settings;
    size_t positions = s->facts->max_positions;
    size_t n = c->max_tokens > 0 ? c->max_tokens : limit;

    if (n > positions && positions > 0 && limit > 0) {
        if (c->max_tokens > 0)
            message_warning("--max-tokens %zu: the model has %zu positions, "
                            "which is the limit now",
                            c->max_tokens, positions);
        n = positions;
    }
    s->tokenize = (struct berth_tokenize_options){
        .max_tokens = n,
        .overlap = c->overlap,
        .overflow = c->overflow == OVERFLOW_WINDOW ? BERTH_OVERFLOW_WINDOW
                                                   : BERTH_OVERFLOW_TRUNCATE,
        .truncation = (enum berth_truncation)c->truncation,
        .plain = c->plain};
    s->strict = c->overflow == OVERFLOW_ERROR;
}

void session_choose_windows(struct session *s)
{
    const struct shared *c = &s->settings;
    const size_t limit = s->tokenize.max_tokens;
    const size_t room =
        limit > s->facts->n_special ? limit - s->facts->n_special : 0;

    if (c->overflow != OVERFLOW_DEFAULT && c->overflow != OVERFLOW_WINDOW)
        return;
    s->tokenize.overflow = BERTH_OVERFLOW_WINDOW;
    if (!c->overlap_given)
        s->tokenize.overlap = room / 4 < 128 ? room / 4 : 128;
}

bool session_hide(struct session *s)
{
    struct berth_error err = {0};

    if (!ignore_parse(&s->settings, s->facts, &s->hide))
        return false;
    if (berth_context_cut_heads(s->context, s->hide.heads, s->hide.n_heads,
                                &err) == BERTH_OK)
        return true;
    return message_error("%s", err.message);
}

void session_close(struct session *s)
{
    berth_context_free(s->context);
    berth_model_close(s->model);
    ignore_free(&s->hide);
    leave_out_free(&s->left_out);
    shared_free(&s->settings);
}
