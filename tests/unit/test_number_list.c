/*
 * test_number_list.c - "0,2-3" and what is no such list.
 */
#include "cli/frame/number_list.h"

#include "tests/messages.h"
#include "tests/tap.h"

enum {
    LIMIT = 6
};

/* The numbers of a list, each with a comma after it. */
static const char *spelled(const struct number_list *list)
{
    static char text[64];
    size_t n = 0;

    text[0] = '\0';
    for (size_t i = 0; i < list->n; i++)
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%zu,",
                              list->items[i]);
    return text;
}

static void test_accepted(void)
{
    static const struct {
        const char *text;
        const char *want;
    } cases[] = {
        {NULL, "0,1,2,3,4,5,"}, /* all */
        {"3", "3,"},
        {"-1", "5,"}, /* the last */
        {"0-5", "0,1,2,3,4,5,"},
        {"2-2", "2,"},
        {"0,2-3", "0,2,3,"},
        {"4,1,3", "1,3,4,"}, /* ascending */
        {"1-3,2-4,2", "1,2,3,4,"},
        {"05", "5,"},
        {"0,-1", "0,5,"},
        {"-1,2-3", "2,3,5,"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *text = cases[i].text != NULL ? cases[i].text : "(all)";
        struct number_list list = {0};

        CHECK(number_list_parse("o", cases[i].text, LIMIT, &list),
              "%s is a list", text);
        EQUAL_TEXT(spelled(&list), cases[i].want, "%s: numbers", text);
        free(list.items);
    }
}

static void test_refused(void)
{
    static const char *const texts[] = {
        "",     "6",     "0-6",  "3-2",  "a",    "1,",
        ",1",   "1,,",   "1-",   "-2",   "--1",  "1 2",
        "1.5",  "+1",    " 1",   "1- ",  "1-2-", "-1,",
        "0x10", "0,-1,", "-1-2", "2--1", "-11",  "99999999999999999999",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct number_list list = {0};
        char want[128];

        snprintf(want, sizeof(want),
                 "berth: --layers: '%s' is no list of numbers from 0 to 5\n",
                 texts[i]);
        messages_begin();
        bool parsed = number_list_parse("layers", texts[i], LIMIT, &list);
        const char *said = messages_end();

        CHECK(!parsed, "'%s' is refused", texts[i]);
        HAS_TEXT(said, want, "'%s': message", texts[i]);
        free(list.items);
    }
}

int main(void)
{
    test_accepted();
    test_refused();
    return tap_done();
}
