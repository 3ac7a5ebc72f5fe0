/*
 * cmd_convert.c - a model written as a Hugging Face folder.
 */
#include <string.h>

#include "cli/base/ending.h"
#include "cli/base/message.h"
#include "cli/base/progress.h"
#include "cli/frame/command.h"
#include "cli/frame/session.h"

static const struct option_row rows[] = {
    {'o', "output", "FOLDER",
     "write the model to this new folder; it appears when complete (needed)",
     OPTION_TEXT, offsetof(struct shared, output), 0, 0},
    {0}};

static int ready(void *arg)
{
    const struct session *self = arg;
    const struct shared *s = &self->settings;

    if (s->output == NULL || s->output[0] == '\0' ||
        strcmp(s->output, "-") == 0)
        return message_usage("convert needs --output FOLDER: where to write "
                             "the model");
    return s->input.n_files > 0
               ? message_usage("convert reads no files: name the model with "
                               "--model")
               : -1;
}

/* What ends the program takes it away. Once the folder has its name, nothing is
 * there any more. */
static void will_be_made(void *arg, const char *path)
{
    (void)arg;
    ending_add(path);
}

static int work(void *arg)
{
    const struct session *self = arg;
    struct berth_error err = {0};

    progress_phase("writing the model");
    bool saved = berth_model_save(self->model, self->settings.output,
                                  will_be_made, NULL, &err) == BERTH_OK;

    progress_phase(NULL);
    if (saved)
        return EXIT_DONE;
    message_error("%s", err.message);
    return EXIT_NOT_DONE;
}

const struct command command_convert = {
    .name = "convert",
    .operands = "",
    .summary = "write a model as a Hugging Face folder",
    .example = "berth convert -m @builtin -o berth-mini",
    .options = {"Options of convert", rows, &group_common},
    .size = sizeof(struct session),
    .part = BERTH_PART_ENCODER,
    .ready = ready,
    .work = work};
