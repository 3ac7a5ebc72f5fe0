/*
 * resume.c - FILE.part.state: finding the last checkpoint that holds, and
 * adding the next ones. After 2000 records, with digests shortened:
 *
 *   {"version":"1.0","command":"embed","model":"5e0c...","--digits":6, ...}
 *   {"records":1024,"bytes":410112,"head":0,"input":"9a31...",
 *    "rows":"77f0...","figures":{...}}
 *   {"records":2000, ...}
 *
 * Each is one line. The first says what the run is: resume_key.h.
 */
#include "cli/frame/resume.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/base/message.h"
#include "cli/frame/resume_key.h"

static const char not_ours[] =
    "this file is there already, and is none that --resume can go on with: "
    "remove it, or choose another --output";
static const char at_work[] = "another run is writing this output";
static const char not_ordinary[] = "--resume needs an ordinary file";

enum {
    SECONDS = 1, /* between two checkpoints */
    PAUSES = 200,
    PAUSE_NS = 10000000
};

/* -------------------------------------------------------------- messages */

static bool say(const char *name, const char *what)
{
    return message_error("%s: %s", name, what);
}

static bool say_errno(const char *name)
{
    return say(name, strerror(errno));
}

/* ----------------------------------------------------------------- names */

/* Where path is a symbolic link, the files are beside its target: they are
 * renamed to it at the end, and rename() works only within one file system. */
char *resume_path(const char *path, enum resume_file file)
{
    static const char *const ends[RESUME_FILES] = {".part", ".part.state"};
    char *target = sink_target(path);
    char *out = NULL;

    if (target != NULL && asprintf(&out, "%s%s", target, ends[file]) < 0)
        out = NULL;
    free(target);
    return out;
}

/* Whether this is a state file as far as it goes: a loss of power may have left
 * a part of it, or zeros. */
static bool is_state(int fd)
{
    static const char begin[] = "{\"version\":", zeros[sizeof(begin)] = "";
    char found[sizeof(begin) - 1];
    ssize_t n = pread(fd, found, sizeof(found), 0);

    return n >= 0 && (memcmp(found, begin, (size_t)n) == 0 ||
                      memcmp(found, zeros, (size_t)n) == 0);
}

/* The state file of a run that is not at work any more, locked; -1: none. A run
 * that is at work holds the lock. O_NOFOLLOW and O_NONBLOCK: the name may be
 * anyone's link or FIFO, and resume_remove() must not be led to another
 * file. */
