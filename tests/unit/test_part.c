/*
 * test_part.c - the parts of --shard: whatever the texts and the number of
 * parts are, all parts together give the records of the whole, each once, with
 * the same number and line.
 */
#include <stdlib.h>
#include <zlib.h>

#include "cli/input/input.h"
#include "tests/messages.h"
#include "tests/scratch.h"
#include "tests/tap.h"

enum {
    FILES = 3,
    SIZE = 4096
};

static struct scratch scratch;
static char paths[FILES][SCRATCH_PATH + 256];
static char *files[FILES] = {paths[0], paths[1], paths[2]};
static uint32_t state = 1;

static uint32_t any(uint32_t n)
{
    state = state * 1664525 + 1013904223;
    return (state >> 16) % n;
}

/* All records of these options, one a line. */
static void put_records(const struct input_options *o, FILE *to)
{
    static const struct source_wait no_wait = {NULL, NULL, -1};
    struct input *in = input_open(o, &no_wait);
    struct record r;

    while (in != NULL && input_next(in, &r)) {
        fprintf(to, "%zu %s:%zu ", r.index, r.file, r.line);
        if (r.error != NULL)
            fprintf(to, "!%s", r.error);
        else
            fwrite(r.text.data, 1, r.text.size, to);
        if (r.span.last_line > 0)
            fprintf(to, " %zu %zu %zu", r.span.last_line, (size_t)r.span.begin,
                    (size_t)r.span.end);
        fputc('\n', to);
    }
    input_close(in);
}

/* The same out of n parts; NULL: one was not found. */
static char *of_parts(struct input_options o, size_t n)
{
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    bool ok = true;

    for (size_t k = 1; ok && k <= n; k++) {
        o.part = (struct input_part){.k = k, .n = n};
        ok = part_find(&o);
        if (ok)
            put_records(&o, to);
        part_free(&o.part);
    }
    fclose(to);
    if (ok)
        return text;
    free(text);
    return NULL;
}

static char *of_all(const struct input_options *o)
{
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);

    put_records(o, to);
    fclose(to);
    return text;
}

/* Pieces of texts in which cuts are likely to go wrong. */
static size_t make_text(char *to)
{
    static const char *const pieces[] = {
        "\n",  "\n",       "\n\n", "\r\n",     "a",      "bc\n",
        "\"",  "\"x\ny\"", ",",    "\"a\"\n",  "[",      "]",
        "{}",  "\t",       " ",    "\"b\"\n",  "1\n",    "\xc3\xa4",
        "\\n", "\xe2\x82", "d\n",  "a b c d ", "\"\"\n", "\xef\xbb\xbf"};
    size_t n = any(4) == 0 ? 0 : any(60), size = 0;

    if (any(4) == 0)
        size += (size_t)sprintf(to, "\xef\xbb\xbf");
    for (size_t i = 0; i < n; i++)
        size += (size_t)snprintf(to + size, SIZE - size, "%s",
                                 pieces[any(sizeof(pieces) / sizeof(*pieces))]);
    return size;
}

static bool write_text(int i, const char *text, size_t size)
{
    char name[8] = {'f', (char)('0' + i), '\0'};

    scratch_name(&scratch, name, paths[i]);
    if (any(4) > 0)
        return scratch_write(&scratch, name, text, size);
    gzFile gz = gzopen(paths[i], "wb");
    bool ok = gz != NULL && gzwrite(gz, text, (unsigned)size) == (int)size;

    return gzclose(gz) == Z_OK && ok;
}

static void test_format(const char *title, struct input_options o)
{
    char text[SIZE];
    size_t bad = 0, n_records = 0;

    o.files = files;
    o.n_files = FILES;
    o.max_record = 40;
    for (int k = 0; k < 200; k++) {
        for (int i = 0; i < FILES; i++)
            bad += !write_text(i, text, make_text(text));
        size_t n = 1 + any(12);
        char *whole = of_all(&o), *parts = of_parts(o, n);

        for (const char *p = whole; *p != '\0'; p++)
            n_records += *p == '\n';
        if (parts == NULL || strcmp(whole, parts) != 0) {
            bad++;
            printf("# %zu parts: %s# whole: %s", n,
                   parts != NULL ? parts : "none\n", whole);
        }
        free(whole);
        free(parts);
    }
    EQUAL_SIZE(bad, 0, "%s: the parts are the whole", title);
    CHECK(n_records > 300, "%s: there are records", title);
}

