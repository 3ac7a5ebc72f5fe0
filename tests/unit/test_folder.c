/*
 * test_folder.c - files on disk and in the program, and names that leave them.
 */
#include "lib/folder.h"

#include "tests/scratch.h"
#include "tests/tap.h"

#include <errno.h>
#include <fcntl.h>

static bool reads(const struct berth_folder *f, const char *name,
                  const char *text)
{
    struct berth_blob blob;
    bool same;

    if (berth_folder_read(f, name, &blob, NULL) != BERTH_OK)
        return false;
    same = blob.size == strlen(text) &&
           (blob.size == 0 || memcmp(blob.data, text, blob.size) == 0);
    berth_blob_release(&blob);
    return same && blob.data == NULL;
}

static bool fails(const struct berth_folder *f, const char *name,
                  enum berth_status expected)
{
    struct berth_blob blob;
    struct berth_error err = {0};

    return berth_folder_read(f, name, &blob, &err) == expected &&
           err.status == expected && strchr(err.message, '\n') == NULL &&
           (name[0] == '\0' || strstr(err.message, name) != NULL) &&
           strstr(err.message, berth_folder_path(f)) != NULL;
}

/* Whether name is found; what is there and no file counts as neither. */
static bool has(const struct berth_folder *f, const char *name)
{
    bool found = false;

    return berth_folder_find(f, name, &found, NULL) == BERTH_OK && found;
}

static bool lacks(const struct berth_folder *f, const char *name)
{
    bool found = true;

    return berth_folder_find(f, name, &found, NULL) == BERTH_OK && !found;
}

/* Neither found nor absent: an error that names the file. */
static bool breaks(const struct berth_folder *f, const char *name,
                   enum berth_status expected, const char *words)
{
    struct berth_error err = {0};
    bool found = true;

    return berth_folder_find(f, name, &found, &err) == expected &&
           strstr(err.message, name) != NULL &&
           strstr(err.message, words) != NULL;
}

static void test_names(const struct berth_folder *f)
{
    static const char *const outside[] = {
        "..", "../x", "/etc/passwd", "sub/../a", "sub/..", "", "/",
    };

    for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
        CHECK(fails(f, outside[i], BERTH_ERR_FORMAT), "'%s' is refused",
              outside[i]);
        CHECK(breaks(f, outside[i], BERTH_ERR_FORMAT, ""), "'%s' is not here",
              outside[i]);
    }
}

/* A file is absent only if there is no entry of its name; a broken one is an
 * error. */
