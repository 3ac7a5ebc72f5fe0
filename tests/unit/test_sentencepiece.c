/*
 * test_sentencepiece.c - the pieces of a SentencePiece model, and models that
 * are none.
 */
#include "tests/tap.h"
#include "tokenizer/subwords/sentencepiece.h"

#include <stdlib.h>
#include <string.h>

/* Three pieces, a trainer with unk_id 2, a normalizer with a map; among them
 * fields of every wire type that nobody reads. */
static const char model[] = "\x0a\x0e"
                            "\x0a\x05\xe2\x96\x81"
                            "ab\x15\x00\x00\x60\xc0\x18\x01"
                            "\x0a\x00"
                            "\x52\x01x"
                            "\x0a\x0c\x18\x03\x0a\x03<s>\x15\x00\x00\x00\x00"
                            "\x12\x10\x18\x01\x21"
                            "12345678\xc0\x02\x02\x08"
                            "\x05"
                            "\x1a\x0a\x0a\x03nmt\x12\x03m\0p";

static bool is_text(const struct berth_piece *piece, const char *text)
{
    return piece->n == strlen(text) && memcmp(piece->text, text, piece->n) == 0;
}

static enum berth_status read(const char *bytes, size_t n,
                              struct berth_sentencepiece *out,
                              struct berth_error *err)
{
    struct berth_blob file = {.data = (const unsigned char *)bytes, .size = n};

    err->message[0] = '\0';
    return berth_sentencepiece_read(&file, "m", out, err);
}

static void check_model(void)
{
    struct berth_sentencepiece m;
    struct berth_error err;

    if (!CHECK(read(model, sizeof(model) - 1, &m, &err) == BERTH_OK,
               "a model is read %s", err.message))
        return;
    EQUAL_SIZE(m.n, 3, "pieces");
    CHECK(is_text(&m.pieces[0], "\xe2\x96\x81"
                                "ab"),
          "piece 0: text");
    NEAR(m.pieces[0].score, -3.5, 0, "piece 0: score");
    EQUAL_INT(m.pieces[0].type, BERTH_PIECE_NORMAL, "piece 0: type");
    CHECK(is_text(&m.pieces[1], ""), "piece 1, which says nothing: text");
    NEAR(m.pieces[1].score, 0, 0, "piece 1: score");
    EQUAL_INT(m.pieces[1].type, BERTH_PIECE_NORMAL, "piece 1: type");
    CHECK(is_text(&m.pieces[2], "<s>"), "piece 2: text");
    EQUAL_INT(m.pieces[2].type, BERTH_PIECE_CONTROL, "piece 2: type");
    EQUAL_INT(m.unk_id, 2, "the unknown piece");
    CHECK(m.charsmap_size == 3 && memcmp(m.charsmap, "m\0p", 3) == 0,
          "the map of characters");
    free(m.pieces);
}

static void check_errors(void)
{
    static const struct {
        const char *bytes;
        size_t n;
        const char *message;
    } cases[] = {
        {"", 0, "m: byte 0: expected pieces of a SentencePiece model"},
        {"\x12\x00", 2, "m: byte 2: expected pieces of"},
        {"\x0a", 1, "m: byte 0: expected a field of"},
        {"\x0a\x05\x0a", 3, "m: byte 0: expected a field of"},
        {"\x0a\x02\x0a\x05", 4, "m: byte 2: expected a field of"},
        {"\x0a\x03\x15\x00\x00", 5, "m: byte 2: expected a field of"},
        {"\x0a\x03\x0a\x01\xff", 5, "m: byte 2: expected a piece in UTF-8 of"},
        {"\x0a\x05\x15\x00\x00\x80\x7f", 7, "m: byte 2: expected a piece with"},
        {"\x0b\x0c", 2, "m: byte 0: expected a field of"},
        {"\x02\x00", 2, "m: byte 0: expected a field of"},
        {"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12,
         "m: byte 0: expected a field of"},
        {"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 10,
         "m: byte 0: expected a field of"},
        {"\x12\x06\xc0\x02\xff\xff\xff\x7f", 8,
         "m: byte 2: expected unk_id, the id of a piece of"},
        {"<html>", 6, "m: byte 0: expected a field of"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct berth_sentencepiece m;
        struct berth_error err;

        EQUAL_INT(read(cases[i].bytes, cases[i].n, &m, &err), BERTH_ERR_FORMAT,
                  "case %zu: status", i);
        HAS_TEXT(err.message, cases[i].message, "case %zu: message", i);
    }
}

/* Cut anywhere, or with any byte changed, it is read or refused; what is read
 * lies within the file. */
static void check_damaged(void)
{
    size_t bad = 0, read_well = 0;

    for (size_t n = 0; n < sizeof(model); n++) {
        for (int value = 0; value < 256; value++) {
            char *bytes = malloc(n + 1);
            struct berth_sentencepiece m;
            struct berth_error err;

            memcpy(bytes, model, n);
            if (n > 0)
                bytes[(size_t)value * 31 % n] = (char)value;
            if (read(bytes, n, &m, &err) == BERTH_OK) {
                for (size_t i = 0; i < m.n; i++)
                    bad += m.pieces[i].n > 0 &&
                           m.pieces[i].text + m.pieces[i].n > bytes + n;
                bad +=
                    m.charsmap != NULL && m.charsmap + m.charsmap_size >
                                              (const unsigned char *)bytes + n;
                read_well++;
                free(m.pieces);
            } else {
                bad += err.message[0] == '\0';
            }
            free(bytes);
        }
    }
    EQUAL_SIZE(bad, 0, "damaged models, %zu of which are read", read_well);
    CHECK(read_well > 100, "some are read");
}

int main(void)
{
    check_model();
    check_errors();
    check_damaged();
    return tap_done();
}
