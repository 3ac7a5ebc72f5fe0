/*
 * tensorflow.h - checkpoints of TensorFlow 1, as BERT was published in 2018:
 * NAME.index says which variables there are, NAME.data-00000-of-00001 ... have
 * their numbers.
 */
#ifndef MODELS_FILES_TENSORFLOW_H
#define MODELS_FILES_TENSORFLOW_H

#include "models/files/weight_source.h"

/* What the index of a folder's checkpoint is called; one of another name is
 * offered by this one. */
#define BERTH_TENSORFLOW_INDEX "bert_model.ckpt.index"

/*
 * berth_tensorflow_open - the weights of a checkpoint; what else is in it, such
 * as the slots of an optimizer, is left out and never read.
 *
 * The index is checked whole. The numbers of a tensor have a sum, which
 * berth_tensor_intact() checks.
 *
 * Errors: those of berth_folder_read(); BERTH_ERR_FORMAT; BERTH_ERR_MEMORY;
 * BERTH_ERR_UNSUPPORTED (another model's checkpoint, a variable in slices, a
 * type of number that is none of ours).
 */
berth_weight_reader berth_tensorflow_open;

#endif
