/*
 * json_set.c - finds the members of an object in its text. That text was parsed
 * before: here only strings and brackets are looked at.
 */
#include "lib/json_set.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct text {
    const char *at, *end;
};

static void skip_blanks(struct text *t)
{
    while (t->at < t->end && strchr(" \t\r\n", *t->at) != NULL)
        t->at++;
}

/* From its quote to after the next that no backslash is before. */
static void skip_string(struct text *t)
{
    for (t->at++; t->at < t->end && *t->at != '"'; t->at++)
        t->at += *t->at == '\\';
    t->at++;
    if (t->at > t->end)
        t->at = t->end;
}

/* Up to the comma or bracket that ends a member. */
static void skip_member(struct text *t)
{
    for (size_t depth = 0; t->at < t->end;) {
        const char c = *t->at;

        if (c == '"') {
            skip_string(t);
            continue;
        }
        if (depth == 0 && (c == ',' || c == '}'))
            return;
        if (c == '{' || c == '[')
            depth++;
        else if (c == '}' || c == ']')
            depth--;
        t->at++;
    }
}

static bool has_key(struct text member, const char *key)
{
    const size_t n = strlen(key);

    skip_blanks(&member);
    return (size_t)(member.end - member.at) >= n + 2 &&
           memcmp(member.at + 1, key, n) == 0 && member.at[n + 1] == '"';
}

static char *put(char *to, const char *text, size_t size)
{
    memcpy(to, text, size);
    return to + size;
}

/* Blanks at the end of a member stay: they are what is before the bracket. */
static struct text trim(struct text member)
{
    while (member.end > member.at && strchr(" \t\r\n", member.end[-1]) != NULL)
        member.end--;
    return member;
}

char *berth_json_set(const char *text, size_t size, const char *key,
                     const char *value)
{
    struct text t = {text, text + size}, member;
    const size_t more = value != NULL ? strlen(key) + strlen(value) : 0;
    char *out = malloc(size + more + 16), *to = out;
    size_t n = 0;

    if (out == NULL)
        return NULL;
    skip_blanks(&t);
    t.at += t.at < t.end; /* the bracket */
    to = put(to, text, (size_t)(t.at - text));
    do {
        member.at = t.at;
        skip_member(&t);
        member.end = t.at;
        const struct text bare = trim(member);

        if (bare.at < bare.end && !has_key(bare, key)) {
            if (n++ > 0)
                to = put(to, ",", 1);
            to = put(to, bare.at, (size_t)(bare.end - bare.at));
        }
    } while (t.at < t.end && *t.at++ == ',');
    if (value != NULL) {
        to = put(to, n > 0 ? ",\n  \"" : "\n  \"", n > 0 ? 5 : 4);
        to = put(to, key, strlen(key));
        to = put(to, "\": ", 3);
        to = put(to, value, strlen(value));
    }
    to = put(to, "\n}\n", 3);
    *to = '\0';
    return out;
}
