/*
 * source.c - reading, gunzipping, and cutting into lines, in one buffer that
 * is as long as the longest line.
 */
#include "cli/input/source.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "cli/input/magic.h"
#include "cli/input/utf16.h"

enum {
    BLOCK = 64 << 10
};

enum form {
    FORM_UNKNOWN, /* nothing was read yet */
    FORM_PLAIN,
    FORM_GZIP
};

struct source {
    int fd;
    const struct source_wait *wait;
    enum form form;
    bool begun;   /* the first bytes were looked at */
    bool refused; /* and are no text */
    bool ended;
    bool stopped;
    bool failed;
    char reason[160];
    uint64_t n_read;

    char *data; /* unread bytes are data[begin ... end - 1] */
    size_t begin;
    size_t end;
    size_t capacity;
    uint64_t n_dropped; /* bytes that were before data[0] */
    uint64_t line;      /* bytes before the line given last */

    unsigned char *packed; /* (BLOCK) what zlib reads */
    z_stream zlib;
    bool between; /* a gzip member has ended, another may follow */

    unsigned char *wide; /* (2 * BLOCK) UTF-16 that is still to be decoded;
                            NULL: this is no UTF-16 */
    size_t wide_begin;
    size_t wide_end;
    struct utf16 utf16;
};

struct source *source_open(const char *name, const struct source_wait *wait)
{
    struct source *s = calloc(1, sizeof(*s));

    if (s == NULL)
        return NULL;
    s->wait = wait;
    s->fd = STDIN_FILENO;
    /* A FIFO without a writer is waited for by poll(), not by open(). */
    if (strcmp(name, "-") != 0)
        s->fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (s->fd < 0) {
        int saved = errno;

        free(s);
        errno = saved;
        return NULL;
    }
    return s;
}

void source_close(struct source *s)
{
    if (s == NULL)
        return;
    if (s->fd != STDIN_FILENO)
        close(s->fd);
    if (s->form == FORM_GZIP)
        inflateEnd(&s->zlib);
    free(s->packed);
    free(s->wide);
    free(s->data);
    free(s);
}

bool source_reads(const struct source *s, const struct stat *file)
{
    struct stat st;

    return fstat(s->fd, &st) == 0 && st.st_dev == file->st_dev &&
           st.st_ino == file->st_ino;
}

const char *source_reason(const struct source *s)
{
    return s->reason;
}

bool source_stopped(const struct source *s)
{
    return s->stopped;
}

uint64_t source_place(const struct source *s)
{
    return s->line;
}

uint64_t source_next(const struct source *s)
{
    return s->n_dropped + s->begin;
}

bool source_can_go(const struct source *s)
{
    return s->form == FORM_PLAIN && s->wide == NULL;
}

void source_go(struct source *s, uint64_t place)
{
    if (place == 0 || lseek(s->fd, (off_t)place, SEEK_SET) < 0)
        return;
    s->form = FORM_PLAIN;
    s->begun = true;
    s->n_dropped = place;
    s->n_read = place;
}

uint64_t source_bytes(const struct source *s)
{
    return s->n_read;
}

static bool fail(struct source *s, const char *reason)
{
    snprintf(s->reason, sizeof(s->reason), "%s", reason);
    s->failed = true;
    return false;
}

/* Waits until the file can be read; false when told to stop. */
static bool wait_readable(struct source *s)
{
    struct pollfd fds[2] = {{.fd = s->fd, .events = POLLIN},
                            {.fd = s->wait->stop_fd, .events = POLLIN}};
    int ready = poll(fds, 2, 0);

    if (ready == 0 && s->wait->idle != NULL)
        s->wait->idle(s->wait->arg);
    while (ready == 0 || (ready < 0 && errno == EINTR))
        ready = poll(fds, 2, -1);
    if (fds[1].revents != 0)
        s->stopped = true;
    return !s->stopped;
}

/* Bytes read; 0 at the end, on failure and when stopped. */
static size_t read_some(struct source *s, void *to, size_t room)
{
    while (wait_readable(s)) {
        ssize_t n = read(s->fd, to, room);

        if (n >= 0) {
            s->n_read += (uint64_t)n;
            return (size_t)n;
        }
        if (errno != EINTR && errno != EAGAIN) {
            fail(s, strerror(errno));
            return 0;
        }
    }
    return 0;
}

