/*
 * test_file_list.c - which files operands mean: --recursive, --include,
 * --exclude.
 */
#include "cli/frame/file_list.h"

#include "tests/messages.h"
#include "tests/scratch.h"
#include "tests/tap.h"

#include <stdint.h>

/* The tests run in a folder of their own: names are relative. */
static struct scratch folder;

enum {
    MOST = 4 /* globs */
};

static struct text_list list_of(const char *const *globs)
{
    struct text_list list = {.items = (const char **)(uintptr_t)globs};

    while (list.n < MOST && globs[list.n] != NULL)
        list.n++;
    return list;
}

/* The files, each with a space after it; walk_free(). */
static const char *spelled(struct walk *w)
{
    static char text[1024];
    size_t n = 0;

    text[0] = '\0';
    for (size_t i = 0; i < w->n; i++)
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s ", w->files[i]);
    walk_free(w);
    return text;
}

static void make_files(void)
{
    static const char *const names[] = {
        "top.txt",   "d/b.txt",     "d/a.log",     "d/B.txt",
        "d/.hidden", "d/sub/c.txt", "d/sub/a.log", "d/keep.d/x.txt",
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        scratch_write(&folder, names[i], "text\n", 5);
    scratch_write(&folder, "d/binary", "\0\1\2", 3);
    scratch_write(&folder, "d/image.png", "\x89PNG\r\n\x1a\n", 8);
    scratch_write(&folder, "d/empty", "", 0);
    EQUAL_INT(symlink("b.txt", "d/link.txt"), 0,
              "links below the folder: symlink 'b.txt'");
    EQUAL_INT(symlink("sub", "d/way"), 0,
              "links below the folder: symlink 'sub'");
}

static void test_operands(void)
{
    static const struct {
        const char *operand;
        bool recursive;
        const char *include[MOST], *exclude[MOST];
        const char *want;
    } cases[] = {
        {"top.txt", false, {0}, {0}, "top.txt "},
        {"none", false, {0}, {0}, "none "}, /* reading it says why */
        {"d", false, {0}, {0}, "d "},
        {"none", true, {"*.log"}, {0}, "none "},
        {"-", true, {"*.log"}, {0}, "- "},
        {"top.txt", true, {"*.log"}, {0}, ""},
        {"top.txt", false, {"*.log", "*.txt"}, {0}, "top.txt "},
        {"top.txt", false, {0}, {"*.txt"}, ""},
        {"top.txt", false, {"*.txt"}, {"top*"}, ""},
        /* A glob may also fit the end of an operand after any of its
         * slashes. */
        {"d/sub/c.txt", false, {"sub/c*"}, {0}, "d/sub/c.txt "},
        {"d/sub/c.txt", false, {"d/sub"}, {0}, ""},
        {"d/binary", true, {0}, {0}, "d/binary "},
        {"d/link.txt", true, {0}, {0}, "d/link.txt "},
        /* Below a folder: by name, hidden ones too, only text, no links. */
        {"d",
         true,
         {0},
         {0},
         "d/.hidden d/B.txt d/a.log d/b.txt d/empty d/keep.d/x.txt "
         "d/sub/a.log d/sub/c.txt "},
        {"d/", true, {"a.*"}, {0}, "d/a.log d/sub/a.log "},
        {"d", true, {"*.txt"}, {"[Bc]*"}, "d/b.txt d/keep.d/x.txt "},
        {"d", true, {"sub/*"}, {0}, ""}, /* the name only */
        {"d/way", true, {0}, {0}, "d/way/a.log d/way/c.txt "},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct text_list include = list_of(cases[i].include);
        const struct text_list exclude = list_of(cases[i].exclude);
        struct walk w = {.include = &include,
                         .exclude = &exclude,
                         .recursive = cases[i].recursive};

        walk_files(&w, cases[i].operand);
        EQUAL_INT(w.failed, false, "case %zu, %s: failed", i, cases[i].operand);
        EQUAL_TEXT(spelled(&w), cases[i].want, "case %zu, %s: files", i,
                   cases[i].operand);
    }
}

static const struct text_list no_globs;

static void test_several(void)
{
    struct walk w = {
        .include = &no_globs, .exclude = &no_globs, .recursive = true};

    walk_files(&w, "top.txt");
    EQUAL_INT(w.walked, false, "a file is no folder");
    walk_files(&w, "d/sub");
    walk_files(&w, "top.txt");
    EQUAL_INT(w.walked, true, "a folder was among them");
    EQUAL_TEXT(spelled(&w), "top.txt d/sub/a.log d/sub/c.txt top.txt ",
               "operands in their order, each as often as it is given");
    EQUAL_SIZE(w.n, 0, "files after walk_free()");
    w = (struct walk){.include = &no_globs, .exclude = &no_globs};
    CHECK(chdir("d/sub") == 0, "enter d/sub");
    walk_here(&w);
    CHECK(chdir("../..") == 0, "leave d/sub");
    EQUAL_TEXT(spelled(&w), "a.log c.txt ", "here: names without a folder");
}

/* What is written at the same time would never end. */
static void test_output(void)
{
    struct stat st;
    struct walk w = {.include = &no_globs,
                     .exclude = &no_globs,
                     .recursive = true,
                     .output = &st};

    CHECK(stat("d/sub/c.txt", &st) == 0, "d/sub/c.txt is the output");
    messages_begin();
    walk_files(&w, "d/sub");
    EQUAL_TEXT(messages_end(),
               "berth: d/sub/c.txt: this file is also the output\n",
               "the output below a folder: message");
    EQUAL_INT(w.failed, true, "the output below a folder: failed");
    EQUAL_TEXT(spelled(&w), "d/sub/a.log ", "files without the output");
}

static void test_unreadable(void)
{
    struct walk w = {
        .include = &no_globs, .exclude = &no_globs, .recursive = true};
    int depth = 0;

    while (depth < 257 && mkdir(depth > 0 ? "d" : "deep", 0777) == 0 &&
           chdir(depth > 0 ? "d" : "deep") == 0)
        depth++;
    EQUAL_INT(depth, 257, "folders that were made in each other");
    CHECK(chdir(folder.path) == 0, "back to the top");
    messages_begin();
    walk_files(&w, "deep");
    HAS_TEXT(messages_end(), "d: too deep a folder\n",
             "257 folders in each other: message");
    EQUAL_INT(w.failed, true, "257 folders in each other: failed");
    EQUAL_TEXT(spelled(&w), "", "257 folders in each other: no file");
}

int main(void)
{
    if (!scratch_make(&folder) || chdir(folder.path) != 0)
        return 1;
    make_files();
    test_operands();
    test_several();
    test_output();
    test_unreadable();
    scratch_remove(&folder);
    return tap_done();
}
