/*
 * test_normalizers.c - the steps of normalizing, alone and one after the other.
 * What is expected is what tokenizers 0.23 make of the same text.
 */
#include "tests/tokenizer/normalizing.h"
#include "tokenizer/normalizers/bert.h"
#include "tokenizer/normalizers/filter.h"
#include "tokenizer/normalizers/forms.h"
#include "tokenizer/normalizers/replace.h"

#include <stdlib.h>

static const struct normalizing_row nfc[] = {
    {"", "", ""},
    {"a b", "a b", "0-1 1-2 2-3"},
    {"\xc3\xa9", "\xc3\xa9", "0-2"},
    {"e\xcc\x81x", "\xc3\xa9x", "0-1 3-4"},
    {"e\xcc\xa3\xcc\x81x", "\xe1\xba\xb9\xcc\x81x", "0-1 3-5 5-6"},
    {"e\xcc\x81\xcc\xa3x", "\xe1\xba\xb9\xcc\x81x", "0-1 3-5 5-6"},
    {"e\xcc\x81\xcc\x81", "\xc3\xa9\xcc\x81", "0-1 3-5"},
    {"a\xcc\xa7\xcc\x81"
     "b",
     "\xc3\xa1\xcc\xa7"
     "b",
     "0-1 3-5 5-6"},
    {"\xe1\xba\x9b\xcc\xa3", "\xe1\xba\x9b\xcc\xa3", "0-3 3-5"},
    {"\xef\xac\x81\xcc\x81x", "\xef\xac\x81\xcc\x81x", "0-3 3-5 5-6"},
    {"\xe2\x84\xab\xe0\xa5\x98", "\xc3\x85\xe0\xa4\x95\xe0\xa4\xbc",
     "0-3 3-6 3-6"},
    {"\xea\xb0\x80\xe1\x86\xa8\xe1\x86\xa7", "\xea\xb0\x81\xe1\x86\xa7",
     "0-3 6-9"},
    {"\xe1\x84\x80\xe1\x85\xa1\xe1\x86\xa8\xe1\x84\x80",
     "\xea\xb0\x81\xe1\x84\x80", "0-3 9-12"},
    {"\xcd\x84x", "\xcc\x88\xcc\x81x", "0-2 0-2 2-3"},
    {"\xcc\x81"
     "a",
     "\xcc\x81"
     "a",
     "0-2 2-3"},
    {"a\xe3\x80\xae\xcc\xa7"
     "b",
     "a\xcc\xa7\xe3\x80\xae"
     "b",
     "0-1 1-4 4-6 6-7"},
    {"\xe0\xa4\x95\xe0\xa6\xbc\xe0\xa6\xbe\xe0\xa7\x87\xe0\xa6\xbe",
     "\xe0\xa4\x95\xe0\xa6\xbc\xe0\xa6\xbe\xe0\xa7\x8b", "0-3 3-6 6-9 9-12"},
    {"\xef\xb7\xba", "\xef\xb7\xba", "0-3"},
    {"\xe3\x8b\xbf", "\xe3\x8b\xbf", "0-3"},
    {"\xe3\x8e\x92\xe2\x91\xa0", "\xe3\x8e\x92\xe2\x91\xa0", "0-3 3-6"},
    {"\xe3\x82\xab\xe3\x82\x99\xef\xbd\xb6\xef\xbe\x9e",
     "\xe3\x82\xac\xef\xbd\xb6\xef\xbe\x9e", "0-3 6-9 9-12"},
    {"\xf0\x9d\x85\x9e", "\xf0\x9d\x85\x97\xf0\x9d\x85\xa5", "0-4 0-4"},
    {"\xe0\xa3\x93\xcc\x81", "\xe0\xa3\x93\xcc\x81", "0-3 3-5"},
    {"\xe4\xb8\xad\xe6\x96\x87 \xd0\x96\xd0\x99",
     "\xe4\xb8\xad\xe6\x96\x87 \xd0\x96\xd0\x99", "0-3 3-6 6-7 7-9 9-11"},
};

