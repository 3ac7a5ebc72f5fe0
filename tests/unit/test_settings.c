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

    CHECK(berth_settings_add(&list, key, source, "%d", 12) == BERTH_OK,
          "a setting is added");
    key[0] = source[0] = '?';
    EQUAL_SIZE(list.n, 1, "copies of strings: n");
    CHECK(is(&list.list[0], "first", "12", "a.json"),
          "copies of strings: is 'first'");
    for (int i = 0; i < 200; i++) {
        snprintf(key, sizeof(key), "k%d", i);
        ok &= berth_settings_add(&list, key, "default", "v%d", i) == BERTH_OK;
    }
    CHECK(ok, "200 settings: added");
    EQUAL_SIZE(list.n, 201, "200 settings: n");
    CHECK(is(&list.list[200], "k199", "v199", "default"),
          "200 settings: is 'k199'");
    EQUAL_INT(berth_settings_add(&list, "k7", "b.json", "%s", ""), BERTH_OK,
              "a key put again: status");
    EQUAL_SIZE(list.n, 201, "a key put again: n");
    CHECK(is(&list.list[8], "k7", "", "b.json"), "a key put again: is 'k7'");
    EQUAL_INT(berth_settings_resource(&list, "k8", "c.json"), BERTH_OK,
              "another source for a key that is there: status");
    EQUAL_INT(berth_settings_resource(&list, "k200", "c.json"), BERTH_OK,
              "another source for a key that is there: status");
    EQUAL_SIZE(list.n, 201, "another source for a key that is there: n");
    CHECK(is(&list.list[9], "k8", "v8", "c.json"),
          "another source for a key that is there: is 'k8'");
    CHECK(berth_settings_add(NULL, "k", "s", "v") == BERTH_OK,
          "without a list nothing is kept");
    berth_settings_free(&list);
    EQUAL_SIZE(list.n, 0, "after free: n");
    CHECK(list.list == NULL, "after free: no list");
    berth_settings_free(&list);
    berth_settings_free(NULL);
    return tap_done();
}
