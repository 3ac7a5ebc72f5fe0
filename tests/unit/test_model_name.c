/*
 * test_model_name.c - from --model to a folder: paths, and names in a made-up
 * Hugging Face cache.
 */
#include "cli/frame/model_name.h"

#include "tests/messages.h"
#include "tests/scratch.h"
#include "tests/tap.h"

static struct scratch home;

static const char commit[] = "0123456789abcdef0123456789abcdef01234567";

/* The models of the cache at hub, a folder below home. */
static void make_cache(const char *hub)
{
    static const struct {
        const char *name; /* below the cache */
        const char *text; /* NULL: a folder */
    } files[] = {
        {"", NULL},
        {"models--org--alpha", NULL},
        {"models--org--alpha/refs", NULL},
        {"models--org--alpha/refs/main", commit},
        {"models--org--alpha/refs/v2", "beef"},
        {"models--org--alpha/refs/odd", "not a commit"},
        {"models--org--alpha/refs/gone", "abad1dea"},
        {"models--org--alpha/snapshots", NULL},
        {"models--org--alpha/snapshots/"
         "0123456789abcdef0123456789abcdef01234567",
         NULL},
        {"models--org--alpha/snapshots/beef", NULL},
        {"models--org--alpha/snapshots/beef/a.gguf", ""},
        {"models--one--twin", NULL},
        {"models--one--twin/refs", NULL},
        {"models--one--twin/refs/main", "beef"},
        {"models--one--twin/snapshots", NULL},
        {"models--one--twin/snapshots/beef", NULL},
        {"models--two--twin", NULL},
        {"models--two--twin/refs", NULL},
        {"models--two--twin/refs/main", "beef"},
        {"models--two--twin/snapshots", NULL},
        {"models--two--twin/snapshots/beef", NULL},
        {"models--Lab--Mixed-Case", NULL},
        {"models--Lab--Mixed-Case/refs", NULL},
        {"models--Lab--Mixed-Case/refs/main", "c0ffee11"},
        {"models--Lab--Mixed-Case/snapshots", NULL},
        {"models--Lab--Mixed-Case/snapshots/c0ffee11", NULL},
        {"models--Lab--Mixed-Case/snapshots/c0ffee22", NULL},
        {"models--one--TWIN2", NULL},
        {"models--two--Twin2", NULL},
        {"models--plain", NULL},
        {"models--plain/refs", NULL},
        {"models--plain/refs/main", "beef"},
        {"models--plain/snapshots", NULL},
        {"models--plain/snapshots/beef", NULL},
    };

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        char name[256], path[SCRATCH_PATH + 256];

        snprintf(name, sizeof(name), "%s/%s", hub, files[i].name);
        if (files[i].text != NULL)
            scratch_write(&home, name, files[i].text, strlen(files[i].text));
        else
            mkdir(scratch_name(&home, name, path), 0777);
    }
}

/* A name that means want, a folder below home. */
static void found(const char *name, const char *want)
{
    char path[SCRATCH_PATH + 256];
    char *got = NULL;

    messages_begin();
    bool ok = model_name_resolve(name, &got);
    const char *said = messages_end();

    CHECK(ok, "'%s' is found", name);
    EQUAL_TEXT(said, "", "'%s': no message", name);
    EQUAL_TEXT(got, scratch_name(&home, want, path), "'%s': folder", name);
    free(got);
}

static void refused(const char *name, const char *words)
{
    char *got = NULL;

    messages_begin();
    bool ok = model_name_resolve(name, &got);
    const char *said = messages_end();

    CHECK(!ok, "'%s' is refused", name);
    HAS_TEXT(said, words, "'%s': message", name);
    EQUAL_TEXT(got, NULL, "'%s': folder", name);
}