static const struct normalizing_row nfd[] = {
    {"", "", ""},
    {"a b", "a b", "0-1 1-2 2-3"},
    {"\xc3\xa9", "e\xcc\x81", "0-2 0-2"},
    {"e\xcc\x81x", "e\xcc\x81x", "0-1 1-3 3-4"},
    {"e\xcc\xa3\xcc\x81x", "e\xcc\xa3\xcc\x81x", "0-1 1-3 3-5 5-6"},
    {"e\xcc\x81\xcc\xa3x", "e\xcc\xa3\xcc\x81x", "0-1 1-3 3-5 5-6"},
    {"e\xcc\x81\xcc\x81", "e\xcc\x81\xcc\x81", "0-1 1-3 3-5"},
    {"a\xcc\xa7\xcc\x81"
     "b",
     "a\xcc\xa7\xcc\x81"
     "b",
     "0-1 1-3 3-5 5-6"},
    {"\xe1\xba\x9b\xcc\xa3", "\xc5\xbf\xcc\xa3\xcc\x87", "0-3 3-5 3-5"},
    {"\xef\xac\x81\xcc\x81x", "\xef\xac\x81\xcc\x81x", "0-3 3-5 5-6"},
    {"\xe2\x84\xab\xe0\xa5\x98", "A\xcc\x8a\xe0\xa4\x95\xe0\xa4\xbc",
     "0-3 0-3 3-6 3-6"},
    {"\xea\xb0\x80\xe1\x86\xa8\xe1\x86\xa7",
     "\xe1\x84\x80\xe1\x85\xa1\xe1\x86\xa8\xe1\x86\xa7", "0-3 0-3 3-6 6-9"},
    {"\xe1\x84\x80\xe1\x85\xa1\xe1\x86\xa8\xe1\x84\x80",
     "\xe1\x84\x80\xe1\x85\xa1\xe1\x86\xa8\xe1\x84\x80", "0-3 3-6 6-9 9-12"},
    {"\xcd\x84x", "\xcc\x88\xcc\x81x", "0-2 0-2 2-3"},
    {"\xcc\x81"
     "a",
     "\xcc\x81"
     "a",
     "0-2 2-3"},
    {"a\xe3\x80\xae\xcc\xa7"
     "b",
     "a\xcc\xa7\xe3\x80\xae"
     "b",
     "0-1 1-4 4-6 6-7"},
    {"\xe0\xa4\x95\xe0\xa6\xbc\xe0\xa6\xbe\xe0\xa7\x87\xe0\xa6\xbe",
     "\xe0\xa4\x95\xe0\xa6\xbc\xe0\xa6\xbe\xe0\xa7\x87\xe0\xa6\xbe",
     "0-3 3-6 6-9 9-12 12-15"},
    {"\xef\xb7\xba", "\xef\xb7\xba", "0-3"},
    {"\xe3\x8b\xbf", "\xe3\x8b\xbf", "0-3"},
    {"\xe3\x8e\x92\xe2\x91\xa0", "\xe3\x8e\x92\xe2\x91\xa0", "0-3 3-6"},
    {"\xe3\x82\xab\xe3\x82\x99\xef\xbd\xb6\xef\xbe\x9e",
     "\xe3\x82\xab\xe3\x82\x99\xef\xbd\xb6\xef\xbe\x9e", "0-3 3-6 6-9 9-12"},
    {"\xf0\x9d\x85\x9e", "\xf0\x9d\x85\x97\xf0\x9d\x85\xa5", "0-4 0-4"},
    {"\xe0\xa3\x93\xcc\x81", "\xe0\xa3\x93\xcc\x81", "0-3 3-5"},
    {"\xe4\xb8\xad\xe6\x96\x87 \xd0\x96\xd0\x99",
     "\xe4\xb8\xad\xe6\x96\x87 \xd0\x96\xd0\x98\xcc\x86",
     "0-3 3-6 6-7 7-9 9-11 9-11"},
};

