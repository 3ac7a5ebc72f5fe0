/*
 * screen.c - asks the environment and the terminal what can be shown.
 */
#include "cli/output/screen.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
    WIDTH = 80
};

/* Never NULL. */
static const char *env(const char *name)
{
    const char *value = getenv(name);

    return value != NULL ? value : "";
}

static bool is_utf8(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *value = env(names[i]);

        if (*value != '\0')
            return strcasestr(value, "utf-8") != NULL ||
                   strcasestr(value, "utf8") != NULL;
    }
    return false;
}

/* Terminals that have colours, or more of them than they say, are the rule. */
static bool is_plain(const char *term)
{
    return *term == '\0' || strcmp(term, "dumb") == 0 ||
           strncmp(term, "vt", 2) == 0 || strstr(term, "mono") != NULL;
}

/* As vim, tmux and others read these variables. */
static enum screen_color depth(enum screen_color least)
{
    const char *direct = env("COLORTERM");
    const char *term = env("TERM");

    if (strcasecmp(direct, "truecolor") == 0 ||
        strcasecmp(direct, "24bit") == 0 || strstr(term, "-direct") != NULL)
        return SCREEN_TRUE;
    if (strstr(term, "256color") != NULL || least == SCREEN_256)
        return SCREEN_256;
    return is_plain(term) ? SCREEN_PLAIN : SCREEN_8;
}

static bool to_terminal(const char *path)
{
    bool standard = path == NULL || strcmp(path, "-") == 0 ||
                    strcmp(path, "/dev/stdout") == 0;

    return standard && isatty(STDOUT_FILENO) == 1;
}

bool screen_has_color(enum color_choice choice, const char *path)
{
    return choice == COLOR_ALWAYS ||
           (choice == COLOR_AUTO && to_terminal(path) &&
            *env("NO_COLOR") == '\0');
}

struct screen screen_find(enum color_choice choice, size_t width,
                          const char *path)
{
    struct winsize size = {0};
    struct screen s = {.utf8 = is_utf8(), .width = width};

    if (to_terminal(path) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0)
        size = (struct winsize){0};
    if (width == 0)
        s.width = size.ws_col > 0 ? size.ws_col : WIDTH;
    if (size.ws_row > 1)
        s.height = size.ws_row - 1U;
    if (screen_has_color(choice, path))
        s.color = depth(choice == COLOR_ALWAYS ? SCREEN_256 : SCREEN_PLAIN);
    return s;
}
