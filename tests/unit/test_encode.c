/*
 * test_encode.c - special tokens, prompts, truncation, windows, decoding.
 */
#include "tests/tokenizer/rows.h"

static const char vocabulary[] =
    "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\nc\nd\ne\n##a\n##b\n.\n'\ndo\n"
    "not\nit\n##s\n\xe4\xb8\xad\nab";

enum {
    UNK = 1,
    CLS = 2,
    SEP = 3,
    MASK = 4
};

struct fixture {
    struct berth_tokenizer *tokenizer;
    struct berth_tokens tokens;
};

static struct berth_text text_of(const char *text)
{
    return (struct berth_text){.text = text, .text_len = strlen(text)};
}

/* Windows as text: ids separated by blanks, windows by '|', "*" before a
 * focus. */
static const char *show(const struct berth_tokens *tokens, char *buf,
                        size_t size)
{
    size_t used = 0;

    buf[0] = '\0';
    for (size_t w = 0; w < tokens->n_windows; w++) {
        const struct berth_window *window = &tokens->windows[w];

        for (size_t i = 0; i < window->n_tokens && used < size; i++)
            used += (size_t)snprintf(buf + used, size - used, "%s%s%d",
                                     i > 0 ? " " : (w > 0 ? "|" : ""),
                                     window->focus == i ? "*" : "",
                                     (int)tokens->ids[window->start + i]);
    }
    return buf;
}

static void check(struct fixture *f, const struct berth_text *text,
                  const struct berth_tokenize_options *options,
                  const char *want)
{
    struct berth_error err = {0};
    char found[512];
    bool ok = berth_tokenizer_encode(f->tokenizer, text, options, &f->tokens,
                                     &err) == BERTH_OK;

    CHECK(ok, "\"%.20s\": encode %s", text->text, err.message);
    EQUAL_TEXT(show(&f->tokens, found, sizeof(found)), want, "\"%.20s\": ids",
               text->text);
}

static void check_error(struct fixture *f, const struct berth_text *text,
                        const struct berth_tokenize_options *options,
                        const char *want)
{
    struct berth_error err = {0};

    EQUAL_INT(
        berth_tokenizer_encode(f->tokenizer, text, options, &f->tokens, &err),
        BERTH_ERR_ARGUMENT, "%s: status", err.message);
    EQUAL_TEXT(err.message, want, "%s: message", err.message);
}

static void check_plain(struct fixture *f)
{
    const struct berth_tokenize_options plain = {.plain = true};
    const struct berth_tokenize_options bare = {.no_special = true};
    struct berth_text text = text_of("a[MASK]b [SEP]");
    struct berth_text pair = {"a", 1, "b", 1, NULL, 0};
    struct berth_text empty = {NULL, 0, NULL, 0, NULL, 0};
    struct berth_text both = {"", 0, "", 0, NULL, 0};

    check(f, &text, NULL, "2 5 4 6 3 3");
    CHECK(!f->tokens.special[2], "special tokens: not special[2]");
    CHECK(!f->tokens.special[4], "special tokens: not special[4]");
    CHECK(f->tokens.special[0], "special tokens: special[0]");
    CHECK(f->tokens.special[5], "special tokens: special[5]");
    EQUAL_SIZE(f->tokens.n_full, 6, "the whole text: n_full");
    EQUAL_SIZE(f->tokens.n_unknown, 0, "the whole text: n_unknown");
    CHECK(!f->tokens.truncated, "the whole text: not truncated");
    check(f, &text, &plain, "2 5 1 1 1 6 1 1 1 3");
    CHECK(f->tokens.n_unknown == 6, "%zu unknown", f->tokens.n_unknown);
    check(f, &text, &bare, "5 4 6 3");
    check(f, &pair, NULL, "2 5 3 6 3");
    EQUAL_INT(f->tokens.type_ids[2], 0, "text B: type_ids[2]");
    EQUAL_INT(f->tokens.type_ids[3], 1, "text B: type_ids[3]");
    EQUAL_INT(f->tokens.type_ids[4], 1, "text B: type_ids[4]");
    EQUAL_SIZE(f->tokens.offsets[3].end, 1, "text B: offsets[3].end");
    EQUAL_INT(f->tokens.windows[0].focus, SIZE_MAX, "text B: windows[0].focus");
    EQUAL_SIZE(f->tokens.windows[0].n_prompt, 0, "text B: windows[0].n_prompt");
    check(f, &pair, &bare, "5 6");
    check(f, &empty, NULL, "2 3");
    check(f, &both, NULL, "2 3 3");
}