static const struct normalizing_row nfkc[] = {
    {"", "", ""},
    {"a b", "a b", "0-1 1-2 2-3"},
    {"\xc3\xa9", "\xc3\xa9", "0-2"},
    {"e\xcc\x81x", "\xc3\xa9x", "0-1 3-4"},
    {"e\xcc\xa3\xcc\x81x", "\xe1\xba\xb9\xcc\x81x", "0-1 3-5 5-6"},
    {"e\xcc\x81\xcc\xa3x", "\xe1\xba\xb9\xcc\x81x", "0-1 3-5 5-6"},
    {"e\xcc\x81\xcc\x81", "\xc3\xa9\xcc\x81", "0-1 3-5"},
    {"a\xcc\xa7\xcc\x81"
     "b",
     "\xc3\xa1\xcc\xa7"
     "b",
     "0-1 3-5 5-6"},
    {"\xe1\xba\x9b\xcc\xa3", "\xe1\xb9\xa9", "0-3"},
    {"\xef\xac\x81\xcc\x81x", "f\xc3\xadx", "0-3 3-5 5-6"},
    {"\xe2\x84\xab\xe0\xa5\x98", "\xc3\x85\xe0\xa4\x95\xe0\xa4\xbc",
     "0-3 3-6 3-6"},
    {"\xea\xb0\x80\xe1\x86\xa8\xe1\x86\xa7", "\xea\xb0\x81\xe1\x86\xa7",
     "0-3 6-9"},
    {"\xe1\x84\x80\xe1\x85\xa1\xe1\x86\xa8\xe1\x84\x80",
     "\xea\xb0\x81\xe1\x84\x80", "0-3 9-12"},
    {"\xcd\x84x", "\xcc\x88\xcc\x81x", "0-2 0-2 2-3"},
    {"\xcc\x81"
     "a",
     "\xcc\x81"
     "a",
     "0-2 2-3"},
    {"a\xe3\x80\xae\xcc\xa7"
     "b",
     "a\xcc\xa7\xe3\x80\xae"
     "b",
     "0-1 1-4 4-6 6-7"},
    {"\xe0\xa4\x95\xe0\xa6\xbc\xe0\xa6\xbe\xe0\xa7\x87\xe0\xa6\xbe",
     "\xe0\xa4\x95\xe0\xa6\xbc\xe0\xa6\xbe\xe0\xa7\x8b", "0-3 3-6 6-9 9-12"},
    {"\xef\xb7\xba",
     "\xd8\xb5\xd9\x84\xd9\x89 \xd8\xa7\xd9\x84\xd9\x84\xd9\x87 "
     "\xd8\xb9\xd9\x84\xd9\x8a\xd9\x87 \xd9\x88\xd8\xb3\xd9\x84\xd9\x85",
     "0-3 0-3 0-3 0-3 0-3 0-3 0-3 0-3 0-3 0-3 0-3 0-3 0-3 0-3 0-3 0-3 0-3 0-3"},
    {"\xe3\x8b\xbf", "\xe3\x8b\xbf", "0-3"},
    {"\xe3\x8e\x92\xe2\x91\xa0", "MHz1", "0-3 0-3 0-3 3-6"},
    {"\xe3\x82\xab\xe3\x82\x99\xef\xbd\xb6\xef\xbe\x9e",
     "\xe3\x82\xac\xe3\x82\xac", "0-3 6-9"},
    {"\xf0\x9d\x85\x9e", "\xf0\x9d\x85\x97\xf0\x9d\x85\xa5", "0-4 0-4"},
    {"\xe0\xa3\x93\xcc\x81", "\xe0\xa3\x93\xcc\x81", "0-3 3-5"},
    {"\xe4\xb8\xad\xe6\x96\x87 \xd0\x96\xd0\x99",
     "\xe4\xb8\xad\xe6\x96\x87 \xd0\x96\xd0\x99", "0-3 3-6 6-7 7-9 9-11"},
};

