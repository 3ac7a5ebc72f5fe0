/*
 * hub.c - which hub, who asks, how often, and what a refusal means.
 */
#include "cli/hub/hub.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "cli/base/buffer.h"
#include "cli/base/message.h"
#include "cli/base/text.h"
#include "cli/frame/hub_cache.h"
#include "cli/hub/transfer.h"

enum {
    TIMEOUT = 10,   /* seconds */
    MAX_WAIT = 300, /* seconds that a hub may ask us to wait */
    MAX_TOKEN = 4096
};

static bool is_true(const char *name)
{
    static const char *const words[] = {"1", "on", "yes", "true"};
    const char *value = hub_variable(name);

    for (size_t i = 0; value != NULL && i < sizeof(words) / sizeof(*words); i++)
        if (strcasecmp(value, words[i]) == 0)
            return true;
    return false;
}

bool hub_is_offline(void)
{
    return is_true("HF_HUB_OFFLINE") ||
           (hub_variable("HF_HUB_OFFLINE") == NULL &&
            is_true("TRANSFORMERS_OFFLINE"));
}

static long timeout_of(const char *name)
{
    const char *value = hub_variable(name);
    long n = value != NULL ? strtol(value, NULL, 10) : 0;

    return n > 0 && n < 86400 ? n : TIMEOUT;
}

/* ----------------------------------------------------------------- token */

/* The first line of the file, without its end; NULL: there is none. */
static char *read_token_file(void)
{
    struct buffer path = {0};
    char line[MAX_TOKEN] = "";
    FILE *f = hub_token_path(&path) ? fopen(path.data, "re") : NULL;

    buffer_free(&path);
    if (f == NULL)
        return NULL;
    bool read = fgets(line, sizeof(line), f) != NULL;

    fclose(f);
    return read ? text_printf("%s", line) : NULL;
}

/* False after one message: a header cannot hold it. */
static bool find_token(char **out)
{
    const char *value = hub_variable("HF_TOKEN");

    *out = NULL;
    if (is_true("HF_HUB_DISABLE_IMPLICIT_TOKEN"))
        return true;
    if (value == NULL)
        value = hub_variable("HUGGING_FACE_HUB_TOKEN");
    char *token = value != NULL ? text_printf("%s", value) : read_token_file();

    if (token == NULL)
        return true;
    size_t begin = strspn(token, " \t\r\n"), n = strlen(token);

    while (n > begin && strchr(" \t\r\n", token[n - 1]) != NULL)
        token[--n] = '\0';
    memmove(token, token + begin, n - begin + 1);
    for (const char *c = token; *c != '\0'; c++)
        if (*c <= ' ' || *c > '~') {
            free(token);
            return message_error("the token of the hub holds a character that "
                                 "no token has; see HF_TOKEN");
        }
    *out = *token != '\0' ? token : NULL;
    if (*out == NULL)
        free(token);
    return true;
}

/* ------------------------------------------------------------------- hub */

bool hub_open(struct hub *hub, const char *endpoint, size_t retries,
              struct transfer *transfer)
{
    if (endpoint == NULL)
        endpoint = hub_variable("HF_ENDPOINT");
    if (endpoint == NULL)
        endpoint = "https://huggingface.co";
    size_t n = strlen(endpoint);

    while (n > 0 && endpoint[n - 1] == '/')
        n--;
    memset(hub, 0, sizeof(*hub));
    hub->retries = retries;
    hub->transfer = transfer;
    hub->list_timeout = timeout_of("HF_HUB_ETAG_TIMEOUT");
    hub->file_timeout = timeout_of("HF_HUB_DOWNLOAD_TIMEOUT");
    if (strncasecmp(endpoint, "http://", 7) != 0 &&
        strncasecmp(endpoint, "https://", 8) != 0)
        return message_error("'%s' is no address of a hub: expected http:// or "
                             "https://; see --endpoint and HF_ENDPOINT",
                             endpoint);
    hub->endpoint = text_printf("%.*s", (int)n, endpoint);
    if (!find_token(&hub->token))
        return false;
    hub->http = http_open(hub->endpoint, hub->token);
    return hub->http != NULL;
}

void hub_close(struct hub *hub)
{
    http_close(hub->http);
    free(hub->endpoint);
    free(hub->token);
}

/* --------------------------------------------------------------- retries */

