/*
 * builtin.h - the model folder linked into the program (models/berth-mini, or
 * whatever BUILTIN= of the Makefile names).
 */
#ifndef MODELS_BUILTIN_H
#define MODELS_BUILTIN_H

#include "lib/folder.h"

/* berth_builtin_files - its files, *n of them; 0 when none was linked in. */
const struct berth_embedded_file *berth_builtin_files(size_t *n);

#endif
