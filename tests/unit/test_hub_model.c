/*
 * test_hub_model.c - names of models on a hub, and who is sent the token.
 */
#include "cli/hub/hub.h"

#include "tests/messages.h"
#include "tests/tap.h"

static void check(const char *operand, const char *repository,
                  const char *revision, const char *file)
{
    struct hub_model model;
    bool ok = hub_model_parse(operand, &model);

    CHECK(ok, "'%s' is a name", operand);
    EQUAL_TEXT(model.repository, repository, "'%s': repository", operand);
    EQUAL_TEXT(model.revision, revision, "'%s': revision", operand);
    CHECK((model.file == NULL) == (file == NULL), "'%s': whether it has a file",
          operand);
    if (model.file != NULL && file != NULL)
        EQUAL_TEXT(model.file, file, "'%s': file", operand);
    hub_model_free(&model);
}

static void refuse(const char *operand)
{
    struct hub_model model;

    messages_begin();
    bool ok = hub_model_parse(operand, &model);
    const char *message = messages_end();

    CHECK(!ok, "'%s' is none", operand);
    HAS_TEXT(message, "is no name of a model", "'%s': the message", operand);
    hub_model_free(&model);
}

static void same(const char *a, const char *b, bool want)
{
    CHECK(http_same_origin(a, b) == want, "%s and %s: %s", a, b,
          want ? "one origin" : "two");
}

int main(void)
{
    check("a", "a", "main", NULL);
    check("org/A.b-c_9", "org/A.b-c_9", "main", NULL);
    check("org/name@v1.0", "org/name", "v1.0", NULL);
    check("org/name@refs/pr/1", "org/name", "refs/pr/1", NULL);
    check("org/name/x/y.gguf@v1", "org/name", "v1", "x/y.gguf");
    check("https://huggingface.co/org/name", "org/name", "main", NULL);
    check("https://huggingface.co/org/name/tree/v1", "org/name", "v1", NULL);
    refuse("https://example.org/org/name");
    refuse("a/b/@v1");
    refuse("");
    refuse("/a");
    refuse("a/");
    refuse("a/b/");
    refuse("..");
    refuse("a/..");
    refuse("a--b/c");
    refuse("a..b");
    refuse("-a");
    refuse("a.");
    refuse("a b");
    refuse("a/b@");
    refuse("a/b@../x");
    refuse("a/b@x y");

    same("https://h/a", "https://H/b?c", true);
    same("https://h", "https://h/", true);
    same("https://h:443/", "https://h:8443/", false);
    same("https://h/", "http://h/", false);
    same("https://h", "https://h.evil/", false);
    same("https://h", "https://h@evil/", false);
    same("https://h", "https://h\\@evil/", false);
    same("https://h", "https://evil/https://h", false);
    return tap_done();
}