static bool span_is(const struct fixture *f, size_t i, size_t begin, size_t end)
{
    return f->tokens.offsets[i].begin == begin &&
           f->tokens.offsets[i].end == end;
}

/* Offsets count bytes of the original, whatever was dropped from it. */
static void check_bytes(struct fixture *f)
{
    struct berth_text text = {"\xff"
                              "a\0\xe4\xb8 \xe2\x80\x8b"
                              "ab\xed\xa0\x80"
                              "a \xe4\xb8\xad\xe4",
                              20,
                              NULL,
                              0,
                              NULL,
                              0};

    check(f, &text, NULL, "2 5 19 10 18 3");
    CHECK(span_is(f, 1, 1, 2), "bytes that are not UTF-8: span_is");
    CHECK(span_is(f, 2, 9, 11), "bytes that are not UTF-8: span_is");
    CHECK(span_is(f, 3, 14, 15), "bytes that are not UTF-8: span_is");
    CHECK(span_is(f, 4, 16, 19),
          "bytes that are cut off at the end are not counted");
}

static void check_prompt(struct fixture *f)
{
    struct berth_text text = {"b c", 3, NULL, 0, "a: ", 3};
    const struct berth_tokenize_options short_windows = {
        .max_tokens = 4, .overflow = BERTH_OVERFLOW_WINDOW};

    check(f, &text, NULL, "2 5 1 6 7 3");
    EQUAL_SIZE(f->tokens.windows[0].n_prompt, 3,
               "tokens of the prompt: windows[0].n_prompt");
    CHECK(span_is(f, 1, 0, 0), "tokens of the prompt: span_is");
    CHECK(span_is(f, 2, 0, 0), "tokens of the prompt: span_is");
    CHECK(span_is(f, 3, 0, 1), "tokens of the prompt: span_is");
    CHECK(span_is(f, 4, 2, 3), "tokens of the prompt: span_is");
    text = (struct berth_text){"b", 1, NULL, 0, "d a", 3};
    check(f, &text, NULL, "2 8 19 3");
    EQUAL_SIZE(f->tokens.windows[0].n_prompt, 3,
               "a token of prompt and text: windows[0].n_prompt");
    CHECK(span_is(f, 2, 0, 1), "a token of prompt and text: span_is");
    text = (struct berth_text){"b", 1, NULL, 0, "", 0};
    check(f, &text, NULL, "2 6 3");
    CHECK(f->tokens.windows[0].n_prompt == 0, "an empty prompt is none");
    text = (struct berth_text){"b", 1, NULL, 0, " ", 1};
    check(f, &text, NULL, "2 6 3");
    CHECK(f->tokens.windows[0].n_prompt == 1, "an empty one takes [CLS]");
    text = (struct berth_text){"d e d", 5, NULL, 0, "a b c ", 6};
    check(f, &text, &short_windows, "2 5 6 3|2 7 8 3|2 9 8 3");
    EQUAL_SIZE(f->tokens.windows[0].n_prompt, 3,
               "the prompt in each window: windows[0].n_prompt");
    EQUAL_SIZE(f->tokens.windows[1].n_prompt, 2,
               "the prompt in each window: windows[1].n_prompt");
    EQUAL_SIZE(f->tokens.windows[2].n_prompt, 1,
               "the prompt in each window: windows[2].n_prompt");
}

