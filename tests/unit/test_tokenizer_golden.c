/*
 * test_tokenizer_golden.c - the tokenizer against the reference values of
 * golden/tokenizer, and every code point against codepoints.tsv.
 *
 * Needs $BERTH_REFERENCE, the folder with golden/ and data/.
 */
#include "tests/tokenizer/rows.h"
#include "tokenizer/normalizers/bert.h"
#include "tokenizer/splitters/bert.h"
#include "tokenizer/unicode/utf8.h"

#include <inttypes.h>
#include <zlib.h>

enum {
    PATH_MAX_BYTES = 1024,
    LINE_MAX_BYTES = 1 << 20
};

static const char *reference;

static const char *path_of(char *buf, const char *format, const char *name)
{
    char inside[PATH_MAX_BYTES / 2];

    snprintf(inside, sizeof(inside), "%s/%s.%s", format, name,
             strcmp(format, "data/vocabs") == 0 ? "vocab.txt" : "jsonl.gz");
    snprintf(buf, PATH_MAX_BYTES, "%s/%s", reference, inside);
    return buf;
}

/* A tokenizer over a vocabulary of data/vocabs. */
static struct berth_tokenizer *open_vocab(const char *name, bool lower,
                                          bool left)
{
    struct berth_tokenizer *tokenizer = NULL;
    struct berth_error err = {0};
    char path[PATH_MAX_BYTES];
    size_t n;
    char *vocab = rows_read_file(path_of(path, "data/vocabs", name), &n);
    json_t *files =
        json_pack("{s:{s:b,s:s}}", "tokenizer_config.json", "do_lower_case",
                  lower, "truncation_side", left ? "left" : "right");

    CHECK(vocab != NULL, "%s opens %s: vocabulary read", name, err.message);
    EQUAL_INT(rows_open(files, vocab, n, false, NULL, &tokenizer, &err),
              BERTH_OK, "%s opens %s: status", name, err.message);
    json_decref(files);
    free(vocab);
    return tokenizer;
}

/* Calls test for each row of a gzipped file; counts those that fail. */
static void each_row(const char *name,
                     bool (*test)(const json_t *row, void *data), void *data)
{
    char path[PATH_MAX_BYTES];
    gzFile f = gzopen(path_of(path, "golden/tokenizer", name), "rb");
    char *line = malloc(LINE_MAX_BYTES);
    size_t n = 0, bad = 0;

    while (f != NULL && line != NULL && gzgets(f, line, LINE_MAX_BYTES)) {
        json_t *row = json_loadb(line, strlen(line), JSON_ALLOW_NUL, NULL);

        n++;
        if (!test(row, data) && bad++ < 5)
            printf("# %s line %zu differs\n", name, n);
        json_decref(row);
    }
    CHECK(n > 0, "%s: %zu of %zu rows differ: there are rows", name, bad, n);
    EQUAL_INT(bad, 0, "%s: %zu of %zu rows differ: none", name, bad, n);
    if (f != NULL)
        gzclose(f);
    free(line);
}

struct running {
    struct berth_tokenizer *tokenizer;
    struct berth_tokens tokens;
};

static bool same_tokens(const json_t *row, void *data)
{
    struct running *r = data;
    struct berth_text text = rows_text(row, "text", "pair");

    return berth_tokenizer_encode(r->tokenizer, &text, NULL, &r->tokens,
                                  NULL) == BERTH_OK &&
           rows_same_window(row, &r->tokens, 0);
}

static void check_texts(const char *name, bool lower)
{
    struct running r = {.tokenizer = open_vocab(name, lower, false)};

    if (r.tokenizer != NULL)
        each_row(name, same_tokens, &r);
    berth_tokens_free(&r.tokens);
    berth_tokenizer_close(r.tokenizer);
}

/* The same rows through a tokenizer.json. */
static void check_json(void)
{
    struct running r = {0};
    struct berth_error err = {0};
    char path[PATH_MAX_BYTES];
    size_t n;
    char *text;
    json_t *files;

    snprintf(path, sizeof(path),
             "%s/data/vocabs/all-MiniLM-L6-v2.tokenizer.json", reference);
    text = rows_read_file(path, &n);
    files = json_pack("{s:s%}", "tokenizer.json", text, n);
    if (CHECK(rows_open(files, NULL, 0, false, NULL, &r.tokenizer, &err) ==
                  BERTH_OK,
              "%s opens %s", path, err.message))
        each_row("bert-base-uncased", same_tokens, &r);
    json_decref(files);
    free(text);
    berth_tokens_free(&r.tokens);
    berth_tokenizer_close(r.tokenizer);
}

/* Both sides: right and left. */
struct cutting {
    struct berth_tokenizer *tokenizers[2];
    struct berth_tokens tokens;
};

