/*
 * test_new_folder.c - a folder that appears when it is whole, and of which
 * nothing is left when it does not.
 */
#include "lib/new_folder.h"

#include "tests/scratch.h"
#include "tests/tap.h"

#include <dirent.h>
#include <errno.h>

static struct scratch scratch;
static char path[SCRATCH_PATH + 256];

/* Entries of the scratch folder, hidden ones too. */
static size_t count(void)
{
    DIR *dir = opendir(scratch.path);
    size_t n = 0;

    while (readdir(dir) != NULL)
        n++;
    closedir(dir);
    return n - 2;
}

static const char *in_scratch(const char *name)
{
    return scratch_name(&scratch, name, path);
}

static bool holds(const char *name, const char *text)
{
    size_t n = 0;
    unsigned char *data = scratch_read(in_scratch(name), &n);
    const bool same =
        data != NULL && n == strlen(text) && memcmp(data, text, n) == 0;

    free(data);
    return same;
}

static enum berth_status put(struct berth_new_folder *f, const char *name,
                             const char *text)
{
    return berth_new_folder_put(f, name, text, strlen(text), NULL);
}

static void test_whole(const char *name, const char *final)
{
    struct berth_new_folder *f = NULL;
    char file[64];

    EQUAL_INT(berth_new_folder_open(in_scratch(name), NULL, NULL, &f, NULL),
              BERTH_OK, "%s: opens", name);
    if (f == NULL)
        return;
    EQUAL_INT(put(f, "a", "one"), BERTH_OK, "%s: a file", name);
    EQUAL_INT(put(f, "x/y/b", "two"), BERTH_OK, "%s: a file two deep", name);
    EQUAL_INT(put(f, "x/c", ""), BERTH_OK, "%s: an empty file", name);
    EQUAL_INT(put(f, "a", "twice"), BERTH_ERR_IO, "%s: no file twice", name);
    CHECK(berth_new_folder_has(f, "x/y/b") && !berth_new_folder_has(f, "b"),
          "%s: it knows what it has", name);
    snprintf(file, sizeof(file), "%s/a", final);
    CHECK(access(in_scratch(file), F_OK) != 0, "%s: nothing is seen yet", name);
    EQUAL_INT(berth_new_folder_commit(f, NULL), BERTH_OK, "%s: commits", name);
    berth_new_folder_close(f);
    CHECK(holds(file, "one"), "%s: the file is there", name);
    snprintf(file, sizeof(file), "%s/x/y/b", final);
    CHECK(holds(file, "two"), "%s: the other as well", name);
    EQUAL_SIZE(count(), 1, "%s: and nothing beside the folder", name);
    scratch_remove(&scratch);
    scratch_make(&scratch);
}

static void test_broken_off(void)
{
    struct berth_new_folder *f = NULL;

    berth_new_folder_open(in_scratch("new"), NULL, NULL, &f, NULL);
    put(f, "a/b/c", "text");
    EQUAL_INT(berth_new_folder_begin(f, "half", NULL), BERTH_OK, "half a file");
    EQUAL_INT(berth_new_folder_write(f, "x", 1, NULL), BERTH_OK, "of a byte");
    EQUAL_SIZE(count(), 1, "is somewhere");
    berth_new_folder_close(f);
    EQUAL_SIZE(count(), 0, "not committed: nothing is left");
    berth_new_folder_close(NULL);
}

/* Each path, before it is there, less that of the folder that they are in. */
static void write_down(void *arg, const char *made)
{
    char *list = arg;
    const size_t n = strlen(list);

    snprintf(list + n, 256 - n, "%s%s ",
             strchr(strchr(made, '.'), '/') != NULL
                 ? strchr(strchr(made, '.'), '/')
                 : ".",
             access(made, F_OK) == 0 ? "!" : "");
}

static void test_told(void)
{
    struct berth_new_folder *f = NULL;
    char list[256] = "";

    berth_new_folder_open(in_scratch("new"), write_down, list, &f, NULL);
    put(f, "a", "x");
    put(f, "b/c/d", "x");
    put(f, "b/e", "x");
    EQUAL_TEXT(list, ". /a /b /b/c /b/c/d /b/e ",
               "what is made is told before, the outermost first");
    berth_new_folder_close(f);
}

static void refuse(const char *name, enum berth_status want, const char *words)
{
    struct berth_new_folder *f = NULL;
    struct berth_error err = {0};
    const size_t before = count();

    EQUAL_INT(berth_new_folder_open(in_scratch(name), NULL, NULL, &f, &err),
              want, "%s is refused", name);
    HAS_TEXT(err.message, words, "%s: the message", name);
    HAS_TEXT(err.message, path, "%s: names it", name);
    EQUAL_SIZE(count(), before, "%s: nothing is made", name);
}

static void test_refused(void)
{
    scratch_write(&scratch, "full/file", "x", 1);
    scratch_write(&scratch, "file", "x", 1);
    (void)!symlink("nowhere", in_scratch("link"));
    refuse("full", BERTH_ERR_ARGUMENT, "found one with files");
    refuse("file", BERTH_ERR_ARGUMENT, "found another kind");
    refuse("link", BERTH_ERR_ARGUMENT, "found another kind");
    refuse("full/..", BERTH_ERR_ARGUMENT, "expected the name of a new folder");
    refuse("none/new", BERTH_ERR_IO, "No such file");
    refuse("file/new", BERTH_ERR_IO, "Not a directory");
}

int main(void)
{
    if (!CHECK(scratch_make(&scratch), "a scratch folder"))
        return tap_done();
    test_whole("new", "new");
    test_whole("slashes//", "slashes");
    mkdir(in_scratch("empty"), 0777);
    test_whole("empty", "empty");
    test_broken_off();
    test_told();
    test_refused();
    scratch_remove(&scratch);
    return tap_done();
}
