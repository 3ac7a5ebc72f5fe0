/*
 * finite.h - results that are no numbers: the record they belong to fails.
 *
 * A model whose weights are broken, or do not fit the precision, gives NaN.
 * Each compute() asks here before it keeps what the model said, so that no row
 * is printed of it, and no sum, rank or choice is made with it.
 */
#ifndef CLI_STREAM_FINITE_H
#define CLI_STREAM_FINITE_H

#include "cli/stream/stream.h"

/* finite_all - whether x (n) holds neither NaN nor infinity. */
bool finite_all(const float *x, size_t n);

/* finite_check - the same of an item's results: false after item->record.error
 * was set. Main thread. */
bool finite_check(struct item *item, const float *x, size_t n);

/* finite_check_log - the same of a logarithm of a probability: -infinity is
 * one. */
bool finite_check_log(struct item *item, double x);

/* What is said of such a result. */
extern const char finite_text[];

#endif
