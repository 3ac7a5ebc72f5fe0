/*
 * test_input.c - records out of every format, in blocks of any size, and what
 * is said of those that are broken.
 */
#include <pthread.h>
#include <stdlib.h>
#include <zlib.h>

#include "cli/input/input.h"
#include "tests/scratch.h"
#include "tests/tap.h"

static struct scratch scratch;
static const struct source_wait no_wait = {NULL, NULL, -1};

/* All records as "INDEX:LINE text|pair{id}" or "INDEX:LINE !error", each with a
 * ';' after it; control characters as '.'. */
static const char *all(const struct input_options *options)
{
    static char out[4096];
    struct input *in = input_open(options, &no_wait);
    struct record r;
    size_t n = 0;

    out[0] = '\0';
    while (in != NULL && input_next(in, &r) && n < sizeof(out) - 512) {
        char *p = out + n;
        size_t room = sizeof(out) - n;

        n += (size_t)snprintf(p, room, "%zu:%zu ", r.index, r.line);
        if (r.error != NULL)
            n += (size_t)snprintf(out + n, sizeof(out) - n, "!%s", r.error);
        else
            n += (size_t)snprintf(out + n, sizeof(out) - n, "%.*s",
                                  (int)r.text.size, r.text.data);
        if (r.has_pair)
            n += (size_t)snprintf(out + n, sizeof(out) - n, "|%.*s",
                                  (int)r.pair.size, r.pair.data);
        for (size_t i = 0; i < options->id.n; i++)
            n += (size_t)snprintf(out + n, sizeof(out) - n, "{%.*s}",
                                  (int)r.ids[i].size, r.ids[i].data);
        n += (size_t)snprintf(out + n, sizeof(out) - n, ";");
    }
    input_close(in);
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)out[i] < ' ')
            out[i] = '.';
    return out;
}

/* The records of one file with this content. */
static const char *records(struct input_options options, const char *content,
                           size_t size)
{
    char path[SCRATCH_PATH + 256];
    char *files[] = {path};

    scratch_name(&scratch, "file", path);
    if (!scratch_write(&scratch, "file", content, size))
        return "cannot write";
    options.files = files;
    options.n_files = 1;
    if (options.max_record == 0)
        options.max_record = 1000000;
    return all(&options);
}

static void expect(struct input_options options, const char *content,
                   const char *want)
{
    const char *got = records(options, content, strlen(content));

    if (!CHECK(strcmp(got, want) == 0, "%s", want))
        printf("# got: %s\n", got);
}

static void test_lines(void)
{
    struct input_options o = {.format = INPUT_LINES};
    struct input_options pair = {.format = INPUT_LINES, .pair = true};
    struct input_options null = {.format = INPUT_LINES, .null = true};
    struct input_options small = {.format = INPUT_LINES, .max_record = 3};

    expect(o, "", "");
    expect(o, "a", "0:1 a;");
    expect(o, "a\n\r\nb\r\n", "0:1 a;1:2 ;2:3 b;");
    expect(o, "\xef\xbb\xbfq\xef\xbb\xbf", "0:1 q\xef\xbb\xbf;");
    expect(o, "\xef\xbb", "0:1 \xef\xbb;");
    expect(o, "\x1f", "0:1 .;");
    expect(pair, "a\tb\n", "0:1 a|b;");
    expect(pair, "\t\n", "0:1 |;");
    expect(pair, "a\n", "0:1 !no TAB parts text A from text B;");
    expect(small, "abcd\nabc\nabcdefgh",
           "0:1 !the record is longer than 3 bytes (--max-record);1:2 abc;"
           "2:3 !the record is longer than 3 bytes (--max-record);");
    CHECK(strcmp(records(null, "a\r\n\0b\0", 6), "0:1 a..;1:2 b;") == 0,
          "NUL ends a record, CR and LF are its bytes");
}

