/*
 * pattern.c - tokens by their text, by /regex/, or by their position.
 */
#include "cli/frame/pattern.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/ending.h"
#include "cli/base/message.h"

/* ---------------------------------------------------------------- weight */

/*
 * C libraries copy what is repeated, so that a short pattern may need all
 * memory: ((a{1,100}){1,100}){1,100} has a million places. They are counted
 * here before one is made.
 */
enum {
    LONGEST = 1000, /* bytes of a pattern */
    DEEPEST = 100,  /* groups within groups */
    HEAVIEST = 5000 /* places */
};

struct weight {
    size_t sums[DEEPEST]; /* of the groups that are open */
    size_t depth;
    size_t sum;  /* of the present group */
    size_t last; /* of its last piece, which is in the sum */
};

/* Behind the bracket expression that begins at p. */
static const char *skip_bracket(const char *p)
{
    p++;
    p += *p == '^';
    p += *p == ']';
    while (*p != '\0' && *p != ']') {
        const char *end = NULL;

        if (*p == '[' && (p[1] == ':' || p[1] == '.' || p[1] == '='))
            end = strchr(p + 2, p[1]);
        p = end != NULL ? end + 1 : p + 1;
    }
    return *p != '\0' ? p + 1 : p;
}

/* How often a repetition writes its piece; moves *p past it. */
static size_t times(const char **p)
{
    size_t most = 1;
    char c = *(*p)++;

    if (c != '{')
        return c == '+' ? 2 : 1;
    while (**p != '\0' && **p != '}') {
        size_t n = 0;

        for (; **p >= '0' && **p <= '9'; ++*p)
            n = n < HEAVIEST ? 10 * n + (size_t)(**p - '0') : n;
        most = n > most ? n : most;
        *p += **p != '\0' && **p != '}';
    }
    *p += **p == '}';
    return most + 1;
}

/* Takes one piece of the pattern; false: too many groups. */
static bool weigh_piece(struct weight *w, const char **p)
{
    switch (**p) {
    case '(':
        if (w->depth == DEEPEST)
            return false;
        w->sums[w->depth++] = w->sum;
        w->sum = w->last = 0;
        break;
    case ')':
        w->last = w->sum + 1;
        w->sum = w->last + (w->depth > 0 ? w->sums[--w->depth] : 0);
        break;
    case '[':
        *p = skip_bracket(*p);
        w->last = 1;
        w->sum++;
        return true;
    default:
        *p += (*p)[0] == '\\' && (*p)[1] != '\0';
        w->last = 1;
        w->sum++;
    }
    ++*p;
    return true;
}

static bool is_too_heavy(const char *p)
{
    struct weight w = {0};

    if (strlen(p) > LONGEST)
        return true;
    while (*p != '\0') {
        if (strchr("*+?{", *p) != NULL) {
            size_t more = w.last * (times(&p) - 1);

            w.sum += more;
            w.last += more;
        } else if (!weigh_piece(&w, &p)) {
            return true;
        }
        if (w.sum > HEAVIEST)
            return true;
    }
    return false;
}

/* text is what the user wrote: the regex, or "/regex/". */
static bool compile(const char *option, const char *text, const char *regex,
                    int flags, regex_t *out)
{
    char why[256];
    size_t size = strlen(text);
    bool heavy = regex != NULL && is_too_heavy(regex);
    int code = regex != NULL && !heavy
                   ? regcomp(out, regex, REG_EXTENDED | flags)
                   : REG_ESPACE;

    if (code == 0)
        return true;
    if (heavy)
        return message_refuse(
            "--%s: '%.40s%s': too large a pattern: at most %d bytes, "
            "%d groups in each other, and %d places when each "
            "repetition is written out",
            option, text, size > 40 ? "..." : "", LONGEST, DEEPEST, HEAVIEST);
    regerror(code, out, why, sizeof(why));
    return code == REG_ESPACE
               ? message_error("--%s: '%s': %s", option, text, why)
               : message_refuse("--%s: '%s': %s", option, text, why);
}

bool pattern_regex(const char *option, const char *text, regex_t *out)
{
    return compile(option, text, text, 0, out);
}

static bool parse_regex(const char *option, const char *text,
                        struct pattern *out)
{
    char *inner = strndup(text + 1, strlen(text) - 2);
    bool ok = compile(option, text, inner, REG_NOSUB, &out->regex);

    free(inner);
    out->kind = ok ? PATTERN_REGEX : PATTERN_TEXT; /* nothing is to be freed */
    return ok;
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

bool pattern_parse(const char *option, const char *text, bool numbers,
                   struct pattern *out)
{
    size_t size = strlen(text);

    *out = (struct pattern){.kind = PATTERN_TEXT, .text = text};
    if (size > 2 && text[0] == '/' && text[size - 1] == '/')
        return parse_regex(option, text, out);
    if (!numbers)
        return true;
    out->kind = PATTERN_POSITION;
    if (is_number(text, &out->position))
        return true;
    return message_refuse("--%s: '%s' is neither a position nor a /regex/",
                          option, text);
}

/* glibc allocates while it looks, and says REG_NOMATCH where it could not: only
 * errno tells that from a "no". */
bool pattern_find(const regex_t *regex, const char *text, bool begins,
                  regmatch_t *match)
{
    int code;

    errno = 0;
    code = regexec(regex, text, match != NULL, match, begins ? 0 : REG_NOTBOL);
    if (code != 0 && (code != REG_NOMATCH || errno == ENOMEM))
        ending_no_memory();
    return code == 0;
}

bool pattern_matches(const struct pattern *p, const char *token,
                     size_t position)
{
    if (p->kind == PATTERN_REGEX)
        return pattern_find(&p->regex, token, true, NULL);
    return p->kind == PATTERN_POSITION ? position == p->position
                                       : strcmp(p->text, token) == 0;
}

void pattern_free(struct pattern *p)
{
    if (p->kind == PATTERN_REGEX)
        regfree(&p->regex);
}