static void check_cut(struct fixture *f)
{
    struct berth_tokenize_options o = {.max_tokens = 5};
    struct berth_text text = text_of("a b c d e");
    struct berth_text pair = {"a b c d", 7, "e d c", 5, NULL, 0};

    check(f, &text, &o, "2 5 6 7 3");
    CHECK(f->tokens.truncated, "truncation is noted: truncated");
    EQUAL_SIZE(f->tokens.n_full, 7, "truncation is noted: n_full");
    o.overflow = BERTH_OVERFLOW_WINDOW;
    check(f, &text, &o, "2 5 6 7 3|2 8 9 3");
    CHECK(!f->tokens.truncated, "windows drop nothing");
    o.overlap = 2;
    check(f, &text, &o, "2 5 6 7 3|2 6 7 8 3|2 7 8 9 3");
    o.overlap = 3;
    check_error(f, &text, &o,
                "overlap: expected less than the 3 tokens that fit a window, "
                "found 3");
    o = (struct berth_tokenize_options){.max_tokens = 7};
    check(f, &pair, &o, "2 5 6 3 9 8 3");
    o.truncation = BERTH_TRUNCATE_FIRST;
    check(f, &pair, &o, "2 5 3 9 8 7 3");
    o.truncation = BERTH_TRUNCATE_SECOND;
    o.max_tokens = 8;
    check(f, &pair, &o, "2 5 6 7 8 3 9 3");
    o.max_tokens = 7;
    check_error(f, &pair, &o,
                "only the second text may be cut: expected more than 3 tokens "
                "in it, found 3");
    check_error(f,
                &(struct berth_text){.text = "a b c d e f",
                                     .text_len = sizeof("a b c d e f") - 1},
                &o,
                "only the second text may be cut: expected a pair, found one "
                "text");
    o = (struct berth_tokenize_options){.max_tokens = 7,
                                        .overflow = BERTH_OVERFLOW_WINDOW};
    check(f, &pair, &o, "2 5 6 3 9 8 3|2 7 8 3 9 8 3|2 7 8 3 7 3|2 5 6 3 7 3");
    o.max_tokens = 2;
    check_error(f, &text, &o,
                "max_tokens: expected more than the 2 special tokens, found 2");
    o.max_tokens = 3;
    check_error(f, &pair, &o,
                "max_tokens: expected more than the 3 special tokens, found 3");
    o.no_special = true;
    check(f, &pair, &o, "5 6 9|7 8 9|7 8 8|7 8 7|5 6 8|5 6 7");
}

static void check_masks(struct fixture *f)
{
    struct berth_tokenize_options o = {.max_tokens = 5,
                                       .overflow = BERTH_OVERFLOW_MASK};
    struct berth_text text = text_of("[MASK] a b c d [MASK] e a [MASK]");
    struct berth_text pair = {"a [MASK] b c", 12, "d e [MASK]", 10, NULL, 0};

    check(f, &text, &o, "2 *4 5 6 3|2 8 *4 9 3|2 9 5 *4 3");
    CHECK(!f->tokens.truncated, "a window for each mask: not truncated");
    EQUAL_SIZE(f->tokens.n_full, 11, "a window for each mask: n_full");
    o.max_tokens = 11;
    check(f, &text, &o, "2 4 5 6 7 8 4 9 5 4 3");
    CHECK(f->tokens.windows[0].focus == SIZE_MAX, "all fits: no focus");
    o.max_tokens = 4;
    check(f,
          &(struct berth_text){.text = "a b c d",
                               .text_len = sizeof("a b c d") - 1},
          &o, "2 5 6 3");
    CHECK(f->tokens.truncated, "without a mask the text is truncated");
    o.max_tokens = 7;
    check(f, &pair, &o, "2 5 *4 3 8 9 3|2 5 4 3 9 *4 3");
    o.plain = true;
    check(f,
          &(struct berth_text){.text = "[MASK] a b c d e",
                               .text_len = sizeof("[MASK] a b c d e") - 1},
          &o, "2 1 1 1 5 6 3");
}

