/*
 * without_libcurl.c - takes the place of http.c where there is no libcurl.
 */
#include "cli/hub/http.h"

#include "cli/base/message.h"

struct http *http_open(const char *origin, const char *token)
{
    (void)origin;
    (void)token;
    message_error("this berth was built without libcurl and cannot pull; "
                  "build it again where pkg-config finds libcurl");
    return NULL;
}

void http_close(struct http *h)
{
    (void)h;
}

enum http_result http_ask(struct http *h, const struct http_request *request,
                          struct http_answer *answer)
{
    (void)h;
    (void)request;
    (void)answer;
    return HTTP_BROKEN;
}

const char *http_library(void)
{
    return "left out: no berth pull";
}
