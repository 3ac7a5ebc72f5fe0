/*
 * session.c - opening what a command computes with.
 */
#include "cli/frame/session.h"

#include <stdlib.h>

#include "cli/base/message.h"
#include "cli/frame/command.h"
#include "cli/frame/model_name.h"

/* --cpu, else $BERTH_CPU; NULL: the best. */
static const char *cpu_level(const struct common *s)
{
    static const char *const levels[] = {"scalar", "avx2", "avx512",
                                         "avx512vnni"};
    const char *value = getenv("BERTH_CPU");

    if (s->cpu >= 0)
        return levels[s->cpu];
    return value != NULL && *value != '\0' ? value : NULL;
}

struct model_files {
    const struct common *common;
    bool clash;
};

/* What a model was read from is not to be written. */
static void look_at_model_file(void *arg, const char *path)
{
    struct model_files *files = arg;
    const struct common *s = files->common;
    const struct used_file *f = files_written(&s->files, path, true);

    if (f == NULL || files->clash)
        return;
    message_usage(s->command->name, "--%s: %s is a file of the model",
                  f->option, path);
    files->clash = true;
}

bool common_open_model(const struct common *s, enum berth_part part,
                       struct berth_model **out)
{
    struct model_files files = {.common = s};
    struct berth_model_options options = {.part = part,
                                          .cpu = cpu_level(s),
                                          .on_file = look_at_model_file,
                                          .on_file_arg = &files};
    struct berth_error err = {0};
    char *path = NULL;
    bool ok = false;

    if (s->precision >= 0)
        options.precision = (enum berth_precision)(s->precision + 1);
    if (!model_name_resolve(s->model, &path))
        return false;
    if (berth_model_open(path, &options, out, &err) == BERTH_OK)
        ok = !files.clash;
    else if (!files.clash)
        message_error("%s", err.message);
    free(path);
    return ok;
}

struct berth_tokenize_options common_tokenize(const struct common *s,
                                              const struct berth_model *model,
                                              size_t limit)
{
    size_t positions = berth_model_get_facts(model)->max_positions;
    struct berth_tokenize_options o = {.max_tokens = limit,
                                       .overlap = s->overlap,
                                       .truncation =
                                           (enum berth_truncation)s->truncation,
                                       .plain = s->plain};

    if (s->max_tokens > 0)
        o.max_tokens = s->max_tokens;
    if (o.max_tokens > positions && positions > 0 && limit > 0) {
        if (s->max_tokens > 0)
            message_warning("--max-tokens %zu: the model has %zu positions, "
                            "which is the limit now",
                            s->max_tokens, positions);
        o.max_tokens = positions;
    }
    if (s->overflow == OVERFLOW_WINDOW)
        o.overflow = BERTH_OVERFLOW_WINDOW;
    return o;
}

/* A larger batch gets its room when it comes: --batch-tokens may be far more
 * than there is. */
enum {
    FIRST_TOKENS = 8192
};

bool common_context(const struct common *s, const struct berth_model *model,
                    struct berth_context **out)
{
    size_t n = s->batch_tokens < FIRST_TOKENS ? s->batch_tokens : FIRST_TOKENS;
    struct berth_error err = {0};

    if (berth_context_new(model, common_n_threads(s), n, out, &err) !=
        BERTH_OK) {
        message_error("%s", err.message);
        return false;
    }
    if (berth_context_count_threads(*out) < s->threads)
        message_warning("--threads %zu: the system starts %zu", s->threads,
                        berth_context_count_threads(*out));
    return true;
}

bool session_open(struct session *s, enum berth_part part)
{
    if (!common_open_model(&s->settings, part, &s->model))
        return false;
    s->facts = berth_model_get_facts(s->model);
    return true;
}

bool session_open_context(struct session *s)
{
    return common_context(&s->settings, s->model, &s->context);
}

void session_limit_tokens(struct session *s, size_t limit)
{
    s->tokenize = common_tokenize(&s->settings, s->model, limit);
    s->strict = s->settings.overflow == OVERFLOW_ERROR;
}

bool session_hide(struct session *s)
{
    return hide_parse(s->settings.command->name, &s->settings, s->model,
                      &s->hide) &&
           hide_heads(&s->hide, s->context);
}

void session_close(struct session *s)
{
    berth_context_free(s->context);
    berth_model_close(s->model);
    hide_free(&s->hide);
    common_free(&s->settings);
}
