/*
 * explain.h - what a folder is, in which no model was found.
 */
#ifndef MODELS_FILES_EXPLAIN_H
#define MODELS_FILES_EXPLAIN_H

#include "lib/folder.h"

/*
 * berth_folder_explain - after a file of a folder was not found: says in err,
 * which has that, what the folder is in place of a model, and what to do. A
 * folder of which nothing is known keeps the message.
 *
 *   status  what opening the model gave; any other failure stays as it is
 *
 * Returns the status of the message in err.
 */
enum berth_status berth_folder_explain(const struct berth_folder *folder,
                                       enum berth_status status,
                                       struct berth_error *err);

#endif
