/*
 * test_vector_file.c - files of vectors: what is written is read again, and
 * nothing damaged, foreign or stale is taken for it.
 */
#include "cli/vectors/vector_file.h"

#include "tests/scratch.h"
#include "tests/tap.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>

enum {
    N_BYTES = 12, /* of a vector: no multiple of 8, so that rows are padded */
    HEADER = 120, /* magic 8, sizes 16, counts 24, digests 64, sum 8 */
    BLOCK = 40,   /* sum 8, 256 bits */
    WORDLESS = 7  /* every such row is of a text without words */
};

static struct scratch folder;
static char path[SCRATCH_PATH + 256];

static struct store_key key_of(uint8_t model, uint8_t content, size_t n_bytes)
{
    struct store_key key = {.n_bytes = n_bytes};

    memset(key.model, model, sizeof(key.model));
    memset(key.content, content, sizeof(key.content));
    return key;
}

static const struct store_counts counts = {3, 70000, 9};

/* Row i begins with its number; those of a text without words hold nothing. */
static bool write_rows(size_t n, bool keep, bool durable)
{
    const struct store_key key = key_of(1, 2, N_BYTES);
    struct store_writer *w = store_create(path, &key);

    if (w == NULL)
        return false;
    for (size_t i = 0; i < n; i++) {
        unsigned char row[N_BYTES] = {(unsigned char)i, (unsigned char)(i >> 8),
                                      [N_BYTES - 1] = 7};

        store_add(w, i % WORDLESS == 3 ? NULL : row);
    }
    return store_finish(w, keep, durable, &counts);
}

static float number_of(const unsigned char *row)
{
    return row[N_BYTES - 1] == 7 ? (float)(row[0] + 256 * row[1]) : -1.0f;
}

static void score(const void *arg, size_t way, const void *rows, size_t n,
                  float *scores)
{
    const float *add = arg;
    const unsigned char *p = rows;

    for (size_t i = 0; i < n; i++)
        scores[i] = number_of(p + i * N_BYTES) + *add + (float)way;
}

/* Whether scores are 0.5, 1.5, 2.5, -infinity, 4.5 ... and, the other way, one
 * more. */
static bool scores_are_right(const struct store *s, size_t n_threads)
{
    const float add = 0.5f;
    float *scores = calloc(2 * s->n_rows + 1, sizeof(*scores));
    bool ok = store_scores(s, score, &add, 2, n_threads, scores);

    for (size_t i = 0; i < 2 * s->n_rows; i++) {
        const size_t row = i % s->n_rows, way = i / s->n_rows;

        ok = ok &&
             scores[i] ==
                 (row % WORDLESS == 3 ? -INFINITY : (float)(row + way) + add);
    }
    free(scores);
    return ok;
}

static void test_written(void)
{
    static const size_t sizes[] = {0, 1, 2, 255, 256, 257, 600, 10000};
    const struct store_key key = key_of(1, 2, N_BYTES);

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        const size_t n = sizes[i];
        struct store s = {0};
        struct stat st = {0};

        CHECK(write_rows(n, true, i % 2 == 0), "%zu rows are written", n);
        stat(path, &st);
        EQUAL_SIZE((size_t)st.st_size,
                   HEADER + (n * N_BYTES + 7) / 8 * 8 + (n + 255) / 256 * BLOCK,
                   "%zu rows: bytes of the file", n);
        EQUAL_SIZE(st.st_mode & 0777, 0600, "%zu rows: for the owner only", n);
        if (!EQUAL_INT(store_open(path, &key, &s), STORE_FOUND,
                       "%zu rows: open", n))
            continue;
        EQUAL_SIZE(s.n_rows, n, "%zu rows: n_rows", n);
        EQUAL_SIZE(s.n_bytes, N_BYTES, "%zu rows: n_bytes", n);
        EQUAL_SIZE(s.counts.n_truncated, 3, "%zu rows: n_truncated", n);
        EQUAL_SIZE(s.counts.n_invalid, 70000, "%zu rows: n_invalid", n);
        EQUAL_SIZE(s.counts.n_mostly_unknown, 9, "%zu rows: n_mostly_unknown",
                   n);
        CHECK(scores_are_right(&s, 1), "%zu rows: scores of one thread", n);
        CHECK(scores_are_right(&s, 8), "%zu rows: scores of eight threads", n);
        store_close(&s);
        CHECK(s.map == NULL, "%zu rows: nothing is mapped after close", n);
    }
}

