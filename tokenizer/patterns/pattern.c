/*
 * pattern.c - strings, runs of characters, and the regular expressions that
 * models have.
 */
#include "tokenizer/patterns/pattern.h"

#include "tokenizer/patterns/words.h"
#include "tokenizer/unicode/char_sets.h"
#include "tokenizer/unicode/utf8.h"

#include <string.h>

static bool find_string(const struct berth_text_pattern *pattern,
                        const char *bytes, size_t at, size_t end,
                        struct berth_span *match)
{
    const size_t n = pattern->length;
    const char *text = pattern->text;

    while (n > 0 && end - at >= n) {
        const char *first = memchr(bytes + at, text[0], end - at - n + 1);

        if (first == NULL)
            return false;
        at = (size_t)(first - bytes);
        if (memcmp(first, text, n) == 0) {
            *match = (struct berth_span){at, at + n};
            return true;
        }
        at++;
    }
    return false;
}

/* Whether the character at bytes + at is one that is looked for; its size. */
static bool is_member(const struct berth_text_pattern *pattern,
                      const char *bytes, size_t at, size_t *size)
{
    const unsigned char *s = (const unsigned char *)bytes + at;
    uint32_t cp;

    *size = 1;
    if (*s < 0x80) {
        return (berth_ascii_sets[*s] & pattern->sets) != 0 ||
               memchr(pattern->text, *s, pattern->length) != NULL;
    }
    *size = berth_utf8_read(s, &cp);
    return (berth_char_sets_wide(cp) & pattern->sets) != 0;
}

/* From min to max characters in a row. */
static bool find_run(const struct berth_text_pattern *pattern,
                     const char *bytes, size_t at, size_t end,
                     struct berth_span *match)
{
    size_t begin = at, count = 0, size;

    while (at < end) {
        bool member = is_member(pattern, bytes, at, &size);

        if (member && count++ == 0)
            begin = at;
        if (!member && count >= pattern->min)
            break;
        at += size;
        if (!member)
            count = 0;
        else if (count == pattern->max)
            break;
    }
    *match = (struct berth_span){begin, at};
    return count >= pattern->min;
}

/* \s{2,}|[\n\r\t] : a run of white space; a single one only where it is
 * one of those. */
static bool find_space(const struct berth_text_pattern *pattern,
                       const char *bytes, size_t at, size_t end,
                       struct berth_span *match)
{
    while (find_run(pattern, bytes, at, end, match)) {
        size_t size;

        is_member(pattern, bytes, match->begin, &size);
        if (match->end - match->begin > size ||
            memchr("\n\r\t", bytes[match->begin], 3) != NULL)
            return true;
        at = match->end;
    }
    return false;
}

static bool find_gpt2(const struct berth_text_pattern *pattern,
                      const char *bytes, size_t at, size_t end,
                      struct berth_span *match)
{
    (void)pattern;
    if (at == end)
        return false;
    *match = (struct berth_span){at, berth_gpt2_end(bytes, at, end)};
    return true;
}

/* max: of the digits of a number. */
static bool find_llama3(const struct berth_text_pattern *pattern,
                        const char *bytes, size_t at, size_t end,
                        struct berth_span *match)
{
    if (at == end)
        return false;
    *match =
        (struct berth_span){at, berth_llama3_end(bytes, at, end, pattern->max)};
    return true;
}

/* Numbers for find(). */
enum {
    STRING = 0,
    RUN,
    SPACE,
    GPT2,
    LLAMA3
};

struct berth_text_pattern berth_pattern_string(const char *text, size_t n)
{
    return (struct berth_text_pattern){
        .find = find_string, .kind = STRING, .text = text, .length = n};
}

struct berth_text_pattern berth_pattern_chars(unsigned sets, const char *text)
{
    return (struct berth_text_pattern){.find = find_run,
                                       .kind = RUN,
                                       .text = text,
                                       .length = strlen(text),
                                       .sets = sets,
                                       .min = 1,
                                       .max = 1};
}

uint64_t berth_pattern_rules(const struct berth_text_pattern *pattern)
{
    uint64_t rules = berth_rules_add(pattern->kind, pattern->sets);

    rules = berth_rules_add(rules, pattern->min);
    rules = berth_rules_add(rules, pattern->max);
    for (size_t i = 0; i < pattern->length; i++)
        rules = berth_rules_add(rules, (unsigned char)pattern->text[i]);
    return rules;
}

#define GPT2_CASES "'s|'t|'re|'ve|'m|'ll|'d"
#define GPT2_TEXT(cases)                                                       \
    cases "| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+"
#define LLAMA3_TEXT(numbers)                                                   \
    "(?i:" GPT2_CASES ")|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|" numbers               \
    "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
#define OF(a, b) .find = find_run, .kind = RUN, .min = (a), .max = (b)
#define TEXT(s)  .text = (s), .length = sizeof(s) - 1

static const struct {
    const char *text;
    struct berth_text_pattern pattern;
} known[] = {
    {" ", {OF(1, 1), TEXT(" ")}},
    {" +", {OF(1, SIZE_MAX), TEXT(" ")}},
    {" {2,}", {OF(2, SIZE_MAX), TEXT(" ")}},
    {"\\n", {OF(1, 1), TEXT("\n")}},
    {"[\\n\\r\\t]", {OF(1, 1), TEXT("\n\r\t")}},
    {"\\s", {OF(1, 1), TEXT(""), .sets = BERTH_SET_SPACE}},
    {"\\s+", {OF(1, SIZE_MAX), TEXT(""), .sets = BERTH_SET_SPACE}},
    {"\\s{2,}", {OF(2, SIZE_MAX), TEXT(""), .sets = BERTH_SET_SPACE}},
    {"\\s{2,}|[\\n\\r\\t]",
     {.find = find_space,
      .kind = SPACE,
      .min = 1,
      .max = SIZE_MAX,
      TEXT(""),
      .sets = BERTH_SET_SPACE}},
    {"\\p{N}", {OF(1, 1), TEXT(""), .sets = BERTH_SET_NUMBER}},
    {"\\p{N}+", {OF(1, SIZE_MAX), TEXT(""), .sets = BERTH_SET_NUMBER}},
    {"\\p{N}{1,3}", {OF(1, 3), TEXT(""), .sets = BERTH_SET_NUMBER}},
    {GPT2_TEXT(GPT2_CASES), {.find = find_gpt2, .kind = GPT2, TEXT("")}},
    {GPT2_TEXT("'(?:[sdmt]|ll|ve|re)"),
     {.find = find_gpt2, .kind = GPT2, TEXT("")}},
    {LLAMA3_TEXT("\\p{N}{1,3}"),
     {.find = find_llama3, .kind = LLAMA3, .max = 3, TEXT("")}},
    {LLAMA3_TEXT("\\p{N}"),
     {.find = find_llama3, .kind = LLAMA3, .max = 1, TEXT("")}},
};

const struct berth_text_pattern *berth_pattern_regex(const char *text)
{
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
        if (strcmp(known[i].text, text) == 0)
            return &known[i].pattern;
    }
    return NULL;
}
