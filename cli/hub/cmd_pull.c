/*
 * cmd_pull.c - fetches models from a hub into the Hugging Face cache.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/base/message.h"
#include "cli/frame/command.h"
#include "cli/frame/hub_cache.h"
#include "cli/frame/session.h"
#include "cli/hub/blob.h"
#include "cli/hub/choose.h"
#include "cli/output/quote.h"

struct pull {
    struct session session;
    bool all;
    bool list;
    const char *endpoint; /* NULL: the environment's */
    size_t retries;
    struct hub hub;
    struct transfer transfer;
};

static const struct option_row rows[] = {
    {0, "all", NULL, "fetch every file, not only those that berth reads",
     OPTION_FLAG, offsetof(struct pull, all), 0, 0},
    {0, "list", NULL, "print what would be fetched: sizes and names",
     OPTION_FLAG, offsetof(struct pull, list), 0, 0},
    {0, "endpoint", "URL",
     "address of the hub (default: $HF_ENDPOINT, else https://huggingface.co)",
     OPTION_TEXT, offsetof(struct pull, endpoint), 0, 0},
    {0, "retries", "N",
     "how often to try again when nothing comes (default: 5)", OPTION_SIZE,
     offsetof(struct pull, retries), 0, 1000},
    {0, "progress", NULL,
     "show progress on standard error (default: if that is a terminal)",
     OPTION_SET, offsetof(struct shared, progress), 1, 0},
    {0, "no-progress", NULL, "never show progress", OPTION_SET,
     offsetof(struct shared, progress), 0, 0},
    {0}};

/* ----------------------------------------------------------- which files */

/* Only .gguf files, of which each is a model of its own. */
static bool name_one(const struct hub_model *model,
                     const struct hub_listing *listing, size_t several)
{
    const char *example = "FILE.gguf";

    for (size_t i = 0; i < listing->n; i++) {
        size_t n = strlen(listing->files[i].path);

        if (n > 5 && strcmp(listing->files[i].path + n - 5, ".gguf") == 0)
            example = listing->files[i].path;
    }
    return message_error("%s: %zu .gguf files, each a model of its own: name "
                         "one, as in berth pull %s/%s",
                         model->repository, several, model->repository,
                         example);
}

static bool wants_any(const struct hub_listing *listing)
{
    for (size_t i = 0; i < listing->n; i++)
        if (listing->files[i].wanted)
            return true;
    return false;
}

/* False after one message. */
static bool choose(const struct pull *self, const struct hub_model *model,
                   struct hub_listing *listing)
{
    size_t several = 0;

    if (listing->n == 0)
        return message_error("%s: revision '%s' has no files",
                             model->repository, model->revision);
    if (model->file != NULL)
        return choose_one(listing, model->file) ||
               message_error("%s: no such file in revision '%s': %s",
                             model->repository, model->revision, model->file);
    if (self->all)
        choose_all(listing);
    else if (choose_readable(listing, &several) == 0) {
        if (several > 0)
            return name_one(model, listing, several);
        if (!wants_any(listing))
            return message_error("%s: no file that berth reads; --all fetches "
                                 "what there is",
                                 model->repository);
        message_warning("%s: no weights in a form that berth reads; --all "
                        "fetches what there is",
                        model->repository);
    }
    return true;
}

/* What the snapshot has is of this commit, which never changes; the hub tells
 * the rest. False after one message. */
static bool look_at_files(const struct pull *self, const struct cache *cache,
                          const struct hub_model *model,
                          struct hub_listing *listing)
{
    for (size_t i = 0; i < listing->n; i++) {
        struct hub_file *file = &listing->files[i];
        struct stat st;

        if (!file->wanted)
            continue;
        char *path = cache_snapshot(cache, listing->commit, file->path);

        file->linked = stat(path, &st) == 0;
        free(path);
        if (file->linked)
            file->size = st.st_size;
        else if (!hub_look(&self->hub, model, listing->commit, file))
            return false;
    }
    return true;
}

/* ---------------------------------------------------------------- output */

static bool print_files(const struct hub_listing *listing)
{
    struct buffer b = {0};

    for (size_t i = 0; i < listing->n; i++) {
        const struct hub_file *file = &listing->files[i];

        if (!file->wanted)
            continue;
        if (file->size >= 0)
            buffer_printf(&b, "%" PRId64, file->size);
        buffer_puts(&b, file->linked ? "\tcached\t" : "\tmissing\t");
        buffer_tsv(&b, file->path, strlen(file->path));
        buffer_putc(&b, '\n');
    }
    return print_whole(&b, NULL, true) == EXIT_DONE;
}

