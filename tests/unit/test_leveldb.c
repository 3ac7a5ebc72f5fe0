/*
 * test_leveldb.c - the entries of tables, and tables that are false.
 */
#include "models/files/leveldb.h"

#include "tests/leveldb_table.h"
#include "tests/scratch.h"
#include "tests/tap.h"

static struct bytes file;

/* "key=value;" of each entry, and how many there were. */
struct seen {
    char text[512];
    size_t n, used;
};

static enum berth_status see(void *arg, const struct berth_leveldb_entry *e,
                             struct berth_error *err)
{
    struct seen *seen = arg;

    (void)err;
    seen->n++;
    if (seen->used < sizeof(seen->text))
        seen->used += (size_t)snprintf(
            seen->text + seen->used, sizeof(seen->text) - seen->used,
            "%.*s=%.*s;", (int)e->n, e->key, (int)(e->value.end - e->value.at),
            (const char *)e->value.at);
    return BERTH_OK;
}

/* Of a copy that ends where the table does, so that a sanitizer sees a read
 * beyond. */
static enum berth_status each(const unsigned char *data, size_t n,
                              struct seen *seen, struct berth_error *err)
{
    unsigned char *copy = malloc(n > 0 ? n : 1);
    struct berth_blob blob = {.data = copy, .size = n};
    enum berth_status status;

    memcpy(copy, data, n);
    *seen = (struct seen){.n = 0};
    err->message[0] = '\0';
    status = berth_leveldb_each(&blob, "x.index", see, seen, err);
    free(copy);
    return status;
}

static void add(struct block_of *block, size_t shared, const char *rest,
                const char *value)
{
    put_entry(&block->entries, shared, rest, strlen(rest), value,
              strlen(value));
}

/* Two blocks; the second has two restarts. */
static void make_table(void)
{
    static struct block_of blocks[2];

    memset(blocks, 0, sizeof(blocks));
    blocks[0].n_restarts = 1;
    add(&blocks[0], 0, "", "h");
    add(&blocks[0], 0, "ab", "1");
    add(&blocks[0], 1, "cd", "");
    blocks[1].n_restarts = 2;
    add(&blocks[1], 0, "b", "22"); /* 6 bytes */
    blocks[1].restarts[1] = 6;
    add(&blocks[1], 0, "b\xc3\xa9", "3");
    add(&blocks[1], 3, "x", "4");
    put_table(&file, blocks, 2);
}

static void test_good(void)
{
    static const char want[] = "=h;ab=1;acd=;b=22;b\xc3\xa9=3;b\xc3\xa9x=4;";
    const struct block_of none = {.n_restarts = 1};
    struct berth_error err;
    struct seen seen;

    make_table();
    EQUAL_INT(each(file.data, file.n, &seen, &err), BERTH_OK, "a table %s",
              err.message);
    EQUAL_TEXT(seen.text, want, "entries of two blocks");
    put_table(&file, &none, 1);
    EQUAL_INT(each(file.data, file.n, &seen, &err), BERTH_OK, "none %s",
              err.message);
    EQUAL_SIZE(seen.n, 0, "entries of an empty block");
    put_table(&file, NULL, 0);
    EQUAL_INT(each(file.data, file.n, &seen, &err), BERTH_OK, "no block %s",
              err.message);
}

/* Nothing may change the entries unseen. The padding of the footer has no sum,
 * and a varint before it may say that it goes on there, with a 0. */
static void test_damage(void)
{
    size_t n_cut = 0, n_flipped = 0, n_same = 0;
    struct seen whole, seen;
    struct berth_error err;

    make_table();
    (void)each(file.data, file.n, &whole, &err);
    for (size_t n = 0; n < file.n; n++)
        n_cut += each(file.data, n, &seen, &err) == BERTH_ERR_FORMAT ? 1 : 0;
    EQUAL_SIZE(n_cut, file.n, "lengths that are refused");
    for (size_t bit = 0; bit < 8 * file.n; bit++) {
        file.data[bit / 8] ^= (unsigned char)(1U << bit % 8);
        if (each(file.data, file.n, &seen, &err) != BERTH_OK)
            n_flipped++;
        else if (strcmp(seen.text, whole.text) == 0)
            n_same++;
        file.data[bit / 8] ^= (unsigned char)(1U << bit % 8);
    }
    EQUAL_SIZE(n_flipped + n_same, 8 * file.n,
               "flipped bits: %zu refused, all others change nothing",
               n_flipped);
    CHECK(n_same <= 8 * (TABLE_FOOTER - 8 - 4) + 1, "%zu are padding", n_same);
}

