/*
 * rows_i8.h - matrices in 8 bits, as `berth convert --precision int8` writes
 * them into a safetensors file whose __metadata__ has BERTH_ROWS_I8_KEY:
 *
 *   NAME        I8   (rows, ...)      q, -127 .. 127
 *   NAME_scale  F32  (rows, groups)   of BERTH_I8_GROUP numbers of a row each
 *   NAME_sum    F32  (rows)           of q * scale
 *
 * A number is q * scale. These are what berth_pack_panel_i8() makes of rows of
 * floats, before they are put into panels, whose layout depends on the CPU
 * level; rows do not. The file has a name of its own: transformers would take
 * model.safetensors for weights, and q for the numbers.
 */
#ifndef MODELS_FILES_ROWS_I8_H
#define MODELS_FILES_ROWS_I8_H

#include "models/files/weight_source.h"

#define BERTH_ROWS_I8_FILE    "berth-int8.safetensors"
#define BERTH_ROWS_I8_KEY     "berth.int8"
#define BERTH_ROWS_I8_VERSION "1"
#define BERTH_ROWS_I8_SCALE   "_scale"
#define BERTH_ROWS_I8_SUM     "_sum"

/*
 * berth_rows_i8_join - where a safetensors file is of this kind: gives each I8
 * tensor its scales and sums, which are no tensors of their own any more.
 *
 * Errors: BERTH_ERR_FORMAT, _SHAPE, _UNSUPPORTED (another version), _MEMORY.
 */
enum berth_status berth_rows_i8_join(struct berth_weight_file *file,
                                     struct berth_error *err);

/* berth_rows_i8_read - elements [first, first + n) as float32. Cannot fail. */
void berth_rows_i8_read(const struct berth_tensor *tensor, size_t first,
                        size_t n, float *out);

#endif
