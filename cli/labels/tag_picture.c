/*
 * tag_picture.c - a text with its entities marked, each kind in a colour of its
 * own.
 */
#include "cli/labels/tag.h"

#include <string.h>

#include "cli/output/quote.h"

/* Light backgrounds for black letters: ColorBrewer's "Set3" without its grey,
 * and the nearest colours of xterm's palette; of the eight all but those too
 * dark for that, over and over. */
static const struct {
    unsigned char red, green, blue, palette, few;
} colors[] = {
    {251, 128, 114, 209, 3}, {128, 177, 211, 110, 6}, {179, 222, 105, 149, 2},
    {253, 180, 98, 215, 5},  {190, 186, 218, 146, 7}, {141, 211, 199, 116, 1},
    {255, 237, 111, 227, 3}, {252, 205, 229, 224, 6}, {188, 128, 189, 139, 2},
    {204, 235, 197, 194, 5}, {255, 255, 179, 229, 7}};

enum {
    N_COLORS = sizeof(colors) / sizeof(colors[0])
};

/* The first label of the model that is of this kind. */
static size_t first_of(const struct tag *self, const char *kind)
{
    size_t i = 0;

    while (i < self->n && strcmp(tag_kind(self->labels[i]), kind) != 0)
        i++;
    return i;
}

/* Kinds have colours in the order in which the model has them. */
static size_t color_of(const struct tag *self, const char *label)
{
    const size_t end = first_of(self, tag_kind(label));
    size_t n = 0;

    for (size_t i = 0; i < end; i++)
        n += strcmp(self->labels[i], "O") != 0 &&
             first_of(self, tag_kind(self->labels[i])) == i;
    return n % N_COLORS;
}

static void put_marked(const struct tag *self, const struct entity *e,
                       const char *text, size_t size, struct buffer *b)
{
    const size_t c = color_of(self, e->label);

    if (self->screen.color == SCREEN_TRUE)
        buffer_printf(b, "\033[38;2;0;0;0;48;2;%d;%d;%dm", colors[c].red,
                      colors[c].green, colors[c].blue);
    else if (self->screen.color == SCREEN_256)
        buffer_printf(b, "\033[38;5;16;48;5;%dm", colors[c].palette);
    else if (self->screen.color == SCREEN_8)
        buffer_printf(b, "\033[30;4%dm", colors[c].few);
    else
        buffer_putc(b, '[');
    buffer_tame(b, text, size);
    buffer_puts(b, self->screen.color == SCREEN_PLAIN ? "|" : " \033[1m");
    buffer_tame(b, e->label, strlen(e->label));
    buffer_puts(b, self->screen.color == SCREEN_PLAIN ? "]" : "\033[0m");
}

void tag_draw(const struct tag *self, const struct item *item,
              const struct entities *entities, struct buffer *b)
{
    const struct field *text = &item->record.text;
    size_t done = 0;

    for (size_t i = 0; i < entities->n; i++) {
        const struct entity *e = &entities->list[i];
        /* Tokens may share a character. */
        const size_t begin = e->span.begin > done ? e->span.begin : done;

        if (e->span.end <= begin)
            continue;
        buffer_tame(b, text->data + done, begin - done);
        put_marked(self, e, text->data + begin, e->span.end - begin, b);
        done = e->span.end;
    }
    buffer_tame(b, text->data + done, text->size - done);
    buffer_putc(b, '\n');
}
