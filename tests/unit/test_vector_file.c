/*
 * test_vector_file.c - files of vectors: what is written is read again, and
 * nothing damaged or foreign is taken for it.
 */
#include "cli/vectors/vector_file.h"

#include "tests/scratch.h"
#include "tests/tap.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>

enum {
    N_BYTES = 12, /* of a vector */
    HEADER = 1024,
    PART = 144, /* of the table */
    BLOCK = 80,
    WORDLESS = 7 /* every such row is of a text without words */
};

static struct scratch folder;
static char path[SCRATCH_PATH + 256];

static struct store_key key_of(uint8_t model, size_t n_bytes)
{
    struct store_key key = {.n_bytes = n_bytes};

    memset(key.model, model, sizeof(key.model));
    return key;
}

static const struct store_key key = {.n_bytes = N_BYTES};

/* Rows first ... end - 1; row i begins with its number, that of a text without
 * words holds nothing. */
static void add_rows(struct store_writer *w, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++) {
        unsigned char row[N_BYTES] = {(unsigned char)i, (unsigned char)(i >> 8),
                                      (unsigned char)(i >> 16),
                                      [N_BYTES - 1] = 7};

        store_add(w, i % WORDLESS == 3 ? NULL : row, NULL, 10 * i, i + 1);
    }
}

static const struct store_part whole = {
    .content = {5}, .stamp = {.size = 99}, .counts = {3, 70000, 9}};

static bool write_rows(size_t n, bool keep, bool durable)
{
    struct store_writer *w = store_create(path, &key);
    struct store_part part = whole;

    if (w == NULL)
        return false;
    add_rows(w, 0, n);
    store_end_part(w, NULL, 0, &part);
    return store_finish(w, keep, durable);
}

static float number_of(const unsigned char *row)
{
    return row[N_BYTES - 1] == 7
               ? (float)(row[0] + 256 * row[1] + 65536 * row[2])
               : -1.0f;
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
static bool scores_are_right(const struct store *s, size_t p, size_t n_threads)
{
    const struct store_part *part = &s->parts[p];
    const float add = 0.5f;
    float *scores = calloc(2 * part->n_rows + 1, sizeof(*scores));
    bool ok = store_scores(s, part, score, &add, 2, n_threads, scores);

    for (size_t i = 0; i < 2 * part->n_rows; i++) {
        const size_t row = i % part->n_rows, way = i / part->n_rows;

        ok = ok &&
             scores[i] ==
                 (row % WORDLESS == 3 ? -INFINITY : (float)(row + way) + add);
    }
    free(scores);
    return ok;
}

static size_t file_size(void)
{
    struct stat st = {0};

    stat(path, &st);
    return (size_t)st.st_size;
}

static size_t rounded(size_t n)
{
    return (n + 63) / 64 * 64;
}

static void test_written(void)
{
    static const size_t sizes[] = {0, 1, 2, 255, 256, 257, 600, 10000, 400000};

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        const size_t n = sizes[i];
        struct store s = {0};
        struct stat st = {0};

        CHECK(write_rows(n, true, i % 2 == 0), "%zu rows are written", n);
        stat(path, &st);
        EQUAL_SIZE((size_t)st.st_size,
                   HEADER + rounded(n * N_BYTES) + PART +
                       (n + 255) / 256 * BLOCK,
                   "%zu rows: bytes of the file", n);
        EQUAL_SIZE(st.st_mode & 0777, 0600, "%zu rows: for the owner only", n);
        if (!EQUAL_INT(store_open(path, &key, &s), STORE_FOUND,
                       "%zu rows: open", n))
            continue;
        EQUAL_SIZE(s.n_parts, 1, "%zu rows: n_parts", n);
        EQUAL_SIZE(s.parts->n_rows, n, "%zu rows: n_rows", n);
        EQUAL_SIZE(s.parts->counts.n_invalid, 70000, "%zu rows: n_invalid", n);
        EQUAL_SIZE(s.parts->stamp.size, 99, "%zu rows: size of the text", n);
        CHECK(scores_are_right(&s, 0, 1), "%zu rows: scores of one thread", n);
        CHECK(scores_are_right(&s, 0, 8), "%zu rows: of eight threads", n);
        for (size_t b = 0, wrong = 0; b < s.n_blocks; b++) {
            wrong += s.blocks[b].place != 2560 * b ||
                     s.blocks[b].line != 256 * b + 1;
            if (b + 1 == s.n_blocks)
                EQUAL_SIZE(wrong, 0, "%zu rows: places of the blocks", n);
        }
        store_close(&s);
        CHECK(s.map == NULL, "%zu rows: nothing is mapped after close", n);
    }
}

