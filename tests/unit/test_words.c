/*
 * test_words.c - where the patterns of words match: parted by | is what
 * tokenizers 0.23 match with the regular expressions themselves.
 */
#include "tests/tap.h"
#include "tokenizer/patterns/words.h"

#include <string.h>

static const struct {
    const char *text, *gpt2, *llama3;
} rows[] = {
    {"I'd  go!", "I|'d| | go|!", "I|'d| | go|!"},
    {"we'LL 'tis 'S'\xc5\xbf'veal'rex'",
     "we|'|LL| '|tis| '|S|'|\xc5\xbf|'ve|al|'re|x|'",
     "we|'LL| '|tis| '|S|'\xc5\xbf|'ve|al|'re|x|'"},
    {"a  \n b", "a|  \n| b", "a|  \n| b"},
    {"  a   ", " | a|   ", " | a|   "},
    {"\n\n x", "\n\n| x", "\n\n| x"},
    {"x \n\n\n y \t", "x| \n\n\n| y| \t", "x| \n\n\n| y| \t"},
    {"12345 6a7", "12345| 6|a|7", "123|45| |6|a|7"},
    {"!!abc !!\n\n?", "!!|abc| !!|\n|\n|?", "!!|abc| !!\n\n|?"},
    {"\xc3\xa9t\xc3\xa9 "
     "\xe4\xb8\xad\xe6\x96\x87\xe3\x80\x82\xd9\xa3\xd9\xa4\xe2\x85\xa7\xc2\xbd",
     "\xc3\xa9t\xc3\xa9| "
     "\xe4\xb8\xad\xe6\x96\x87|\xe3\x80\x82|"
     "\xd9\xa3\xd9\xa4\xe2\x85\xa7\xc2\xbd",
     "\xc3\xa9t\xc3\xa9| "
     "\xe4\xb8\xad\xe6\x96\x87|\xe3\x80\x82|\xd9\xa3\xd9\xa4\xe2\x85\xa7|"
     "\xc2\xbd"},
    {"a\xc2\xa0"
     "b\xe3\x80\x80\xe3\x80\x80"
     "c",
     "a|\xc2\xa0|b|\xe3\x80\x80|\xe3\x80\x80|c",
     "a|\xc2\xa0"
     "b|\xe3\x80\x80|\xe3\x80\x80"
     "c"},
    {"\r\n'\r", "\r|\n|'|\r", "\r\n|'\r"},
    {"''s '", "''|s| '", "''|s| '"},
    {"\xcc\x80"
     "a\xe2\x80\x8d_1",
     "\xcc\x80|a|\xe2\x80\x8d_|1",
     "\xcc\x80"
     "a|\xe2\x80\x8d_|1"},
    {"  12", " | 12", " | |12"},
    {" 's", " '|s", " '|s"},
    {"a \xe2\x80\xa8\n\nb", "a| \xe2\x80\xa8\n|\n|b", "a| \xe2\x80\xa8\n\n|b"},
};

static size_t llama3(const char *bytes, size_t at, size_t end)
{
    return berth_llama3_end(bytes, at, end, 3);
}

static void check(const char *name,
                  size_t (*find_end)(const char *bytes, size_t at, size_t end),
                  const char *text, const char *want)
{
    char found[256];
    size_t n = strlen(text), used = 0, end;

    for (size_t at = 0; at < n; at = end) {
        end = find_end(text, at, n);
        if (at > 0)
            found[used++] = '|';
        memcpy(found + used, text + at, end - at);
        used += end - at;
    }
    found[used] = '\0';
    EQUAL_TEXT(found, want, "%s of \"%s\"", name, text);
}

int main(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        check("GPT-2", berth_gpt2_end, rows[i].text, rows[i].gpt2);
        check("Llama 3", llama3, rows[i].text, rows[i].llama3);
    }
    return tap_done();
}