static const struct normalizing_row nfkd[] = {
    {"", "", ""},
    {"a b", "a b", "0-1 1-2 2-3"},
    {"\xc3\xa9", "e\xcc\x81", "0-2 0-2"},
    {"e\xcc\x81x", "e\xcc\x81x", "0-1 1-3 3-4"},
    {"e\xcc\xa3\xcc\x81x", "e\xcc\xa3\xcc\x81x", "0-1 1-3 3-5 5-6"},
    {"e\xcc\x81\xcc\xa3x", "e\xcc\xa3\xcc\x81x", "0-1 1-3 3-5 5-6"},
    {"e\xcc\x81\xcc\x81", "e\xcc\x81\xcc\x81", "0-1 1-3 3-5"},
    {"a\xcc\xa7\xcc\x81"
     "b",
     "a\xcc\xa7\xcc\x81"
     "b",
     "0-1 1-3 3-5 5-6"},
    {"\xe1\xba\x9b\xcc\xa3", "s\xcc\xa3\xcc\x87", "0-3 3-5 3-5"},
    {"\xef\xac\x81\xcc\x81x", "fi\xcc\x81x", "0-3 0-3 3-5 5-6"},
    {"\xe2\x84\xab\xe0\xa5\x98", "A\xcc\x8a\xe0\xa4\x95\xe0\xa4\xbc",
     "0-3 0-3 3-6 3-6"},
    {"\xea\xb0\x80\xe1\x86\xa8\xe1\x86\xa7",
     "\xe1\x84\x80\xe1\x85\xa1\xe1\x86\xa8\xe1\x86\xa7", "0-3 0-3 3-6 6-9"},
    {"\xe1\x84\x80\xe1\x85\xa1\xe1\x86\xa8\xe1\x84\x80",
     "\xe1\x84\x80\xe1\x85\xa1\xe1\x86\xa8\xe1\x84\x80", "0-3 3-6 6-9 9-12"},
    {"\xcd\x84x", "\xcc\x88\xcc\x81x", "0-2 0-2 2-3"},
    {"\xcc\x81"
     "a",
     "\xcc\x81"
     "a",
     "0-2 2-3"},
    {"a\xe3\x80\xae\xcc\xa7"
     "b",
     "a\xcc\xa7\xe3\x80\xae"
     "b",
     "0-1 1-4 4-6 6-7"},
    {"\xe0\xa4\x95\xe0\xa6\xbc\xe0\xa6\xbe\xe0\xa7\x87\xe0\xa6\xbe",
     "\xe0\xa4\x95\xe0\xa6\xbc\xe0\xa6\xbe\xe0\xa7\x87\xe0\xa6\xbe",
     "0-3 3-6 6-9 9-12 12-15"},
    {"\xef\xb7\xba",
     "\xd8\xb5\xd9\x84\xd9\x89 \xd8\xa7\xd9\x84\xd9\x84\xd9\x87 "
     "\xd8\xb9\xd9\x84\xd9\x8a\xd9\x87 \xd9\x88\xd8\xb3\xd9\x84\xd9\x85",
     "0-3 0-3 0-3 0-3 0-3 0-3 0-3 0-3 0-3 0-3 0-3 0-3 0-3 0-3 0-3 0-3 0-3 0-3"},
    {"\xe3\x8b\xbf", "\xe3\x8b\xbf", "0-3"},
    {"\xe3\x8e\x92\xe2\x91\xa0", "MHz1", "0-3 0-3 0-3 3-6"},
    {"\xe3\x82\xab\xe3\x82\x99\xef\xbd\xb6\xef\xbe\x9e",
     "\xe3\x82\xab\xe3\x82\x99\xe3\x82\xab\xe3\x82\x99", "0-3 3-6 6-9 9-12"},
    {"\xf0\x9d\x85\x9e", "\xf0\x9d\x85\x97\xf0\x9d\x85\xa5", "0-4 0-4"},
    {"\xe0\xa3\x93\xcc\x81", "\xe0\xa3\x93\xcc\x81", "0-3 3-5"},
    {"\xe4\xb8\xad\xe6\x96\x87 \xd0\x96\xd0\x99",
     "\xe4\xb8\xad\xe6\x96\x87 \xd0\x96\xd0\x98\xcc\x86",
     "0-3 3-6 6-7 7-9 9-11 9-11"},
};

static const struct normalizing_row stripaccents[] = {
    {"a\xcc\x81"
     "b",
     "ab", "0-1 3-4"},
    {"\xcc\x81", "", ""},
    {"\xc3\xa9", "\xc3\xa9", "0-2"},
    {"a\xe0\xa4\x83\xe2\x83\x9d"
     "b\xe0\xa3\x93\xe0\xa2\x97",
     "ab\xe0\xa3\x93\xe0\xa2\x97", "0-1 7-8 8-11 11-14"},
    {"x", "x", "0-1"},
};

static const struct normalizing_row nmt[] = {
    {"a\tb\x01\xe2\x80\x8b"
     "c",
     "a b c", "0-1 1-2 2-3 4-7 7-8"},
    {"\x01\x01", "", ""},
    {"\xef\xbb\xbf\xe2\x96\x81\xef\xbf\xbd x\r\n\xc2\x85", "    x  \xc2\x85",
     "0-3 3-6 6-9 9-10 10-11 11-12 12-13 13-15"},
    {"x", "x", "0-1"},
};

static const struct normalizing_row strip[] = {
    {" \xe3\x80\x80"
     "a b\n ",
     "a b", "4-5 5-6 6-7"},
    {" \t", "", ""},
    {"", "", ""},
    {"a", "a", "0-1"},
};