static void test_csv(void)
{
    const char *t[] = {"t"}, *two[] = {"2", "1"}, *id[] = {"i"};
    struct input_options o = {.format = INPUT_CSV, .field = {t, 1}};
    struct input_options ids = {
        .format = INPUT_CSV, .field = {t, 1}, .id = {id, 1}};
    struct input_options bare = {
        .format = INPUT_CSV, .headerless = true, .field = {two, 2}};

    expect(o, "t\n\"a\"\"b,\nc\"\nd\n", "0:2 a\"b,.c;1:4 d;");
    expect(o, "t\r\n\"a\r\nb\"\r\n\r\n", "0:2 a..b;1:4 ;");
    expect(ids, "i,t\r\n1,a\r\n,\r\n\r\n2,b", "0:2 a{1};1:3 {};2:5 b{2};");
    expect(ids, "i,t\n\"x\"y,a\n1,\"a\" b\n1,a\"b\n",
           "0:2 !text behind the closing quote of a field{};"
           "1:3 !text behind the closing quote of a field{};2:4 a\"b{1};");
    expect(ids, "i,t\n1\n1,2,3\n",
           "0:2 !1 field where the header has 2{};"
           "1:3 !3 fields where the header has 2{};");
    expect(ids, "i,t\n1,\"open\n\n",
           "0:2 !a quote that opens a field is "
           "never closed{};");
    expect(bare, "a,b\n\nc\n", "0:1 b|a;1:3 !no field 2: the record has 1;");
    o.max_record = 8;
    expect(o, "t\n\"aaaa\nbbbb\ncccc\"\nd\n",
           "0:2 !the record is longer than --max-record allows;"
           "1:5 d;");
    expect(o, "u\nx\n", "");
    expect(o, "", "");
}

static void test_tsv(void)
{
    const char *t[] = {"t\tt"}, *id[] = {"i"};
    struct input_options o = {
        .format = INPUT_TSV, .field = {t, 1}, .id = {id, 1}};

    expect(o, "i\tt\\tt\n\"1\ta\\nb\\\\n\\\r\n", "0:2 a.b\\n\\{\"1};");
    expect(o, "i\tt\\tt\nx\n", "0:2 !1 field where the header has 2{};");
}

static void test_jsonl(void)
{
    const char *t[] = {"t", "u"}, *id[] = {"i"};
    struct input_options o = {
        .format = INPUT_JSONL, .field = {t, 1}, .id = {id, 1}};
    struct input_options pair = {.format = INPUT_JSONL, .field = {t, 2}};

    expect(o, "{\"t\":\"a\\tb\",\"i\":-7}\n \r\n{\"t\":\"\"}",
           "0:1 a.b{-7};1:3 {};");
    expect(o, "{\"t\":\"a\",\"i\":0.1}\n{\"t\":\"a\",\"i\":{\"k\":[true]}}\n",
           "0:1 a{0.1};1:2 a{{\"k\":[true]}};");
    expect(o, "{\"t\":\"a\",\"i\":99999999999999999999}\n",
           "0:1 a{99999999999999999999};");
    expect(o, "{\"t\":1,\"i\":\"x\"}\n",
           "0:1 !the value of 't' is not a "
           "string{x};");
    expect(pair, "{\"t\":\"a\",\"u\":\"b\"}\n", "0:1 a|b;");
    expect(o, "{\"t\":\"\\udc00\",\"i\":1}\n",
           "0:1 !the value of 't' has half of a surrogate pair{1};");
    expect(o, "{\"t\":\"\xff\"}\n", "0:1 !the value of 't' is not UTF-8{};");
    expect(o, "{\"t\":\"a\",\"i\":\"\\ud800\"}\n",
           "0:1 !the value of 'i' has half of a surrogate pair{};");
    expect(o, "{\"t\":\"\\ta\",\"i\":\"\\nb\"}\n", "0:1 .a{.b};");
}

static void test_whole(void)
{
    struct input_options o = {.format = INPUT_FILE};

    expect(o, "a\nb\n", "0:1 a.b.;");
    expect(o, "", "0:1 ;");
    o.max_record = 2;
    expect(o, "abc", "0:1 !the record is longer than 2 bytes (--max-record);");
}

/* A pipe that gives its bytes a few at a time. */
struct drip {
    int fd;
    const char *data;
    size_t size;
    size_t step;
};

static void *drip_main(void *arg)
{
    const struct drip *d = arg;

    for (size_t i = 0; i < d->size;) {
        size_t n = d->size - i < d->step ? d->size - i : d->step;

        if (write(d->fd, d->data + i, n) != (ssize_t)n)
            break;
        i += n;
        usleep(100);
    }
    close(d->fd);
    return NULL;
}

static const char *dripped(struct input_options o, const char *data,
                           size_t size, size_t step)
{
    char path[64], *files[] = {path};
    const char *got = "no pipe";
    pthread_t thread;
    int fds[2];

    if (pipe(fds) != 0)
        return got;
    struct drip d = {fds[1], data, size, step};

    snprintf(path, sizeof(path), "/dev/fd/%d", fds[0]);
    o.files = files;
    o.n_files = 1;
    o.max_record = 1000000;
    if (pthread_create(&thread, NULL, drip_main, &d) == 0) {
        /* Opening the name again leaves this end, too: close() ends it. */
        got = all(&o);
        pthread_join(thread, NULL);
    }
    close(fds[0]);
    return got;
}

