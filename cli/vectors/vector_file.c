/*
 * vector_file.c - reading and checking files of vectors.
 */
#include "cli/vectors/vector_file.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/base/progress.h"
#include "cli/base/thread.h"
#include "cli/vectors/vector_form.h"

enum {
    MAX_THREADS = 64
};

/* --------------------------------------------------------------- opening */

/* The table that the slot claims is in the file; also where it ends. */
static bool find_table(struct store *s, const struct form_slot *slot)
{
    const size_t part = sizeof(struct store_part);
    const size_t block = sizeof(struct store_block);
    const size_t room = s->map_size;

    if (slot->table_at < sizeof(struct form_header) || slot->table_at > room ||
        slot->table_at % FORM_ALIGN != 0 || slot->n_bytes == 0 ||
        slot->n_bytes > FORM_MAX_BYTES || slot->n_beside > FORM_MAX_BYTES ||
        slot->n_parts > (room - slot->table_at) / part ||
        slot->n_blocks > (room - slot->table_at - slot->n_parts * part) / block)
        return false;
    s->n_bytes = slot->n_bytes;
    s->n_beside = slot->n_beside;
    s->n_parts = slot->n_parts;
    s->n_blocks = slot->n_blocks;
    s->parts = (const void *)((const char *)s->map + slot->table_at);
    s->blocks = (const void *)(s->parts + s->n_parts);
    s->end = slot->table_at + s->n_parts * part + s->n_blocks * block;
    return form_table_sum(s->parts, s->n_parts, s->blocks, s->n_blocks) ==
           slot->table_sum;
}

/* n pieces from at on are in the file. */
static bool is_inside(const struct store *s, uint64_t at, uint64_t n,
                      size_t size)
{
    return at >= sizeof(struct form_header) && at % FORM_ALIGN == 0 &&
           at <= s->end && n <= (s->end - at) / size;
}

static bool block_fits(const struct store *s, const struct store_block *b)
{
    return b->n_rows > 0 && b->n_rows <= STORE_BLOCK_ROWS &&
           is_inside(s, b->at, b->n_rows, s->n_bytes) &&
           (s->n_beside == 0 ||
            is_inside(s, b->beside, b->n_rows, form_beside_step(s->n_beside)));
}

static bool part_fits(const struct store *s, const struct store_part *p)
{
    uint64_t n_rows = 0;

    if (p->first_block > s->n_blocks ||
        p->n_blocks > s->n_blocks - p->first_block)
        return false;
    for (size_t i = 0; i < p->n_blocks; i++)
        n_rows += s->blocks[p->first_block + i].n_rows;
    return n_rows == p->n_rows;
}

static bool table_fits(const struct store *s)
{
    for (size_t i = 0; i < s->n_blocks; i++)
        if (!block_fits(s, &s->blocks[i]))
            return false;
    for (size_t i = 0; i < s->n_parts; i++)
        if (!part_fits(s, &s->parts[i]))
            return false;
    return true;
}

/* Whether a file without a slot that holds has an earlier number of the form,
 * and not the present one with this byte damaged. */
static bool is_old(struct form_slot slot)
{
    static const unsigned char magic[] = FORM_MAGIC;
    const size_t last = sizeof(slot.magic) - 1;
    const bool old = memcmp(slot.magic, magic, last) == 0 &&
                     (unsigned char)slot.magic[last] < magic[last];

    memcpy(slot.magic, magic, sizeof(slot.magic));
    return old && !form_slot_holds(&slot);
}

static enum store_found judge(struct store *s, const struct store_key *key)
{
    struct store best = {.age = 0};
    struct form_header h = {.slots = {{.age = 0}}};
    uint64_t newest = 0;

    /* It may change meanwhile. */
    memcpy(&h, s->map, s->map_size < sizeof(h) ? s->map_size : sizeof(h));
    /* What was added last is left out where it is not whole. */
    for (size_t i = 0; i < FORM_SLOTS; i++) {
        if (!form_slot_holds(&h.slots[i]))
            continue;
        struct store one = *s;

        if (h.slots[i].age > newest)
            newest = h.slots[i].age;
        if (h.slots[i].age <= best.age || !find_table(&one, &h.slots[i]) ||
            !table_fits(&one))
            continue;
        best = one;
        best.present = i;
        best.age = h.slots[i].age;
        best.sum = h.slots[i].sum;
    }
    if (best.age == 0)
        return is_old(h.slots[0]) ? STORE_OLD : STORE_DAMAGED;
    *s = best;
    s->newest = newest;
    return memcmp(h.slots[s->present].model, key->model, BLAKE2B_SIZE) == 0 &&
                   s->n_bytes == key->n_bytes && s->n_beside == key->n_beside
               ? STORE_FOUND
               : STORE_FOREIGN;
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
        (uintmax_t)st.st_size >= sizeof(FORM_MAGIC) &&
        (uintmax_t)st.st_size <= PTRDIFF_MAX) {
        s.map_size = (size_t)st.st_size;
        s.map = mmap(NULL, s.map_size, PROT_READ, MAP_PRIVATE, fd, 0);
    }
    close(fd);
    if (s.map == MAP_FAILED)
        return STORE_DAMAGED;
    found = judge(&s, key);
    /* What is not in memory yet comes in large pieces. */
    if (found == STORE_FOUND)
        madvise(s.map, s.map_size, MADV_HUGEPAGE);
    if (found == STORE_FOUND)
        *out = s;
    else
        munmap(s.map, s.map_size);
    if (found == STORE_FOREIGN)
        out->n_beside = s.n_beside;
    return found;
}

void store_close(struct store *s)
{
    if (s->map != NULL)
        munmap(s->map, s->map_size);
    *s = (struct store){0};
}

