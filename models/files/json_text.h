/*
 * json_text.h - parts of a JSON file as they are written: large lists need no
 * tree. What goes wrong is ferror()'s; one thread writes at a time.
 */
#ifndef MODELS_FILES_JSON_TEXT_H
#define MODELS_FILES_JSON_TEXT_H

#include <stddef.h>
#include <stdio.h>

/* berth_json_put - a string of before and n bytes more, quoted. Bytes that are
 * no UTF-8 stay what they are. */
void berth_json_put(FILE *out, const char *before, const char *s, size_t n);

/* berth_json_put_number - a number below 1e9 that float32 has, with the digits
 * that make the same double of it: 9 before and 18 after the first that is not
 * 0. In any locale. */
void berth_json_put_number(FILE *out, double x);

/* berth_base64_put - n bytes as RFC 4648 has them. */
void berth_base64_put(FILE *out, const unsigned char *data, size_t n);

#endif
