/*
 * hub_name.c - names of models, by themselves and in addresses.
 */
#include "cli/frame/hub_name.h"

#include <string.h>

#include "cli/frame/hub_cache.h"

#define LETTERS                                                                \
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

enum {
    LONGEST = 96 /* of ORG/NAME, as the hub has it */
};

/* A part of a path. */
struct part {
    const char *text;
    size_t size;
};

/* ORG or NAME: words, with single dashes and dots between. */
static bool part_fits(const char *s, size_t size)
{
    return size > 0 && strchr("-.", s[0]) == NULL &&
           strchr("-.", s[size - 1]) == NULL &&
           strspn(s, LETTERS "-.") >= size &&
           memmem(s, size, "--", 2) == NULL && memmem(s, size, "..", 2) == NULL;
}

bool hub_name_fits(const char *name)
{
    const size_t size = strcspn(name, "@");
    const char *slash = memchr(name, '/', size);
    const char *last = slash != NULL ? slash + 1 : name;
    const size_t n_last = size - (size_t)(last - name);

    if (size > LONGEST ||
        (slash != NULL && !part_fits(name, (size_t)(slash - name))) ||
        !part_fits(last, n_last))
        return false;
    if (n_last > 4 && strncmp(last + n_last - 4, ".git", 4) == 0)
        return false;
    if (name[size] == '\0')
        return true;
    const char *revision = name + size + 1;

    return *revision != '\0' && *revision != '-' &&
           strstr(revision, "..") == NULL &&
           revision[strspn(revision, LETTERS "-./")] == '\0';
}

const char *hub_name_file(const char *name)
{
    static const char end[] = ".gguf";
    const size_t size = strcspn(name, "@");
    const char *slash = memchr(name, '/', size);
    const char *file = NULL;

    if (slash != NULL)
        file = memchr(slash + 1, '/', size - (size_t)(slash + 1 - name));
    if (file == NULL || size < sizeof(end) ||
        strncmp(name + size - strlen(end), end, strlen(end)) != 0 ||
        strspn(name, LETTERS "-./") < size || strstr(name, "..") != NULL)
        return NULL;
    return file;
}

static const char *skip(const char *s, const char *start)
{
    const size_t n = strlen(start);

    return strncmp(s, start, n) == 0 ? s + n : s;
}

/* What follows the host of a hub; NULL: it is none. */
static const char *skip_host(const char *url)
{
    static const char *const hosts[] = {"huggingface.co/", "hf.co/"};
    const char *endpoint = hub_variable("HF_ENDPOINT");
    const char *host = skip(skip(skip(url, "https://"), "http://"), "www.");
    size_t n = endpoint != NULL ? strlen(endpoint) : 0;

    for (size_t i = 0; i < sizeof(hosts) / sizeof(*hosts); i++)
        if (skip(host, hosts[i]) != host)
            return skip(host, hosts[i]);
    while (n > 0 && endpoint[n - 1] == '/')
        n--;
    return n > 0 && strncmp(url, endpoint, n) == 0 && url[n] == '/' ? url + n
                                                                    : NULL;
}

static bool is_one_of(const struct part *part, const char *const *words)
{
    for (; *words != NULL; words++)
        if (strlen(*words) == part->size &&
            memcmp(part->text, *words, part->size) == 0)
            return true;
    return false;
}

/* The parts of a path, at most room; returns how many. */
static size_t split(const char *path, struct part *parts, size_t room)
{
    size_t n = 0;

    for (;; path++) {
        const size_t size = strcspn(path, "/?#");

        if (size > 0 && n < room)
            parts[n++] = (struct part){path, size};
        path += size;
        if (*path != '/')
            return n;
    }
}

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *at = c != '\0' ? strchr(digits, c) : NULL;

    return at != NULL ? (int)((at - digits) % 16) : -1;
}

/* A part with its %2F and the like undone. */
static void put_decoded(struct buffer *b, const struct part *part)
{
    for (size_t i = 0; i < part->size; i++) {
        const char *at = part->text + i;
        int high = -1, low = -1;

        if (*at == '%' && i + 2 < part->size) {
            high = hex_digit(at[1]);
            low = hex_digit(at[2]);
        }
        if (high >= 0 && low >= 0 && high + low > 0) {
            buffer_putc(b, (char)(high * 16 + low));
            i += 2;
        } else {
            buffer_putc(b, *at);
        }
    }
}

bool hub_name_of_url(const char *url, struct buffer *name)
{
    static const char *const views[] = {"tree",   "blob",    "resolve", "raw",
                                        "commit", "commits", "blame",   NULL};
    static const char *const others[] = {"datasets", "spaces", "kernels", "api",
                                         NULL};
    struct part parts[4];
    const char *path = skip_host(url);
    const size_t n = path != NULL ? split(path, parts, 4) : 0;
    const size_t n_name = n > 1 && !is_one_of(&parts[1], views) ? 2 : 1;

    buffer_clear(name);
    if (n == 0 || is_one_of(&parts[0], others))
        return false;
    buffer_put(name, parts[0].text, parts[0].size);
    if (n_name == 2) {
        buffer_putc(name, '/');
        buffer_put(name, parts[1].text, parts[1].size);
    }
    if (n > n_name + 1 && is_one_of(&parts[n_name], views)) {
        buffer_putc(name, '@');
        put_decoded(name, &parts[n_name + 1]);
    }
    buffer_putc(name, '\0');
    return !name->failed && hub_name_fits(name->data);
}
