/*
 * listing.c - what a hub says of a repository and of its files. It is not
 * trusted: its names become paths here.
 */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/buffer.h"
#include "cli/base/ending.h"
#include "cli/base/message.h"
#include "cli/base/text.h"
#include "cli/hub/hub.h"

enum {
    MAX_LISTING = 64 << 20,
    MAX_FILES = 100000,
    MAX_PATH = 1000,
    MAX_NAME = 255
};

/* ------------------------------------------------------------- addresses */

/* Appends s as a part of a path: RFC 3986. */
static void put_escaped(struct buffer *b, const char *s, bool slashes)
{
    for (; *s != '\0'; s++) {
        unsigned char c = (unsigned char)*s;

        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
            (c >= '0' && c <= '9') || strchr("-._~", c) != NULL ||
            (slashes && c == '/'))
            buffer_putc(b, (char)c);
        else
            buffer_printf(b, "%%%02X", c);
    }
}

/* ENDPOINT FIRST NAME MIDDLE REVISION [/PATH] */
static char *address(const struct hub *hub, const char *first,
                     const char *repository, const char *middle,
                     const char *revision, const char *path)
{
    struct buffer b = {0};

    buffer_printf(&b, "%s%s%s%s", hub->endpoint, first, repository, middle);
    put_escaped(&b, revision, false);
    if (path != NULL) {
        buffer_putc(&b, '/');
        put_escaped(&b, path, true);
    }
    return text_of(&b);
}

char *hub_file_url(const struct hub *hub, const struct hub_model *model,
                   const char *commit, const char *path)
{
    return address(hub, "/", model->repository, "/resolve/", commit, path);
}

/* -------------------------------------------------------------- contents */

static bool is_hex(const char *s)
{
    return s[strspn(s, "0123456789abcdef")] == '\0';
}

/* A path that leads down from where it begins, and is a line of text. */
static bool is_path(const char *path)
{
    for (const char *part = path;; part++) {
        size_t n = strcspn(part, "/");

        if (n == 0 || n > MAX_NAME || (n == 1 && part[0] == '.') ||
            (n == 2 && part[0] == '.' && part[1] == '.'))
            return false;
        for (size_t i = 0; i < n; i++)
            if ((unsigned char)part[i] < ' ' || part[i] == 0x7f)
                return false;
        part += n;
        if (*part == '\0')
            return (size_t)(part - path) <= MAX_PATH;
    }
}

/* "siblings": [{"rfilename": PATH}, ...] */
static bool read_files(const json_t *list, struct hub_listing *listing,
                       char why[300])
{
    size_t n = json_array_size(list);

    if (n > MAX_FILES) {
        snprintf(why, 300, "expected at most %d files, found %zu", MAX_FILES,
                 n);
        return false;
    }
    listing->files = calloc(n + 1, sizeof(*listing->files));
    if (listing->files == NULL)
        ending_no_memory();
    for (; listing->n < n; listing->n++) {
        const json_t *entry = json_array_get(list, listing->n);
        const char *path =
            json_string_value(json_object_get(entry, "rfilename"));

        if (path == NULL || !is_path(path)) {
            snprintf(why, 300,
                     "expected the path of a file within the "
                     "repository, found '%.200s'",
                     path != NULL ? path : "");
            return false;
        }
        listing->files[listing->n].path = text_printf("%s", path);
        listing->files[listing->n].size = -1;
    }
    return true;
}

bool hub_listing_read(const char *text, size_t size,
                      struct hub_listing *listing, char why[300])
{
    json_t *root = json_loadb(text, size, 0, NULL);
    const json_t *files = json_object_get(root, "siblings");
    const char *commit = json_string_value(json_object_get(root, "sha"));
    bool ok = false;

    memset(listing, 0, sizeof(*listing));
    if (!json_is_array(files))
        snprintf(why, 300, "expected a list of files in JSON, found none");
    else if (commit == NULL || !is_hex(commit) ||
             (strlen(commit) != 40 && strlen(commit) != 64))
        snprintf(why, 300, "expected a commit of 40 digits, found '%.200s'",
                 commit != NULL ? commit : "");
    else
        ok = read_files(files, listing, why);
    if (ok)
        snprintf(listing->commit, sizeof(listing->commit), "%s", commit);
    json_decref(root);
    return ok;
}

