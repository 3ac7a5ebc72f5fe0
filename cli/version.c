/*
 * version.c - the versions of the program and of the libraries that it runs
 * with, its model, and the CPU level that it would choose here.
 */
#include "cli/version.h"

#include <jansson.h>
#include <string.h>
#include <utf8proc.h>
#include <zlib.h>

#include "cli/base/message.h"
#include "cli/frame/command.h"
#include "cli/hub/http.h"
#include "lib/berth.h"

/* The built-in model and the CPU level; false after one message. */
static bool put_model(struct buffer *b)
{
    struct berth_model_options options = {.part = BERTH_PART_TOKENIZER};
    struct berth_model *model = NULL;
    struct berth_error err;

    if (berth_builtin_name() == NULL) {
        buffer_puts(b, "model none built in\n");
        return true;
    }
    if (berth_model_open(NULL, &options, &model, &err) != BERTH_OK)
        return message_error("%s", err.message);
    const struct berth_model_facts *facts = berth_model_get_facts(model);
    buffer_printf(b,
                  "cpu %s\nfetch ahead %zu bytes of weights\n"
                  "model %s, built in\n",
                  facts->cpu, facts->fetch_ahead, berth_builtin_name());
    berth_model_close(model);
    return true;
}

/* Those that were linked, and those that are loaded when they are needed. */
static void put_libraries(struct buffer *b)
{
    const char *libcurl = http_library();

    if (strcmp(berth_version(), BERTH_VERSION_STRING) != 0)
        buffer_printf(b, "libberth %s\n", berth_version());
    buffer_printf(b, "jansson %s\nutf8proc %s\nzlib %s\n",
                  jansson_version_str(), utf8proc_version(), zlibVersion());
    buffer_printf(b, "libcurl %s\n", libcurl);
#ifdef BERTH_MECAB
    buffer_puts(b, "libmecab loaded for Japanese models\n");
#else
    buffer_puts(b, "libmecab left out: no Japanese models\n");
#endif
}

int version_print(void)
{
    struct buffer b = {0};

    buffer_printf(&b, "berth %s\n", BERTH_VERSION_STRING);
    if (!put_model(&b)) {
        buffer_free(&b);
        return EXIT_NOT_DONE;
    }
    put_libraries(&b);
    return print_whole(&b, NULL, true);
}