static void test_other_keys(void)
{
    const struct store_key model = key_of(1, N_BYTES);
    const struct store_key size = key_of(0, N_BYTES + 4);
    struct store s;
    char other[SCRATCH_PATH + 256];

    write_rows(5, true, false);
    EQUAL_INT(store_open(path, &model, &s), STORE_FOREIGN, "another model");
    EQUAL_INT(store_open(path, &size, &s), STORE_FOREIGN, "another size");
    EQUAL_INT(store_open(scratch_name(&folder, "none", other), &key, &s),
              STORE_NONE, "no such file");
    EQUAL_INT(store_open(folder.path, &key, &s), STORE_DAMAGED, "a folder");
}

/* How many rows these bytes have, in parts that are whole; SIZE_MAX where they
 * are damaged. */
static size_t rows_in(const unsigned char *data, size_t size)
{
    char name[SCRATCH_PATH + 256];
    size_t n = 0;
    struct store s;

    scratch_write(&folder, "bent", data, size);
    if (store_open(scratch_name(&folder, "bent", name), &key, &s) !=
        STORE_FOUND)
        return SIZE_MAX;
    for (size_t p = 0; p < s.n_parts && n != SIZE_MAX; p++)
        n = scores_are_right(&s, p, 1) ? n + s.parts[p].n_rows : SIZE_MAX;
    store_close(&s);
    return n;
}

static void test_damage(void)
{
    size_t size = 0, missed = 0;
    const size_t pad = HEADER + 3 * N_BYTES; /* up to 64 that mean nothing */
    char name[SCRATCH_PATH + 256];
    struct store s;

    write_rows(3, true, false);
    unsigned char *data = scratch_read(path, &size);

    if (!CHECK(data != NULL, "read %s", path))
        return;
    EQUAL_SIZE(rows_in(data, size), 3, "the file as it is");
    for (size_t i = 0; i < size; i++) {
        /* The other slot is not used yet. */
        if ((i >= HEADER / 2 && i < HEADER) ||
            (i >= pad && i < HEADER + rounded(3 * N_BYTES)))
            continue;
        data[i] ^= (unsigned char)(1 << i % 8);
        missed += rows_in(data, size) != SIZE_MAX;
        data[i] ^= (unsigned char)(1 << i % 8);
    }
    EQUAL_SIZE(missed, 0, "files with a flipped bit that were believed");
    for (size_t n = 0; n < size; n++)
        missed += rows_in(data, n) != SIZE_MAX;
    EQUAL_SIZE(missed, 0, "files that end early and were believed");
    data[7]--;
    EQUAL_SIZE(rows_in(data, size), SIZE_MAX, "a number that is damaged");
    data[100] ^= 1; /* another form has another sum */
    scratch_write(&folder, "bent", data, size);
    EQUAL_INT(store_open(scratch_name(&folder, "bent", name), &key, &s),
              STORE_OLD, "an earlier version");
    data[100] ^= 1;
    data[7] += 2;
    EQUAL_SIZE(rows_in(data, size), SIZE_MAX, "a later version");
    free(data);
}

/* ---------------------------------------------------------------- growth */

/* Rows n ... end - 1 of the part that there is, and another one of 5. */
static bool append_rows(size_t end, bool keep)
{
    struct store_part part = whole, other = whole;
    struct store s;
    bool ok = store_open(path, &key, &s) == STORE_FOUND;
    struct store_writer *w = ok ? store_append(path, &s) : NULL;

    if (w != NULL) {
        add_rows(w, s.parts->n_rows, end);
        store_end_part(w, s.blocks + s.parts->first_block, s.parts->n_blocks,
                       &part);
        add_rows(w, 0, 5);
        store_end_part(w, NULL, 0, &other);
        ok = store_finish(w, keep, true);
    }
    if (ok)
        ok = scores_are_right(&s, 0, 1); /* what is open stays as it was */
    store_close(&s);
    return ok && w != NULL;
}

static void check_rows(size_t n, size_t n_parts, const char *when)
{
    struct store s;

    if (!EQUAL_INT(store_open(path, &key, &s), STORE_FOUND, "%s: open", when))
        return;
    EQUAL_SIZE(s.n_parts, n_parts, "%s: n_parts", when);
    EQUAL_SIZE(s.parts->n_rows, n, "%s: n_rows", when);
    CHECK(scores_are_right(&s, 0, 3), "%s: rows", when);
    store_close(&s);
}

static void test_growth(void)
{
    struct store s;

    write_rows(300, true, false);
    CHECK(append_rows(301, true), "one row is added");
    check_rows(301, 2, "one more");
    CHECK(append_rows(2000, true), "many rows are added");
    check_rows(2000, 2, "many more");
    const size_t size = file_size();

    CHECK(append_rows(3000, false), "rows that are not kept");
    EQUAL_SIZE(file_size(), size, "they are not in the file");
    check_rows(2000, 2, "no more");

    store_open(path, &key, &s);
    struct store_writer *one = store_append(path, &s);

    CHECK(one != NULL, "one adds to the file");
    errno = 0;
    CHECK(store_append(path, &s) == NULL && errno == EAGAIN,
          "another one cannot meanwhile");
    store_finish(one, true, false);
    errno = 0;
    CHECK(store_append(path, &s) == NULL && errno == EAGAIN,
          "nor after that, with what it has read before");
    store_close(&s);
}