static void test_formats(void)
{
    const char *one[] = {"1"};
    const struct text_list first = {one, 1};

    test_format("lines", (struct input_options){.format = INPUT_LINES});
    test_format("paragraphs",
                (struct input_options){.format = INPUT_PARAGRAPH});
    test_format("joined lines", (struct input_options){.format = INPUT_LINES,
                                                       .join_lines = 3,
                                                       .join_step = 2});
    test_format("files", (struct input_options){.format = INPUT_FILE});
    test_format("csv", (struct input_options){.format = INPUT_CSV,
                                              .headerless = true,
                                              .field = first});
    test_format("csv with a header",
                (struct input_options){.format = INPUT_CSV, .field = first});
    test_format("tsv",
                (struct input_options){.format = INPUT_TSV, .field = first});
    test_format("jsonl", (struct input_options){.format = INPUT_JSONL});
    test_format("json", (struct input_options){.format = INPUT_JSON});
}

/* NUL ends these; UTF-16 has places of its own. */
static void test_encodings(void)
{
    struct input_options o = {
        .files = files, .n_files = 1, .format = INPUT_LINES, .max_record = 100};
    static const char utf16[] = "\xff\xfe"
                                "a\0\n\0\xe4\0b\0\r\0\n\0c";
    static const char null[] = "a\n\0\0b\0cd";

    for (size_t n = 1; n < 12; n++) {
        o.null = false;
        scratch_write(&scratch, "f0", utf16, sizeof(utf16));
        char *whole = of_all(&o), *parts = of_parts(o, n);

        EQUAL_TEXT(parts, whole, "UTF-16 in %zu parts", n);
        free(whole);
        free(parts);
        o.null = true;
        scratch_write(&scratch, "f0", null, sizeof(null));
        whole = of_all(&o), parts = of_parts(o, n);
        EQUAL_TEXT(parts, whole, "NUL in %zu parts", n);
        free(whole);
        free(parts);
    }
}

/* A line that begins where a part does is its first. */
static void test_places(void)
{
    struct input_options o = {.files = files,
                              .n_files = 1,
                              .format = INPUT_LINES,
                              .max_record = 100,
                              .part = {.k = 2, .n = 2}};

    scratch_write(&scratch, "f0", "a\nb\nc\nd\n", 8);
    CHECK(part_find(&o), "two parts");
    EQUAL_SIZE(o.part.from, 4, "the second begins in the middle");
    char *text = of_all(&o);

    CHECK(strstr(text, "2 ") == text && strstr(text, ":3 c\n3 ") != NULL,
          "with the third line");
    free(text);
    part_free(&o.part);
}

static void test_words(void)
{
    struct input_part o;

    CHECK(part_read("1/1", &o) && o.k == 1 && o.n == 1, "1/1");
    CHECK(part_read("07/1000000000", &o) && o.k == 7, "many");
    CHECK(!part_read("0/1", &o) && !part_read("2/1", &o) &&
              !part_read("1", &o) && !part_read("/", &o) &&
              !part_read("1/2x", &o) && !part_read("1/", &o) &&
              !part_read("1/1000000001", &o) && !part_read("-1/2", &o) &&
              !part_read("99999999999999999999/99999999999999999999", &o),
          "what is no K/N");
}

int main(void)
{
    if (!scratch_make(&scratch))
        return 1;
    test_words();
    for (int i = 0; i < FILES; i++)
        write_text(i, "", 0);
    test_places();
    test_encodings();
    messages_begin(); /* of texts that are no csv, no JSON */
    test_formats();
    messages_end();
    scratch_remove(&scratch);
    return tap_done();
}