/* Makes room for BLOCK more bytes after end. */
static bool make_room(struct source *s)
{
    if (s->capacity - s->end >= BLOCK)
        return true;
    if (s->begin > 0) {
        memmove(s->data, s->data + s->begin, s->end - s->begin);
        s->end -= s->begin;
        s->n_dropped += s->begin;
        s->begin = 0;
    }
    if (s->capacity - s->end >= BLOCK)
        return true;
    size_t capacity = s->capacity == 0 ? 2 * BLOCK : 2 * s->capacity;
    char *data = capacity > s->capacity ? realloc(s->data, capacity) : NULL;

    if (data == NULL)
        return fail(s, "out of memory");
    s->data = data;
    s->capacity = capacity;
    return true;
}

static bool begin_gzip(struct source *s, size_t n)
{
    s->packed = malloc(BLOCK);
    /* 15 + 16: the largest window, gzip's own header and check sum. */
    if (s->packed == NULL || inflateInit2(&s->zlib, 15 + 16) != Z_OK)
        return fail(s, "out of memory");
    s->form = FORM_GZIP;
    memcpy(s->packed, s->data, n);
    s->zlib.next_in = s->packed;
    s->zlib.avail_in = (uInt)n;
    s->end = 0;
    return true;
}

/* The first bytes say whether this is gzip. */
static bool begin_reading(struct source *s)
{
    static const unsigned char magic[2] = {0x1f, 0x8b};
    size_t n = 0;

    if (!make_room(s))
        return false;
    while (n < 2 && (n == 0 || memcmp(s->data, magic, n) == 0)) {
        size_t got = read_some(s, s->data + n, BLOCK - n);

        if (got == 0)
            break;
        n += got;
    }
    if (n >= 2 && memcmp(s->data, magic, 2) == 0)
        return begin_gzip(s, n);
    s->form = FORM_PLAIN;
    s->end = n;
    return n > 0;
}

/* Feeds zlib; false when no compressed byte is left. */
static bool feed(struct source *s)
{
    if (s->zlib.avail_in > 0)
        return true;
    s->zlib.next_in = s->packed;
    s->zlib.avail_in = (uInt)read_some(s, s->packed, BLOCK);
    if (s->zlib.avail_in > 0)
        return true;
    if (!s->between && !s->failed && !s->stopped)
        fail(s, "gzip data ends early");
    return false;
}

/* Another member may follow; zeros that pad the file may, too. */
static bool next_member(struct source *s)
{
    while (feed(s)) {
        if (*s->zlib.next_in == 0x1f) {
            s->between = false;
            return inflateReset(&s->zlib) == Z_OK;
        }
        if (*s->zlib.next_in != 0)
            return fail(s, "something else follows the gzip data");
        s->zlib.next_in++;
        s->zlib.avail_in--;
    }
    return false;
}

/* Up to BLOCK bytes; 0 at the end. */
static size_t gunzip_some(struct source *s, unsigned char *to)
{
    for (;;) {
        if (s->between ? !next_member(s) : !feed(s))
            return 0;
        s->zlib.next_out = to;
        s->zlib.avail_out = BLOCK;
        int status = inflate(&s->zlib, Z_NO_FLUSH);
        size_t got = BLOCK - s->zlib.avail_out;

        if (status == Z_STREAM_END)
            s->between = true;
        else if (status != Z_OK && status != Z_BUF_ERROR) {
            fail(s, status == Z_MEM_ERROR ? "out of memory"
                                          : "gzip data is damaged");
            return 0;
        }
        if (got > 0)
            return got;
    }
}

/* Up to BLOCK bytes of the content, as it is encoded; 0 at the end. */
static size_t content_some(struct source *s, void *to)
{
    return s->form == FORM_GZIP ? gunzip_some(s, to) : read_some(s, to, BLOCK);
}

