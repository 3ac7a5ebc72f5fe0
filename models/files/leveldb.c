/*
 * leveldb.c - the entries of a sorted table. From the end of the file:
 *
 *     footer, 48 bytes   handles of two blocks, padded, and the magic number
 *     index block        a key and a handle for each of the data blocks
 *     metaindex block    nothing, in TensorFlow's files
 *     data blocks        the entries, sorted
 *
 * A handle is two varints: where a block begins, and its bytes. After them come
 * a byte for the compression, and the masked CRC-32C of both. In a block, a key
 * gives only what follows the bytes that it shares with the key before it:
 *
 *     3 varints: bytes shared, bytes not shared, bytes of the value
 *     the bytes that are not shared, and the value
 *
 * Some keys share nothing, so that a search can begin there: the last words of
 * a block are where these restarts are, and how many.
 */
#include "models/files/leveldb.h"

#include "lib/crc32c.h"
#include "lib/status.h"

#include <string.h>

enum {
    FOOTER = 48,
    TRAILER = 5, /* compression and sum */
    WORD = 4
};

#define MAGIC UINT64_C(0xdb4775248b80fb57)

struct table {
    const struct berth_blob *file;
    const char *path;
    berth_leveldb_visit *visit;
    void *arg;
    struct berth_error *err;
    size_t n_read; /* bytes before the end of the last data block */
};

struct block {
    size_t begin, size;
};

/* The last key, to which the next one adds. */
struct last_key {
    char bytes[BERTH_LEVELDB_KEY_MAX + 1];
    size_t n;
    bool any;
};

static enum berth_status fail(const struct table *t, const struct block *b,
                              const char *expected)
{
    return berth_fail(t->err, BERTH_ERR_FORMAT,
                      "%s: block at byte %zu: expected %s, found something "
                      "else: the file is damaged, get it again",
                      t->path, b->begin, expected);
}

static uint32_t word(const unsigned char *p)
{
    struct berth_message m = {p, p + WORD};
    uint64_t value;

    (void)berth_message_fixed(&m, WORD, &value);
    return (uint32_t)value;
}

static enum berth_status fail_table(const struct table *t, const char *found)
{
    return berth_fail(t->err, BERTH_ERR_FORMAT,
                      "%s: expected the index of a TensorFlow checkpoint (a "
                      "table of LevelDB), found %s",
                      t->path, found);
}

/* A handle of a block that ends before end. */
static bool read_handle(struct berth_message *m, size_t end, struct block *out)
{
    uint64_t begin, size;

    if (!berth_message_varint(m, &begin) || !berth_message_varint(m, &size) ||
        begin > end || end - begin < TRAILER || size > end - begin - TRAILER)
        return false;
    *out = (struct block){(size_t)begin, (size_t)size};
    return true;
}

/* Nothing of a block is believed before its sum is. */
static enum berth_status check_block(const struct table *t,
                                     const struct block *b)
{
    const unsigned char *data = t->file->data + b->begin;
    const unsigned char compression = data[b->size];
    const uint32_t sum = berth_crc32c_mask(berth_crc32c(0, data, b->size + 1));

    if (word(data + b->size + 1) != sum)
        return fail(t, b, "bytes with the CRC-32C that is written there");
    if (compression != 0)
        return berth_fail(t->err, BERTH_ERR_UNSUPPORTED,
                          "%s: block at byte %zu: expected no compression, "
                          "found kind %d%s, which TensorFlow does not write",
                          t->path, b->begin, compression,
                          compression == 1 ? " (snappy)" : "");
    return BERTH_OK;
}

/* The bytes of the entries, which the restarts follow. */
static bool read_restarts(const struct table *t, const struct block *b,
                          size_t *size, size_t *n_restarts)
{
    if (b->size < WORD)
        return false;
    *n_restarts = word(t->file->data + b->begin + b->size - WORD);
    if (*n_restarts == 0 || *n_restarts > b->size / WORD - 1)
        return false;
    *size = b->size - WORD - *n_restarts * WORD;
    return true;
}

/* The next key must be after the last one, by unsigned bytes. */
static bool next_key(struct last_key *last, size_t n_shared,
                     const unsigned char *rest, size_t n_rest)
{
    const size_t left = last->n - n_shared;
    const int order =
        memcmp(rest, last->bytes + n_shared, n_rest < left ? n_rest : left);

    if (last->any && (order < 0 || (order == 0 && n_rest <= left)))
        return false;
    memcpy(last->bytes + n_shared, rest, n_rest);
    last->n = n_shared + n_rest;
    last->bytes[last->n] = '\0';
    last->any = true;
    return true;
}