static const struct normalizing_row strip_left[] = {
    {" \xe3\x80\x80"
     "a b\n ",
     "a b\n ", "4-5 5-6 6-7 7-8 8-9"},
    {" \t", "", ""},
};

static const struct normalizing_row strip_right[] = {
    {" \xe3\x80\x80"
     "a b\n ",
     " \xe3\x80\x80"
     "a b",
     "0-1 1-4 4-5 5-6 6-7"},
    {" \t", "", ""},
};

static const struct normalizing_row replace[] = {
    {"``a```b``", "\"a\"`b\"", "1-2 2-3 4-5 5-6 6-7 8-9"},
    {"``", "\"", "1-2"},
    {"", "", ""},
};

static const struct normalizing_row replace_by_more[] = {
    {"a  b ", "a\xe2\x96\x81x\xe2\x96\x81xb\xe2\x96\x81x",
     "0-1 1-2 1-2 2-3 2-3 3-4 4-5 4-5"},
    {" ", "\xe2\x96\x81x", "0-1 0-1"},
};

static const struct normalizing_row replace_by_nothing[] = {
    {"ae\xcc\x81"
     "b",
     "ab", "0-1 4-5"},
    {"e\xcc\x81"
     "e\xcc\x81",
     "", ""},
    {"e", "e", "0-1"},
};

static const struct normalizing_row replace_runs[] = {
    {"a \xe3\x80\x80"
     "b\nc d\t",
     "a b c d ", "0-1 2-5 5-6 6-7 7-8 8-9 9-10 10-11"},
};

static const struct normalizing_row prepend[] = {
    {"", "", ""},
    {"\xc3\xa9"
     "a",
     "\xe2\x96\x81x\xc3\xa9"
     "a",
     "0-2 0-2 0-2 2-3"},
};

static const struct normalizing_row sequence[] = {
    {"\xc3\xa9\xc3\xa1"
     "b\xef\xac\x81",
     " e\xc3\x9f"
     "fi",
     "0-2 0-2 4-5 5-8 5-8"},
    {"a\xcc\x81\xcc\xa3"
     "b",
     " \xc3\x9f", "5-6 5-6"},
    {"", "", ""},
};

static const struct normalizing_row bert_in_a_sequence[] = {
    {"\xef\xbc\xa1\xe4\xb8\xad\xc3\x89", "a \xe4\xb8\xad e",
     "0-3 3-6 3-6 3-6 6-8"},
    {" \xe4\xb8\xad ", "\xe4\xb8\xad", "1-4"},
};

static void check_forms(void)
{
    static const struct {
        const char *name;
        struct berth_form form;
        const struct normalizing_row *rows;
    } forms[] = {{"NFC", {false, true, false}, nfc},
                 {"NFD", {false, false, false}, nfd},
                 {"NFKC", {true, true, false}, nfkc},
                 {"NFKD", {true, false, false}, nfkd}};
    struct berth_normalizer stage;

    for (size_t i = 0; i < 4; i++) {
        CHECK(berth_form_normalizer(forms[i].form, &stage), "%s is made",
              forms[i].name);
        normalizing_check(forms[i].name, &stage, 1, forms[i].rows,
                          sizeof(nfc) / sizeof(*nfc));
    }
}

#define ROWS(rows) (rows), sizeof(rows) / sizeof(*(rows))

static void check_filters(void)
{
    struct berth_normalizer stage;

    CHECK(berth_strip_accents_normalizer(&stage), "StripAccents is made");
    normalizing_check("StripAccents", &stage, 1, ROWS(stripaccents));
    CHECK(berth_nmt_normalizer(&stage), "Nmt is made");
    normalizing_check("Nmt", &stage, 1, ROWS(nmt));
    CHECK(berth_strip_normalizer(true, true, &stage), "Strip is made");
    normalizing_check("Strip", &stage, 1, ROWS(strip));
    CHECK(berth_strip_normalizer(true, false, &stage), "Strip left is made");
    normalizing_check("Strip left", &stage, 1, ROWS(strip_left));
    CHECK(berth_strip_normalizer(false, true, &stage), "Strip right is made");
    normalizing_check("Strip right", &stage, 1, ROWS(strip_right));
}

static bool make_replace(const char *from, const char *to,
                         struct berth_normalizer *out)
{
    const struct berth_text_pattern pattern =
        berth_pattern_string(from, strlen(from));

