/*
 * base64.h - bytes as text.
 */
#ifndef CLI_OUTPUT_BASE64_H
#define CLI_OUTPUT_BASE64_H

#include <stdint.h>

#include "cli/base/buffer.h"

/* buffer_base64 - RFC 4648, section 4, with padding. */
void buffer_base64(struct buffer *b, const uint8_t *data, size_t size);

#endif
