/*
 * resume_key.h - what must be the same for a run to go on: version, model,
 * options that change bytes, operands, and where --shard cuts them.
 */
#ifndef CLI_FRAME_RESUME_KEY_H
#define CLI_FRAME_RESUME_KEY_H

#include <jansson.h>

struct shared;
struct input_part;
struct berth_model;

/* resume_key - an object, one member a thing, options under their own names
 * ("--digits"). part: of --shard. NULL when memory is out. */
json_t *resume_key(const struct shared *s, const struct input_part *part,
                   const struct berth_model *model);

/*
 * resume_differs - the first thing in which two keys differ; NULL: none.
 *
 *   old, new  out: its value in each, NULL where it is not there; borrowed
 */
const char *resume_differs(json_t *old_key, json_t *new_key,
                           const json_t **old_value, const json_t **new_value);

#endif