/* Gzip of data; the size is out. */
static size_t pack(const char *data, size_t size, unsigned char *to,
                   size_t room)
{
    z_stream z = {0};

    deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    z.next_in = (unsigned char *)(uintptr_t)data;
    z.avail_in = (uInt)size;
    z.next_out = to;
    z.avail_out = (uInt)room;
    deflate(&z, Z_FINISH);
    deflateEnd(&z);
    return z.total_out;
}

static void test_steps(void)
{
    static const char text[] = "\xef\xbb\xbft,i\r\n\"a\n\"\"b\",1\r\nc,2\n";
    const char *t[] = {"t"}, *id[] = {"i"};
    struct input_options o = {
        .format = INPUT_CSV, .field = {t, 1}, .id = {id, 1}};
    size_t size = sizeof(text) - 1, n_wide = 0;
    unsigned char packed[256], packed_wide[256];
    char wide[2 * sizeof(text)];

    wide[n_wide++] = '\xff';
    wide[n_wide++] = '\xfe';
    for (size_t i = 3; i < size; i++) {
        wide[n_wide++] = text[i];
        wide[n_wide++] = '\0';
    }
    size_t n_packed = pack(text, size, packed, sizeof(packed));
    size_t n_both = pack(wide, n_wide, packed_wide, sizeof(packed_wide));
    const struct {
        const char *name;
        const char *data;
        size_t size;
    } forms[] = {{"csv", text, size},
                 {"gzip", (char *)packed, n_packed},
                 {"UTF-16", wide, n_wide},
                 {"gzip of UTF-16", (char *)packed_wide, n_both}};

    for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++)
        for (size_t step = 1; step < 8; step++)
            CHECK(strcmp(dripped(o, forms[i].data, forms[i].size, step),
                         "0:2 a.\"b{1};1:4 c{2};") == 0,
                  "%s in steps of %zu bytes", forms[i].name, step);
}

/* Values that begin, end and are parted anywhere between two reads. */
static void test_json_steps(void)
{
    static const char text[] =
        "[ {\"t\":\"a]\\\"\",\"i\":[1,\n{}]},\n7 ,{\"t\":\"b\"}\n, x,[2]]"
        "{\"t\":\"c\"}\n\n{\"t\":\"d\"}";
    const char *t[] = {"t"}, *id[] = {"/i/0"};
    struct input_options o = {
        .format = INPUT_JSON, .field = {t, 1}, .id = {id, 1}};

    for (size_t step = 1; step < 8; step++)
        CHECK(strcmp(dripped(o, text, sizeof(text) - 1, step),
                     "0:1 a]\"{1};1:3 !not a JSON object{};2:3 b{};"
                     "3:4 !bad JSON at byte 1: no value begins like this{};"
                     "4:4 !not a JSON object{};5:4 c{};6:6 d{};") == 0,
              "json in steps of %zu bytes", step);
    o.max_record = 1000000;
    expect(o, "[{\"t\":\"a\"},", "0:1 a{};");
    expect(o, "{\"t\":\"a\"} {", "0:1 a{};");
    o.max_record = 9;
    expect(o, "[{\"t\":\"a\"}, {\"t\":\"aa\"},{\"t\":\"b\"}]",
           "0:1 a{};1:1 !the record is longer than 9 bytes (--max-record){};"
           "2:1 b{};");
}

static void test_damage(void)
{
    struct input_options o = {.format = INPUT_LINES};
    char data[] = "\x1f\x8b\x08 nonsense";
    char *files[] = {scratch.path};

    CHECK(strcmp(records(o, data, sizeof(data) - 1), "") == 0,
          "damaged gzip has no records");
    o.files = files;
    o.n_files = 1;
    o.max_record = 100;
    struct input *in = input_open(&o, &no_wait);
    struct record r;

    CHECK(in != NULL, "a folder as input: opened");
    CHECK(!input_next(in, &r), "a folder as input: not input_next");
    CHECK(input_failed(in), "a folder as input: input_failed");
    input_close(in);
}

static void count_idle(void *arg)
{
    ++*(int *)arg;
}

