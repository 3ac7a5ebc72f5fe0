/*
 * vector_writer.c - writing files of vectors, and adding to them.
 *
 * Rows go out in pieces of 2 MiB that begin at multiples of that: where the
 * system keeps files in large pages, it then needs one for each, and reading
 * them is as fast as memory. Where something is kept beside them, blocks wait
 * until they fill such a piece, since it is written as it comes.
 */
#include "cli/vectors/vector_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/base/array.h"
#include "cli/base/ending.h"
#include "cli/output/sink.h"
#include "cli/vectors/vector_form.h"

enum {
    PIECE = 2 << 20
};

struct store_writer {
    int fd;
    int old; /* the file that it replaces, locked; -1: none */
    char *path;
    char *temp;            /* NULL: the file itself grows */
    struct form_slot slot; /* that it gets */
    size_t which;
    bool told;      /* the slot may be in the file */
    uint64_t begin; /* where it ended before */
    uint64_t end;   /* after what was written and waits */
    char *piece;    /* (PIECE) what waits */
    size_t n_piece; /* bytes of it */

    unsigned char *rows; /* (most_waiting, STORE_BLOCK_ROWS, n_bytes) */
    size_t n_waiting;    /* blocks there, which are whole, before present */
    size_t most_waiting;
    struct store_block present; /* of the rows after them */
    unsigned char *zeros;       /* (n_beside) */
    struct store_block *blocks; /* (n_blocks) those of all parts */
    size_t n_blocks, blocks_room;
    size_t n_ended; /* blocks of parts that ended */
    struct store_part *parts;
    size_t n_parts, parts_room;
    int error; /* the first errno */
};

static void fail(struct store_writer *w, int error)
{
    if (w->error == 0)
        w->error = error != 0 ? error : EIO;
}

static void writer_free(struct store_writer *w)
{
    if (w->fd >= 0)
        close(w->fd);
    if (w->old >= 0)
        close(w->old);
    free(w->path);
    free(w->temp);
    free(w->piece);
    free(w->rows);
    free(w->zeros);
    free(w->blocks);
    free(w->parts);
    free(w);
}

/* With errno as it is. */
static struct store_writer *give_up(struct store_writer *w)
{
    const int saved = errno;

    if (w != NULL)
        writer_free(w);
    errno = saved;
    return NULL;
}

/* ----------------------------------------------------------------- bytes */

static void write_at(struct store_writer *w, const void *data, size_t size,
                     uint64_t at)
{
    const char *p = data;

    while (size > 0 && w->error == 0) {
        const ssize_t n = pwrite(w->fd, p, size, (off_t)at);

        if (n < 0 && errno != EINTR)
            fail(w, errno);
        if (n <= 0)
            continue;
        p += n;
        size -= (size_t)n;
        at += (uint64_t)n;
    }
}

static void flush(struct store_writer *w)
{
    write_at(w, w->piece, w->n_piece, w->end - w->n_piece);
    w->n_piece = 0;
}

static void put(struct store_writer *w, const void *data, size_t size)
{
    const char *p = data;

    while (size > 0) {
        const size_t room = PIECE - (size_t)(w->end % PIECE);
        const size_t n = size < room ? size : room;

        memcpy(w->piece + w->n_piece, p, n);
        w->n_piece += n;
        w->end += n;
        p += n;
        size -= n;
        if (w->end % PIECE == 0)
            flush(w);
    }
}

static void align(struct store_writer *w)
{
    static const char zeros[FORM_ALIGN];

    put(w, zeros, (FORM_ALIGN - w->end % FORM_ALIGN) % FORM_ALIGN);
}

/* --------------------------------------------------------------- opening */

static struct store_writer *new_writer(const char *path, size_t n_bytes,
                                       size_t n_beside)
{
    const size_t block = n_bytes * STORE_BLOCK_ROWS;
    struct store_writer *w = calloc(1, sizeof(*w));

    if (w == NULL)
        return NULL;
    w->fd = w->old = -1;
    w->path = sink_target(path);
    if (w->path == NULL)
        return give_up(w);
    w->piece = malloc(PIECE);
    w->most_waiting = n_beside > 0 && block < PIECE ? PIECE / block : 1;
    w->rows = malloc(w->most_waiting * block);
    w->zeros = calloc(n_beside + 1, 1);
    memcpy(w->slot.magic, FORM_MAGIC, sizeof(w->slot.magic));
    w->slot.n_bytes = n_bytes;
    w->slot.n_beside = n_beside;
    if (w->piece == NULL || w->rows == NULL || w->zeros == NULL) {
        errno = ENOMEM;
        return give_up(w);
    }
    return w;
}

struct store_writer *store_create(const char *path, const struct store_key *key)
{
    static const struct form_header none;
    struct store_writer *w = new_writer(path, key->n_bytes, key->n_beside);

