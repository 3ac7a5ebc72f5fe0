/*
 * test_file_list.c - which files operands mean: --recursive, --include and
 * their kin.
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
        "top.txt",     "d/b.txt",     "d/a.log",
        "d/B.txt",     "d/.hidden",   "d/.git/c.txt",
        "d/sub/c.txt", "d/sub/a.log", "d/keep.d/x.txt",
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
        bool recursive, hidden;
        const char *include[MOST], *exclude[MOST], *exclude_dir[MOST];
        const char *want;
    } cases[] = {
        {"top.txt", .want = "top.txt "},
        {"none", .want = "none "}, /* reading it says why */
        {"d", .want = "d "},
        {"none", true, .include = {"*.log"}, .want = "none "},
        {"-", true, .include = {"*.log"}, .want = "- "},
        {"top.txt", true, .include = {"*.log"}, .want = ""},
        {"top.txt", .include = {"*.log", "*.txt"}, .want = "top.txt "},
        {"top.txt", .exclude = {"*.txt"}, .want = ""},
        {"top.txt", .include = {"*.txt"}, .exclude = {"top*"}, .want = ""},
        /* A glob may also fit the end of an operand after any of its
         * slashes. */
        {"d/sub/c.txt", .include = {"sub/c*"}, .want = "d/sub/c.txt "},
        {"d/sub/c.txt", .include = {"d/sub"}, .want = ""},
        {"d/binary", true, .want = "d/binary "},
        {"d/link.txt", true, .want = "d/link.txt "},
        {"d/.hidden", true, .want = "d/.hidden "},
        {"d/.git", true, .want = "d/.git/c.txt "},
        /* Below a folder: by name, none that is hidden, only text, no links. */
        {"d", true,
         .want = "d/B.txt d/a.log d/b.txt d/empty d/keep.d/x.txt "
                 "d/sub/a.log d/sub/c.txt "},
        {"d/", true, .include = {"a.*"}, .want = "d/a.log d/sub/a.log "},
        {"d", true, .include = {"*.txt"}, .exclude = {"[Bc]*"},
         .want = "d/b.txt d/keep.d/x.txt "},
        {"d", true, .include = {"sub/*"}, .want = ""}, /* the name only */
        {"d/way", true, .want = "d/way/a.log d/way/c.txt "},
        {"d", true, true, .include = {"*h*", "c*"},
         .want = "d/.git/c.txt d/.hidden d/sub/c.txt "},
        /* A dot that a glob writes asks for hidden files, not for folders. */
        {"d", true, .include = {".*"}, .want = "d/.hidden "},
        {"d", true, .include = {"[.]*", "?h*"}, .want = ""},
        /* Folders: by name below one; an operand as files are. */
        {"d", true, .exclude_dir = {"keep*", "sub"},
         .want = "d/B.txt d/a.log d/b.txt d/empty "},
        {"d", true, .include = {"*.log"}, .exclude_dir = {"sub//"},
         .want = "d/a.log "},
        {"d", true, .include = {"c*"}, .exclude_dir = {"d/sub"},
         .want = "d/sub/c.txt "},
        {"d/sub", true, .exclude_dir = {"su?"}, .want = ""},
        {"d/sub", true, .exclude_dir = {"d"},
         .want = "d/sub/a.log d/sub/c.txt "},
        {"d", .exclude_dir = {"d"}, .want = ""},
        {"top.txt", true, .exclude_dir = {"top*"}, .want = "top.txt "},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct walk w = {.include = list_of(cases[i].include),
                         .exclude = list_of(cases[i].exclude),
                         .exclude_dir = list_of(cases[i].exclude_dir),
                         .hidden = cases[i].hidden,
                         .recursive = cases[i].recursive};

        walk_files(&w, cases[i].operand);
        EQUAL_INT(w.failed, false, "case %zu, %s: failed", i, cases[i].operand);
        EQUAL_TEXT(spelled(&w), cases[i].want, "case %zu, %s: files", i,
                   cases[i].operand);
    }
}