    return berth_replace_normalizer(&pattern, to, strlen(to), out);
}

static void check_replace(void)
{
    struct berth_normalizer stage;

    CHECK(make_replace("``", "\"", &stage), "Replace is made");
    normalizing_check("Replace", &stage, 1, ROWS(replace));
    CHECK(make_replace(" ", "\xe2\x96\x81x", &stage), "Replace is made");
    normalizing_check("Replace by more", &stage, 1, ROWS(replace_by_more));
    CHECK(make_replace("e\xcc\x81", "", &stage), "Replace is made");
    normalizing_check("Replace by nothing", &stage, 1,
                      ROWS(replace_by_nothing));
    CHECK(berth_replace_normalizer(berth_pattern_regex("\\s{2,}|[\\n\\r\\t]"),
                                   " ", 1, &stage),
          "Replace is made");
    normalizing_check("Replace runs", &stage, 1, ROWS(replace_runs));
    CHECK(berth_prepend_normalizer("\xe2\x96\x81x", 4, &stage),
          "Prepend is made");
    normalizing_check("Prepend", &stage, 1, ROWS(prepend));
}

static void check_sequence(void)
{
    const struct berth_form nfd_form = {false, false, false},
                            nfkc_form = {true, true, false};
    const struct berth_bert_rules uncased = {.clean = true,
                                             .chinese = true,
                                             .strip_accents = true,
                                             .lowercase = true};
    struct berth_normalizer steps[5];

    CHECK(berth_form_normalizer(nfd_form, &steps[0]) &&
              berth_strip_accents_normalizer(&steps[1]) &&
              make_replace("ab", "\xc3\x9f", &steps[2]) &&
              berth_form_normalizer(nfkc_form, &steps[3]) &&
              berth_prepend_normalizer(" ", 1, &steps[4]),
          "five steps are made");
    normalizing_check("five steps", steps, 5, ROWS(sequence));
    CHECK(berth_form_normalizer(nfkc_form, &steps[0]) &&
              berth_bert_normalizer(&uncased, &steps[1]) &&
              berth_strip_normalizer(true, true, &steps[2]),
          "BERT's and two more are made");
    normalizing_check("BERT in a sequence", steps, 3, ROWS(bert_in_a_sequence));
}

/* What is not UTF-8 becomes U+FFFD, also where no step changes a thing, and
 * places are those of the bad bytes. */
static void check_bad_bytes(void)
{
    static const struct normalizing_row rows[] = {
        {"a\xff\xe4\xb8"
         "b",
         "a\xef\xbf\xbd\xef\xbf\xbd"
         "b",
         "0-1 1-2 2-4 4-5"},
        {"\xc3\xa9", "\xc3\xa9", "0-2"},
    };
    struct berth_normalizer stage;

    normalizing_check("no step", NULL, 0, ROWS(rows));
    CHECK(berth_strip_normalizer(true, true, &stage), "Strip is made");
    normalizing_check("bad bytes", &stage, 1, ROWS(rows));
}

/* So many marks in the worst order are sorted at once, not each in turn. */
static void check_long_marks(void)
{
    enum {
        MARKS = 200000
    };
    const struct berth_form form = {false, true, false};
    struct berth_normalizer stage;
    struct berth_flow flow = {0};
    char *text = malloc(1 + 2 * MARKS);

    CHECK(text != NULL && berth_form_normalizer(form, &stage), "NFC is made");
    text[0] = 'q';
    for (size_t i = 0; i < MARKS; i++)
        memcpy(text + 1 + 2 * i, i % 2 == 0 ? "\xcc\x81" : "\xcc\xa7", 2);
    CHECK(stage.run(stage.self, text, 0, 1 + 2 * MARKS, &flow),
          "marks are sorted");
    EQUAL_SIZE(flow.n, 1 + 2 * MARKS, "marks: bytes");
    CHECK(memcmp(flow.bytes + 1, "\xcc\xa7\xcc\xa7", 4) == 0,
          "cedillas come first");
    EQUAL_SIZE(flow.origin[1].begin, 1, "the first mark has the first place");
    stage.free(stage.self);
    berth_flow_free(&flow);
    free(text);
}

int main(void)
{
    check_forms();
    check_filters();
    check_replace();
    check_sequence();
    check_bad_bytes();
    check_long_marks();
    return tap_done();
}
