/*
 * vector_file.c - reading, checking and writing files of vectors.
 */
#include "cli/vectors/vector_file.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/base/array.h"
#include "cli/base/ending.h"
#include "cli/base/progress.h"
#include "cli/base/thread.h"

enum {
    BLOCK_ROWS = 256,
    MAX_BYTES = 4 << 20, /* of a vector */
    MAX_THREADS = 64
};

static const char magic[8] = "BERTHV\0\4";

/* What is known of a block of rows. */
struct store_block {
    uint64_t sum;
    uint64_t wordless[BLOCK_ROWS / 64]; /* bit i: row i is of a text without
                                           words, and zeros */
};

/* Behind it the rows, filled up to a multiple of 8 bytes, and the blocks. */
struct header {
    char magic[8];
    uint64_t n_bytes;
    uint64_t n_rows;
    struct store_counts counts;
    uint8_t model[BLAKE2B_SIZE];
    uint8_t content[BLAKE2B_SIZE];
    uint64_t sum; /* of what comes before it, and of the blocks */
};

/* Every step is a bijection of its lane: a changed word changes the sum. */
static uint64_t sum_of(const void *data, size_t size, uint64_t seed)
{
    const char *p = data;
    uint64_t lanes[8], words[8], sum = seed;

    for (size_t j = 0; j < 8; j++)
        lanes[j] = seed + j;
    while (size > 0) {
        size_t n = size < sizeof(words) ? size : sizeof(words);

        if (n < sizeof(words))
            memset(words, 0, sizeof(words));
        memcpy(words, p, n);
        for (size_t j = 0; j < 8; j++) {
            lanes[j] = (lanes[j] ^ words[j]) * 0x9e3779b97f4a7c15u;
            lanes[j] ^= lanes[j] >> 29;
        }
        p += n;
        size -= n;
    }
    for (size_t j = 0; j < 8; j++)
        sum = (sum ^ lanes[j]) * 0xff51afd7ed558ccdu + 1;
    return sum;
}

static size_t n_blocks(size_t n_rows)
{
    return n_rows / BLOCK_ROWS + (n_rows % BLOCK_ROWS > 0);
}

static size_t rounded(size_t n)
{
    return (n + 7) / 8 * 8;
}

static uint64_t header_sum(const struct header *h,
                           const struct store_block *blocks)
{
    uint64_t seed = sum_of(h, offsetof(struct header, sum), 1);

    return sum_of(blocks, n_blocks(h->n_rows) * sizeof(*blocks), seed);
}

/* --------------------------------------------------------------- reading */

/* The sizes that the header claims fit the file. */
static bool fits(const struct header *h, size_t file_size)
{
    return h->n_bytes > 0 && h->n_bytes <= MAX_BYTES &&
           h->n_rows <= (file_size - sizeof(*h)) / h->n_bytes &&
           sizeof(*h) + rounded(h->n_rows * h->n_bytes) +
                   n_blocks(h->n_rows) * sizeof(struct store_block) ==
               file_size;
}

static enum store_found judge(struct store *s, const struct store_key *key)
{
    const struct header *h = s->map;

    if (memcmp(h->magic, magic, sizeof(magic) - 1) == 0 &&
        h->magic[sizeof(magic) - 1] < magic[sizeof(magic) - 1])
        return STORE_OLD;
    if (memcmp(h->magic, magic, sizeof(magic)) != 0 || !fits(h, s->map_size))
        return STORE_DAMAGED;
    s->rows = (const void *)(h + 1);
    s->blocks =
        (const void *)(s->rows + rounded(h->n_rows * (size_t)h->n_bytes));
    s->n_rows = h->n_rows;
    s->n_bytes = h->n_bytes;
    s->counts = h->counts;
    if (header_sum(h, s->blocks) != h->sum)
        return STORE_DAMAGED;
    if (memcmp(h->model, key->model, BLAKE2B_SIZE) != 0 ||
        h->n_bytes != key->n_bytes)
        return STORE_FOREIGN;
    return memcmp(h->content, key->content, BLAKE2B_SIZE) == 0 ? STORE_FOUND
                                                               : STORE_STALE;
}