    if (w == NULL)
        return NULL;
    memcpy(w->slot.model, key->model, BLAKE2B_SIZE);
    w->slot.age = 1;
    if (asprintf(&w->temp, "%s.XXXXXX", w->path) < 0) {
        w->temp = NULL;
        return give_up(w);
    }
    w->fd = ending_mkstemp(w->temp); /* for its owner only */
    if (w->fd < 0)
        return give_up(w);
    put(w, &none, sizeof(none));
    return w;
}

/* Whether the path is still that of the open file, and this the one that s has
 * read: its slot. Another one that was made meanwhile may be as old. */
static bool is_as_read(int fd, const char *path, const struct store *s,
                       struct form_slot *slot)
{
    struct form_header h;
    struct stat here, there;
    uint64_t newest = 0;

    if (fstat(fd, &here) != 0 || stat(path, &there) != 0 ||
        here.st_dev != there.st_dev || here.st_ino != there.st_ino ||
        pread(fd, &h, sizeof(h), 0) != sizeof(h))
        return false;
    for (size_t i = 0; i < FORM_SLOTS; i++)
        if (form_slot_holds(&h.slots[i]) && h.slots[i].age > newest)
            newest = h.slots[i].age;
    *slot = h.slots[s->present];
    return form_slot_holds(slot) && slot->sum == s->sum && newest == s->newest;
}

/* The file that s has read, to which no other one adds as long as it is open;
 * readers need not know. -1 on failure, errno set. */
static int open_locked(const char *path, const struct store *s,
                       struct form_slot *slot)
{
    const int fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0)
        return -1;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0 && is_as_read(fd, path, s, slot))
        return fd;
    close(fd);
    errno = EAGAIN;
    return -1;
}

struct store_writer *store_replace(const char *path,
                                   const struct store_key *key,
                                   const struct store *s)
{
    struct form_slot slot;
    const int old = s->map != NULL ? open_locked(path, s, &slot) : -1;
    struct store_writer *w =
        old >= 0 || s->map == NULL ? store_create(path, key) : NULL;

    if (w != NULL)
        w->old = old;
    else if (old >= 0)
        close(old);
    return w;
}

struct store_writer *store_append(const char *path, const struct store *s)
{
    struct store_writer *w = new_writer(path, s->n_bytes, s->n_beside);

    if (w == NULL)
        return NULL;
    w->fd = open_locked(path, s, &w->slot);
    if (w->fd < 0)
        return give_up(w);
    w->slot.age = s->newest + 1;
    w->which = (s->present + 1) % FORM_SLOTS;
    w->begin = w->end = s->end;
    /* What one that broke off has left behind the end. */
    if (ftruncate(w->fd, (off_t)s->end) != 0)
        return give_up(w);
    return w;
}

/* ------------------------------------------------------------------ rows */

static struct store_block *new_block(struct store_writer *w)
{
    struct store_block *blocks =
        array_room(w->blocks, w->n_blocks, &w->blocks_room, sizeof(*blocks));

    if (blocks == NULL) {
        fail(w, ENOMEM);
        return NULL;
    }
    w->blocks = blocks;
    return &blocks[w->n_blocks++];
}

/* The blocks that wait follow each other: all but the last are full. */
static void put_waiting(struct store_writer *w)
{
    const unsigned char *rows = w->rows;

    align(w);
    for (size_t i = w->n_blocks - w->n_waiting; i < w->n_blocks; i++) {
        struct store_block *b = &w->blocks[i];
        const size_t bytes = b->n_rows * w->slot.n_bytes;

        b->at = w->end;
        b->sum = form_sum_of(rows, bytes, b->at);
        put(w, rows, bytes);
        rows += bytes;
    }
    w->n_waiting = 0;
}

static unsigned char *present_rows(const struct store_writer *w)
{
    return w->rows + w->n_waiting * STORE_BLOCK_ROWS * w->slot.n_bytes;
}

static void end_block(struct store_writer *w)
{
    struct store_block *to = w->present.n_rows > 0 ? new_block(w) : NULL;

    if (to != NULL) {
        *to = w->present;
        w->n_waiting++;
        if (to->n_rows < STORE_BLOCK_ROWS || w->n_waiting == w->most_waiting)
            put_waiting(w);
    }
    w->present = (struct store_block){0};
}

static void begin_block(struct store_writer *w, const struct store_block *like)
{
    w->present = *like;
    if (w->slot.n_beside == 0)
        return;
    align(w);
    w->present.beside = w->end;
}

static void put_beside(struct store_writer *w, const void *row,
                       const void *beside)
{
    const uint64_t sum =
        form_beside_sum(row, w->slot.n_bytes, beside, w->slot.n_beside);

    put(w, beside, w->slot.n_beside);
    put(w, &sum, sizeof(sum));
}

