/*
 * row.h - what every row begins with in each text format: the record's number,
 * the fields that are carried over, and the cells that follow.
 */
#ifndef CLI_STREAM_ROW_H
#define CLI_STREAM_ROW_H

#include "cli/stream/stream.h"

/* row_has_pairs - whether records are pairs of texts. */
bool row_has_pairs(const struct shared *s);

/*
 * row_header - csv and tsv, unless --no-header: "record[,file][,IDS][,text[,
 * text_pair]]", then the columns of the command, NULL or comma-separated. The
 * line is not ended. False where nothing is written.
 */
bool row_header(struct buffer *b, const struct shared *s, const char *columns);

/*
 * row_begin - text: the carried fields, each with a TAB after it; csv and tsv:
 * the same columns as row_header(), no separator after the last; jsonl: an
 * object that is still open, no comma after its last value.
 */
void row_begin(struct buffer *b, const struct shared *s,
               const struct item *item);

/* row_cells - what follows row_begin(), to the end of the line: a cell for each
 * column, in jsonl a member of the object. */
void row_cells(struct buffer *b, const struct shared *s,
               const struct column *columns, const struct cell *cells);

/* row_end - of jsonl: closes what row_begin() opened, and ends the line. */
void row_end(struct buffer *b, const struct shared *s);

/* row_merge - of jsonl, with --merge: the object of a record up to where that
 * of the result begins; row_begin() has it. row_end_merged() ends a line that
 * is ended already, as by columns_row(). */
void row_merge(struct buffer *b, const struct shared *s,
               const struct field *object);
void row_end_merged(struct buffer *b, const struct shared *s);

enum {
    ROW_MEMBER = 64
};

/* row_member - what npz calls the array of a record, or of the item's present
 * window: "r0", "r0_w0". */
void row_member(char name[ROW_MEMBER], const struct shared *s,
                const struct item *item);

/* row_cell - csv and tsv: the separator, and room for a number. */
void row_cell(struct buffer *b, const struct shared *s);
/* row_cell_text - the separator and a string, quoted as the format wants. */
void row_cell_text(struct buffer *b, const struct shared *s, const char *text,
                   size_t size);
void row_cell_size(struct buffer *b, const struct shared *s, size_t n);
/* row_numbered - names of columns: "d0", "d1" ... */
void row_numbered(struct buffer *b, const struct shared *s, char name,
                  size_t n);
void row_cell_float(struct buffer *b, const struct shared *s, float x);

/* row_counts - jsonl: ,"n_tokens":N,"truncated":BOOL and, where they are not 0,
 * ,"n_unknown":N,"n_invalid":N of the whole text. */
void row_counts(struct buffer *b, const struct item *item, size_t n_tokens);

/*
 * row_failed - the place of a failed record: text "!", jsonl the error, csv and
 * tsv n_empty empty cells. Ends the line.
 */
void row_failed(struct buffer *b, const struct shared *s,
                const struct item *item, size_t n_empty);

/* row_tokens, row_offsets - jsonl: arrays of tokens begin ... end - 1. */
void row_tokens(struct buffer *b, const struct berth_model *model,
                const struct item *item, size_t begin, size_t end);
void row_offsets(struct buffer *b, const struct item *item, size_t begin,
                 size_t end);

/* row_offset - jsonl: "[begin,end]" of token i. */
void row_offset(struct buffer *b, const struct item *item, size_t i);

/* row_n_used - tokens of the record that reach the model: a token that several
 * windows share counts once. */
size_t row_n_used(const struct item *item);

#endif