/* -------------------------------------------------------------- scanning */

struct scan {
    const struct store *store;
    const struct store_part *part;
    const size_t *firsts; /* (n_blocks) number of the first row */
    store_visit *visit;
    _Atomic size_t next; /* block */
    atomic_bool bad;
};

struct scan_thread {
    struct scan *scan;
    void *arg;
    pthread_t id;
};

static bool visit_block(const struct scan *scan, size_t b, void *arg)
{
    const struct store *s = scan->store;
    const struct store_block *block = &s->blocks[scan->part->first_block + b];
    const unsigned char *rows = (const unsigned char *)s->map + block->at;
    struct berth_sums sums = {{0}, {0}};
    const bool ok = scan->visit(arg, rows, block->n_rows, scan->firsts[b],
                                block->wordless, &sums);

    return ok && form_sum_end(&sums, block->at + block->n_rows * s->n_bytes) ==
                     block->sum;
}

static void *scan_blocks(void *arg)
{
    struct scan_thread *t = arg;
    struct scan *scan = t->scan;
    size_t b;

    while ((b = atomic_fetch_add(&scan->next, 1)) < scan->part->n_blocks)
        if (!visit_block(scan, b, t->arg))
            atomic_store(&scan->bad, true);
    return NULL;
}

static void run_threads(struct scan *scan, void *const *args, size_t n_threads)
{
    struct scan_thread threads[MAX_THREADS];
    size_t n = 0;

    while (n < MAX_THREADS && n + 1 < n_threads &&
           16 * n < scan->part->n_blocks) {
        threads[n] = (struct scan_thread){.scan = scan, .arg = args[n + 1]};
        if (!thread_start(&threads[n].id, scan_blocks, &threads[n]))
            break;
        n++;
    }
    progress_phase("comparing known vectors");
    scan_blocks(&(struct scan_thread){.scan = scan, .arg = args[0]});
    while (n > 0)
        pthread_join(threads[--n].id, NULL);
    progress_phase(NULL);
}

/* (n_blocks + 1) the number of the first row of each, and of all rows; owned.
 * NULL when memory is out. */
static size_t *number_blocks(const struct store *s,
                             const struct store_part *part)
{
    size_t *firsts = calloc(part->n_blocks + 1, sizeof(*firsts));

    for (size_t b = 0; firsts != NULL && b < part->n_blocks; b++)
        firsts[b + 1] = firsts[b] + s->blocks[part->first_block + b].n_rows;
    return firsts;
}

bool store_scan(const struct store *s, const struct store_part *part,
                store_visit *visit, void *const *args, size_t n_threads)
{
    size_t *firsts = number_blocks(s, part);
    struct scan scan = {
        .store = s, .part = part, .firsts = firsts, .visit = visit};

    if (firsts == NULL)
        return false;
    run_threads(&scan, args, n_threads);
    free(firsts);
    return !atomic_load(&scan.bad);
}

/* ---------------------------------------------------------------- beside */

bool store_beside_open(struct store_beside *b, const struct store *s,
                       const struct store_part *part)
{
    *b = (struct store_beside){s, part, number_blocks(s, part)};
    return b->firsts != NULL;
}

const void *store_beside_get(const struct store_beside *b, size_t row)
{
    const struct store *s = b->store;
    size_t from = 0, to = b->part->n_blocks;
    uint64_t sum;

    while (to - from > 1) {
        const size_t middle = from + (to - from) / 2;

        if (b->firsts[middle] <= row)
            from = middle;
        else
            to = middle;
    }
    const struct store_block *block = &s->blocks[b->part->first_block + from];
    const size_t i = row - b->firsts[from];
    const unsigned char *map = s->map;
    const unsigned char *beside =
        map + block->beside + i * form_beside_step(s->n_beside);

    memcpy(&sum, beside + s->n_beside, sizeof(sum));
    return sum == form_beside_sum(map + block->at + i * s->n_bytes, s->n_bytes,
                                  beside, s->n_beside)
               ? beside
               : NULL;
}

/* ---------------------------------------------------------------- scores */

struct scoring {
    const struct store *store;
    const struct store_part *part;
    store_score *score;
    const void *arg;
    size_t n_ways;
    float *scores;
};

/* What means nothing is like nothing. Of what means something every score is a
 * number: else its vector was never to be kept, and is not believed. */
static bool judge_scores(const uint64_t *skip, size_t n, float *scores)
{
    for (size_t i = 0; i < n; i++) {
        if ((skip[i / 64] >> i % 64 & 1) != 0)
            scores[i] = -INFINITY;
        else if (!isfinite(scores[i]))
            return false;
    }
    return true;
}

static bool score_rows(void *arg, const void *rows, size_t n, size_t first,
                       const uint64_t *skip, struct berth_sums *sums)
{
    const struct scoring *s = arg;
    bool ok = true;

    berth_sums_add(sums, rows, n * s->store->n_bytes);

    for (size_t way = 0; way < s->n_ways; way++) {
        float *scores = s->scores + way * s->part->n_rows + first;

        s->score(s->arg, way, rows, n, scores);
        ok = judge_scores(skip, n, scores) && ok;
    }
    return ok;
}

bool store_scores(const struct store *s, const struct store_part *part,
                  store_score *score, const void *arg, size_t n_ways,
                  size_t n_threads, float *scores)
{
    struct scoring scoring = {s, part, score, arg, n_ways, scores};
    void *args[MAX_THREADS];

    for (size_t i = 0; i < MAX_THREADS; i++)
        args[i] = &scoring;
    return store_scan(s, part, score_rows, args,
                      n_threads < MAX_THREADS ? n_threads : MAX_THREADS);
}