static bool same_windows(const json_t *row, void *data)
{
    struct cutting *c = data;
    bool left =
        strcmp(json_string_value(json_object_get(row, "side")), "left") == 0;
    struct berth_text text = rows_text(row, "a", "b");
    struct berth_tokenize_options options = {
        .max_tokens =
            (size_t)json_integer_value(json_object_get(row, "max_length")),
        .overlap = (size_t)json_integer_value(json_object_get(row, "stride")),
        .truncation = rows_truncation(
            json_string_value(json_object_get(row, "strategy")))};

    return rows_check_windows(c->tokenizers[left], row, &text, &options,
                              &c->tokens);
}

static void check_windows(void)
{
    struct cutting c = {{open_vocab("bert-base-uncased", true, false),
                         open_vocab("bert-base-uncased", true, true)},
                        {0}};

    if (c.tokenizers[0] != NULL && c.tokenizers[1] != NULL)
        each_row("truncation.bert-base-uncased", same_windows, &c);
    berth_tokens_free(&c.tokens);
    berth_tokenizer_close(c.tokenizers[0]);
    berth_tokenizer_close(c.tokenizers[1]);
}

static bool same_decoded(const struct berth_tokenizer *tokenizer,
                         const json_t *row, bool skip)
{
    const json_t *list = json_object_get(row, "ids");
    const json_t *want =
        json_object_get(row, skip ? "decode_skip_special" : "decode");
    size_t n = json_array_size(list), size = 0;
    int32_t *ids = calloc(n + 1, sizeof(*ids));
    char *text = NULL;
    bool ok;

    for (size_t i = 0; i < n; i++)
        ids[i] = (int32_t)json_integer_value(json_array_get(list, i));
    ok = berth_tokenizer_decode(tokenizer, 0, ids, n, skip, &text, &size,
                                NULL) == BERTH_OK &&
         size == json_string_length(want) &&
         memcmp(text, json_string_value(want), size) == 0;
    free(text);
    free(ids);
    return ok;
}

static void check_decode(void)
{
    struct berth_tokenizer *uncased =
        open_vocab("bert-base-uncased", true, false);
    struct berth_tokenizer *cased = open_vocab("bert-base-cased", false, false);
    char path[PATH_MAX_BYTES];
    char *text;
    size_t n, line = 0;

    snprintf(path, sizeof(path), "%s/golden/tokenizer/decode.jsonl", reference);
    text = rows_read_file(path, &n);
    for (char *at = text; at != NULL && at < text + n; line++) {
        char *end = strchr(at, '\n');
        json_t *row = json_loadb(at, (size_t)(end - at), JSON_ALLOW_NUL, NULL);
        const char *vocab = json_string_value(json_object_get(row, "vocab"));
        const struct berth_tokenizer *t =
            strcmp(vocab, "bert-base-cased") == 0 ? cased : uncased;

        CHECK(same_decoded(t, row, false) && same_decoded(t, row, true),
              "decode.jsonl line %zu", line + 1);
        json_decref(row);
        at = end + 1;
    }
    CHECK(line > 0, "decode.jsonl has rows");
    free(text);
    berth_tokenizer_close(uncased);
    berth_tokenizer_close(cased);
}

/* What a code point becomes, as a row of codepoints.tsv says. */
struct wanted {
    char out[64];
    char split[32];
    int pad;
};

/* The characters that cp should become, in UTF-8. */
static size_t wanted_text(const struct wanted *w, uint32_t cp, char *out)
{
    uint32_t s = cp - 0xac00;
    size_t n = 0;
    char *end;

    if (strcmp(w->out, "drop") == 0)
        return 0;
    if (strcmp(w->out, "space") == 0)
        return berth_utf8_encode(' ', out);
    if (strcmp(w->out, "same") == 0)
        return berth_utf8_encode(cp, out);
    if (w->out[0] == '+' || w->out[0] == '-')
        return berth_utf8_encode(cp + (uint32_t)strtol(w->out, NULL, 10), out);
    if (strcmp(w->out, "hangul") == 0) {
        n = berth_utf8_encode(0x1100 + s / 588, out);
        n += berth_utf8_encode(0x1161 + s % 588 / 28, out + n);
        return s % 28 == 0 ? n
                           : n + berth_utf8_encode(0x11a7 + s % 28, out + n);
    }
    for (const char *at = w->out; *at != '\0'; at = end)
        n += berth_utf8_encode((uint32_t)strtoul(at, &end, 16), out + n);
    return n;
}

/* How bytes "a" out "a" must be split: words separated by '|'. */
static size_t wanted_words(const struct wanted *w, const char *text, size_t n,
                           char *out)
{
    size_t size, at = 0, k = 0;
    uint32_t cp;

    out[at++] = 'a';
    for (size_t i = 0; i < n; i += size, k++) {
        bool alone = w->pad || w->split[k] == '1';

        size = berth_utf8_decode((const unsigned char *)text + i, n - i, &cp);
        if (cp == ' ') {
            out[at++] = '|';
            continue;
        }
        if (alone && out[at - 1] != '|')
            out[at++] = '|';
        memcpy(out + at, text + i, size);
        at += size;
        if (alone)
            out[at++] = '|';
        if (strcmp(w->out, "hangul") == 0)
            k = 0 - (size_t)1;
    }
    out[at++] = 'a';
    return at;
}

