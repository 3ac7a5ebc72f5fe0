/*
 * hub_model.c - what a user writes for a model of a hub.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/base/buffer.h"
#include "cli/base/message.h"
#include "cli/base/text.h"
#include "cli/frame/hub_name.h"
#include "cli/hub/hub.h"

/* The second "/" of ORG/NAME/FILE, before any "@"; NULL: there is none. */
static const char *find_file(const char *name)
{
    const char *end = strchrnul(name, '@');
    const char *slash = memchr(name, '/', (size_t)(end - name));

    return slash != NULL ? memchr(slash + 1, '/', (size_t)(end - slash - 1))
                         : NULL;
}

static bool parse(const char *name, struct hub_model *model)
{
    const char *at = strchrnul(name, '@');
    const char *file = find_file(name);
    const char *end = file != NULL ? file : at;
    char *rest = text_printf("%.*s%s", (int)(end - name), name, at);
    bool fits = hub_name_fits(rest) && (file == NULL || at - file > 1);

    if (fits) {
        model->repository = text_printf("%.*s", (int)(end - name), name);
        model->revision = text_printf("%s", *at != '\0' ? at + 1 : "main");
        if (file != NULL)
            model->file = text_printf("%.*s", (int)(at - file - 1), file + 1);
    }
    free(rest);
    return fits;
}

bool hub_model_parse(const char *operand, struct hub_model *model)
{
    struct buffer page = {0};

    memset(model, 0, sizeof(*model));
    bool ok =
        parse(hub_name_of_url(operand, &page) ? page.data : operand, model) ||
        message_refuse("'%s' is no name of a model: expected ORG/NAME, "
                       "NAME or ORG/NAME/FILE, and @REVISION may follow",
                       operand);

    buffer_free(&page);
    return ok;
}

void hub_model_free(struct hub_model *model)
{
    free(model->repository);
    free(model->revision);
    free(model->file);
}