void hub_listing_free(struct hub_listing *listing)
{
    for (size_t i = 0; i < listing->n; i++)
        free(listing->files[i].path);
    free(listing->files);
    memset(listing, 0, sizeof(*listing));
}

/* --------------------------------------------------------------- request */

/* Each try begins anew. */
static uint64_t forget(void *arg)
{
    buffer_clear(arg);
    return 0;
}

static bool take_text(void *arg, const void *data, size_t size)
{
    struct buffer *b = arg;

    buffer_put(b, data, size);
    return !b->failed && b->size <= MAX_LISTING;
}

bool hub_list(const struct hub *hub, const struct hub_model *model,
              struct hub_listing *listing)
{
    struct buffer text = {0};
    char *url = address(hub, "/api/models/", model->repository, "/revision/",
                        model->revision, NULL);
    struct http_request request = {.url = url,
                                   .timeout = hub->list_timeout,
                                   .take = take_text,
                                   .arg = &text};
    struct http_answer answer;
    char why[300];
    bool ok = false;

    memset(listing, 0, sizeof(*listing));
    switch (hub_ask(hub, &request, forget, &answer)) {
    case HTTP_DONE:
        ok = hub_listing_read(text.data != NULL ? text.data : "", text.size,
                              listing, why) ||
             message_error("%s: %s; is %s a model hub?", url, why,
                           hub->endpoint);
        break;
    case HTTP_STOPPED:
        message_error("%s: expected a list of at most %d bytes", url,
                      MAX_LISTING);
        break;
    default:
        hub_refused(hub, model, NULL, &answer);
    }
    buffer_free(&text);
    free(url);
    return ok;
}

/* An ETag without W/ and quotes, if it can be the name of a file. */
static bool read_etag(const char *s, char etag[129])
{
    s += strncmp(s, "W/", 2) == 0 ? 2 : 0;
    s += *s == '"';
    size_t n = strspn(s, "0123456789abcdefghijklmnopqrstuvwxyz"
                         "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_.");

    if (n == 0 || n > 128 || *s == '.' || (s[n] != '\0' && s[n] != '"'))
        return false;
    memcpy(etag, s, n);
    etag[n] = '\0';
    return true;
}

static int64_t read_size(const struct http_answer *a)
{
    const char *s = a->header[HTTP_LINKED_SIZE][0] != '\0'
                        ? a->header[HTTP_LINKED_SIZE]
                    : a->redirected ? ""
                                    : a->header[HTTP_LENGTH];
    size_t n = strspn(s, "0123456789");

    return n > 0 && n <= 15 && s[n] == '\0' ? strtoll(s, NULL, 10) : -1;
}

/* That of the contents, which the hub knows wherever they are. */
static const char *etag_of(const struct http_answer *a)
{
    return a->header[HTTP_LINKED_ETAG][0] != '\0' ? a->header[HTTP_LINKED_ETAG]
                                                  : a->header[HTTP_ETAG];
}

bool hub_look(const struct hub *hub, const struct hub_model *model,
              const char *commit, struct hub_file *file)
{
    char *url = hub_file_url(hub, model, commit, file->path);
    struct http_request request = {
        .url = url, .head = true, .timeout = hub->list_timeout};
    struct http_answer a;
    bool ok = false;

    if (hub_ask(hub, &request, NULL, &a) != HTTP_DONE)
        hub_refused(hub, model, file->path, &a);
    else if (strcmp(a.header[HTTP_COMMIT], commit) != 0)
        message_error("%s: expected the file of commit %s, found '%s' "
                      "(X-Repo-Commit); is %s a model hub?",
                      url, commit, a.header[HTTP_COMMIT], hub->endpoint);
    else if (!read_etag(etag_of(&a), file->etag))
        message_error("%s: expected an ETag that names the contents, found "
                      "'%s'",
                      url, etag_of(&a));
    else
        ok = true;
    file->size = read_size(&a);
    free(url);
    return ok;
}