/* Up to BLOCK bytes of UTF-8 that were UTF-16; 0 at the end. */
static size_t decode_some(struct source *s, char *to)
{
    for (;;) {
        size_t n = s->wide_end - s->wide_begin;

        if (n == 0) {
            n = content_some(s, s->wide);
            s->wide_begin = 0;
            s->wide_end = n;
        }
        if (n == 0)
            return utf16_end(&s->utf16, to);
        if (n > BLOCK / 2) /* two bytes may become three */
            n = BLOCK / 2;
        size_t got = utf16_decode(&s->utf16, s->wide + s->wide_begin, n, to);

        s->wide_begin += n;
        if (got > 0)
            return got;
    }
}

static bool fill_more(struct source *s)
{
    if (s->form == FORM_UNKNOWN) {
        if (!begin_reading(s))
            return false;
        if (s->form == FORM_PLAIN)
            return true;
    }
    if (!make_room(s))
        return false;
    char *to = s->data + s->end;
    size_t n = s->wide != NULL ? decode_some(s, to) : content_some(s, to);

    s->end += n;
    return n > 0;
}

/* Adds bytes to the buffer; false when there are none left. */
static bool fill(struct source *s)
{
    if (!s->ended)
        s->ended = !fill_more(s);
    return !s->ended;
}

static void begin_utf16(struct source *s, bool big)
{
    size_t n = s->end - s->begin;

    s->wide = malloc(2 * BLOCK);
    if (s->wide == NULL || n > 2 * BLOCK) {
        fail(s, "out of memory");
        return;
    }
    memcpy(s->wide, s->data + s->begin, n);
    s->wide_end = n;
    s->utf16.big = big;
    s->begin = 0;
    s->end = 0;
    s->ended = false; /* the bytes are, the text is not */
}

static void refuse(struct source *s, const struct magic *is)
{
    snprintf(s->reason, sizeof(s->reason), "this is %s%s%s%s",
             s->form == FORM_GZIP ? "gzip of " : "", is->name,
             is->hint != NULL ? ": " : ", not text",
             is->hint != NULL ? is->hint : "");
    s->refused = true;
    s->failed = true;
    s->end = s->begin;
}

/* Whether more of the first bytes may be waited for. A record that could be
 * answered is not held back: text that begins like a magic ends with its line.
 */
static bool may_wait(const struct source *s, int delimiter)
{
    size_t n = s->end - s->begin;

    if (n == 0)
        return true;
    const char *from = s->data + s->begin;

    return (unsigned char)*from >= 0x80 || delimiter == SOURCE_WHOLE ||
           memchr(from, delimiter, n) == NULL;
}

/* The first bytes of the content say what it is. */
static void begin_content(struct source *s, int delimiter)
{
    const struct magic *is = NULL;
    bool more = true;

    do {
        if (s->end > s->begin)
            is = magic_find(s->data + s->begin, s->end - s->begin, &more);
    } while (more && may_wait(s, delimiter) && fill(s));
    s->begun = true;
    if (is == NULL || s->failed || s->stopped)
        return;
    if (is->kind == MAGIC_NO_TEXT) {
        refuse(s, is);
        return;
    }
    s->begin += is->size;
    if (is->kind != MAGIC_UTF8)
        begin_utf16(s, is->kind == MAGIC_UTF16_BIG);
}

bool source_is_text(struct source *s)
{
    begin_content(s, SOURCE_WHOLE);
    if (s->begin == s->end)
        fill(s);
    return !s->refused &&
           (s->begin == s->end ||
            memchr(s->data + s->begin, '\0', s->end - s->begin) == NULL);
}

bool source_measure(struct source *s, uint64_t *size)
{
    struct stat st;

    begin_content(s, '\n');
    if (source_can_go(s) && fstat(s->fd, &st) == 0) {
        *size = (uint64_t)st.st_size;
        return !s->failed;
    }
    do
        s->begin = s->end;
    while (fill(s));
    *size = source_next(s);
    return !s->failed;
}

size_t source_count(const char *p, size_t n, int delimiter)
{
    size_t count = 0;

    for (size_t i = 0; i < n; i++)
        count += (unsigned char)p[i] == delimiter;
    return count;
}

