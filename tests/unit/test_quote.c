/*
 * test_quote.c - strings as csv, tsv, JSON and XML.
 */
#include "cli/output/quote.h"
#include "tests/tap.h"

#include <string.h>

typedef void quoter(struct buffer *, const char *, size_t);

#define S(text) text, sizeof(text) - 1

static void check_one(quoter *quote, const char *name, const char *before,
                      const char *in, size_t in_size, const char *want,
                      size_t want_size)
{
    struct buffer b = {0};

    buffer_puts(&b, before);
    quote(&b, in, in_size);
    buffer_putc(&b, '\0');
    EQUAL_SIZE(b.size, strlen(before) + want_size + 1, "%s writes %s: size",
               name, want);
    EQUAL_BYTES(b.data + strlen(before), want_size, want, want_size,
                "%s writes %s: bytes", name, want);
    buffer_free(&b);
}

static void csv(const char *in, size_t in_size, const char *want, size_t size)
{
    check_one(buffer_csv, "csv", "0,", in, in_size, want, size);
}

static void tsv(const char *in, size_t in_size, const char *want, size_t size)
{
    check_one(buffer_tsv, "tsv", "", in, in_size, want, size);
}

static void json(const char *in, size_t in_size, const char *want, size_t size)
{
    check_one(buffer_json, "json", "", in, in_size, want, size);
}

static void xml(const char *in, size_t in_size, const char *want, size_t size)
{
    check_one(buffer_xml, "xml", "<p>", in, in_size, want, size);
}

static void tame(const char *in, size_t in_size, const char *want, size_t size)
{
    check_one(buffer_tame, "tame", "\x1b", in, in_size, want, size);
}

#define GONE "\xef\xbf\xbd"

static void check_tame(void)
{
    tame(S("caf\xc3\xa9\t\xf0\x9f\x98\x80\n"),
         S("caf\xc3\xa9\t\xf0\x9f\x98\x80\n"));
    tame(S("\x1b]0;pwn\x07"), S(GONE "]0;pwn" GONE));
    tame(S("a\rb\0\x7f"), S("a" GONE "b" GONE GONE));
    tame(S("\xc2\x9b"
           "31m\xc2\xa0"),
         S(GONE "31m\xc2\xa0"));
    /* A terminal that is set to 8 bits takes this alone for ESC [. */
    tame(S("\x9b"
           "31m\xc2"),
         S(GONE "31m" GONE));

    struct buffer b = {0};

    buffer_puts(&b, "\x1b[1m\x1b[0m");
    buffer_tame_end(&b, 4);
    EQUAL_SIZE(b.size, 10, "a long text: size");
    EQUAL_BYTES(b.data, 10, "\x1b[1m" GONE "[0m", 10, "a long text: data");
    buffer_free(&b);
}

static void check_json_bytes(void)
{
    json(S("\xff"), S("\"\xef\xbf\xbd\""));
    json(S("a\xc3"), S("\"a\xef\xbf\xbd\""));
    json(S("\xe2\x82z"), S("\"\xef\xbf\xbdz\""));
    json(S("\xe2\x82"), S("\"\xef\xbf\xbd\""));
    json(S("\xc0\xaf"), S("\"\xef\xbf\xbd\xef\xbf\xbd\""));
    /* a surrogate is three broken starts, as in Unicode table 3-9 */
    json(S("\xed\xa0\x80"), S("\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""));
    json(S("\xf4\x90\x80\x80"),
         S("\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""));
    json(S("\xf0\x9f\x98\x80"), S("\"\xf0\x9f\x98\x80\""));
    json(S("\xe2\x82\"\x01"), S("\"\xef\xbf\xbd\\\"\\u0001\""));
}

int main(void)
{
    csv(S("plain words"), S("plain words"));
    csv(S(" 'x'; y\t"), S(" 'x'; y\t"));
    csv(S("a,b"), S("\"a,b\""));
    csv(S("say \"hi\""), S("\"say \"\"hi\"\"\""));
    csv(S("a\nb"), S("\"a\nb\""));
    csv(S("a\rb"), S("\"a\rb\""));
    csv(S("a\0b"), S("a\0b"));
    csv(S(""), S(""));
    check_one(buffer_csv, "csv first", "", S(""), S("\"\""));
    check_one(buffer_csv, "csv line", "x\n", S(""), S("\"\""));

    tsv(S("a\tb\nc\rd\\e"), S("a\\tb\\nc\\rd\\\\e"));
    tsv(S("\"q\", \xff\0"), S("\"q\", \xff\0"));
    tsv(S(""), S(""));

    json(S(""), S("\"\""));
    json(S("caf\xc3\xa9 /"), S("\"caf\xc3\xa9 /\""));
    json(S("\"\\\b\t\n\f\r\v\x1f\x7f"),
         S("\"\\\"\\\\\\b\\t\\n\\f\\r\\u000b\\u001f\\u007f\""));
    json(S("\xc2\x80\xc2\x9b]\xc2\xa0"), S("\"\\u0080\\u009b]\xc2\xa0\""));
    json(S("a\0b"), S("\"a\\u0000b\""));
    check_json_bytes();

    xml(S("caf\xc3\xa9 \xf0\x9f\x98\x80"), S("caf\xc3\xa9 \xf0\x9f\x98\x80"));
    xml(S("<a href=\"x\">&amp;"), S("&lt;a href=&quot;x&quot;&gt;&amp;amp;"));
    xml(S("\0\t\n\033\x7f\xc2\x9b"), S(GONE GONE GONE GONE GONE GONE));
    xml(S("\xef\xbf\xbe\xef\xbf\xbf\xef\xbf\xbd"), S(GONE GONE GONE));
    xml(S("a\xe2\x82\xff"), S("a" GONE GONE));
    check_tame();
    return tap_done();
}