/* The entry at m->at, which m is then after. */
static enum berth_status read_entry(const struct table *t,
                                    const struct block *b, bool restart,
                                    struct berth_message *m,
                                    struct last_key *last,
                                    struct berth_leveldb_entry *out)
{
    uint64_t n_shared, n_rest, n_value;

    if (!berth_message_varint(m, &n_shared) ||
        !berth_message_varint(m, &n_rest) ||
        !berth_message_varint(m, &n_value) || n_shared > last->n ||
        n_rest > (uint64_t)(m->end - m->at) ||
        n_value > (uint64_t)(m->end - m->at) - n_rest ||
        (restart && n_shared > 0))
        return fail(t, b, "an entry");
    if (n_rest > BERTH_LEVELDB_KEY_MAX - n_shared)
        return berth_fail(t->err, BERTH_ERR_UNSUPPORTED,
                          "%s: block at byte %zu: expected keys of at most %d "
                          "bytes, found %zu",
                          t->path, b->begin, BERTH_LEVELDB_KEY_MAX,
                          (size_t)(n_shared + n_rest));
    if (!next_key(last, (size_t)n_shared, m->at, (size_t)n_rest))
        return fail(t, b, "keys in ascending order");
    m->at += n_rest;
    *out = (struct berth_leveldb_entry){
        last->bytes, last->n, {m->at, m->at + n_value}};
    m->at += n_value;
    return BERTH_OK;
}

/* All entries of a block; each restart begins one. */
static enum berth_status each_entry(struct table *t, const struct block *b,
                                    struct last_key *last,
                                    berth_leveldb_visit *visit, void *arg)
{
    const unsigned char *data = t->file->data + b->begin;
    enum berth_status status = check_block(t, b);
    size_t size, n_restarts, restart = 0;

    if (status != BERTH_OK)
        return status;
    if (!read_restarts(t, b, &size, &n_restarts))
        return fail(t, b, "restarts");
    struct berth_message m = {data, data + size};
    while (status == BERTH_OK && m.at < m.end) {
        struct berth_leveldb_entry entry;
        const bool begins =
            restart < n_restarts &&
            word(m.end + restart * WORD) == (size_t)(m.at - data);

        restart += begins ? 1 : 0;
        status = read_entry(t, b, begins, &m, last, &entry);
        if (status == BERTH_OK)
            status = visit(arg, &entry, t->err);
    }
    /* An empty block has one restart, at its begin. */
    if (status == BERTH_OK && (size > 0 ? restart : 1) != n_restarts)
        status = fail(t, b, "restarts where entries begin");
    return status;
}

/* The index has a key that is not before those of the block, and a handle. The
 * blocks follow one another, so that no byte is read twice. */
struct blocks {
    struct table *table;
    struct last_key last;
};

static enum berth_status read_data(void *arg,
                                   const struct berth_leveldb_entry *entry,
                                   struct berth_error *err)
{
    struct blocks *blocks = arg;
    struct table *t = blocks->table;
    struct berth_message m = entry->value;
    struct block b;

    (void)err;
    if (!read_handle(&m, t->file->size - FOOTER, &b) || b.begin < t->n_read)
        return fail_table(t, "an index that points elsewhere: the file is "
                             "damaged, get it again");
    t->n_read = b.begin + b.size + TRAILER;
    return each_entry(t, &b, &blocks->last, t->visit, t->arg);
}

enum berth_status berth_leveldb_each(const struct berth_blob *file,
                                     const char *path,
                                     berth_leveldb_visit *visit, void *arg,
                                     struct berth_error *err)
{
    struct table t = {file, path, visit, arg, err, 0};
    struct blocks blocks = {.table = &t};
    struct last_key last = {.n = 0};
    struct block metaindex, index;
    uint64_t magic;

    if (file->size < FOOTER)
        return fail_table(&t, "a file that is too short");
    const unsigned char *end = file->data + file->size;
    struct berth_message m = {end - FOOTER, end - 8};
    struct berth_message tail = {end - 8, end};
    (void)berth_message_fixed(&tail, 8, &magic);
    if (magic != MAGIC)
        return fail_table(&t, "another kind of file, or half of one");
    if (!read_handle(&m, file->size - FOOTER, &metaindex) ||
        !read_handle(&m, file->size - FOOTER, &index))
        return fail_table(&t, "a footer that points elsewhere: the file is "
                              "damaged, get it again");
    enum berth_status status = check_block(&t, &metaindex);
    return status == BERTH_OK
               ? each_entry(&t, &index, &last, read_data, &blocks)
               : status;
}
