/*
 * attention_names.c - what a matrix of attention-dump is called: its part, its
 * layer, its head.
 */
#include "cli/inside/attention_dump.h"
#include "cli/stream/row.h"

void attention_put_name(const struct attention *self, struct buffer *b)
{
    size_t size;
    const char *word = option_word(ATTENTION_WORDS, self->what, &size);

    if (self->rollout)
        buffer_puts(b, "rollout");
    else
        buffer_put(b, word, size);
}

static const char *reduced(const struct attention *self)
{
    return self->reduce == REDUCE_MEAN ? "mean" : "max";
}

void attention_put_layer(const struct attention *self, size_t i,
                         struct buffer *b)
{
    if (self->reduce != REDUCE_NOT && self->over != OVER_HEADS)
        buffer_puts(b, reduced(self));
    else
        buffer_printf(b, "%zu", self->chosen.layers.items[i]);
}

void attention_put_head(const struct attention *self, size_t i,
                        struct buffer *b)
{
    if (self->rollout)
        buffer_puts(b, "rollout");
    else if (self->reduce != REDUCE_NOT && self->over != OVER_LAYERS)
        buffer_puts(b, reduced(self));
    else
        buffer_printf(b, "%zu", self->chosen.heads.items[i]);
}

void attention_put_place(const struct attention *self, size_t layer,
                         size_t head, struct buffer *b)
{
    buffer_puts(b, " layer ");
    attention_put_layer(self, layer, b);
    if (attention_is_stage(self))
        return;
    buffer_puts(b, " head ");
    attention_put_head(self, head, b);
}

void attention_put_title(const struct attention *self, const struct item *item,
                         size_t layer, size_t head, struct buffer *b)
{
    row_begin(b, &self->chosen.session.settings, item);
    buffer_printf(b, "record %zu", item->record.index);
    if (self->chosen.session.settings.overflow == OVERFLOW_WINDOW)
        buffer_printf(b, " window %zu", item->window);
    if (layer != SIZE_MAX)
        attention_put_place(self, layer, head, b);
}