/* n times "a ". */
static char *many(size_t n)
{
    char *text = malloc(2 * n);

    for (size_t i = 0; i < n; i++)
        memcpy(text + 2 * i, "a ", 2);
    return text;
}

/* What all windows hold is bounded, but never below 16 times the text. */
static void check_window_limit(struct fixture *f)
{
    const size_t n = 20000;
    char *text = many(n);
    struct berth_text pair = {text, 2 * n, text, 2 * n, NULL, 0};
    struct berth_text single = {text, 2 * n, NULL, 0, NULL, 0};
    struct berth_tokenize_options o = {.max_tokens = 43,
                                       .overflow = BERTH_OVERFLOW_WINDOW};
    struct berth_error err;

    check_error(f, &pair, &o,
                "windows: expected at most 97541 of 43 tokens, found 1000000; "
                "part the text, or let the windows overlap less");
    CHECK(f->tokens.n_windows == 0, "none of them is made");
    o.max_tokens = 1003;
    EQUAL_INT(berth_tokenizer_encode(f->tokenizer, &pair, &o, &f->tokens, &err),
              BERTH_OK, "fewer windows than wanted: status");
    EQUAL_SIZE(f->tokens.n_windows, 1600,
               "fewer windows than wanted: n_windows");
    o = (struct berth_tokenize_options){
        .max_tokens = 512, .overlap = 509, .overflow = BERTH_OVERFLOW_WINDOW};
    check_error(f, &single, &o,
                "windows: expected at most 8192 of 512 tokens, found 19491; "
                "part the text, or let the windows overlap less");
    for (size_t i = 0; i + 6 <= 2 * n; i += 6)
        memcpy(text + i, "[MASK]", 6);
    single.text_len = 6 * 6000;
    o = (struct berth_tokenize_options){.max_tokens = 1024,
                                        .overflow = BERTH_OVERFLOW_MASK};
    check_error(f, &single, &o,
                "windows: expected at most 4096 of 1024 tokens, found 6000; "
                "part the text, or let the windows overlap less");
    single.text_len = 6 * 4000;
    EQUAL_INT(
        berth_tokenizer_encode(f->tokenizer, &single, &o, &f->tokens, &err),
        BERTH_OK, "fewer masks, a window each: status");
    EQUAL_SIZE(f->tokens.n_windows, 4000,
               "fewer masks, a window each: n_windows");
    free(text);
}

/* A long text may hold more: the limit grows with it. */
static void check_long_windows(struct fixture *f)
{
    const size_t n = 600000;
    char *text = many(n);
    struct berth_text single = {text, 2 * n, NULL, 0, NULL, 0};
    struct berth_tokenize_options o = {
        .max_tokens = 18, .overlap = 14, .overflow = BERTH_OVERFLOW_WINDOW};
    struct berth_error err;

    EQUAL_INT(
        berth_tokenizer_encode(f->tokenizer, &single, &o, &f->tokens, &err),
        BERTH_OK, "%zu tokens in windows: status", f->tokens.n);
    CHECK(f->tokens.n > 5000000, "%zu tokens in windows: n > 5000000",
          f->tokens.n);
    free(text);
}

