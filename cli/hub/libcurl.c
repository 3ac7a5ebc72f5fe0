/*
 * libcurl.c - finds libcurl, and its functions in it.
 */
#include "cli/hub/libcurl.h"

#include <dlfcn.h>
#include <stddef.h>

#include "cli/base/message.h"

/* The name of its ABI since 2006, and what Debian calls the one with GnuTLS. */
static const char *const names[] = {"libcurl.so.4", "libcurl-gnutls.so.4"};

#define FUNCTION(name)                                                         \
    {                                                                          \
        "curl_" #name, offsetof(struct libcurl, name)                          \
    }

static const struct {
    const char *name;
    size_t offset;
} functions[] = {
    FUNCTION(global_init),    FUNCTION(easy_init),     FUNCTION(easy_cleanup),
    FUNCTION(easy_reset),     FUNCTION(easy_setopt),   FUNCTION(easy_getinfo),
    FUNCTION(easy_perform),   FUNCTION(easy_strerror), FUNCTION(slist_append),
    FUNCTION(slist_free_all),
};

static void *open_library(void)
{
    void *library = NULL;

    for (size_t i = 0; i < sizeof(names) / sizeof(*names) && library == NULL;
         i++)
        library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    return library;
}

const struct libcurl *libcurl_load(void)
{
    static struct libcurl lib;
    void *library = open_library();

    if (library == NULL) {
        message_error("%s; berth pull needs libcurl", dlerror());
        return NULL;
    }
    for (size_t i = 0; i < sizeof(functions) / sizeof(*functions); i++) {
        void *function = dlsym(library, functions[i].name);

        if (function == NULL) {
            message_error("%s", dlerror());
            return NULL;
        }
        *(void **)((char *)&lib + functions[i].offset) = function;
    }
    if (lib.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        message_error("libcurl cannot be used");
        return NULL;
    }
    return &lib;
}