static void test_builtin(void)
{
    char *got = NULL;

    unsetenv("BERTH_MODEL");
    CHECK(model_name_resolve(NULL, &got), "no name is found");
    EQUAL_TEXT(got, NULL, "no name: the built-in model");
    CHECK(model_name_resolve("@builtin", &got), "@builtin is found");
    EQUAL_TEXT(got, NULL, "@builtin: the built-in model");
    setenv("BERTH_MODEL", "", 1);
    CHECK(model_name_resolve(NULL, &got), "an empty BERTH_MODEL is none");
    EQUAL_TEXT(got, NULL, "an empty BERTH_MODEL: the built-in model");
    setenv("BERTH_MODEL", home.path, 1);
    CHECK(model_name_resolve(NULL, &got), "BERTH_MODEL is found");
    EQUAL_TEXT(got, home.path, "BERTH_MODEL: folder");
    free(got);
    unsetenv("BERTH_MODEL");
}

static void test_paths(void)
{
    char path[SCRATCH_PATH + 256], link[SCRATCH_PATH + 256];

    found(scratch_name(&home, "hub", path), "hub");
    refused(scratch_name(&home, "none", path), ": No such file or directory");
    refused("./none", "./none: No such file or directory");
    refused("../none", "../none: No such file or directory");
    refused("~/none", "~/none: No such file or directory");
    refused("@buildin", "@buildin: not the name of a model; the built-in one "
                        "is @builtin");
    refused("a/b/c", "a/b/c: No such file or directory");
    refused("", ": No such file or directory");
    CHECK(symlink("nowhere", scratch_name(&home, "dangling", link)) == 0,
          "a link that leads nowhere");
    refused(link, ": a broken link");
}

#define SNAPSHOTS "/models--org--alpha/snapshots/"

static void test_names(void)
{
    found("org/alpha",
          "hub" SNAPSHOTS "0123456789abcdef0123456789abcdef01234567");
    found("alpha", "hub" SNAPSHOTS "0123456789abcdef0123456789abcdef01234567");
    found("org/alpha@v2", "hub" SNAPSHOTS "beef");
    found("alpha@v2", "hub" SNAPSHOTS "beef");
    found("alpha@beef", "hub" SNAPSHOTS "beef"); /* a commit itself */
    found("plain", "hub/models--plain/snapshots/beef");
    found("https://huggingface.co/org/alpha/tree/v2", "hub" SNAPSHOTS "beef");
    found("https://huggingface.co/plain", "hub/models--plain/snapshots/beef");
    refused("alpha@v3", "model 'alpha@v3': no such file or folder, and not in "
                        "the Hugging Face cache ");
    refused("alpha@v3", "/hub; run: berth pull alpha@v3\n");
    refused("new-v1.5", "/hub; run: berth pull new-v1.5\n");
    refused("https://huggingface.co/org/new", "run: berth pull org/new\n");
    refused("https://huggingface.co/datasets/a/b", "/b: No such file or dir");
    refused("model.gguf", "/hub\n"); /* rather a file */
    found("org/alpha/a.gguf@v2", "hub" SNAPSHOTS "beef/a.gguf");
    refused("org/alpha/b.gguf@v2", "run: berth pull org/alpha/b.gguf@v2\n");
    refused("org/alpha/a.gguf", "run: berth pull org/alpha/a.gguf\n");
    refused("org/new/a.gguf", "/hub; run: berth pull org/new/a.gguf\n");
    refused("org/new/a b.gguf", "a b.gguf: No such file or directory");
    refused("org/new/a.txt", "a.txt: No such file or directory");
    refused("two words", "/hub\n");
    refused("alpha@odd", "refs/odd: expected a commit, found none");
    refused("alpha@gone", "model 'alpha@gone': no such file or folder");
    refused("org/alph", "model 'org/alph': no such file or folder");
    refused("lpha", "model 'lpha': no such file or folder");
    refused("rg--alpha", "model 'rg--alpha': no such file or folder");
    refused("alpha@../snapshots/beef", ": No such file or directory");
    found("two/twin", "hub/models--two--twin/snapshots/beef");
    refused("twin", "twin: 2 models in ");
    refused("twin", "have this name; write ORG/NAME");
}

#define MIXED "hub/models--Lab--Mixed-Case/snapshots/"