void store_add(struct store_writer *w, const void *row, const void *beside,
               uint64_t place, uint64_t line)
{
    struct store_block *b = &w->present;
    const size_t i = b->n_rows, n_bytes = w->slot.n_bytes;

    if (w->error != 0)
        return;
    if (i == 0)
        begin_block(w, &(struct store_block){.place = place, .line = line});
    unsigned char *to = present_rows(w) + i * n_bytes;

    if (row != NULL) {
        memcpy(to, row, n_bytes);
    } else {
        memset(to, 0, n_bytes);
        b->wordless[i / 64] |= (uint64_t)1 << i % 64;
    }
    if (w->slot.n_beside > 0)
        put_beside(w, to, row != NULL ? beside : w->zeros);
    if (++b->n_rows == STORE_BLOCK_ROWS)
        end_block(w);
}

void store_copy(struct store_writer *w, const struct store *s,
                const struct store_block *blocks, size_t n)
{
    const size_t step = form_beside_step(s->n_beside);
    const char *map = s->map;

    end_block(w);
    for (size_t i = 0; i < n && w->error == 0; i++) {
        const struct store_block *b = &blocks[i];
        const size_t bytes = b->n_rows * s->n_bytes;

        begin_block(w, b);
        memcpy(present_rows(w), map + b->at, bytes);
        put(w, map + b->beside, b->n_rows * step);
        if (form_sum_of(present_rows(w), bytes, b->at) != b->sum)
            fail(w, EBADMSG);
        end_block(w);
    }
}

void store_end_part(struct store_writer *w, const struct store_block *old,
                    size_t n_old, struct store_part *to)
{
    end_block(w);
    put_waiting(w);
    const size_t n_new = w->n_blocks - w->n_ended;
    struct store_part *parts =
        array_room(w->parts, w->n_parts, &w->parts_room, sizeof(*parts));

    for (size_t i = 0; i < n_old && parts != NULL; i++)
        if (new_block(w) == NULL)
            return;
    if (parts == NULL) {
        fail(w, ENOMEM);
        return;
    }
    w->parts = parts;
    struct store_block *first = w->blocks + w->n_ended;

    if (n_old > 0) {
        memmove(first + n_old, first, n_new * sizeof(*first));
        memcpy(first, old, n_old * sizeof(*first));
    }
    to->first_block = w->n_ended;
    to->n_blocks = n_old + n_new;
    to->n_rows = 0;
    for (size_t i = 0; i < to->n_blocks; i++)
        to->n_rows += first[i].n_rows;
    parts[w->n_parts++] = *to;
    w->n_ended = w->n_blocks;
}

/* --------------------------------------------------------------- the end */

/* As in sink_close(), and for the same reason: after a power cut the name must
 * not be that of an empty file. */
static void reach_disk(struct store_writer *w)
{
    if (w->error == 0 && fsync(w->fd) != 0 && errno != EINVAL && errno != EROFS)
        fail(w, errno);
}

static void put_table(struct store_writer *w)
{
    align(w);
    w->slot.table_at = w->end;
    w->slot.n_parts = w->n_parts;
    w->slot.n_blocks = w->n_ended;
    w->slot.table_sum =
        form_table_sum(w->parts, w->n_parts, w->blocks, w->n_ended);
    if (w->n_parts > 0)
        put(w, w->parts, w->n_parts * sizeof(*w->parts));
    if (w->n_ended > 0)
        put(w, w->blocks, w->n_ended * sizeof(*w->blocks));
    flush(w);
}

/* Everything is there before the slot says so. */
static void end_file(struct store_writer *w, bool durable)
{
    put_table(w);
    if (durable)
        reach_disk(w);
    if (w->error != 0)
        return;
    w->slot.sum = form_slot_sum(&w->slot);
    w->told = true;
    write_at(w, &w->slot, sizeof(w->slot), w->which * sizeof(w->slot));
    if (durable)
        reach_disk(w);
}

/* The file is what it was before. */
static void undo(struct store_writer *w)
{
    if (w->temp != NULL)
        ending_unlink(w->temp);
    else if (!w->told && ftruncate(w->fd, (off_t)w->begin) != 0)
        return; /* what is behind the end does not count */
}

bool store_finish(struct store_writer *w, bool keep, bool durable)
{
    if (keep && w->error == 0)
        end_file(w, durable);
    if (w->temp != NULL && w->fd >= 0) {
        if (close(w->fd) != 0)
            fail(w, errno);
        w->fd = -1;
    }
    if (keep && w->error == 0 && w->temp != NULL &&
        ending_rename(w->temp, w->path) != 0)
        fail(w, errno);
    if (!keep || w->error != 0)
        undo(w);
    const int error = w->error;

    writer_free(w);
    errno = error;
    return error == 0;
}