/* Links to folders that they are in would have no end. */
static void test_links(void)
{
    struct walk w = {.dereference = true};

    EQUAL_INT(symlink("..", "d/sub/up"), 0, "a loop: symlink '..'");
    messages_begin();
    walk_files(&w, "d/sub");
    EQUAL_TEXT(messages_end(),
               "berth: warning: d/sub/up/sub: a link to a folder that it is "
               "in\n"
               "berth: warning: d/sub/up/way: a link to a folder that it is "
               "in\n",
               "links are followed, but for a loop: message");
    EQUAL_INT(w.failed, false, "links are followed, but for a loop: failed");
    EQUAL_TEXT(spelled(&w),
               "d/sub/a.log d/sub/c.txt d/sub/up/B.txt d/sub/up/a.log "
               "d/sub/up/b.txt d/sub/up/empty d/sub/up/keep.d/x.txt "
               "d/sub/up/link.txt ",
               "links are followed, but for a loop: files");
    w = (struct walk){.dereference = true, .no_messages = true};
    messages_begin();
    walk_files(&w, "d/sub");
    EQUAL_TEXT(messages_end(), "", "--no-messages: none of a loop either");
    walk_free(&w);
    EQUAL_INT(unlink("d/sub/up"), 0, "a loop: unlink");
    EQUAL_INT(symlink("nothing", "d/sub/broken"), 0, "a link to nothing");
    w = (struct walk){.dereference = true};
    messages_begin();
    walk_files(&w, "d/sub");
    EQUAL_TEXT(messages_end(),
               "berth: d/sub/broken: No such file or directory\n",
               "a link to nothing: message");
    EQUAL_INT(w.failed, true, "a link to nothing: failed");
    EQUAL_TEXT(spelled(&w), "d/sub/a.log d/sub/c.txt ",
               "a link to nothing: files");
    EQUAL_INT(unlink("d/sub/broken"), 0, "a link to nothing: unlink");
}

static void test_several(void)
{
    struct walk w = {.recursive = true};

    walk_files(&w, "top.txt");
    EQUAL_INT(w.walked, false, "a file is no folder");
    walk_files(&w, "d/sub");
    walk_files(&w, "top.txt");
    EQUAL_INT(w.walked, true, "a folder was among them");
    EQUAL_TEXT(spelled(&w), "top.txt d/sub/a.log d/sub/c.txt top.txt ",
               "operands in their order, each as often as it is given");
    EQUAL_SIZE(w.n, 0, "files after walk_free()");
    w = (struct walk){0};
    CHECK(chdir("d/sub") == 0, "enter d/sub");
    walk_here(&w);
    CHECK(chdir("../..") == 0, "leave d/sub");
    EQUAL_TEXT(spelled(&w), "a.log c.txt ", "here: names without a folder");
}

/* What is written at the same time would never end. */
static void test_output(void)
{
    struct stat st;
    struct walk w = {.recursive = true, .output = &st};

    CHECK(stat("d/sub/c.txt", &st) == 0, "d/sub/c.txt is the output");
    messages_begin();
    walk_files(&w, "d/sub");
    EQUAL_TEXT(messages_end(),
               "berth: d/sub/c.txt: this file is also the output\n",
               "the output below a folder: message");
    EQUAL_INT(w.failed, true, "the output below a folder: failed");
    EQUAL_TEXT(spelled(&w), "d/sub/a.log ", "files without the output");
    w = (struct walk){.recursive = true, .output = &st, .skips_output = true};
    messages_begin();
    walk_files(&w, "d/sub");
    walk_files(&w, "d/sub/c.txt");
    EQUAL_TEXT(messages_end(),
               "berth: d/sub/c.txt: this file is also the output\n",
               "where it is skipped: a message of the operand only");
    EQUAL_TEXT(spelled(&w), "d/sub/a.log ", "where it is skipped: files");
}

static void test_unreadable(void)
{
    struct walk w = {.recursive = true};
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
    test_links();
    test_several();
    test_output();
    test_unreadable();
    scratch_remove(&folder);
    return tap_done();
}
