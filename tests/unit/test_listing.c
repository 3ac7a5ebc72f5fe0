/*
 * test_listing.c - lists of files that a hub sends, and those that lie.
 */
#include "cli/hub/hub.h"

#include "tests/tap.h"

#define COMMIT "0123456789abcdef0123456789abcdef01234567"

static void refuse(const char *text, const char *want)
{
    struct hub_listing listing;
    char why[300] = "";

    CHECK(!hub_listing_read(text, strlen(text), &listing, why),
          "refused: %.60s", text);
    CHECK(strstr(why, want) != NULL, "expected '%s' in '%s'", want, why);
    hub_listing_free(&listing);
}

static void refuse_path(const char *path)
{
    char text[2000];

    snprintf(text, sizeof(text),
             "{\"sha\":\"" COMMIT "\",\"siblings\":[{\"rfilename\":\"a\"},"
             "{\"rfilename\":\"%s\"}]}",
             path);
    refuse(text, "expected the path of a file within the repository");
}

static void accepts(void)
{
    static const char text[] =
        "{\"id\":\"a/b\",\"sha\":\"" COMMIT "\",\"siblings\":"
        "[{\"rfilename\":\".gitattributes\"},{\"rfilename\":\"a/..b/c d\"}]}";
    struct hub_listing listing;
    char why[300];

    CHECK(hub_listing_read(text, strlen(text), &listing, why), "a list");
    EQUAL_TEXT(listing.commit, COMMIT, "its commit");
    EQUAL_SIZE(listing.n, 2, "its files");
    EQUAL_TEXT(listing.files[0].path, ".gitattributes", "the first");
    EQUAL_TEXT(listing.files[1].path, "a/..b/c d", "the second");
    hub_listing_free(&listing);
}

int main(void)
{
    char long_name[300];

    memset(long_name, 'x', 256);
    long_name[256] = '\0';
    accepts();
    refuse("", "expected a list of files in JSON");
    refuse("[]", "expected a list of files in JSON");
    refuse("{\"siblings\":{}}", "expected a list of files in JSON");
    refuse("{\"siblings\":[]}", "expected a commit of 40 digits");
    refuse("{\"siblings\":[],\"sha\":\"main\"}", "found 'main'");
    refuse("{\"siblings\":[],\"sha\":\"" COMMIT "0\"}", "found '0123");
    refuse("{\"siblings\":[1],\"sha\":\"" COMMIT "\"}", "expected the path");
    refuse_path("");
    refuse_path("/a");
    refuse_path("a/");
    refuse_path("a//b");
    refuse_path(".");
    refuse_path("a/./b");
    refuse_path("..");
    refuse_path("a/../../b");
    refuse_path("a\\nb");
    refuse_path("a\\u007fb");
    refuse_path(long_name);
    return tap_done();
}