/* A file that was made anew is as old as the first one was. */
static void test_replaced(void)
{
    struct store s;

    write_rows(300, true, false);
    store_open(path, &key, &s);
    write_rows(500, true, false);
    errno = 0;
    CHECK(store_append(path, &s) == NULL && errno == EAGAIN,
          "nothing is added to another file than was read");
    errno = 0;
    CHECK(store_replace(path, &key, &s) == NULL && errno == EAGAIN,
          "nor is it replaced");
    store_close(&s);
    check_rows(500, 1, "the other file");

    store_open(path, &key, &s);
    struct store_writer *one = store_replace(path, &key, &s);

    CHECK(one != NULL, "one replaces the file");
    errno = 0;
    CHECK(store_append(path, &s) == NULL && errno == EAGAIN,
          "no other one adds to it meanwhile");
    store_finish(one, false, false);
    CHECK(append_rows(600, true), "but after that");
    store_close(&s);
}

/* The states in which a kill or a cut of the power may leave the file: what was
 * there before is there, or all of what was added. */
static void test_torn(void)
{
    size_t before = 0, after = 0, wrong = 0;

    write_rows(300, true, false);
    unsigned char *old = scratch_read(path, &before);

    append_rows(700, true);
    unsigned char *new = scratch_read(path, &after);

    if (!CHECK(old != NULL && new != NULL, "read %s", path))
        return;
    unsigned char *state = calloc(after, 1);

    memcpy(state, old, before);
    for (size_t n = before; n <= after; n++) {
        if (n > before)
            state[n - 1] = new[n - 1];
        wrong += n % 16 == 0 && rows_in(state, n) != 300;
    }
    EQUAL_SIZE(wrong, 0, "states before the slot that are not the old rows");
    for (size_t n = 0; n < HEADER / 2; n++) {
        state[HEADER / 2 + n] = new[HEADER / 2 + n];
        wrong += n % 16 == 0 && rows_in(state, after) != 300;
    }
    EQUAL_SIZE(wrong, 0, "states within the slot that are not the old rows");
    EQUAL_SIZE(rows_in(new, after), 705, "rows after it");
    /* The slot is there sooner than the table. */
    memset(state + after - BLOCK, 0, BLOCK);
    EQUAL_SIZE(rows_in(state, after), 300, "rows where the table is not whole");
    EQUAL_SIZE(rows_in(new, after - 1), 300, "rows where it ends early");
    /* Then more is added. */
    char name[SCRATCH_PATH + 256];

    scratch_write(&folder, "v", state, after - 1);
    CHECK(strcmp(scratch_name(&folder, "v", name), path) == 0, "the same file");
    CHECK(append_rows(900, true), "rows are added to such a file");
    check_rows(900, 2, "after that");
    free(old);
    free(new);
    free(state);
}

static void test_copied(void)
{
    struct store_part part = whole;
    size_t size = 0;
    struct store s;

    write_rows(300, true, false);
    store_open(path, &key, &s);
    struct store_writer *w = store_create(path, &key);

    store_copy(w, &s, s.blocks, s.n_blocks);
    add_rows(w, 300, 400);
    store_end_part(w, NULL, 0, &part);
    CHECK(store_finish(w, true, false), "rows are copied");
    store_close(&s);
    check_rows(400, 1, "copied");

    unsigned char *data = scratch_read(path, &size);

    data[HEADER + 50] ^= 1;
    scratch_write(&folder, "v", data, size);
    free(data);
    store_open(path, &key, &s);
    w = store_create(path, &key);
    store_copy(w, &s, s.blocks, s.n_blocks);
    store_end_part(w, NULL, 0, &part);
    errno = 0;
    CHECK(!store_finish(w, true, false) && errno == EBADMSG,
          "damaged rows are not copied");
    store_close(&s);
}

/* ---------------------------------------------------------------- beside */

static const struct store_key key_beside = {.n_bytes = N_BYTES,
                                            .n_beside = sizeof(double)};

static bool write_beside(size_t n)
{
    struct store_writer *w = store_create(path, &key_beside);
    struct store_part part = whole;

    for (size_t i = 0; i < n; i++) {
        const unsigned char row[N_BYTES] = {
            (unsigned char)i, (unsigned char)(i >> 8), (unsigned char)(i >> 16),
            [N_BYTES - 1] = 7};
        const double beside = (double)i / 3;

        store_add(w, i % WORDLESS == 3 ? NULL : row, &beside, 10 * i, i + 1);
    }
    store_end_part(w, NULL, 0, &part);
    return store_finish(w, true, false);
}

