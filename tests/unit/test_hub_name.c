/*
 * test_hub_name.c - what can be the name of a model, and addresses of models.
 */
#include "cli/frame/hub_name.h"

#include <stdlib.h>

#include "tests/tap.h"

static void test_names(void)
{
    static const char *const good[] = {
        "bert-base-uncased", "sentence-transformers/all-MiniLM-L6-v2",
        "BAAI/bge-small-en-v1.5", "a", "a/b", "_a/b_", "org/name@main",
        "org/name@refs/pr/1", "name@v1.0",
        /* 96 bytes */
        ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/"
         "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb")};
    static const char *const bad[] = {
        "",
        "/",
        "a/",
        "/a",
        "a/b/c",
        "a b",
        "a;b",
        "a$b",
        "-a",
        "a-",
        ".a",
        "a.",
        "a/-b",
        "a--b",
        "a..b",
        "a/b.git",
        "a@",
        "@a",
        "a@-b",
        "a@b c",
        "a@../b",
        "a@b;c",
        "caf\xc3\xa9",
        ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/"
         "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb")};

    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
        CHECK(hub_name_fits(good[i]), "'%s' is a name", good[i]);
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        CHECK(!hub_name_fits(bad[i]), "'%s' is no name", bad[i]);
}

/* name: NULL where the address is no model's. */
static void address(const char *url, const char *name)
{
    struct buffer got = {0};
    bool found = hub_name_of_url(url, &got);

    EQUAL_TEXT(found ? got.data : NULL, name, "%s", url);
    buffer_free(&got);
}

static void test_addresses(void)
{
    static const struct {
        const char *url, *name;
    } cases[] = {
        {"https://huggingface.co/org/name", "org/name"},
        {"https://huggingface.co/org/name/", "org/name"},
        {"https://huggingface.co/org/name?library=x", "org/name"},
        {"https://huggingface.co/org/name#usage", "org/name"},
        {"https://huggingface.co/name", "name"},
        {"http://huggingface.co/org/name", "org/name"},
        {"https://www.huggingface.co/org/name", "org/name"},
        {"huggingface.co/org/name", "org/name"},
        {"https://hf.co/org/name", "org/name"},
        {"http://hf.co/org/name/", "org/name"},
        {"http://www.huggingface.co/org/name", "org/name"},
        {"hf.co/name", "name"},
        {"https://huggingface.co/org/name/tree/v1.0", "org/name@v1.0"},
        {"https://huggingface.co/name/tree/v1.0", "name@v1.0"},
        {"https://huggingface.co/org/name/tree/main/1_Pooling",
         "org/name@main"},
        {"https://huggingface.co/org/name/blob/main/config.json?x",
         "org/name@main"},
        {"https://huggingface.co/org/name/resolve/abc/vocab.txt",
         "org/name@abc"},
        {"https://huggingface.co/org/name/tree/refs%2Fpr%2F1",
         "org/name@refs/pr/1"},
        {"https://huggingface.co/org/name/tree/", "org/name"},
        {"https://huggingface.co/org/name/discussions/1", "org/name"},
        {"https://huggingface.co/org/name/tree/%2e%2E%2Fx", NULL},
        {"https://huggingface.co/org/name/tree/a%00b", NULL},
        {"https://huggingface.co/org/name/tree/a%2", NULL},
        {"https://huggingface.co/datasets/org/name", NULL},
        {"https://huggingface.co/spaces/org/name", NULL},
        {"https://huggingface.co/", NULL},
        {"https://huggingface.co", NULL},
        {"https://huggingface.company/org/name", NULL},
        {"https://example.org/org/name", NULL},
        {"https://huggingface.co/org/na me", NULL},
        {"org/name", NULL},
        {"", NULL},
    };

    unsetenv("HF_ENDPOINT");
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        address(cases[i].url, cases[i].name);
    setenv("HF_ENDPOINT", "http://hub.example:8080//", 1);
    address("http://hub.example:8080/org/name/tree/x", "org/name@x");
    address("http://hub.example:80801/org/name", NULL);
    address("https://huggingface.co/org/name", "org/name");
    setenv("HF_ENDPOINT", "/", 1);
    address("/org/name", NULL);
}

int main(void)
{
    test_names();
    test_addresses();
    return tap_done();
}
