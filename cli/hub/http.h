/*
 * http.h - one request over HTTP, and what came of it. Nothing but this file
 * and http.c knows libcurl; nothing else in the program opens a connection.
 */
#ifndef CLI_HUB_HTTP_H
#define CLI_HUB_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http;

/* The headers of an answer that are kept. */
enum http_header {
    HTTP_ETAG,
    HTTP_LENGTH,
    HTTP_RANGE,
    HTTP_RETRY_AFTER,
    HTTP_RATE_LIMIT,
    HTTP_ERROR_CODE,
    HTTP_ERROR_MESSAGE,
    /* From here on: of any answer of a chain of redirects, the last that has
     * it. */
    HTTP_COMMIT,
    HTTP_LINKED_ETAG,
    HTTP_LINKED_SIZE,
    HTTP_HEADERS
};

struct http_answer {
    long status;                    /* 0: there was no answer */
    char header[HTTP_HEADERS][300]; /* "": none, or too long to be one */
    bool redirected;                /* the last answer names another place */
    bool elsewhere;                 /* it came from another host */
    uint64_t n_taken;               /* bytes of the body that were taken */
    char reason[400];               /* why it is not HTTP_DONE */
};

enum http_result {
    HTTP_DONE,
    HTTP_REFUSED, /* status says why */
    HTTP_PASSING, /* a try later may do better */
    HTTP_BROKEN,  /* none will */
    HTTP_STOPPED  /* by start() or take() */
};

struct http_request {
    const char *url;
    bool head;     /* headers only; those of a redirect to another host are
                      enough where they name commit and ETag */
    uint64_t from; /* the first byte that is wanted */
    long timeout;  /* seconds: to connect, and for each further byte */

    /* The body of an answer of 200 to 299: start() is called before its first
     * byte, take() with each piece; false stops the request. */
    bool (*start)(void *arg, const struct http_answer *answer);
    bool (*take)(void *arg, const void *data, size_t size);
    void *arg;
};

/*
 * http_open - NULL after one message; http_close() in any case.
 *
 *   origin  scheme and host that get the token, as the start of a URL; borrowed
 *   token   NULL: none; borrowed
 */
struct http *http_open(const char *origin, const char *token);
void http_close(struct http *h);

/* http_ask - one try, which follows redirects. */
enum http_result http_ask(struct http *h, const struct http_request *request,
                          struct http_answer *answer);

/* http_library - the version of libcurl that this was built with, or what is
 * left out for want of it. */
const char *http_library(void);

/* http_same_origin - whether two URLs have scheme, host and port in common. */
bool http_same_origin(const char *a, const char *b);

#endif
