/*
 * test_graphemes.c - where clusters end, by the rules of UAX 29; characters are
 * parted by | as the reference parts them.
 */
#include "tests/tap.h"
#include "tokenizer/unicode/graphemes.h"

#include <string.h>

#define ACUTE "\xcc\x81"
#define ZWJ   "\xe2\x80\x8d"
#define MAN   "\xf0\x9f\x91\xa8"
#define KA    "\xe0\xa4\x95"
#define HALF  "\xe0\xa5\x8d"
#define AA    "\xe0\xa4\xbe"
#define FLAG  "\xf0\x9f\x87\xa9"

static void check(const char *want)
{
    struct berth_grapheme_known known = {0};
    char text[256], found[256] = "";
    size_t n = 0, end, used = 0;

    for (const char *c = want; *c != '\0'; c++) {
        if (*c != '|')
            text[n++] = *c;
    }
    for (size_t at = 0; at < n; at = end) {
        end = berth_grapheme_end(text, at, n, &known);
        if (at > 0)
            found[used++] = '|';
        memcpy(found + used, text + at, end - at);
        used += end - at;
    }
    found[used] = '\0';
    EQUAL_TEXT(found, want, "clusters of \"%s\"", want);
}

int main(void)
{
    check("a|b");
    check("a" ACUTE ACUTE "|b");
    check("\r\n|\n|\r|" ACUTE);
    check("\xc2\xad|" ACUTE "|a"); /* a control character */
    check("\xd8\x80"
          "a|\xd8\x80|\n"); /* prepended, but not to a control */
    check("a" AA "|a" ZWJ "|a");
    check(MAN ZWJ MAN ZWJ MAN "|" MAN);
    check(MAN ACUTE ZWJ MAN "|a" ZWJ "|" MAN);
    check(MAN ZWJ ACUTE "|" MAN); /* the ZWJ must come last */
    check(MAN AA ZWJ "|" MAN);    /* a spacing mark does not extend */
    check(KA HALF KA HALF ACUTE ZWJ KA "|" KA);
    check(KA ACUTE "|" KA HALF AA "|" KA);
    check(KA HALF "\xe2\x80\x8c|" KA); /* ZWNJ parts a conjunct */
    check(FLAG FLAG "|" FLAG FLAG "|" FLAG "|a");
    check(FLAG ACUTE "|" FLAG FLAG);
    check("\xe1\x84\x80\xe1\x84\x80\xe1\x85\xa1\xe1\x86\xa8|a");
    check("\xe1\x84\x80\xea\xb0\x80\xe1\x85\xa1\xe1\x86\xa8|\xe1\x84\x80");
    check("\xea\xb0\x81\xe1\x86\xa8|\xe1\x85\xa1\xe1\x85\xa1|\xea\xb0\x80");
    return tap_done();
}