static void test_idle_and_stop(void)
{
    struct input_options o = {.format = INPUT_LINES, .max_record = 100};
    char path[64], *files[] = {path};
    int fds[2], stop[2], n_idle = 0;
    struct record r;

    if (pipe(fds) != 0 || pipe(stop) != 0)
        return;
    struct source_wait wait = {count_idle, &n_idle, stop[0]};

    snprintf(path, sizeof(path), "/dev/fd/%d", fds[0]);
    o.files = files;
    o.n_files = 1;
    struct input *in = input_open(&o, &wait);

    EQUAL_INT(write(fds[1], "a\nb\nhalf", 8), 8,
              "records are ready: bytes written");
    CHECK(input_next(in, &r), "records are ready: input_next");
    CHECK(input_next(in, &r), "records are ready: input_next");
    EQUAL_SIZE(n_idle, 0, "records are ready: calls of idle()");
    EQUAL_INT(write(stop[1], "", 1), 1, "a byte in the stop pipe: written");
    CHECK(!input_next(in, &r),
          "a byte in the stop pipe: no record, half a line is dropped");
    CHECK(!input_next(in, &r), "no record after the end");
    CHECK(r.text.data != NULL, "text.data is not NULL after the end");
    input_close(in);
    close(fds[0]);
    close(fds[1]);
    close(stop[0]);
    close(stop[1]);
}

static void stop_when_idle(void *arg)
{
    CHECK(write(*(int *)arg, "", 1) == 1,
          "a byte is written while reading waits");
}

/* The first record, though no byte follows it for now. */
static void expect_at_once(struct input_options o, const char *data,
                           size_t size, size_t n_records)
{
    char path[64], *files[] = {path};
    int fds[2], stop[2];
    struct record r;
    size_t n = 0;

    if (pipe(fds) != 0 || pipe(stop) != 0)
        return;
    struct source_wait wait = {stop_when_idle, &stop[1], stop[0]};

    snprintf(path, sizeof(path), "/dev/fd/%d", fds[0]);
    o.files = files;
    o.n_files = 1;
    o.max_record = 1000;
    struct input *in = input_open(&o, &wait);

    CHECK(write(fds[1], data, size) == (ssize_t)size, "what follows");
    while (input_next(in, &r))
        n++;
    CHECK(n == n_records, "%zu records of '%.8s' come at once", n_records,
          data);
    input_close(in);
    close(fds[0]);
    close(fds[1]);
    close(stop[0]);
    close(stop[1]);
}

/* Texts that begin like a format are not held back to see whether they are. */
static void test_at_once(void)
{
    struct input_options o = {.format = INPUT_LINES};
    struct input_options null = {.format = INPUT_LINES, .null = true};

    expect_at_once(o, "B\n", 2, 1);
    expect_at_once(o, "BZh9\n", 5, 1);
    expect_at_once(o, "\n", 1, 1);
    expect_at_once(o, "PK\nB", 4, 1);
    expect_at_once(o, "GIF89a\n", 7, 1);
    expect_at_once(o, "%PDF-1.7\n", 9, 1);
    expect_at_once(o, "\x1f\n", 2, 1);
    expect_at_once(o, "\xff\xfe\n\0", 4, 1);
    expect_at_once(null, "\0", 1, 1);
    expect_at_once(null, "MM\0", 3, 1);
    expect_at_once(null, "ftyp\0ftyp\0", 10, 2);
    expect_at_once(o, "B", 1, 0);
}

static void test_formats(void)
{
    struct input_options o = {.format = INPUT_LINES};

    CHECK(strcmp(records(o, "\x28\xb5\x2f\xfd\n\n", 6), "") == 0,
          "zstd has no records");
    CHECK(strcmp(records(o, "\xff\xfe", 2), "") == 0, "UTF-16 of nothing");
    CHECK(strcmp(records(o,
                         "\xff\xfe"
                         "a\0\0\xd8"
                         "b\0\n\0c",
                         11),
                 "0:1 a\xff"
                 "b;1:2 \xff;") == 0,
          "what is no UTF-16 becomes what is no UTF-8");
    expect(o, "\xff\n", "0:1 \xff;");
    expect(o, "PK is not ZIP\n", "0:1 PK is not ZIP;");
}

int main(void)
{
    if (!scratch_make(&scratch))
        return 1;
    test_lines();
    test_csv();
    test_tsv();
    test_jsonl();
    test_whole();
    test_steps();
    test_json_steps();
    test_at_once();
    test_formats();
    test_damage();
    test_idle_and_stop();
    scratch_remove(&scratch);
    return tap_done();
}
