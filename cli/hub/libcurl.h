/*
 * libcurl.h - the functions of libcurl, which is loaded when a command first
 * asks for it: with the thirty libraries behind it, it would make the start of
 * every other command half as slow again.
 */
#ifndef CLI_HUB_LIBCURL_H
#define CLI_HUB_LIBCURL_H

#define CURL_DISABLE_TYPECHECK /* of macros that we do not call */
#include <curl/curl.h>

struct libcurl {
    CURLcode (*global_init)(long flags);
    CURL *(*easy_init)(void);
    void (*easy_cleanup)(CURL *handle);
    void (*easy_reset)(CURL *handle);
    CURLcode (*easy_setopt)(CURL *handle, CURLoption option, ...);
    CURLcode (*easy_getinfo)(CURL *handle, CURLINFO info, ...);
    CURLcode (*easy_perform)(CURL *handle);
    const char *(*easy_strerror)(CURLcode code);
    struct curl_slist *(*slist_append)(struct curl_slist *list,
                                       const char *text);
    void (*slist_free_all)(struct curl_slist *list);
};

/* libcurl_load - NULL after one message. */
const struct libcurl *libcurl_load(void);

#endif
