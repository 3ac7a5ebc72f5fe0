/*
 * json_line.c - JSON from its first byte to its last. Without recursion:
 * "[[[[..." must not overflow the stack. And without converting a number to
 * double, which would change 12345678901234567890 or 1.10 when it is printed
 * again.
 */
#include "cli/input/json_line.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>

#include "cli/base/utf8.h"

struct scan {
    const char *p;
    const char *end;
    const char *fault; /* NULL: none */
    size_t depth;
    struct json_wanted *wanted;
    size_t n_wanted;
    const char *key; /* the present one of the outermost object */
    size_t key_size;
    const char *value; /* where its value begins */
    void (*each)(void *arg, const char *key, size_t size); /* NULL: nothing */
    void *arg;
    unsigned char objects[JSON_LINE_DEPTH / CHAR_BIT + 1]; /* a bit a depth */
};

static bool fail(struct scan *s, const char *what)
{
    s->fault = what;
    return false;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The next byte that is not blank; 0 at the end: no byte of JSON is. */
static char peek(struct scan *s)
{
    while (s->p < s->end && is_blank(*s->p))
        s->p++;
    return s->p < s->end ? *s->p : '\0';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int hex_of(char c)
{
    return is_digit(c)            ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* The four digits of \u; -1: they are not there. */
static int32_t hex4(const char *p, const char *end)
{
    int32_t code = 0;

    if (end - p < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        int digit = hex_of(p[i]);

        if (digit < 0)
            return -1;
        code = 16 * code + digit;
    }
    return code;
}

/* --------------------------------------------------------------- scanning */

static bool skip_escape(struct scan *s)
{
    const char *p = s->p + 1;

    if (p < s->end && *p == 'u') {
        if (hex4(p + 1, s->end) < 0)
            return fail(s, "\\u needs four hexadecimal digits");
        s->p = p + 5;
        return true;
    }
    if (p < s->end && *p != '\0' && strchr("\"\\/bfnrt", *p) != NULL) {
        s->p = p + 1;
        return true;
    }
    return fail(s, "a backslash begins no escape of JSON");
}

/* Bytes above 0x7f pass unchecked: json_line_text() checks those that are
 * used. */
static bool skip_string(struct scan *s)
{
    s->p++;
    for (;;) {
        while (s->p < s->end && (unsigned char)*s->p >= 0x20 && *s->p != '"' &&
               *s->p != '\\')
            s->p++;
        if (s->p == s->end)
            return fail(s, "a string is not closed");
        if (*s->p == '"')
            break;
        if (*s->p != '\\')
            return fail(s, "a control character within a string");
        if (!skip_escape(s))
            return false;
    }
    s->p++;
    return true;
}

static bool skip_digits(struct scan *s)
{
    const char *from = s->p;

    while (s->p < s->end && is_digit(*s->p))
        s->p++;
    return s->p > from || fail(s, "a digit is missing");
}

/* -12.5e+3. After a first 0 no digit may follow: 012 is no number of JSON, and
 * go_on() finds the 1. */
static bool skip_number(struct scan *s)
{
    if (*s->p == '-')
        s->p++;
    if (s->p < s->end && *s->p == '0')
        s->p++;
    else if (!skip_digits(s))
        return false;
    if (s->p < s->end && *s->p == '.') {
        s->p++;
        if (!skip_digits(s))
            return false;
    }
    if (s->p < s->end && (*s->p == 'e' || *s->p == 'E')) {
        s->p++;
        if (s->p < s->end && (*s->p == '+' || *s->p == '-'))
            s->p++;
        return skip_digits(s);
    }
    return true;
}

static const struct word {
    const char *text;
    size_t size;
    enum json_kind kind;
} words[] = {{"true", 4, JSON_KIND_WORD},
             {"false", 5, JSON_KIND_WORD},
             {"null", 4, JSON_KIND_NULL},
             {"NaN", 3, JSON_KIND_NO_NUMBER},
             {"Infinity", 8, JSON_KIND_NO_NUMBER},
             {"-Infinity", 9, JSON_KIND_NO_NUMBER}};

/* The word that begins at p; NULL: none. */
static const struct word *word_at(const char *p, const char *end)
{
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if ((size_t)(end - p) >= words[i].size &&
            memcmp(p, words[i].text, words[i].size) == 0)
            return &words[i];
    return NULL;
}

static bool skip_scalar(struct scan *s, char c)
{
    const struct word *word;

    if (c == '"')
        return skip_string(s);
    word = word_at(s->p, s->end);
    if (word != NULL) {
        s->p += word->size;
        return true;
    }
    if (c == '-' || is_digit(c))
        return skip_number(s);
    return fail(s, s->p < s->end ? "no value begins like this"
                                 : "the line ends too early");
}

/* What the present depth is in, as a bit: an object, where a key comes next, or
 * an array. */
static bool is_object(const struct scan *s)
{
    return (s->objects[s->depth / CHAR_BIT] >> s->depth % CHAR_BIT & 1) != 0;
}

static bool enter(struct scan *s, bool object)
{
    if (s->depth == JSON_LINE_DEPTH)
        return fail(s, "nested deeper than 10000");
    s->depth++;
    unsigned char bit = (unsigned char)(1U << s->depth % CHAR_BIT);

    if (object)
        s->objects[s->depth / CHAR_BIT] |= bit;
    else
        s->objects[s->depth / CHAR_BIT] &= (unsigned char)~bit;
    s->p++;
    return true;
}

/* Only keys of the outermost object are noted: with --field id, the "id" in
 * {"user":{"id":1}} is not meant. */
static bool skip_key(struct scan *s)
{
    if (peek(s) != '"')
        return fail(s, "a key in quotes is missing");
    const char *key = s->p + 1;

    if (!skip_string(s))
        return false;
    if (s->depth == 1) {
        s->key = key;
        s->key_size = (size_t)(s->p - key) - 1;
    }
    if (peek(s) != ':')
        return fail(s, "':' is missing behind a key");
    s->p++;
    return true;
}

/* ----------------------------------------------------------------- values */

static bool is_high(int32_t code)
{
    return code >= 0xd800 && code <= 0xdbff;
}

static bool is_low(int32_t code)
{
    return code >= 0xdc00 && code <= 0xdfff;
}

/* The character of the valid escape at *p, as UTF-8; 0: a surrogate without its
 * other half. */
static size_t take_escape(const char **p, const char *end, char to[UTF8_MAX])
{
    static const char from[] = "\"\\/bfnrt";
    static const char is[] = "\"\\/\b\f\n\r\t";
    const char *at = *p + 1;

    if (*at != 'u') {
        *to = is[strchr(from, *at) - from];
        *p = at + 1;
        return 1;
    }
    int32_t code = hex4(at + 1, end);

    *p = at + 5;
    if (is_low(code))
        return 0;
    if (is_high(code)) {
        int32_t low = end - *p >= 6 && (*p)[0] == '\\' && (*p)[1] == 'u'
                          ? hex4(*p + 2, end)
                          : -1;

        if (!is_low(low))
            return 0;
        *p += 6;
        code = 0x10000 + (code - 0xd800) * 0x400 + (low - 0xdc00);
    }
    return utf8_put(to, (uint32_t)code);
}

/* Compares character by character, with the escapes of the key undone:
 * {"te\u0078t": ...} has the key "text". */
static bool is_key(const struct scan *s, const struct json_wanted *wanted)
{
    const char *p = s->key, *end = p + s->key_size, *want = wanted->key;
    size_t left = wanted->key_size;

    while (p < end) {
        char c[UTF8_MAX] = {*p};
        size_t n = 1;

        if (*p == '\\')
            n = take_escape(&p, end, c);
        else
            p++;
        if (n == 0 || n > left || memcmp(c, want, n) != 0)
            return false;
        want += n;
        left -= n;
    }
    return left == 0;
}

static enum json_kind kind_of(const char *p, const char *end)
{
    const struct word *word = word_at(p, end);

    if (word != NULL)
        return word->kind;
    return *p == '"'   ? JSON_KIND_STRING
           : *p == '{' ? JSON_KIND_OBJECT
           : *p == '[' ? JSON_KIND_ARRAY
                       : JSON_KIND_NUMBER;
}

/* A value of the outermost object ends at p. A key that comes twice overwrites
 * the first value, as it does in Python. */
static void note_value(struct scan *s)
{
    if (s->each != NULL)
        s->each(s->arg, s->key, s->key_size);
    for (size_t i = 0; i < s->n_wanted; i++) {
        struct json_wanted *wanted = &s->wanted[i];

        if (!is_key(s, wanted))
            continue;
        wanted->kind = kind_of(s->value, s->p);
        wanted->data = s->value;
        wanted->size = (size_t)(s->p - s->value);
    }
}

/* After a value: closes what ends here, and goes to where the next value
 * begins. After 1 in {"a":[1],"b":2} it passes "]", then ",", then the key "b".
 * *more is false at the very end. */
static bool go_on(struct scan *s, bool *more)
{
    *more = true;
    while (s->depth > 0) {
        bool object = is_object(s);

        if (s->depth == 1 && object)
            note_value(s);
        char c = peek(s);

        if (c == ',') {
            s->p++;
            return !object || skip_key(s);
        }
        if (c != (object ? '}' : ']'))
            return fail(s, s->p == s->end ? "the line ends too early"
                           : object       ? "',' or '}' is missing"
                                          : "',' or ']' is missing");
        s->p++;
        s->depth--;
    }
    *more = false;
    peek(s);
    return s->p == s->end || fail(s, "something follows the value");
}

/* Reads a scalar or an empty {} or [], and *whole is true; or only the bracket
 * of an object or array, whose first value comes next. */
static bool begin_value(struct scan *s, bool *whole)
{
    char c = peek(s);

    if (s->depth == 1)
        s->value = s->p;
    *whole = true;
    if (c != '{' && c != '[')
        return skip_scalar(s, c);
    if (!enter(s, c == '{'))
        return false;
    if (peek(s) == (c == '{' ? '}' : ']')) {
        s->p++;
        s->depth--;
        return true;
    }
    *whole = false;
    return c == '[' || skip_key(s);
}

static bool scan_all(struct scan *s)
{
    bool whole, more = true;

    while (more) {
        if (!begin_value(s, &whole) || (whole && !go_on(s, &more)))
            return false;
    }
    return true;
}

bool json_line_scan(const char *line, size_t size, struct json_wanted *wanted,
                    size_t n_wanted, struct json_fault *fault)
{
    struct scan s = {
        .p = line, .end = line + size, .wanted = wanted, .n_wanted = n_wanted};

    for (size_t i = 0; i < n_wanted; i++)
        wanted[i].kind = JSON_KIND_NONE;
    bool object = peek(&s) == '{';
    bool ok = scan_all(&s);

    *fault = (struct json_fault){s.fault, (size_t)(s.p - line) + 1};
    return ok && object;
}

void json_line_keys(const char *line, size_t size,
                    void (*each)(void *arg, const char *key, size_t size),
                    void *arg)
{
    struct scan s = {.p = line, .end = line + size, .each = each, .arg = arg};

    scan_all(&s);
}

/* ----------------------------------------------------------------- output */

static const char not_utf8[] = "is not UTF-8";

size_t json_line_room(const struct json_wanted *value)
{
    /* Only NaN grows, to null: in "[NaN,NaN]" 4 bytes become 5, with the
     * comma. */
    return value->kind == JSON_KIND_NONE ? 0 : value->size + value->size / 4;
}

const char *json_line_text(const struct json_wanted *value, struct buffer *b,
                           const char **data, size_t *size)
{
    const char *p = value->data + 1, *end = value->data + value->size - 1;
    size_t begin = b->size;

    *data = p;
    *size = (size_t)(end - p);
    if (utf8_count_bad(p, *size) > 0)
        return not_utf8;
    if (memchr(p, '\\', *size) == NULL)
        return NULL;
    while (p < end) {
        const char *slash = memchr(p, '\\', (size_t)(end - p));
        char c[UTF8_MAX];

        buffer_put(b, p, (size_t)((slash != NULL ? slash : end) - p));
        if (slash == NULL)
            break;
        p = slash;
        size_t n = take_escape(&p, end, c);

        if (n == 0)
            return "has half of a surrogate pair";
        buffer_put(b, c, n);
    }
    *data = b->data + begin;
    *size = b->size - begin;
    return NULL;
}

/* Where the lexeme at p ends: a string, a bracket, ':' or ',', or a number or
 * word. The JSON was checked, so a string has its end. */
static const char *skip_lexeme(const char *p, const char *end)
{
    if (*p == '"') {
        for (p++; *p != '"'; p++)
            p += *p == '\\';
        return p + 1;
    }
    if (strchr("{}[]:,", *p) != NULL)
        return p + 1;
    while (p < end && !is_blank(*p) && strchr("{}[]:,", *p) == NULL)
        p++;
    return p;
}

void json_line_element(const struct json_wanted *array, size_t number,
                       struct json_wanted *out)
{
    const char *p = array->data + 1, *end = array->data + array->size;
    const char *from = NULL, *to = NULL; /* of the present element */
    size_t depth = 0;

    out->kind = JSON_KIND_NONE;
    for (; p < end; p = is_blank(*p) ? p + 1 : to) {
        if (is_blank(*p))
            continue;
        to = skip_lexeme(p, end);
        if (depth == 0 && (*p == ',' || *p == ']')) {
            number--;
            from = NULL;
            continue;
        }
        if (from == NULL)
            from = p;
        depth += *p == '{' || *p == '[';
        depth -= *p == '}' || *p == ']';
        if (depth == 0 && number == 0) {
            out->kind = kind_of(from, to);
            out->data = from;
            out->size = (size_t)(to - from);
            return;
        }
    }
}

const char *json_line_value(const struct json_wanted *value, struct buffer *b,
                            const char **data, size_t *size)
{
    const char *p = value->data, *end = p + value->size;
    size_t begin = b->size;

    *data = p;
    *size = value->size;
    if (value->kind != JSON_KIND_OBJECT && value->kind != JSON_KIND_ARRAY)
        return NULL;
    if (utf8_count_bad(p, *size) > 0)
        return not_utf8;
    while (p < end) {
        const char *from = p;

        if (is_blank(*p)) {
            p++;
            continue;
        }
        p = skip_lexeme(p, end);
        if (kind_of(from, p) == JSON_KIND_NO_NUMBER)
            buffer_puts(b, "null");
        else
            buffer_put(b, from, (size_t)(p - from));
    }
    *data = b->data + begin;
    *size = b->size - begin;
    return NULL;
}