static void test_absent(const struct berth_folder *f, const struct scratch *s)
{
    static const char nothing[] = "a broken link";
    char path[SCRATCH_PATH + 256];
    char longest[300];
    struct berth_error err = {0};
    bool found;

    CHECK(lacks(f, "none"), "lacks 'none'");
    CHECK(lacks(f, "no/none"), "lacks 'no/none'");
    CHECK(lacks(f, "sub/no/none"), "lacks 'sub/no/none'");
    CHECK(breaks(f, "sub", BERTH_ERR_FORMAT, "a folder") &&
              breaks(f, "fifo", BERTH_ERR_FORMAT, "another kind"),
          "a folder and a FIFO are no files, and not absent");
    if (symlink("nowhere", scratch_name(s, "lost", path)) != 0 ||
        symlink("loop", scratch_name(s, "loop", path)) != 0)
        CHECK(false, "symlink: %s", strerror(errno));
    CHECK(breaks(f, "lost", BERTH_ERR_IO, nothing), "a link to nothing");
    EQUAL_INT(berth_folder_find(f, "lost/x", &found, &err), BERTH_ERR_IO,
              "below a dangling link, %s: status", err.message);
    HAS_TEXT(err.message, "/lost: expected",
             "below a dangling link, %s: message", err.message);
    CHECK(breaks(f, "loop", BERTH_ERR_IO, strerror(ELOOP)), "a loop");
    CHECK(breaks(f, "a/b", BERTH_ERR_IO, strerror(ENOTDIR)),
          "a file is no folder");
    memset(longest, 'x', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    CHECK(breaks(f, longest, BERTH_ERR_IO, strerror(ENAMETOOLONG)),
          "a name that is too long");
    CHECK(fails(f, "lost", BERTH_ERR_IO), "a link to nothing is not read");
    if (geteuid() == 0) {
        SKIP("root may search every folder");
        return;
    }
    scratch_write(s, "shut/x", "x", 1);
    chmod(scratch_name(s, "shut", path), 0);
    CHECK(breaks(f, "shut/x", BERTH_ERR_IO, strerror(EACCES)),
          "a folder that may not be searched");
    chmod(path, 0700);
}

static void test_disk(const struct scratch *s)
{
    char path[SCRATCH_PATH + 256], link[SCRATCH_PATH + 256];
    struct berth_folder *f = NULL, *g = NULL;
    struct berth_blob blob = {0};
    char buf[SCRATCH_PATH];

    scratch_write(s, "a", "alpha", 5);
    scratch_write(s, "empty", "", 0);
    scratch_write(s, "sub/..b", "beta", 4);
    if (symlink(scratch_name(s, "a", path), scratch_name(s, "link", link)) != 0)
        CHECK(false, "symlink: %s", strerror(errno));
    if (mkfifo(scratch_name(s, "fifo", path), 0600) != 0)
        CHECK(false, "mkfifo: %s", strerror(errno));

    CHECK(berth_folder_open(s->path, &f, NULL) == BERTH_OK, "%s opens",
          s->path);
    CHECK(reads(f, "a", "alpha"), "reads a file");
    CHECK(reads(f, "sub/..b", "beta"), "reads a file of a sub-folder");
    CHECK(reads(f, "link", "alpha"), "follows a link");
    CHECK(reads(f, "empty", ""), "an empty file has no data");
    CHECK(has(f, "a"), "has 'a'");
    CHECK(has(f, "sub/..b"), "has 'sub/..b'");
    CHECK(has(f, "link"), "has 'link'");
    test_absent(f, s);
    CHECK(fails(f, "sub", BERTH_ERR_FORMAT), "a folder is not read");
    CHECK(fails(f, "fifo", BERTH_ERR_FORMAT), "a FIFO does not hold us");
    CHECK(fails(f, "none", BERTH_ERR_IO), "a missing file is named");
    CHECK(fails(f, "a/b", BERTH_ERR_IO), "a file is no folder");
    test_names(f);

    snprintf(path, sizeof(path), "%s///", s->path);
    EQUAL_INT(berth_folder_open(path, &g, NULL), BERTH_OK,
              "trailing slashes go: status");
    EQUAL_TEXT(berth_folder_path(g), s->path,
               "trailing slashes go: folder_path");
    berth_folder_close(g);
    EQUAL_INT(berth_folder_open(scratch_name(s, "a", path), &g, NULL), BERTH_OK,
              "a file for its folder: status");
    EQUAL_TEXT(berth_folder_path(g), s->path,
               "a file for its folder: folder_path");
    EQUAL_TEXT(berth_folder_given(g), "a", "a file for its folder: given");
    berth_folder_close(g);

    berth_folder_file(f, "a", buf, sizeof(buf));
    CHECK(strncmp(buf, s->path, strlen(s->path)) == 0,
          "the name of a file in words: its folder");
    EQUAL_TEXT(buf + strlen(s->path), "/a",
               "the name of a file in words: its end");
    CHECK(strlen(berth_folder_file(f, "a", buf, 4)) == 3, "cuts it to size");

    EQUAL_INT(berth_folder_read(f, "a", &blob, NULL), BERTH_OK,
              "a file on disk: status");
    CHECK(blob.mapped, "a file on disk: mapped");
    berth_folder_close(f);
    EQUAL_SIZE(blob.size, 5, "a blob without its folder: size");
    EQUAL_BYTES(blob.data, 5, "alpha", 5, "a blob without its folder: data");
    berth_blob_release(&blob);
}

static void test_missing(void)
{
    struct berth_folder *f = NULL;
    struct berth_error err = {0};

    EQUAL_INT(berth_folder_open("/no/such\nfolder", &f, &err), BERTH_ERR_IO,
              "a missing folder: status");
    EQUAL_INT(err.sys_errno, ENOENT, "a missing folder: sys_errno");
    CHECK(f == NULL, "a missing folder: no folder");
    CHECK(strstr(err.message, "/no/such?folder: ") == err.message,
          "in one line that names it: %s", err.message);
}

static void test_embedded(void)
{
    static const unsigned char a[] = "alpha";
    static const struct berth_embedded_file files[] = {
        {"a", a, 5},
        {"sub/b", a, 2},
        {"empty", a, 0},
    };
    struct berth_folder *f = NULL;
    struct berth_blob blob = {0};
    struct berth_error err = {0};

    CHECK(berth_folder_open_embedded("@builtin", files, 3, &f, NULL) ==
              BERTH_OK,
          "opens embedded");
    CHECK(reads(f, "a", "alpha") && reads(f, "sub/b", "al"), "reads");
    CHECK(reads(f, "empty", ""), "an empty file has no data");
    CHECK(has(f, "sub/b"), "has 'sub/b'");
    CHECK(lacks(f, "b"), "lacks 'b'");
    CHECK(lacks(f, "sub/b/c"), "lacks 'sub/b/c'");
    EQUAL_INT(berth_folder_read(f, "a", &blob, NULL), BERTH_OK,
              "a file of the program: status");
    CHECK(!blob.mapped, "a file of the program: not mapped");
    berth_blob_release(&blob);
    CHECK(fails(f, "none", BERTH_ERR_IO), "a missing file is named");
    EQUAL_INT(berth_folder_read(f, "none", &blob, &err), BERTH_ERR_IO,
              "not among the files, %s: status", err.message);
    EQUAL_INT(err.sys_errno, ENOENT, "not among the files, %s: sys_errno",
              err.message);
    CHECK(strstr(err.message, "@builtin/none: ") == err.message,
          "not among the files, %s: message", err.message);
    test_names(f);
    berth_folder_close(f);
    EQUAL_INT(berth_folder_open_embedded("@builtin", NULL, 0, &f, NULL),
              BERTH_OK, "no files in the program: status");
    CHECK(lacks(f, "a"), "no files in the program: lacks 'a'");
    berth_folder_close(f);
    berth_folder_close(NULL);
    berth_blob_release(NULL);
}

/* A folder in a folder, on disk or not, and one in that. */
static void check_sub(const struct berth_folder *whole, const char *name)
{
    struct berth_folder *sub = NULL, *deeper = NULL;
    struct berth_blob blob = {0};
    struct berth_error err = {0};
    char buf[1024];

    if (!CHECK(berth_folder_open_sub(whole, "one", &sub, &err) == BERTH_OK &&
                   berth_folder_open_sub(sub, "two", &deeper, &err) == BERTH_OK,
               "%s: opens: %s", name, err.message))
        return;
    CHECK(reads(sub, "f", "first"), "%s: has its own files: reads 'f'", name);
    CHECK(reads(deeper, "f", "second"), "%s: has its own files: reads 'f'",
          name);
    CHECK(reads(sub, "two/f", "second"), "%s: has its own files: reads 'two/f'",
          name);
    CHECK(lacks(deeper, "g"), "%s: has its own files: lacks 'g'", name);
    CHECK(strstr(berth_folder_file(deeper, "f", buf, sizeof(buf)),
                 "/one/two/f") != NULL,
          "%s: and their names: %s", name, buf);
    CHECK(berth_folder_read(sub, "../f", &blob, NULL) == BERTH_ERR_FORMAT,
          "%s: no way up", name);
    berth_folder_close(deeper);
    berth_folder_close(sub);
    EQUAL_INT(berth_folder_open_sub(whole, "../one", &sub, &err),
              BERTH_ERR_FORMAT, "%s: %s: status", name, err.message);
    HAS_TEXT(err.message, "../one", "%s: %s: message", name, err.message);
}

static void test_sub(const struct scratch *s)
{
    static const struct berth_embedded_file files[] = {
        {"f", (const unsigned char *)"whole", 5},
        {"one/f", (const unsigned char *)"first", 5},
        {"one/two/f", (const unsigned char *)"second", 6},
    };
    struct berth_folder *f = NULL;

    CHECK(berth_folder_open_embedded("@builtin", files, 3, &f, NULL) ==
              BERTH_OK,
          "opens embedded");
    check_sub(f, "embedded");
    berth_folder_close(f);
    for (size_t i = 0; i < 3; i++)
        scratch_write(s, files[i].name, files[i].data, files[i].size);
    CHECK(berth_folder_open(s->path, &f, NULL) == BERTH_OK, "opens on disk");
    check_sub(f, "on disk");
    berth_folder_close(f);
}

/* A file made of text, which the folder takes. */
static void offer(struct berth_folder *f, const char *name, const char *origin,
                  const char *text)
{
    struct berth_error err = {0};

    EQUAL_INT(
        berth_folder_offer(f, name, origin, strdup(text), strlen(text), &err),
        BERTH_OK, "offers %s, %s: status", name, err.message);
}

static void count_told(void *arg, const char *path)
{
    (void)path;
    ++*(size_t *)arg;
}

/* What is offered is found and read like the others, and before them. */
static void test_offered(struct berth_folder *f, const char *kind)
{
    struct berth_folder *sub = NULL;
    struct berth_blob blob = {0};
    struct berth_error err = {0};
    size_t n_told = 0;
    char buf[SCRATCH_PATH + 256];

    EQUAL_TEXT(berth_folder_origin(f, "made"), "made", "%s: not made yet",
               kind);
    CHECK(berth_folder_open_sub(f, "one", &sub, &err) == BERTH_OK,
          "%s: sub-folder opens: %s", kind, err.message);
    berth_folder_watch(f, count_told, &n_told);
    offer(f, "made", "x: made", "by hand");
    offer(f, "f", "x: f", "instead");
    offer(f, "one/f", "x: one/f", "first instead");
    offer(f, "none", "x: none", "");
    CHECK(has(f, "made") && reads(f, "made", "by hand"), "%s: reads it", kind);
    CHECK(reads(f, "f", "instead"), "%s: before the one that is there", kind);
    CHECK(reads(sub, "f", "first instead"), "%s: in a sub-folder", kind);
    CHECK(lacks(sub, "made"), "%s: in no other", kind);
    CHECK(has(f, "none") && reads(f, "none", ""), "%s: an empty one", kind);
    EQUAL_SIZE(n_told, 0, "%s: is on no disk: told", kind);
    EQUAL_TEXT(berth_folder_origin(sub, "f"), "x: one/f", "%s: origin", kind);
    berth_folder_file(sub, "f", buf, sizeof(buf));
    EQUAL_SIZE(strlen(buf), strlen(berth_folder_path(f)) + strlen("/x: one/f"),
               "%s: name in messages, %s: length", kind, buf);
    HAS_TEXT(buf, "/x: one/f", "%s: name in messages", kind);
    EQUAL_INT(berth_folder_offer(f, "../f", "x", strdup("a"), 1, &err),
              BERTH_ERR_FORMAT, "%s: no way up, %s: status", kind, err.message);
    EQUAL_INT(berth_folder_read(f, "made", &blob, &err), BERTH_OK,
              "%s: reads it again: status", kind);
    offer(f, "made", "x: made", "anew");
    CHECK(reads(f, "made", "anew"), "%s: a second one counts", kind);
    berth_folder_close(sub);
    berth_folder_close(f);
    EQUAL_BYTES(blob.data, blob.size, "by hand", 7,
                "%s: a blob without its folder", kind);
    berth_blob_release(&blob);
}

static bool count_names(void *arg, const char *name)
{
    if (strcmp(name, "f") == 0 || strcmp(name, "one/f") == 0)
        ++*(size_t *)arg;
    return true;
}

/* One file is left, and what is made of it. */
static void test_reduced(struct berth_folder *f, const char *kind)
{
    struct berth_folder *sub = NULL;
    struct berth_error err = {0};
    char buf[SCRATCH_PATH + 256];
    size_t n = 0;

    EQUAL_INT(berth_folder_list(f, count_names, &n, &err), BERTH_OK,
              "%s: lists, %s: status", kind, err.message);
    CHECK(n > 0, "%s: lists 'f'", kind);
    CHECK(berth_folder_given(f) == NULL, "%s: no file was given", kind);
    CHECK(has(f, "one/f"), "%s: has another file before", kind);
    EQUAL_INT(berth_folder_reduce(f, "f", &err), BERTH_OK,
              "%s: reduced, %s: status", kind, err.message);
    offer(f, "one/g", "f: one/g", "made");
    CHECK(berth_folder_open_sub(f, "one", &sub, &err) == BERTH_OK,
          "%s: sub-folder opens: %s", kind, err.message);
    EQUAL_TEXT(berth_folder_given(f), "f", "%s: the file", kind);
    CHECK(has(f, "f") && reads(f, "f", "whole"), "%s: reads it", kind);
    CHECK(lacks(f, "one/f") && lacks(sub, "f"), "%s: no other is left", kind);
    CHECK(fails(f, "one/f", BERTH_ERR_IO), "%s: nor read", kind);
    CHECK(reads(sub, "g", "made"), "%s: but what is made", kind);
    HAS_TEXT(berth_folder_path(f), "/f", "%s: called as the file", kind);
    berth_folder_file(sub, "h", buf, sizeof(buf));
    HAS_TEXT(buf, "/f: one/h", "%s: another one in messages", kind);
    berth_folder_close(sub);
    berth_folder_close(f);
}

/* Both kinds of folder, with the same files. */
static void test_made(const struct scratch *s)
{
    static const struct berth_embedded_file files[] = {
        {"f", (const unsigned char *)"whole", 5},
        {"one/f", (const unsigned char *)"first", 5},
    };
    void (*const tests[])(struct berth_folder * f,
                          const char *kind) = {test_offered, test_reduced};
    struct berth_folder *f = NULL;

    for (size_t i = 0; i < 2; i++) {
        CHECK(berth_folder_open_embedded("@builtin", files, 2, &f, NULL) ==
                  BERTH_OK,
              "opens embedded");
        tests[i](f, "embedded");
        CHECK(berth_folder_open(s->path, &f, NULL) == BERTH_OK,
              "opens on disk");
        tests[i](f, "on disk");
    }
}

int main(void)
{
    struct scratch s;

    if (!scratch_make(&s)) {
        CHECK(false, "mkdtemp: %s", strerror(errno));
        return tap_done();
    }
    test_disk(&s);
    test_missing();
    test_embedded();
    test_sub(&s);
    test_made(&s);
    scratch_remove(&s);
    return tap_done();
}