static void test_near_names(void)
{
    found("lab/mixed-case", MIXED "c0ffee11");
    found("MIXED-CASE", MIXED "c0ffee11");
    found("Plain", "hub/models--plain/snapshots/beef");
    refused("twin2", "twin2: 2 models in ");
    refused("TWIN3", "; the nearest is 'T");
    found("mixed-case@c0ffee22", MIXED "c0ffee22");
    found("mixed-case@c0ffee2", MIXED "c0ffee22");
    found("alpha@0123",
          "hub" SNAPSHOTS "0123456789abcdef0123456789abcdef01234567");
    refused("mixed-case@c0ffee",
            "snapshots/: 2 revisions begin with 'c0ffee'; write more of it");
    refused("alpha@012", "model 'alpha@012': no such file or folder");
    refused("alpha@gon", "model 'alpha@gon': no such file or folder");
    refused("alpha@../beef", ": No such file or directory");
    refused("mixedcase", "/hub; the nearest is 'Mixed-Case'; run: berth pull "
                         "mixedcase\n");
    refused("lab/mixdcase@v1", "/hub; the nearest is 'Lab/Mixed-Case'; run: ");
    refused("builtin", "/hub; the nearest is '@builtin'; run: ");
}

/* Where the cache is: the first variable that is set, and only that one. */
static void test_roots(void)
{
    static const struct {
        const char *variable;
        const char *value;
        const char *hub; /* below home */
    } cases[] = {
        {"HF_HUB_CACHE", "/c1", "c1"},
        {"HUGGINGFACE_HUB_CACHE", "/c1", "c1"},
        {"HF_HOME", "/c2", "c2/hub"},
        {"XDG_CACHE_HOME", "/c3", "c3/huggingface/hub"},
        {"SENTENCE_TRANSFORMERS_HOME", "/c1", "c1"},
        {"TRANSFORMERS_CACHE", "/c1", "c1"},
    };
    static const char *const folders[] = {
        "c1", "c2", "c2/hub", "c3", "c3/huggingface", "c3/huggingface/hub"};
    char path[SCRATCH_PATH + 256], want[256];

    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
        mkdir(scratch_name(&home, folders[i], path), 0777);
    make_cache("c1");
    make_cache("c2/hub");
    make_cache("c3/huggingface/hub");
    setenv("HOME", "/nonexistent", 1);
    refused("alpha", "/nonexistent/.cache/huggingface/hub");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        snprintf(path, sizeof(path), "%s%s", home.path, cases[i].value);
        setenv(cases[i].variable, path, 1);
        snprintf(want, sizeof(want), "%s" SNAPSHOTS "beef", cases[i].hub);
        found("alpha@v2", want);
        unsetenv(cases[i].variable);
    }
    setenv("HF_HUB_CACHE", "/nonexistent/first", 1);
    setenv("HF_HOME", path, 1);
    refused("alpha", "/nonexistent/first");
    unsetenv("HF_HOME");
    setenv("HOME", home.path, 1);
    setenv("B_1", "c1", 1);
    setenv("HF_HUB_CACHE", "~/$B_1", 1);
    found("alpha@v2", "c1" SNAPSHOTS "beef");
    setenv("HF_HUB_CACHE", "$HOME/${B_1}", 1);
    found("alpha@v2", "c1" SNAPSHOTS "beef");
    setenv("HF_HUB_CACHE", "/$unset_1/${B_1/$", 1);
    refused("alpha", "/$unset_1/${B_1/$"); /* unset, open: as they are */
    unsetenv("HF_HUB_CACHE");
}

int main(void)
{
    static const char *const variables[] = {
        "HF_HUB_CACHE",   "HUGGINGFACE_HUB_CACHE",      "HF_HOME",
        "XDG_CACHE_HOME", "SENTENCE_TRANSFORMERS_HOME", "TRANSFORMERS_CACHE",
        "unset_1",
    };
    char path[SCRATCH_PATH + 256];

    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
        unsetenv(variables[i]);
    if (!scratch_make(&home) || chdir(home.path) != 0)
        return 1;
    make_cache("hub");
    setenv("HF_HUB_CACHE", scratch_name(&home, "hub", path), 1);
    test_builtin();
    test_paths();
    test_names();
    test_near_names();
    unsetenv("HF_HUB_CACHE");
    test_roots();
    scratch_remove(&home);
    return tap_done();
}