enum store_found store_open(const char *path, const struct store_key *key,
                            struct store *out)
{
    struct store s = {.map = MAP_FAILED};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    enum store_found found = STORE_DAMAGED;
    struct stat st;

    if (fd < 0)
        return errno == ENOENT ? STORE_NONE : STORE_DAMAGED;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
        (uintmax_t)st.st_size >= sizeof(struct header) &&
        (uintmax_t)st.st_size <= PTRDIFF_MAX) {
        s.map_size = (size_t)st.st_size;
        s.map = mmap(NULL, s.map_size, PROT_READ, MAP_PRIVATE, fd, 0);
    }
    close(fd);
    if (s.map == MAP_FAILED)
        return STORE_DAMAGED;
    found = judge(&s, key);
    if (found == STORE_FOUND)
        *out = s;
    else
        munmap(s.map, s.map_size);
    return found;
}

void store_close(struct store *s)
{
    if (s->map != NULL)
        munmap(s->map, s->map_size);
    *s = (struct store){0};
}

struct scan {
    const struct store *store;
    store_score *score;
    const void *arg;
    size_t n_ways;
    float *scores;
    _Atomic size_t next; /* block */
    atomic_bool bad;
};

/* What means nothing is like nothing. Of what means something every score is a
 * number: else its vector was never to be kept, and is not believed. */
static bool judge_scores(const struct store_block *block, size_t n,
                         float *scores)
{
    for (size_t i = 0; i < n; i++) {
        if ((block->wordless[i / 64] >> i % 64 & 1) != 0)
            scores[i] = -INFINITY;
        else if (!isfinite(scores[i]))
            return false;
    }
    return true;
}

static void *scan_blocks(void *arg)
{
    struct scan *scan = arg;
    const struct store *s = scan->store;
    size_t block;

    while ((block = atomic_fetch_add(&scan->next, 1)) < n_blocks(s->n_rows)) {
        size_t first = block * BLOCK_ROWS;
        size_t n =
            s->n_rows - first < BLOCK_ROWS ? s->n_rows - first : BLOCK_ROWS;
        const unsigned char *rows = s->rows + first * s->n_bytes;

        bool ok = sum_of(rows, n * s->n_bytes, block) == s->blocks[block].sum;

        for (size_t way = 0; way < scan->n_ways; way++) {
            float *scores = scan->scores + way * s->n_rows + first;

            scan->score(scan->arg, way, rows, n, scores);
            ok = judge_scores(&s->blocks[block], n, scores) && ok;
        }
        if (!ok)
            atomic_store(&scan->bad, true);
    }
    return NULL;
}

bool store_scores(const struct store *s, store_score *score, const void *arg,
                  size_t n_ways, size_t n_threads, float *scores)
{
    struct scan scan = {.store = s,
                        .score = score,
                        .arg = arg,
                        .n_ways = n_ways,
                        .scores = scores};
    pthread_t threads[MAX_THREADS];
    size_t n = 0;

    while (n < MAX_THREADS && n + 1 < n_threads &&
           16 * n < n_blocks(s->n_rows) &&
           thread_start(&threads[n], scan_blocks, &scan))
        n++;
    progress_phase("comparing known vectors");
    scan_blocks(&scan);
    while (n > 0)
        pthread_join(threads[--n], NULL);
    progress_phase(NULL);
    return !atomic_load(&scan.bad);
}

/* --------------------------------------------------------------- writing */

struct store_writer {
    FILE *file;
    char *path;
    char *temp;
    struct header header;
    unsigned char *block; /* (BLOCK_ROWS, n_bytes) */
    size_t n_block;
    struct store_block present; /* what is known of it */
    struct store_block *blocks; /* (n_blocks) those before it */
    size_t n_blocks, room;
    int error; /* the first errno */
};

static void fail(struct store_writer *w, int error)
{
    if (w->error == 0)
        w->error = error != 0 ? error : EIO;
}

static void writer_free(struct store_writer *w)
{
    if (w->file != NULL)
        fclose(w->file);
    free(w->path);
    free(w->temp);
    free(w->block);
    free(w->blocks);
    free(w);
}

