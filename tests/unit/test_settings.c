/*
 * test_settings.c - a growing list that owns its strings.
 */
#include "lib/settings.h"

#include "tests/tap.h"

#include <stdio.h>
#include <string.h>

static bool is(const struct berth_setting *s, const char *key,
               const char *value, const char *source)
{
    return strcmp(s->key, key) == 0 && strcmp(s->value, value) == 0 &&
           strcmp(s->source, source) == 0;
}

int main(void)
{
    struct berth_settings list = {0};
    char key[16] = "first", source[16] = "a.json";
    bool ok = true;

    CHECK(berth_settings_add(&list, key, source, "%d", 12) == BERTH_OK, "adds");
    key[0] = source[0] = '?';
    CHECK(list.n == 1 && is(&list.list[0], "first", "12", "a.json"),
          "strings are copies");
    for (int i = 0; i < 200; i++) {
        snprintf(key, sizeof(key), "k%d", i);
        ok &= berth_settings_add(&list, key, "default", "v%d", i) == BERTH_OK;
    }
    CHECK(ok && list.n == 201 && is(&list.list[200], "k199", "v199", "default"),
          "grows, in order");
    CHECK(berth_settings_add(&list, "k7", "b.json", "%s", "") == BERTH_OK &&
              list.n == 201 && is(&list.list[8], "k7", "", "b.json"),
          "a key again replaces in place");
    CHECK(berth_settings_resource(&list, "k8", "c.json") == BERTH_OK &&
              berth_settings_resource(&list, "k200", "c.json") == BERTH_OK &&
              list.n == 201 && is(&list.list[9], "k8", "v8", "c.json"),
          "another source, where there is such a key");
    CHECK(berth_settings_add(NULL, "k", "s", "v") == BERTH_OK,
          "no list, nothing kept");
    berth_settings_free(&list);
    CHECK(list.n == 0 && list.list == NULL, "freed");
    berth_settings_free(&list);
    berth_settings_free(NULL);
    return tap_done();
}
