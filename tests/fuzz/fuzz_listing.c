/*
 * fuzz_listing.c - a list of files from a hostile hub: every path that is taken
 * leads to a place below where it begins.
 */
#include "cli/hub/choose.h"
#include "tests/fuzz/fuzz.h"

/* What a file system would make of it: how far up it ever leads. */
static void follow(const char *path)
{
    int depth = 0;

    EXPECT(*path != '\0' && *path != '/', "a path '%s'", path);
    for (const char *part = path; part != NULL; part = strchr(part, '/')) {
        part += *part == '/';
        if (strncmp(part, "..", strcspn(part, "/")) == 0)
            depth -= strcspn(part, "/") == 2;
        else
            depth++;
        EXPECT(depth >= 0 && *part != '\0' && *part != '/', "a path '%s'",
               path);
    }
    EXPECT(strchr(path, '\n') == NULL, "a path of two lines");
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct hub_listing listing;
    char why[300] = "";
    size_t several, n_wanted = 0;
    char *text = malloc(size + 1);

    if (text == NULL)
        return 0;
    memcpy(text, data, size);
    if (hub_listing_read(text, size, &listing, why)) {
        size_t n = strlen(listing.commit);

        EXPECT(n == 40 || n == 64, "a commit of %zu digits", n);
        EXPECT(strspn(listing.commit, "0123456789abcdef") == n, "a commit '%s'",
               listing.commit);
        for (size_t i = 0; i < listing.n; i++)
            follow(listing.files[i].path);
        size_t n_weights = choose_readable(&listing, &several);

        for (size_t i = 0; i < listing.n; i++)
            n_wanted += listing.files[i].wanted;
        EXPECT(n_weights <= n_wanted, "%zu of %zu", n_weights, n_wanted);
    } else {
        EXPECT(why[0] != '\0', "no reason");
    }
    hub_listing_free(&listing);
    free(text);
    return 0;
}
