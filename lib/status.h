/*
 * status.h - filling a berth_error in one line.
 */
#ifndef LIB_STATUS_H
#define LIB_STATUS_H

#include "lib/berth.h"

/*
 * berth_fail - words an error and returns its status, so that failing is one
 * line: return berth_fail(err, BERTH_ERR_SHAPE, "...", ...).
 *
 * err may be NULL. BERTH_ERR_IO takes the present errno and appends its text.
 * Control characters in the message are replaced: it stays one line.
 */
__attribute__((format(printf, 3, 4))) enum berth_status
berth_fail(struct berth_error *err, enum berth_status status, const char *fmt,
           ...);

/* berth_mul - a * b into *out; false when the product does not fit. */
bool berth_mul(size_t a, size_t b, size_t *out);

#endif