/* A file beside the path; mkstemp() makes it for its owner only. */
static bool create_beside(struct store_writer *w, const char *path)
{
    w->path = strdup(path);
    if (w->path == NULL)
        return false;
    if (asprintf(&w->temp, "%s.XXXXXX", path) < 0) {
        w->temp = NULL;
        return false;
    }
    int fd = ending_mkstemp(w->temp);

    if (fd < 0)
        return false;
    w->file = fdopen(fd, "w");
    if (w->file != NULL)
        return true;
    int saved = errno;

    close(fd);
    ending_unlink(w->temp);
    errno = saved;
    return false;
}

static void put(struct store_writer *w, const void *data, size_t size)
{
    if (size > 0 && fwrite(data, size, 1, w->file) != 1)
        fail(w, errno);
}

struct store_writer *store_create(const char *path, const struct store_key *key)
{
    struct store_writer *w = calloc(1, sizeof(*w));

    if (w == NULL)
        return NULL;
    memcpy(w->header.magic, magic, sizeof(magic));
    memcpy(w->header.model, key->model, BLAKE2B_SIZE);
    memcpy(w->header.content, key->content, BLAKE2B_SIZE);
    w->header.n_bytes = key->n_bytes;
    w->block = calloc(key->n_bytes, BLOCK_ROWS);
    if (w->block == NULL || !create_beside(w, path)) {
        int saved = errno;

        writer_free(w);
        errno = saved;
        return NULL;
    }
    put(w, &w->header, sizeof(w->header));
    return w;
}

static void end_block(struct store_writer *w)
{
    size_t bytes = w->n_block * w->header.n_bytes;

    if (w->n_block == 0)
        return;
    struct store_block *blocks =
        array_room(w->blocks, w->n_blocks, &w->room, sizeof(*blocks));

    if (blocks == NULL) {
        fail(w, ENOMEM);
        return;
    }
    w->blocks = blocks;
    w->present.sum = sum_of(w->block, bytes, w->n_blocks);
    blocks[w->n_blocks++] = w->present;
    w->present = (struct store_block){0};
    put(w, w->block, bytes);
    w->n_block = 0;
}

void store_add(struct store_writer *w, const void *row)
{
    if (w->error != 0)
        return;
    unsigned char *to = w->block + w->n_block * w->header.n_bytes;

    if (row != NULL) {
        memcpy(to, row, w->header.n_bytes);
    } else {
        memset(to, 0, w->header.n_bytes);
        w->present.wordless[w->n_block / 64] |= (uint64_t)1 << w->n_block % 64;
    }
    w->header.n_rows++;
    if (++w->n_block == BLOCK_ROWS)
        end_block(w);
}

static void end_file(struct store_writer *w)
{
    static const char zeros[8];
    struct header *h = &w->header;
    size_t bytes = h->n_rows * h->n_bytes;

    end_block(w);
    if (w->error != 0)
        return;
    h->sum = header_sum(h, w->blocks);
    put(w, zeros, rounded(bytes) - bytes);
    put(w, w->blocks, w->n_blocks * sizeof(*w->blocks));
    if (fseeko(w->file, 0, SEEK_SET) != 0)
        fail(w, errno);
    put(w, h, sizeof(*h));
}

/* As in sink_close(), and for the same reason: after a power cut the name must
 * not be that of an empty file. */
static void reach_disk(struct store_writer *w)
{
    if (fflush(w->file) != 0)
        fail(w, errno);
    else if (fsync(fileno(w->file)) != 0 && errno != EINVAL && errno != EROFS)
        fail(w, errno);
}

bool store_finish(struct store_writer *w, bool keep, bool durable,
                  const struct store_counts *counts)
{
    w->header.counts = *counts;
    if (keep)
        end_file(w);
    if (keep && durable && w->error == 0)
        reach_disk(w);
    if (fclose(w->file) != 0)
        fail(w, errno);
    w->file = NULL;
    if (keep && w->error == 0 && ending_rename(w->temp, w->path) != 0)
        fail(w, errno);
    if (!keep || w->error != 0)
        ending_unlink(w->temp);
    int error = w->error;

    writer_free(w);
    errno = error;
    return error == 0;
}
