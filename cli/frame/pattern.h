/*
 * pattern.h - tokens named on the command line: by their text, by /regex/, or
 * by their position.
 */
#ifndef CLI_FRAME_PATTERN_H
#define CLI_FRAME_PATTERN_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

enum pattern_kind {
    PATTERN_TEXT,
    PATTERN_REGEX,
    PATTERN_POSITION
};

struct pattern {
    enum pattern_kind kind;
    const char *text; /* borrowed */
    size_t position;
    regex_t regex; /* POSIX, extended; in the C locale: bytes */
};

/*
 * pattern_parse - "/regex/", a token's text, or with numbers a position.
 *
 *   option  for the message
 *   out              pattern_free(), where this returned true
 *
 * Returns false after a message.
 */
bool pattern_parse(const char *option, const char *text, bool numbers,
                   struct pattern *out);

/* pattern_regex - a POSIX extended regular expression; in the C locale: bytes.
 * False after a message; else regfree(). */
bool pattern_regex(const char *option, const char *text, regex_t *out);

/*
 * pattern_find - the first match in text.
 *
 *   begins  whether "^" matches where text begins
 *   match   may be NULL
 *
 * Ends the program when memory is out.
 */
bool pattern_find(const regex_t *regex, const char *text, bool begins,
                  regmatch_t *match);

/* pattern_matches - a regex matches anywhere in the token. */
bool pattern_matches(const struct pattern *p, const char *token,
                     size_t position);

void pattern_free(struct pattern *p);

#endif