static void check_decode(struct fixture *f)
{
    static const struct {
        int32_t ids[6];
        size_t n;
        bool skip;
        const char *want;
    } cases[] = {
        {{0}, 0, false, ""},
        {{CLS, 5, 11, 12, SEP}, 5, false, "[CLS] ab. [SEP]"},
        {{CLS, 5, 11, 12, SEP}, 5, true, "ab."},
        {{10, 5, 10}, 3, false, "##a aa"}, /* the first keeps its ## */
        {{CLS, 10, 5}, 3, true, "##a a"},
        {{16, 13, 17}, 3, false, "it 's"},
        {{14, 15, MASK, UNK}, 4, false, "do not [MASK] [UNK]"},
        {{14, 15, MASK, UNK}, 4, true, "do not"},
    };
    struct berth_error err;
    char *text = NULL;
    size_t size = 0;

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        bool ok = berth_tokenizer_decode(f->tokenizer, 0, cases[i].ids,
                                         cases[i].n, cases[i].skip, &text,
                                         &size, NULL) == BERTH_OK &&
                  strcmp(text, cases[i].want) == 0 && size == strlen(text);

        CHECK(ok, "\"%s\" is decoded, found \"%s\"", cases[i].want, text);
        free(text);
    }
    EQUAL_INT(berth_tokenizer_decode(f->tokenizer, 0, &(int32_t){20}, 1, false,
                                     &text, &size, &err),
              BERTH_ERR_ARGUMENT, "%s: status", err.message);
    EQUAL_TEXT(err.message, "id: expected 0 to 19, found 20", "%s: message",
               err.message);
    CHECK(berth_tokenizer_decode(f->tokenizer, 0, &(int32_t){-1}, 1, false,
                                 &text, &size, NULL) == BERTH_ERR_ARGUMENT,
          "a negative id is refused");
    EQUAL_INT(berth_tokenizer_decode(f->tokenizer, 22,
                                     (const int32_t[]){5, 20, 21, 6}, 4, false,
                                     &text, &size, NULL),
              BERTH_OK, "an id without a token: status");
    EQUAL_TEXT(text, "a b", "an id without a token: text");
    free(text);
    EQUAL_TEXT(berth_tokenizer_text(f->tokenizer, MASK), "[MASK]",
               "tokens and ids: tokenizer_text");
    EQUAL_TEXT(berth_tokenizer_text(f->tokenizer, 20), "",
               "tokens and ids: tokenizer_text");
    EQUAL_INT(berth_tokenizer_id(f->tokenizer, "##a", 3), 10,
              "tokens and ids: tokenizer_id of '##a'");
    EQUAL_INT(berth_tokenizer_id(f->tokenizer, "x", 1), -1,
              "tokens and ids: tokenizer_id of 'x'");
}

/* Reused memory gives what fresh memory gives. */
static void check_reuse(struct fixture *f)
{
    enum {
        LONG = 100000
    };
    char *text = malloc(LONG);
    struct berth_text in = {text, LONG, NULL, 0, NULL, 0};
    void *memory = f->tokens.memory;

    memset(text, 'a', LONG);
    for (size_t i = 1; i < LONG; i += 2)
        text[i] = ' ';
    EQUAL_INT(berth_tokenizer_encode(f->tokenizer, &in, NULL, &f->tokens, NULL),
              BERTH_OK, "a long text after short ones: status");
    EQUAL_SIZE(f->tokens.n, LONG / 2 + 2, "a long text after short ones: n");
    CHECK(f->tokens.memory == memory, "a long text after short ones: memory");
    check(f, &(struct berth_text){.text = "a b", .text_len = sizeof("a b") - 1},
          NULL, "2 5 6 3");
    memset(text, 'b', LONG);
    check(f, &in, NULL, "2 1 3");
    free(text);
    berth_tokens_free(&f->tokens);
    CHECK(f->tokens.memory == NULL && f->tokens.ids == NULL, "all is freed");
    check(f, &(struct berth_text){.text = "a b", .text_len = sizeof("a b") - 1},
          NULL, "2 5 6 3");
}

int main(void)
{
    struct fixture f = {0};
    struct berth_error err = {0};
    json_t *files = json_object();

    CHECK(rows_open(files, vocabulary, sizeof(vocabulary) - 1, false, NULL,
                    &f.tokenizer, &err) == BERTH_OK,
          "a tokenizer opens %s", err.message);
    json_decref(files);
    if (f.tokenizer != NULL) {
        check_plain(&f);
        check_bytes(&f);
        check_prompt(&f);
        check_cut(&f);
        check_masks(&f);
        check_window_limit(&f);
        check_long_windows(&f);
        check_decode(&f);
        check_reuse(&f);
    }
    berth_tokens_free(&f.tokens);
    berth_tokenizer_close(f.tokenizer);
    return tap_done();
}