/* A table of one block, whose sums are right. */
static void check_false(struct block_of *block, const char *words,
                        const char *what)
{
    struct berth_error err;
    struct seen seen;

    put_table(&file, block, 1);
    CHECK(each(file.data, file.n, &seen, &err) != BERTH_OK, "%s", what);
    HAS_TEXT(err.message, words, "%s: words", what);
}

static void test_false(void)
{
    static const struct {
        const char *what, *words;
        const char *bytes; /* of the block's entries, after "a" = "1" */
        size_t n;
        uint32_t restart;
        size_t n_restarts;
        unsigned char compression;
    } cases[] = {
        {"more shared than there is", "an entry", "\2\1\0b", 4, 0, 1, 0},
        {"a key beyond the block", "an entry", "\0\5\0b", 4, 0, 1, 0},
        {"a value beyond the block", "an entry", "\0\1\2bx", 5, 0, 1, 0},
        {"an endless length", "an entry",
         "\0\1\377\377\377\377\377\377\377\377\377\1b", 13, 0, 1, 0},
        {"the same key", "ascending", "\0\1\0a", 4, 0, 1, 0},
        {"a key before", "ascending", "\0\1\0A", 4, 0, 1, 0},
        {"a shorter key", "ascending", "\0\0\0", 3, 0, 1, 0},
        {"a restart inside an entry", "restarts", "\0\1\0b", 4, 3, 2, 0},
        {"a restart that shares", "an entry", "\1\1\0b", 4, 5, 2, 0},
        {"no restarts", "restarts", "\0\1\0b", 4, 0, 0, 0},
        {"snappy", "snappy", "\0\1\0b", 4, 0, 1, 1},
        {"compression 7", "kind 7", "\0\1\0b", 4, 0, 1, 7},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct block_of block = {.n_restarts = cases[i].n_restarts,
                                 .compression = cases[i].compression};

        add(&block, 0, "a", "1"); /* 5 bytes */
        put_bytes(&block.entries, cases[i].bytes, cases[i].n);
        block.restarts[1] = cases[i].restart;
        check_false(&block, cases[i].words, cases[i].what);
    }
}

/* Keys can be long in a small file; how long is bounded. */
static void test_long_key(void)
{
    struct block_of block = {.n_restarts = 1};
    char key[BERTH_LEVELDB_KEY_MAX + 1];
    struct berth_error err;
    struct seen seen;

    memset(key, 'k', sizeof(key));
    put_entry(&block.entries, 0, key, BERTH_LEVELDB_KEY_MAX, "", 0);
    put_table(&file, &block, 1);
    EQUAL_INT(each(file.data, file.n, &seen, &err), BERTH_OK,
              "the longest key %s", err.message);
    add(&block, BERTH_LEVELDB_KEY_MAX, "k", "");
    check_false(&block, "at most 512 bytes, found 513", "a key too long");
}

/* index: entries of the index, which point to one good block of 17 bytes. */
static void check_index(const char *index, size_t n, const char *what)
{
    struct block_of block = {.n_restarts = 1}, all = {.n_restarts = 1};
    struct bytes handle = {.n = 0};
    struct berth_error err;
    struct seen seen;

    file.n = 0;
    put_entry(&block.entries, 0, "a", 1, "1", 1);
    put_block(&file, &block, &handle);
    put_bytes(&all.entries, index, n);
    put_index(&file, &all);
    CHECK(each(file.data, file.n, &seen, &err) != BERTH_OK, "%s", what);
    HAS_TEXT(err.message, "points elsewhere", "%s: words", what);
}

static void test_index(void)
{
    check_index("\0\1\2z\0\x7f", 6, "a block beyond the file");
    check_index("\0\1\3z\xff\x7f\1", 7, "a block that begins beyond the file");
    check_index("\0\1\1z\0", 5, "half a handle");
    check_index("\0\1\2y\0\15\0\1\2z\0\15", 12, "a block twice");
}

int main(void)
{
    test_good();
    test_damage();
    test_false();
    test_long_key();
    test_index();
    return tap_done();
}
