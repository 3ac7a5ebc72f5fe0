/*
 * ignore.c - --hide-head and --hide-token.
 */
#include "cli/frame/ignore.h"

#include <stdlib.h>

#include "cli/base/message.h"

/* A number below limit at *p; moves *p past it. */
static bool parse_number(const char **p, size_t limit, size_t *out)
{
    char *end;

    if (**p < '0' || **p > '9')
        return false;
    *out = strtoul(*p, &end, 10);
    *p = end;
    return *out < limit;
}

/* "L.H,L.H,..."; each comma ends one. */
static bool parse_heads(const char *text, const struct berth_model_facts *facts,
                        struct ignore *hide)
{
    for (const char *p = text;; p++) {
        struct berth_head *head = &hide->heads[hide->n_heads];

        if (!parse_number(&p, facts->num_hidden_layers, &head->layer) ||
            *p++ != '.' ||
            !parse_number(&p, facts->num_attention_heads, &head->head))
            return false;
        hide->n_heads++;
        if (*p == '\0')
            return true;
        if (*p != ',')
            return false;
    }
}

static size_t count_heads(const char *text)
{
    size_t n = 1;

    for (; *text != '\0'; text++)
        n += *text == ',';
    return n;
}

static bool read_heads(const struct shared *s,
                       const struct berth_model_facts *facts,
                       struct ignore *hide)
{
    if (s->hide_heads == NULL)
        return true;
    hide->heads = calloc(count_heads(s->hide_heads), sizeof(*hide->heads));
    if (hide->heads == NULL)
        return message_error("out of memory");
    if (parse_heads(s->hide_heads, facts, hide))
        return true;
    return message_refuse(
        "--hide-head: '%s' is no list of heads LAYER.HEAD from 0.0 "
        "to %zu.%zu",
        s->hide_heads, facts->num_hidden_layers - 1,
        facts->num_attention_heads - 1);
}

bool ignore_parse(const struct shared *s, const struct berth_model_facts *facts,
                  struct ignore *hide)
{
    if (!read_heads(s, facts, hide))
        return false;
    hide->tokens = calloc(s->hide_tokens.n + 1, sizeof(*hide->tokens));
    if (hide->tokens == NULL)
        return message_error("out of memory");
    for (size_t i = 0; i < s->hide_tokens.n; i++, hide->n_tokens++)
        if (!pattern_parse("hide-token", s->hide_tokens.items[i], true,
                           &hide->tokens[i]))
            return false;
    return true;
}

bool ignore_matches(const struct ignore *hide, const char *token,
                    size_t position)
{
    for (size_t i = 0; i < hide->n_tokens; i++)
        if (pattern_matches(&hide->tokens[i], token, position))
            return true;
    return false;
}

void ignore_free(struct ignore *hide)
{
    for (size_t i = 0; i < hide->n_tokens; i++)
        pattern_free(&hide->tokens[i]);
    free(hide->tokens);
    free(hide->heads);
    *hide = (struct ignore){0};
}