static bool same_code_point(const struct berth_normalizer *normalizer,
                            struct berth_flow *got, uint32_t cp,
                            const struct wanted *w)
{
    const struct berth_splitter splitter = berth_bert_splitter();
    char text[8] = "a", want[64], words[96], found[96];
    size_t n = 1, n_want, n_words, n_found = 0;

    n += berth_utf8_encode(cp, text + n);
    text[n++] = 'a';
    n_want = wanted_text(w, cp, want);
    n_words = wanted_words(w, want, n_want, words);
    got->n_words = 0;
    if (!normalizer->run(normalizer->self, text, 0, n, got) ||
        !splitter.run(splitter.self, 0, got->n, got) ||
        got->n != n_want + 2 + 2 * (size_t)w->pad ||
        memcmp(got->bytes + 1 + w->pad, want, n_want) != 0)
        return false;
    for (size_t i = 0; i < got->n_words; i++) {
        size_t begin = got->words[i].begin, end = got->words[i].end;

        if (n_found > 0)
            found[n_found++] = '|';
        memcpy(found + n_found, got->bytes + begin, end - begin);
        n_found += end - begin;
    }
    return n_found == n_words && memcmp(found, words, n_words) == 0;
}

/* Mode, first, last, out, pad and split, separated by TABs. */
static bool read_wanted(const char *line, uint32_t *first, uint32_t *last,
                        struct wanted *w)
{
    const char *field[6] = {line};
    size_t size[6] = {0};

    for (size_t i = 0; i < 6; i++) {
        size[i] = strcspn(field[i], "\t\n");
        if (i < 5 && field[i][size[i]] != '\t')
            return false;
        if (i < 5)
            field[i + 1] = field[i] + size[i] + 1;
    }
    *first = (uint32_t)strtoul(field[1], NULL, 16);
    *last = (uint32_t)strtoul(field[2], NULL, 16);
    snprintf(w->out, sizeof(w->out), "%.*s", (int)size[3], field[3]);
    snprintf(w->split, sizeof(w->split), "%.*s", (int)size[5], field[5]);
    w->pad = field[4][0] == '1';
    return true;
}

static void check_code_points(void)
{
    const struct berth_bert_rules rules[2] = {{.clean = true, .chinese = true},
                                              {.clean = true,
                                               .chinese = true,
                                               .strip_accents = true,
                                               .lowercase = true}};
    struct berth_normalizer forms[2] = {{0}};
    struct berth_flow got = {0};
    char path[PATH_MAX_BYTES], *line = NULL;
    size_t capacity = 0, n = 0, bad = 0;
    bool ok;
    FILE *f;

    snprintf(path, sizeof(path), "%s/golden/tokenizer/codepoints.tsv",
             reference);
    f = fopen(path, "r");
    ok = berth_bert_normalizer(&rules[0], &forms[0]) &&
         berth_bert_normalizer(&rules[1], &forms[1]);
    while (ok && f != NULL && getline(&line, &capacity, f) > 0) {
        uint32_t first, last;
        struct wanted w;
        bool uncased = line[0] == 'u';

        if (line[0] == '#')
            continue;
        if (!read_wanted(line, &first, &last, &w)) {
            CHECK(false, "codepoints.tsv has a line %s", line);
            break;
        }
        for (uint32_t cp = first; cp <= last; cp++) {
            if (cp >= 0xd800 && cp <= 0xdfff)
                continue;
            n++;
            if (!same_code_point(&forms[uncased], &got, cp, &w) && bad++ < 20)
                printf("# %s U+%04" PRIX32 " is not %s\n",
                       uncased ? "uncased" : "cased", cp, w.out);
        }
    }
    EQUAL_SIZE(n, 2 * (0x110000 - 0x800),
               "codepoints.tsv: %zu of %zu code points differ: all were read",
               bad, n);
    EQUAL_INT(bad, 0, "codepoints.tsv: %zu of %zu code points differ: none",
              bad, n);
    if (f != NULL)
        fclose(f);
    free(line);
    berth_flow_free(&got);
    free(forms[0].self);
    free(forms[1].self);
}

int main(void)
{
    reference = getenv("BERTH_REFERENCE");
    if (reference == NULL) {
        SKIP("BERTH_REFERENCE is not set");
        return tap_done();
    }
    check_code_points();
    check_texts("bert-base-uncased", true);
    check_texts("bert-base-cased", false);
    check_texts("bert-base-chinese", false);
    check_texts("bert-base-multilingual-cased", false);
    check_json();
    check_windows();
    check_decode();
    return tap_done();
}
