/*
 * save_weights.h - the weights of a model that is written, of its encoder or of
 * one of its modules.
 */
#ifndef MODELS_SAVE_WEIGHTS_H
#define MODELS_SAVE_WEIGHTS_H

#include "lib/new_folder.h"
#include "models/model.h"

/*
 * berth_save_weights - the float tensors of a set as one safetensors file, in
 * the model's precision; of the encoder's set those in 8 bits that are computed
 * with so, and tied ones once.
 *
 *   set    the model's own, or that of a module, which is in 8 bits never
 *   name   of the file
 *   dtype  out: what config.json calls the type that holds all of them, as
 * JSON; may be NULL
 *
 * Errors: those of berth_safetensors_save().
 */
enum berth_status berth_save_weights(const struct berth_model *model,
                                     const struct berth_tensor_set *set,
                                     struct berth_new_folder *to,
                                     const char *name, const char **dtype,
                                     struct berth_error *err);

#endif
