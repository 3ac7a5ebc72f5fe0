/*
 * tensorflow_names.h - what variables of a BERT of TensorFlow 1 are called in
 * transformers.
 */
#ifndef MODELS_FILES_TENSORFLOW_NAMES_H
#define MODELS_FILES_TENSORFLOW_NAMES_H

#include <stdbool.h>
#include <stddef.h>

/*
 * berth_tensorflow_name - the name of a variable in transformers.
 *
 *   out         cut to size and terminated
 *   transposed  whether the matrix there is the transpose of this one
 *
 * Returns false for what is not a weight of BERT: slots of an optimizer, the
 * number of steps, and whatever else a graph may have. Cannot fail.
 */
bool berth_tensorflow_name(const char *variable, char *out, size_t size,
                           bool *transposed);

/* berth_tensorflow_other - what another model a variable shows this to be;
 * NULL: it shows nothing. */
const char *berth_tensorflow_other(const char *variable);

#endif
