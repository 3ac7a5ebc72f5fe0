/*
 * quote.h - strings as the formats want them. Strings may hold NUL and bytes
 * that are not UTF-8.
 */
#ifndef CLI_OUTPUT_QUOTE_H
#define CLI_OUTPUT_QUOTE_H

#include "cli/base/buffer.h"

/* buffer_csv - RFC 4180: quoted only where the field holds a comma, a quote, CR
 * or LF, or is a lone empty field that would leave an empty line. */
void buffer_csv(struct buffer *b, const char *s, size_t size);

/* buffer_tsv - \t \n \r \\ escaped; also the text format. */
void buffer_tsv(struct buffer *b, const char *s, size_t size);

/* buffer_json - a JSON string with its quotes; bytes that are not UTF-8 become
 * U+FFFD. Control characters are escaped, other non-ASCII stays as it is. */
void buffer_json(struct buffer *b, const char *s, size_t size);

/* buffer_quote - one of these three, by enum output_format. */
void buffer_quote(struct buffer *b, int format, const char *s, size_t size);

/* buffer_json_bytes - "KEY":STRING. If the bytes are not UTF-8, the string has
 * U+FFFD for them, and ,"KEY_base64":"..." follows with the bytes
 * themselves. */
void buffer_json_bytes(struct buffer *b, const char *key, const char *s,
                       size_t size);

/* buffer_xml - text of XML 1.0, and of its attributes; control characters,
 * bytes that are not UTF-8 and what XML has no place for become U+FFFD. */
void buffer_xml(struct buffer *b, const char *s, size_t size);

/* buffer_tame - makes s safe for a terminal. Control characters (C0 except \n
 * and \t, DEL, C1) could change its state; they, and bytes that are not UTF-8,
 * become U+FFFD. */
void buffer_tame(struct buffer *b, const char *s, size_t size);

/* buffer_tame_end - the same for the bytes in b from start on. */
void buffer_tame_end(struct buffer *b, size_t start);

#endif
