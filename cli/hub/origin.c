/*
 * origin.c - who may see the token.
 */
#include "cli/hub/http.h"

#include <string.h>
#include <strings.h>

/* Bytes of scheme, "://" and all up to the path. A URL that is not written so
 * is its own origin: nothing else equals it. */
static size_t origin_size(const char *url)
{
    const char *host = strstr(url, "://");

    return host != NULL ? (size_t)(host + 3 - url) + strcspn(host + 3, "/?#")
                        : strlen(url);
}

bool http_same_origin(const char *a, const char *b)
{
    size_t n = origin_size(a);

    return n == origin_size(b) && strncasecmp(a, b, n) == 0;
}