/* Seconds that the hub asks us to wait; -1: it asks for nothing. */
static double asked_wait(const struct http_answer *a)
{
    const char *after = a->header[HTTP_RETRY_AFTER];
    const char *reset = strstr(a->header[HTTP_RATE_LIMIT], ";t=");

    if (*after >= '0' && *after <= '9')
        return strtod(after, NULL);
    return a->status == 429 && reset != NULL ? strtod(reset + 3, NULL) + 1 : -1;
}

static void sleep_for(double seconds)
{
    struct timespec t = {.tv_sec = (time_t)seconds};

    t.tv_nsec = (long)((seconds - (double)t.tv_sec) * 1e9);
    while (nanosleep(&t, &t) != 0)
        continue;
}

/* False: no further try. tries counts those that brought nothing new. */
static bool wait_and_retry(const struct hub *hub, const char *url, size_t tries,
                           struct http_answer *a)
{
    double wait = asked_wait(a);
    size_t n = strlen(a->reason);

    if (tries > hub->retries)
        return false;
    if (wait > MAX_WAIT) {
        snprintf(a->reason + n, sizeof(a->reason) - n,
                 "; the hub asks to wait %.0f s", wait);
        return false;
    }
    if (wait < 0)
        wait = (double)(1 << (tries < 6 ? tries - 1 : 5)) / 2;
    transfer_hide(hub->transfer);
    message_warning("%s: %s; trying again in %.1f s", url, a->reason, wait);
    sleep_for(wait);
    return true;
}

enum http_result hub_ask(const struct hub *hub, struct http_request *request,
                         uint64_t (*resume)(void *arg),
                         struct http_answer *answer)
{
    uint64_t reached = 0;
    size_t tries = 0;

    for (;;) {
        request->from = resume != NULL ? resume(request->arg) : 0;
        enum http_result result = http_ask(hub->http, request, answer);
        uint64_t here = request->from + answer->n_taken;

        /* A connection that is cut now and then still gets to the end. */
        tries = here > reached ? 1 : tries + 1;
        reached = here > reached ? here : reached;
        if (result != HTTP_PASSING ||
            !wait_and_retry(hub, request->url, tries, answer))
            return result;
    }
}

/* -------------------------------------------------------------- refusals */

static bool refused_gated(const struct hub *hub, const char *model)
{
    if (hub->token == NULL)
        return message_error(
            "%s: its owner asks who uses it: accept the terms at %s/%s, then "
            "set HF_TOKEN to a token of yours (%s/settings/tokens)",
            model, hub->endpoint, model, hub->endpoint);
    return message_error("%s: its owner has not let this token's user in: ask "
                         "for access at %s/%s, or set HF_TOKEN to another "
                         "token",
                         model, hub->endpoint, model);
}

static bool refused_unknown(const struct hub *hub, const char *model)
{
    const char *private = hub->token == NULL
                              ? "set HF_TOKEN if it is private"
                              : "or not for this token (HF_TOKEN)";

    if (strchr(model, '/') == NULL)
        return message_error("%s: no such model at %s: write ORG/NAME; %s",
                             model, hub->endpoint, private);
    return message_error("%s: no such model at %s; %s", model, hub->endpoint,
                         private);
}

bool hub_refused(const struct hub *hub, const struct hub_model *model,
                 const char *path, const struct http_answer *a)
{
    transfer_hide(hub->transfer);
    const char *code = a->header[HTTP_ERROR_CODE], *name = model->repository;
    const char *words = a->header[HTTP_ERROR_MESSAGE];

    if (strcmp(code, "GatedRepo") == 0)
        return refused_gated(hub, name);
    if (a->status == 401 && strstr(words, "Invalid credentials") != NULL)
        return message_error("%s: %s does not accept the token; set HF_TOKEN "
                             "to another one (%s/settings/tokens), or unset it",
                             name, hub->endpoint, hub->endpoint);
    if (strcmp(code, "RevisionNotFound") == 0)
        return message_error("%s: no such revision at %s: '%s'", name,
                             hub->endpoint, model->revision);
    if (strcmp(code, "EntryNotFound") == 0 && path != NULL)
        return message_error("%s: no such file in revision '%s': %s", name,
                             model->revision, path);
    if (strcmp(code, "RepoNotFound") == 0 ||
        (a->status == 401 && *code == '\0'))
        return refused_unknown(hub, name);
    return message_error("%s: %s%s from %s: %s", name,
                         path != NULL ? path : "no list of its files",
                         path != NULL ? " did not come" : "", hub->endpoint,
                         a->reason);
}
