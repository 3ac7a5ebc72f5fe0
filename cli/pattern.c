/*
 * pattern.c - tokens by their text, by /regex/, or by their position.
 */
#include "cli/pattern.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/message.h"

static bool parse_regex(const char *command, const char *option,
                        const char *text, struct pattern *out)
{
    char why[256];
    size_t size = strlen(text);
    char *inner = strndup(text + 1, size - 2);
    int code = inner != NULL
                   ? regcomp(&out->regex, inner, REG_EXTENDED | REG_NOSUB)
                   : REG_ESPACE;

    free(inner);
    out->kind = PATTERN_REGEX;
    if (code == 0)
        return true;
    regerror(code, &out->regex, why, sizeof(why));
    if (code == REG_ESPACE)
        message_error("--%s: '%s': %s", option, text, why);
    else
        message_usage(command, "--%s: '%s': %s", option, text, why);
    return false;
}

static bool is_number(const char *text, size_t *out)
{
    char *end;

    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    *out = strtoul(text, &end, 10);
    return *end == '\0' && errno == 0;
}

bool pattern_parse(const char *command, const char *option, const char *text,
                   bool numbers, struct pattern *out)
{
    size_t size = strlen(text);

    *out = (struct pattern){.kind = PATTERN_TEXT, .text = text};
    if (size > 2 && text[0] == '/' && text[size - 1] == '/')
        return parse_regex(command, option, text, out);
    if (!numbers)
        return true;
    out->kind = PATTERN_POSITION;
    if (is_number(text, &out->position))
        return true;
    message_usage(command, "--%s: '%s' is neither a position nor a /regex/",
                  option, text);
    return false;
}

bool pattern_matches(const struct pattern *p, const char *token,
                     size_t position)
{
    switch (p->kind) {
    case PATTERN_REGEX:
        return regexec(&p->regex, token, 0, NULL, 0) == 0;
    case PATTERN_POSITION:
        return position == p->position;
    case PATTERN_TEXT:
        break;
    }
    return strcmp(p->text, token) == 0;
}

void pattern_free(struct pattern *p)
{
    if (p->kind == PATTERN_REGEX)
        regfree(&p->regex);
}