/* A line begins where its delimiter is before the place's last byte: up to
 * there delimiters are counted, and one more ends the last line. */
size_t source_pass(struct source *s, int delimiter, uint64_t place)
{
    size_t count = 0;
    bool open = false; /* bytes of a line, whose end is yet to come */

    if (!s->begun)
        begin_content(s, delimiter);
    if (source_next(s) >= place)
        return 0;
    do {
        const uint64_t here = source_next(s);
        const char *from = s->data + s->begin;
        const size_t n = s->end - s->begin;

        if (n > 0 && here + 1 < place) {
            const size_t some =
                place - 1 - here < n ? (size_t)(place - 1 - here) : n;

            count += source_count(from, some, delimiter);
            open = from[some - 1] != (char)delimiter;
            s->begin += some;
        } else if (n > 0) {
            const char *at = memchr(from, delimiter, n);

            s->begin = at != NULL ? s->begin + (size_t)(at - from) + 1 : s->end;
            if (at != NULL)
                return count + 1;
            open = true;
        }
    } while (s->begin < s->end || fill(s));
    return count + open;
}

/* Throws away the rest of a line that is too long. */
static enum source_got skip_line(struct source *s, int delimiter, size_t *size)
{
    for (*size = 0;;) {
        char *from = s->data + s->begin;
        char *at = delimiter == SOURCE_WHOLE
                       ? NULL
                       : memchr(from, delimiter, s->end - s->begin);

        *size += at != NULL ? (size_t)(at - from) : s->end - s->begin;
        if (at != NULL) {
            s->begin += (size_t)(at - from) + 1;
            return SOURCE_LONG;
        }
        s->begin = s->end;
        if (!fill(s))
            return s->failed ? SOURCE_FAILED : SOURCE_LONG;
    }
}

enum source_got source_line(struct source *s, int delimiter, size_t max,
                            const char **line, size_t *size)
{
    size_t scanned = 0;

    if (!s->begun)
        begin_content(s, delimiter);
    s->line = s->n_dropped + s->begin;
    for (;;) {
        size_t n = s->end - s->begin;
        char *from = n > 0 ? s->data + s->begin : NULL;
        char *at = delimiter == SOURCE_WHOLE || n == scanned
                       ? NULL
                       : memchr(from + scanned, delimiter, n - scanned);

        if (at != NULL)
            n = (size_t)(at - from);
        if (n > max)
            return skip_line(s, delimiter, size);
        scanned = n;
        if (at == NULL && fill(s))
            continue;
        if (s->failed)
            return SOURCE_FAILED;
        if (s->stopped || (at == NULL && n == 0))
            return SOURCE_END;
        *line = s->data + s->begin;
        *size = n;
        s->begin += n + (at != NULL);
        return SOURCE_LINE;
    }
}

enum source_got source_peek(struct source *s, char *c)
{
    if (!s->begun)
        begin_content(s, '\n');
    if (s->begin == s->end)
        fill(s);
    if (s->failed)
        return SOURCE_FAILED;
    if (s->stopped || s->begin == s->end)
        return SOURCE_END;
    *c = s->data[s->begin];
    return SOURCE_LINE;
}

void source_skip(struct source *s)
{
    s->begin++;
}

enum source_got source_take(struct source *s,
                            size_t (*scan)(void *arg, const char *p, size_t n),
                            void *arg, size_t max, const char **data,
                            size_t *size)
{
    size_t scanned = 0;
    bool skipped = false, more;

    do {
        size_t n = s->end - s->begin - scanned;
        size_t used =
            n > 0 ? scan(arg, s->data + s->begin + scanned, n) : SIZE_MAX;

        more = used > n;
        scanned += more ? n : used;
        skipped = skipped || scanned > max;
        if (skipped) {
            s->begin += scanned;
            scanned = 0;
        }
    } while (more && fill(s));
    if (s->failed)
        return SOURCE_FAILED;
    if (s->stopped)
        return SOURCE_END;
    *data = s->data + s->begin;
    *size = scanned;
    s->begin += scanned;
    return skipped ? SOURCE_LONG : SOURCE_LINE;
}
