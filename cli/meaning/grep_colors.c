/*
 * grep_colors.c - GREP_COLORS.
 */
#include "cli/meaning/grep_colors.h"

#include <stddef.h>
#include <string.h>

#define COLOR(member) offsetof(struct grep_colors, member)

static const struct capability {
    char name[3];
    size_t offset;
    bool flag; /* a bool, which its name alone sets; else a struct grep_color */
} capabilities[] = {
    {"fn", COLOR(file), false},    {"ln", COLOR(line), false},
    {"se", COLOR(sign), false},    {"sl", COLOR(selected), false},
    {"cx", COLOR(context), false}, {"rv", COLOR(reverse), true},
    {"ne", COLOR(keep), true},
};

/* value NULL: the name came alone, which sets no colour. */
static void set(struct grep_colors *colors, const char *name, size_t n,
                const char *value, size_t size)
{
    for (size_t i = 0; i < sizeof(capabilities) / sizeof(*capabilities); i++) {
        const struct capability *c = &capabilities[i];
        void *to = (char *)colors + c->offset;

        if (n != strlen(c->name) || memcmp(name, c->name, n) != 0)
            continue;
        if (c->flag)
            *(bool *)to = true;
        else if (value != NULL)
            *(struct grep_color *)to = (struct grep_color){value, size};
    }
}

struct grep_colors grep_colors_read(const char *text)
{
    struct grep_colors colors = {
        .file = {"35", 2}, .line = {"32", 2}, .sign = {"36", 2}};

    /* Anything but numbers could drive the terminal. */
    for (const char *p = text; p != NULL && *p != '\0'; p += *p == ':') {
        size_t n = strcspn(p, ":="), size = 0;
        const char *name = p, *value = NULL;

        p += n;
        if (*p == '=') {
            value = p + 1;
            size = strspn(value, "0123456789;");
            p = value + size;
        }
        if ((value != NULL && n == 0) || (*p != ':' && *p != '\0'))
            break;
        set(&colors, name, n, value, size);
    }
    return colors;
}

/* ESC [ K clears what is right of it, so that a line that is broken at the
 * terminal's edge keeps no background. */
static const char *clear_of(const struct grep_colors *colors)
{
    return colors->keep ? "" : "\33[K";
}

void grep_color_begin(const struct grep_colors *colors,
                      const struct grep_color *color, struct buffer *b)
{
    if (color->size > 0)
        buffer_printf(b, "\33[%.*sm%s", (int)color->size, color->sgr,
                      clear_of(colors));
}

void grep_color_end(const struct grep_colors *colors,
                    const struct grep_color *color, struct buffer *b)
{
    if (color->size > 0)
        buffer_printf(b, "\33[m%s", clear_of(colors));
}
