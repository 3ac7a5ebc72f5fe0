/*
 * fuzz_store.c - a hostile file of vectors (--index, and the cache). If the
 * first byte is odd, the header's sum is made right: otherwise nothing after
 * the header would ever be looked at.
 */
#include "cli/vectors/vector_file.c"

#include "tests/fuzz/fuzz.h"

enum {
    N_BYTES = 8 /* of a vector */
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

static void make_right(unsigned char *file, size_t size)
{
    struct header h;

    if (size < sizeof(h))
        return;
    memcpy(&h, file, sizeof(h));
    memcpy(h.magic, magic, sizeof(magic));
    memset(h.model, 0, sizeof(h.model));
    memset(h.content, 0, sizeof(h.content));
    if (fits(&h, size))
        h.sum = header_sum(&h, (const void *)(file + sizeof(h) +
                                              rounded(h.n_rows * h.n_bytes)));
    memcpy(file, &h, sizeof(h));
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static struct fuzz_file file = {.fd = -1};
    const struct store_key key = {.n_bytes = N_BYTES};
    struct store s;

    if (size == 0)
        return 0;
    unsigned char *copy = fuzz_copy(data + 1, size - 1);

    if (data[0] & 1)
        make_right(copy, size - 1);
    fuzz_file_write(&file, copy, size - 1);
    free(copy);
    if (store_open(file.name, &key, &s) != STORE_FOUND)
        return 0;
    EXPECT(s.n_rows <= size / N_BYTES, "%zu rows in %zu bytes", s.n_rows, size);
    float *scores = calloc(s.n_rows + 1, sizeof(*scores));

    EXPECT(scores != NULL, "no memory for %zu rows", s.n_rows);
    store_scores(&s, score, NULL, 1, 1, scores);
    free(scores);
    store_close(&s);
    return 0;
}