static int open_left(const char *path)
{
    char *name = resume_path(path, RESUME_STATE);
    int fd = name != NULL
                 ? open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
                 : -1;
    struct stat st;

    free(name);
    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
        st.st_size > 0 && is_state(fd) && flock(fd, LOCK_EX | LOCK_NB) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

bool resume_left(const char *path)
{
    int fd = open_left(path);

    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

/* The lock is held until both are gone: no other run can start between. */
void resume_remove(const char *path)
{
    int fd = open_left(path);

    for (int i = 0; fd >= 0 && i < RESUME_FILES; i++) {
        char *name = resume_path(path, (enum resume_file)i);

        if (name != NULL)
            unlink(name);
        free(name);
    }
    if (fd >= 0)
        close(fd);
}

/* --------------------------------------------------------------- reading */

/* The next line as an object; NULL at the end, and where a line is incomplete:
 * a crash may have cut off the last one. */
static json_t *next_object(FILE *file)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t n = getline(&line, &room, file);
    json_t *object = NULL;

    if (n > 0 && line[n - 1] == '\n')
        object = json_loadb(line, (size_t)n, 0, NULL);
    free(line);
    if (json_is_object(object))
        return object;
    json_decref(object);
    return NULL;
}

static bool get_size(const json_t *object, const char *key, uint64_t *out)
{
    const json_t *value = json_object_get(object, key);

    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return false;
    *out = (uint64_t)json_integer_value(value);
    return true;
}

static bool hex_to_digest(const json_t *value, uint8_t out[BLAKE2B_SIZE])
{
    const char *hex = json_string_value(value);

    if (hex == NULL || strlen(hex) != 2 * BLAKE2B_SIZE ||
        strspn(hex, "0123456789abcdef") != 2 * BLAKE2B_SIZE)
        return false;
    for (size_t i = 0; i < BLAKE2B_SIZE; i++) {
        char pair[3] = {hex[2 * i], hex[2 * i + 1], '\0'};

        out[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    return true;
}

/* Adds n bytes of the file to the digest; false where it is shorter. */
static bool hash_file(FILE *file, struct blake2b *hash, uint64_t n)
{
    char block[1 << 14];

    while (n > 0) {
        size_t want = n < sizeof(block) ? (size_t)n : sizeof(block);
        size_t got = fread(block, 1, want, file);

        blake2b_update(hash, block, got);
        n -= got;
        if (got < want)
            return false;
    }
    return true;
}

/* Whether FILE.part, read up to the last checkpoint, goes on as this one says.
 * If so, r becomes what it was when this checkpoint was written. The digest is
 * carried on from checkpoint to checkpoint, so the file is read only once.
 * Checkpoints must not go backwards: a file that was edited by hand could. */
static bool holds(struct resume *r, FILE *part, const json_t *point)
{
    uint64_t n_bytes, n_records, head;
    uint8_t want[BLAKE2B_SIZE], found[BLAKE2B_SIZE], input[BLAKE2B_SIZE];
    json_t *figures = json_object_get(point, "figures");

    if (!get_size(point, "records", &n_records) ||
        !get_size(point, "bytes", &n_bytes) ||
        !get_size(point, "head", &head) ||
        !hex_to_digest(json_object_get(point, "rows"), want) ||
        !hex_to_digest(json_object_get(point, "input"), input) ||
        !json_is_object(figures) || n_bytes < r->n_bytes ||
        n_records < r->n_records)
        return false;
    /* The first checkpoint: rows begin after the header. */
    if (r->figures == NULL && fseeko(part, (off_t)head, SEEK_SET) != 0)
        return false;
    struct blake2b rows = r->rows;

    if (!hash_file(part, &rows, n_bytes - r->n_bytes))
        return false;
    struct blake2b copy = rows;

    blake2b_final(&copy, found);
    if (memcmp(found, want, sizeof(want)) != 0)
        return false;
    json_decref(r->figures);
    r->figures = json_incref(figures);
    r->rows = rows;
    r->n_bytes = n_bytes;
    r->n_records = (size_t)n_records;
    r->head = head;
    memcpy(r->input, input, sizeof(input));
    return true;
}

/* Takes the last checkpoint up to which all of them hold. The state file is cut
 * off after it, so that new checkpoints follow it. */
static bool take_up(struct resume *r)
{
    FILE *part = fopen(r->part, "re");
    off_t end = ftello(r->file);
    json_t *point;

    while (part != NULL && (point = next_object(r->file)) != NULL) {
        bool good = holds(r, part, point);

        json_decref(point);
        if (!good)
            break;
        end = ftello(r->file);
    }
    if (part != NULL)
        fclose(part);
    /* Between reading and writing, C wants a seek. */
    return fseeko(r->file, end, SEEK_SET) == 0 &&
           ftruncate(fileno(r->file), end) == 0;
}

/* --------------------------------------------------------------- opening */

/* One run at a time. A run that was killed holds its lock until the system has
 * cleaned up after it; that may take a while if it had written much. So try for
 * two seconds. */
static bool lock_state(int fd)
{
    const struct timespec pause = {.tv_nsec = PAUSE_NS};

    for (int i = 0; i < PAUSES; i++) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)
            return true;
        if (errno != EWOULDBLOCK)
            return false;
        nanosleep(&pause, NULL);
    }
    errno = EWOULDBLOCK;
    return false;
}

/* Opens the state file and locks it. */
static bool open_state(struct resume *r)
{
    int fd = open(r->name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    const char *trouble = NULL;
    struct stat st;

    if (fd < 0)
        return say_errno(r->name);
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        trouble = not_ordinary;
    else if (!lock_state(fd))
        trouble = errno == EWOULDBLOCK ? at_work : strerror(errno);
    /* A run that ended while we waited has removed the file. Then we hold the
     * lock of a file without a name, and another run may have made a new
     * one. */
    else if (fstat(fd, &st) != 0 || st.st_nlink == 0)
        trouble = at_work;
    if (trouble != NULL) {
        close(fd);
        return say(r->name, trouble);
    }
    r->file = fdopen(fd, "r+");
    if (r->file != NULL)
        return true;
    close(fd);
    return message_error("--resume: out of memory");
}

static bool put_object(struct resume *r, const json_t *object)
{
    char *text =
        object != NULL
            ? json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(17))
            : NULL;
    bool ok = text != NULL;

    if (!ok)
        message_error("--resume: out of memory");
    /* One write(): a kill leaves a whole line or none. */
    if (ok && (fprintf(r->file, "%s\n", text) < 0 || fflush(r->file) != 0))
        ok = say_errno(r->name);
    free(text);
    return ok;
}

static void put_value(const json_t *value, char *out, size_t size)
{
    char *text = value != NULL ? json_dumps(value, JSON_ENCODE_ANY) : NULL;

    snprintf(out, size, "%s", text != NULL ? text : "nothing");
    free(text);
}

static bool refuse(const struct resume *r, const char *what,
                   const json_t *before, const json_t *now)
{
    char old_text[80], new_text[80];

    put_value(before, old_text, sizeof(old_text));
    put_value(now, new_text, sizeof(new_text));
    return message_error(
        "%s: the run that was broken off differs in %s: expected "
        "%s, found %s; run it as it was, or remove this file and %s",
        r->part, what, old_text, new_text, r->name);
}

/* Begins a new state file. */
static bool start(struct resume *r, const json_t *key)
{
    struct stat st;

    /* A run makes the state file before FILE.part. So a FILE.part beside an
     * empty state file is the user's, and must not be overwritten. */
    if (fseeko(r->file, 0, SEEK_END) == 0 && ftello(r->file) == 0 &&
        lstat(r->part, &st) == 0)
        return say(r->part, not_ours);
    if (!is_state(fileno(r->file)))
        return say(r->name, not_ours);
    rewind(r->file);
    if (ftruncate(fileno(r->file), 0) != 0)
        return say_errno(r->name);
    return put_object(r, key);
}

/* The first line says what the run was: none, so begin; the same, so go on;
 * another, so refuse, as its rows could not be continued. */
static bool read_state(struct resume *r, const struct shared *s,
                       const struct input_part *part,
                       const struct berth_model *model)
{
    json_t *key = resume_key(s, part, model);
    json_t *old = next_object(r->file);
    const json_t *before, *now;
    const char *what = NULL;
    bool ok = key != NULL;

    if (!ok)
        message_error("--resume: out of memory");
    else if (old == NULL)
        ok = start(r, key);
    else if ((what = resume_differs(old, key, &before, &now)) != NULL)
        ok = refuse(r, what, before, now);
    else if (!take_up(r))
        ok = say_errno(r->name);
    json_decref(old);
    json_decref(key);
    return ok;
}

/* Of a device or a pipe, what was written cannot be read again and checked.
 * /dev/stdout may be an ordinary file, but its name cannot be replaced. */
static bool is_ordinary(const char *path)
{
    struct stat st;

    return strncmp(path, "/dev/", 5) != 0 &&
           (stat(path, &st) == 0 ? S_ISREG(st.st_mode) : errno == ENOENT);
}

bool resume_open(struct resume *r, const char *path, const struct shared *s,
                 const struct input_part *part, const struct berth_model *model,
                 struct sink **sink)
{
    struct stat st;

    *sink = NULL;
    blake2b_init(&r->rows);
    if (!is_ordinary(path))
        return say(path, not_ordinary);
    r->part = resume_path(path, RESUME_PART);
    r->name = resume_path(path, RESUME_STATE);
    if (r->part == NULL || r->name == NULL)
        return message_error("--resume: out of memory");
    if (lstat(r->part, &st) == 0 && !S_ISREG(st.st_mode))
        return say(r->part, not_ordinary);
    /* On failure, remove only a state file that was made here. */
    bool mine = lstat(r->name, &st) != 0;

    if (!open_state(r) || !read_state(r, s, part, model)) {
        if (mine && r->file != NULL)
            unlink(r->name);
        return false;
    }
    *sink = sink_open_part(path, r->part,
                           r->figures != NULL ? r->head + r->n_bytes : 0);
    return *sink != NULL;
}

/* --------------------------------------------------------------- writing */

void resume_rows(struct resume *r, const void *data, size_t size)
{
    blake2b_update(&r->rows, data, size);
    r->n_bytes += size;
}

bool resume_wants(const struct resume *r, double now)
{
    return r->file != NULL && now >= r->next;
}

/* The digest so far is finished in a copy; r->rows goes on with later rows. */
bool resume_checkpoint(struct resume *r, size_t n_records,
                       const uint8_t input[BLAKE2B_SIZE], json_t *figures,
                       double now)
{
    char input_hex[2 * BLAKE2B_SIZE + 1], rows_hex[2 * BLAKE2B_SIZE + 1];
    uint8_t digest[BLAKE2B_SIZE];
    struct blake2b rows = r->rows;

    blake2b_final(&rows, digest);
    blake2b_hex(digest, rows_hex);
    blake2b_hex(input, input_hex);
    json_t *point = json_pack(
        "{s:I, s:I, s:I, s:s, s:s, s:o}", "records", (json_int_t)n_records,
        "bytes", (json_int_t)r->n_bytes, "head", (json_int_t)r->head, "input",
        input_hex, "rows", rows_hex, "figures", figures);
    bool ok = put_object(r, point);

    json_decref(point);
    r->next = now + SECONDS;
    return ok;
}

void resume_close(struct resume *r, bool whole)
{
    if (whole && r->name != NULL)
        unlink(r->name);
    if (r->file != NULL)
        fclose(r->file);
    json_decref(r->figures);
    free(r->part);
    free(r->name);
    *r = (struct resume){0};
}
