/*
 * fill_mask_lens.h - what the formats of fill-mask --lens share.
 */
#ifndef CLI_PREDICT_FILL_MASK_LENS_H
#define CLI_PREDICT_FILL_MASK_LENS_H

#include "cli/predict/fill_mask.h"

/* lens_word - of a mask, or a token, as the vocabulary writes it. */
const char *lens_word(const struct fill_mask *self, const struct mask *mask,
                      size_t i);

/* lens_span - where the token is in its text. */
static inline const struct berth_span *lens_span(const struct item *item,
                                                 const struct mask *mask)
{
    return &item->offsets[item->windows[mask->window].start + mask->position];
}

/* lens_title - above the words i of all layers of mask m: the mask's number,
 * the target. */
void lens_title(const struct fill_mask *self, const struct masks *masks,
                size_t m, size_t i, struct buffer *b);

/* lens_cell - a word; of a target its rank. */
void lens_cell(const struct fill_mask *self, const struct mask *mask, size_t i,
               struct buffer *b);

/* lens_draw - heat, svg: a picture of a record. */
void lens_draw(const struct fill_mask *self, const struct item *item,
               struct output *out);

#endif