/* The folder, or the file that was named. */
static bool print_path(const struct cache *cache, const struct hub_model *model,
                       const char *commit)
{
    char *path = cache_snapshot(cache, commit, model->file);
    struct buffer b = {0};

    buffer_printf(&b, "%s\n", path);
    free(path);
    return print_whole(&b, NULL, true) == EXIT_DONE;
}

/* -------------------------------------------------------------- commands */

static bool fetch_files(struct pull *self, const struct cache *cache,
                        const struct hub_model *model,
                        const struct hub_listing *listing)
{
    uint64_t total = 0, begun = 0;
    bool ok = true;

    for (size_t i = 0; i < listing->n; i++) {
        const struct hub_file *file = &listing->files[i];

        if (file->wanted && !file->linked && file->size >= 0) {
            total += (uint64_t)file->size;
            begun += blob_begun(cache, file);
        }
    }
    transfer_begin(&self->transfer, total, begun);
    for (size_t i = 0; i < listing->n && ok; i++) {
        const struct hub_file *file = &listing->files[i];

        if (file->wanted && !file->linked)
            ok = cache_make_repository(cache) &&
                 blob_fetch(&self->hub, cache, model, listing->commit, file,
                            &self->transfer);
    }
    transfer_hide(&self->transfer);
    return ok;
}

/* From what the hub has to what the cache has. */
static bool pull_listed(struct pull *self, const struct cache *cache,
                        const struct hub_model *model,
                        struct hub_listing *listing)
{
    if (!choose(self, model, listing) ||
        !look_at_files(self, cache, model, listing))
        return false;
    if (self->list)
        return print_files(listing);
    return fetch_files(self, cache, model, listing) &&
           cache_publish(cache, model->revision, listing) &&
           print_path(cache, model, listing->commit);
}

/* Where the environment forbids to ask, what is there is all there is. */
static bool pull_offline(const struct cache *cache,
                         const struct hub_model *model)
{
    char *commit = cache_commit(cache, model->revision);
    char *path = cache_snapshot(
        cache, commit != NULL ? commit : model->revision, model->file);
    struct stat st;
    bool there = stat(path, &st) == 0;
    bool found =
        there && (model->file != NULL || !hub_cache_is_unfinished(path));

    if (found)
        print_path(cache, model, commit != NULL ? commit : model->revision);
    else
        message_error("%s: %s in the cache, and HF_HUB_OFFLINE or "
                      "TRANSFORMERS_OFFLINE forbids to fetch it",
                      model->repository, there ? "only in part" : "not");
    free(path);
    free(commit);
    return found;
}

static bool pull(struct pull *self, const struct hub_model *model)
{
    struct hub_listing listing = {.n = 0};
    struct cache cache;
    bool ok = cache_open(&cache, model->repository);

    if (ok && hub_is_offline())
        ok = pull_offline(&cache, model);
    else if (ok)
        ok = hub_list(&self->hub, model, &listing) &&
             pull_listed(self, &cache, model, &listing);
    hub_listing_free(&listing);
    cache_close(&cache);
    return ok;
}

/* All names are read before anything is fetched. */
static int work(void *arg)
{
    struct pull *self = arg;
    const struct input_options *in = &self->session.settings.input;
    struct hub_model model;
    int status = EXIT_DONE;

    for (size_t i = 0; i < in->n_files; i++) {
        bool ok = hub_model_parse(in->files[i], &model);

        hub_model_free(&model);
        if (!ok)
            return message_status();
    }
    transfer_init(&self->transfer, &self->session.settings);
    if (!hub_is_offline() &&
        !hub_open(&self->hub, self->endpoint, self->retries, &self->transfer))
        return EXIT_NOT_DONE;
    for (size_t i = 0; i < in->n_files; i++) {
        hub_model_parse(in->files[i], &model);
        if (!pull(self, &model))
            status = EXIT_NOT_DONE;
        hub_model_free(&model);
    }
    return status;
}

static const char *clash(const void *arg)
{
    const struct pull *self = arg;

    return self->session.settings.input.n_files == 0
               ? "no model given: name one as ORG/NAME"
               : NULL;
}

static void release(void *arg)
{
    struct pull *self = arg;

    hub_close(&self->hub);
}

const struct command command_pull = {
    .name = "pull",
    .operands = "NAME[@REVISION]...",
    .summary = "fetch models from a hub into the Hugging Face cache",
    .example = "berth pull sentence-transformers/all-MiniLM-L6-v2",
    .options = {"Options of pull", rows, &group_no_model},
    .size = sizeof(struct pull),
    .defaults = &(const struct pull){.retries = 5},
    .no_model = true,
    .clash = clash,
    .work = work,
    .release = release};
