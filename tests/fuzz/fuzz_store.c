/*
 * fuzz_store.c - a hostile file of vectors (--index, and the cache). If the
 * first byte is odd, all its sums are made right: otherwise nothing after the
 * header would ever be looked at.
 */
#include "cli/vectors/vector_file.c"

#include "tests/fuzz/fuzz.h"

enum {
    N_BYTES = 8, /* of a vector */
    N_BESIDE = 8
};

/* Reads the first and last byte of every row. */
static void score(const void *arg, size_t way, const void *rows, size_t n,
                  float *scores)
{
    const unsigned char *p = rows;

    (void)arg;
    (void)way;
    for (size_t i = 0; i < n; i++, p += N_BYTES)
        scores[i] = (float)(p[0] + p[N_BYTES - 1]);
}

static void make_beside_right(unsigned char *file, const struct store *s,
                              const struct store_block *b)
{
    for (size_t i = 0; i < b->n_rows; i++) {
        unsigned char *beside = file + b->beside + i * (N_BESIDE + 8);
        const uint64_t sum = form_beside_sum(file + b->at + i * s->n_bytes,
                                             s->n_bytes, beside, N_BESIDE);

        memcpy(beside + N_BESIDE, &sum, sizeof(sum));
    }
}

/* The table and the blocks of a slot, where they are in the file. */
static void make_table_right(unsigned char *file, size_t size,
                             struct form_slot *slot)
{
    struct store s = {.map = file, .map_size = size};

    find_table(&s, slot);
    if (s.parts == NULL)
        return;
    struct store_block *blocks =
        (void *)(file + slot->table_at + s.n_parts * sizeof(*s.parts));

    for (size_t i = 0; i < s.n_blocks; i++) {
        if (!block_fits(&s, &blocks[i]))
            continue;
        if (s.n_beside == N_BESIDE)
            make_beside_right(file, &s, &blocks[i]);
        blocks[i].sum = form_sum_of(file + blocks[i].at,
                                    blocks[i].n_rows * s.n_bytes, blocks[i].at);
    }
    slot->table_sum = form_table_sum(s.parts, s.n_parts, s.blocks, s.n_blocks);
}

static void make_right(unsigned char *file, size_t size)
{
    struct form_header h;

    if (size < sizeof(h))
        return;
    memcpy(&h, file, sizeof(h));
    for (size_t i = 0; i < FORM_SLOTS; i++) {
        struct form_slot *slot = &h.slots[i];

        memcpy(slot->magic, FORM_MAGIC, sizeof(slot->magic));
        memset(slot->model, 0, sizeof(slot->model));
        make_table_right(file, size, slot);
        slot->sum = form_slot_sum(slot);
    }
    memcpy(file, &h, sizeof(h));
}

static void read_part(const struct store *s, const struct store_part *part)
{
    EXPECT(part->n_rows <= s->n_blocks * STORE_BLOCK_ROWS,
           "%zu rows in %zu blocks", (size_t)part->n_rows, s->n_blocks);
    float *scores = calloc(part->n_rows + 1, sizeof(*scores));

    EXPECT(scores != NULL, "no memory for %zu rows", (size_t)part->n_rows);
    store_scores(s, part, score, NULL, 1, 1, scores);
    free(scores);
    if (s->n_beside == 0)
        return;
    struct store_beside beside;

    EXPECT(store_beside_open(&beside, s, part), "no memory for %zu blocks",
           (size_t)part->n_blocks);
    for (size_t i = 0; i < part->n_rows; i++) {
        const unsigned char *p = store_beside_get(&beside, i);

        EXPECT(p == NULL || p[0] + p[N_BESIDE - 1] >= 0, "row %zu", i);
    }
    free(beside.firsts);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static struct fuzz_file file = {.fd = -1};
    const struct store_key keys[] = {
        {.n_bytes = N_BYTES}, {.n_bytes = N_BYTES, .n_beside = N_BESIDE}};

    if (size == 0)
        return 0;
    unsigned char *copy = fuzz_copy(data + 1, size - 1);

    if (data[0] & 1)
        make_right(copy, size - 1);
    fuzz_file_write(&file, copy, size - 1);
    free(copy);
    for (size_t k = 0; k < 2; k++) {
        struct store s;

        if (store_open(file.name, &keys[k], &s) != STORE_FOUND)
            continue;
        for (size_t i = 0; i < s.n_parts; i++)
            read_part(&s, &s.parts[i]);
        store_close(&s);
    }
    return 0;
}
