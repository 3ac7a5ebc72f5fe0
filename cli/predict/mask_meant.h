/*
 * mask_meant.h - what stands in a text where a mask was meant.
 */
#ifndef CLI_PREDICT_MASK_MEANT_H
#define CLI_PREDICT_MASK_MEANT_H

#include <stddef.h>

/*
 * mask_meant - the first "[mask]", "<Mask>", "{BLANK}" ... or "___" of a text:
 * the word mask or blank in any letters and brackets, with blanks within them,
 * or two underscores and more.
 *
 * Returns its first byte, with its size in *size; NULL: there is none.
 */
const char *mask_meant(const char *text, size_t n, size_t *size);

#endif