static void test_other_keys(void)
{
    struct store_key model = key_of(1, 2, N_BYTES);
    struct store_key content = model;
    const struct store_key size = key_of(1, 2, N_BYTES + 4);
    struct store s;
    char other[SCRATCH_PATH + 256];

    write_rows(5, true, false);
    model.model[BLAKE2B_SIZE - 1] ^= 1;
    EQUAL_INT(store_open(path, &model, &s), STORE_FOREIGN, "another model");
    EQUAL_INT(store_open(path, &size, &s), STORE_FOREIGN, "another size");
    content.content[0] ^= 1;
    EQUAL_INT(store_open(path, &content, &s), STORE_STALE, "other texts");
    model.content[0] ^= 1;
    EQUAL_INT(store_open(path, &model, &s), STORE_FOREIGN,
              "another model and other texts");
    EQUAL_INT(store_open(scratch_name(&folder, "none", other), &content, &s),
              STORE_NONE, "no such file");
    EQUAL_INT(store_open(folder.path, &content, &s), STORE_DAMAGED, "a folder");
}

/* What store_open() says of these bytes; FOUND becomes DAMAGED where the rows
 * are not as they were written. */
static enum store_found found_in(const unsigned char *data, size_t size)
{
    const struct store_key key = key_of(1, 2, N_BYTES);
    char name[SCRATCH_PATH + 256];
    float scores[16];
    struct store s;
    const float add = 0;

    scratch_write(&folder, "bent", data, size);
    enum store_found found =
        store_open(scratch_name(&folder, "bent", name), &key, &s);

    if (found != STORE_FOUND)
        return found;
    if (!store_scores(&s, score, &add, 1, 1, scores))
        found = STORE_DAMAGED;
    store_close(&s);
    return found;
}

static void test_damage(void)
{
    size_t size = 0, missed = 0;
    const size_t pad = HEADER + 3 * N_BYTES; /* 4 bytes that mean nothing */

    write_rows(3, true, false);
    unsigned char *data = scratch_read(path, &size);

    if (!CHECK(data != NULL, "read %s", path))
        return;
    EQUAL_INT(found_in(data, size), STORE_FOUND, "the file as it is");
    for (size_t i = 0; i < size; i++) {
        if (i >= pad && i < pad + 4)
            continue;
        data[i] ^= (unsigned char)(1 << i % 8);
        missed += found_in(data, size) == STORE_FOUND;
        data[i] ^= (unsigned char)(1 << i % 8);
    }
    EQUAL_SIZE(missed, 0, "files with a flipped bit that were believed");
    for (size_t n = 0; n < size; n++)
        missed += found_in(data, n) != STORE_DAMAGED;
    EQUAL_SIZE(missed, 0, "files that end early and were believed");
    data = realloc(data, size + 8);
    memset(data + size, 0, 8);
    EQUAL_INT(found_in(data, size + 8), STORE_DAMAGED, "a file that goes on");
    data[7]--;
    EQUAL_INT(found_in(data, size), STORE_OLD, "an earlier version");
    data[7] += 2;
    EQUAL_INT(found_in(data, size), STORE_DAMAGED, "a later version");
    free(data);
}

static void score_nan(const void *arg, size_t way, const void *rows, size_t n,
                      float *scores)
{
    score(arg, way, rows, n, scores);
    scores[n / 2] = NAN;
}

static void test_not_a_number(void)
{
    const struct store_key key = key_of(1, 2, N_BYTES);
    const float add = 0;
    float scores[6];
    struct store s;

    write_rows(6, true, false);
    if (!EQUAL_INT(store_open(path, &key, &s), STORE_FOUND, "open"))
        return;
    CHECK(store_scores(&s, score_nan, &add, 1, 1, scores),
          "no number, of a text without words");
    store_close(&s);
    write_rows(5, true, false);
    if (!EQUAL_INT(store_open(path, &key, &s), STORE_FOUND, "open"))
        return;
    CHECK(!store_scores(&s, score_nan, &add, 1, 1, scores),
          "no number, of another");
    store_close(&s);
}

static size_t n_entries(void)
{
    DIR *dir = opendir(folder.path);
    size_t n = 0;

    while (dir != NULL && readdir(dir) != NULL)
        n++;
    if (dir != NULL)
        closedir(dir);
    return n;
}

static void test_dropped(void)
{
    const struct store_key key = key_of(1, 2, N_BYTES);
    const size_t before = n_entries();
    struct store s = {0};
    char name[SCRATCH_PATH + 256];

    write_rows(5, true, false);
    CHECK(write_rows(300, false, false), "a file that is not kept");
    EQUAL_INT(store_open(path, &key, &s), STORE_FOUND,
              "what was there before it");
    EQUAL_SIZE(s.n_rows, 5, "rows of what was there before it");
    store_close(&s);
    EQUAL_SIZE(n_entries(), before, "files in the folder: none is left behind");
    errno = 0;
    CHECK(store_create(scratch_name(&folder, "no/such", name), &key) == NULL,
          "no file is made in a folder that is not there");
    EQUAL_INT(errno, ENOENT, "errno of it");
}

int main(void)
{
    if (!scratch_make(&folder))
        return 1;
    scratch_name(&folder, "v", path);
    test_written();
    test_other_keys();
    test_damage();
    test_not_a_number();
    test_dropped();
    scratch_remove(&folder);
    return tap_done();
}
