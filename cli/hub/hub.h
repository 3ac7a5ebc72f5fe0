/*
 * hub.h - a model hub that answers as huggingface.co does: what it has, and
 * what a refusal of its means.
 *
 * Source: huggingface_hub, hf_api.py, file_download.py, utils/_http.py.
 */
#ifndef CLI_HUB_HUB_H
#define CLI_HUB_HUB_H

#include "cli/hub/http.h"

/* What an operand names: [ORG/]NAME[@REVISION], ORG/NAME/FILE[@REVISION], or
 * the address of a model's page. */
struct hub_model {
    char *repository;
    char *revision;
    char *file; /* NULL: none */
};

struct transfer;

struct hub {
    struct http *http;
    char *endpoint; /* without "/" at its end */
    char *token;    /* NULL: none */
    size_t retries;
    long list_timeout, file_timeout; /* seconds */
    struct transfer *transfer;       /* whose line makes way for messages */
};

struct hub_file {
    char *path;     /* in the repository; safe to use below a folder */
    char etag[129]; /* names the contents; "": not looked up yet */
    int64_t size;   /* -1: unknown */
    bool wanted;
    bool linked; /* the snapshot has it */
};

struct hub_listing {
    char commit[65];
    struct hub_file *files;
    size_t n;
    bool one; /* wanted by its name: the rest may be missing */
};

/*
 * hub_open - settings from the environment; hub_close() in any case. False
 * after one message.
 *
 *   endpoint  NULL: $HF_ENDPOINT, else https://huggingface.co
 */
bool hub_open(struct hub *hub, const char *endpoint, size_t retries,
              struct transfer *transfer);
void hub_close(struct hub *hub);

/* hub_is_offline - whether the environment forbids to ask. */
bool hub_is_offline(void);

/* hub_model_parse - false after a message: that is no name. hub_model_free() in
 * any case. */
bool hub_model_parse(const char *operand, struct hub_model *model);
void hub_model_free(struct hub_model *model);

/* hub_list - the commit of a revision, and its files. False after one message;
 * hub_listing_free() in any case. */
bool hub_list(const struct hub *hub, const struct hub_model *model,
              struct hub_listing *listing);
void hub_listing_free(struct hub_listing *listing);

/* hub_listing_read - the same from what the hub said; why: what is wrong. */
bool hub_listing_read(const char *text, size_t size,
                      struct hub_listing *listing, char why[300]);

/* hub_look - ETag and size of a file. False after one message. */
bool hub_look(const struct hub *hub, const struct hub_model *model,
              const char *commit, struct hub_file *file);

/* hub_file_url - where a file of a commit is; free(). */
char *hub_file_url(const struct hub *hub, const struct hub_model *model,
                   const char *commit, const char *path);

/* hub_ask - http_ask() again and again where that may help, with waits in
 * between, each of which a warning tells; resume says from which byte on (NULL:
 * from the first). */
enum http_result hub_ask(const struct hub *hub, struct http_request *request,
                         uint64_t (*resume)(void *arg),
                         struct http_answer *answer);

/* hub_refused - one message on why the hub did not give what was asked for;
 * path: the file; NULL: the listing. Returns false. */
bool hub_refused(const struct hub *hub, const struct hub_model *model,
                 const char *path, const struct http_answer *answer);

#endif