/* Rows of a part beside which there is something else than was written. */
static size_t wrong_beside(const struct store *s, const struct store_part *part)
{
    struct store_beside beside;
    size_t wrong = 0;

    store_beside_open(&beside, s, part);
    for (size_t i = 0; i < part->n_rows; i++) {
        const double want = i % WORDLESS == 3 ? 0 : (double)i / 3;
        const void *found = store_beside_get(&beside, i);

        wrong += found == NULL || memcmp(found, &want, sizeof(want)) != 0;
    }
    free(beside.firsts);
    return wrong;
}

/* Copies it, and adds the rows after n. */
static void copy_beside(size_t n, size_t end)
{
    struct store_part part = whole;
    struct store s;

    store_open(path, &key_beside, &s);
    struct store_writer *w = store_create(path, &key_beside);

    store_copy(w, &s, s.blocks, s.n_blocks);
    for (size_t i = n; i < end; i++)
        store_add(w, &(unsigned char[N_BYTES]){7}, &(double){(double)i / 3}, 0,
                  0);
    store_end_part(w, NULL, 0, &part);
    CHECK(store_finish(w, true, false), "they are copied");
    store_close(&s);
}

static void test_beside(void)
{
    /* More than wait for each other. */
    static const size_t sizes[] = {1, 256, 300, 400000};
    size_t size = 0, missed = 0;
    struct store s;

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        CHECK(write_beside(sizes[i]), "%zu rows with others beside", sizes[i]);
        EQUAL_INT(store_open(path, &key, &s), STORE_FOREIGN,
                  "%zu rows: opened as if there were none", sizes[i]);
        if (!EQUAL_INT(store_open(path, &key_beside, &s), STORE_FOUND,
                       "%zu rows: open", sizes[i]))
            return;
        CHECK(scores_are_right(&s, 0, 2), "%zu rows", sizes[i]);
        EQUAL_SIZE(wrong_beside(&s, s.parts), 0, "%zu rows: wrong beside them",
                   sizes[i]);
        for (size_t b = 1; b < s.n_blocks; b++)
            missed += s.blocks[b].at - s.blocks[b - 1].at != 256 * N_BYTES;
        store_close(&s);
    }
    CHECK(missed > 0 && missed < 4, "blocks follow each other: %zu gaps",
          missed);
    write_beside(300);
    copy_beside(300, 302);
    copy_beside(302, 303);
    store_open(path, &key_beside, &s);
    EQUAL_SIZE(s.parts->n_rows, 303, "rows of the copy");
    EQUAL_SIZE(wrong_beside(&s, s.parts), 0, "wrong beside them");
    const size_t at = s.blocks->beside;

    store_close(&s);

    unsigned char *data = scratch_read(path, &size);

    for (size_t i = 0; data != NULL && i < 2 * (sizeof(double) + 8); i++) {
        data[at + i] ^= 4;
        scratch_write(&folder, "v", data, size);
        data[at + i] ^= 4;
        store_open(path, &key_beside, &s);
        missed += wrong_beside(&s, s.parts) != 1;
        store_close(&s);
    }
    free(data);
    CHECK(missed < 4, "flipped bits beside that were believed");
}

static void score_nan(const void *arg, size_t way, const void *rows, size_t n,
                      float *scores)
{
    score(arg, way, rows, n, scores);
    scores[n / 2] = NAN;
}

static void test_not_a_number(void)
{
    const float add = 0;
    float scores[6];
    struct store s;

    write_rows(6, true, false);
    if (!EQUAL_INT(store_open(path, &key, &s), STORE_FOUND, "open"))
        return;
    CHECK(store_scores(&s, s.parts, score_nan, &add, 1, 1, scores),
          "no number, of a text without words");
    store_close(&s);
    write_rows(5, true, false);
    if (!EQUAL_INT(store_open(path, &key, &s), STORE_FOUND, "open"))
        return;
    CHECK(!store_scores(&s, s.parts, score_nan, &add, 1, 1, scores),
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
    const size_t before = n_entries();
    struct store s = {0};
    char name[SCRATCH_PATH + 256];

    write_rows(5, true, false);
    CHECK(write_rows(300, false, false), "a file that is not kept");
    EQUAL_INT(store_open(path, &key, &s), STORE_FOUND,
              "what was there before it");
    EQUAL_SIZE(s.parts->n_rows, 5, "rows of what was there before it");
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
    test_growth();
    test_replaced();
    test_torn();
    test_copied();
    test_beside();
    test_not_a_number();
    test_dropped();
    scratch_remove(&folder);
    return tap_done();
}
