/*
 * sink.h - the stream that results are written to.
 *
 * Rows are put together in a struct buffer (any thread), then handed whole to
 * the sink (one thread), so that an interrupted program leaves whole records.
 */
#ifndef CLI_OUTPUT_SINK_H
#define CLI_OUTPUT_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sink;

/*
 * sink_open - standard output, or a file that is written beside its final name
 * and renamed by sink_close() when whole.
 *
 *   path  NULL, "-", "/dev/stdout": standard output
 *
 * /dev/... and FIFOs are written directly. A file that is replaced keeps its
 * mode; where its folder takes no other, the new bytes wait in $TMPDIR and are
 * copied into it by sink_close(). A signal that ends the program removes the
 * unfinished one. On failure prints one message and returns NULL.
 */
struct sink *sink_open(const char *path);

/* sink_target - the name of the file that path means, symbolic links followed;
 * it need not be there. Owned, free(); NULL with errno set. */
char *sink_target(const char *path);

/*
 * sink_open_part - a file that stays where it is until it is whole: a run that
 * breaks off leaves it, and another goes on with it.
 *
 *   path  what sink_close() renames it to
 *   part  its name until then, in the same folder; made where there is none
 *   size  what is kept of it; the rest is cut off
 */
struct sink *sink_open_part(const char *path, const char *part, uint64_t size);

/* sink_write - whole, or false after one message (EPIPE, ENOSPC ...); further
 * writes then fail silently. */
bool sink_write(struct sink *s, const void *data, size_t size);

/* sink_replaces - whether the file changes only when sink_close() keeps it;
 * else bytes are gone once written. */
bool sink_replaces(const struct sink *s);

/* sink_size - bytes from where this sink began; of a seekable one. */
uint64_t sink_size(const struct sink *s);

/*
 * sink_raw - from now on bytes come out as they are on a terminal, too. Before
 * that sink_write() tames them there (cli/output/quote.h): no text and no
 * vocabulary can drive it. For arrays, and for a command that writes escapes
 * of its own: it has tamed what is not its own. NULL: does nothing.
 */
void sink_raw(struct sink *s);

/* sink_is_terminal - whether sink_write() would tame; false of NULL. */
bool sink_is_terminal(const struct sink *s);

/* sink_seekable - whether sink_patch() works: a regular file. */
bool sink_seekable(const struct sink *s);

/* sink_patch - overwrites bytes at offset from where this sink began; the
 * position stays at the end. */
bool sink_patch(struct sink *s, size_t offset, const void *data, size_t size);

/*
 * sink_close - closes and reports; false when anything was lost.
 *
 *   keep  false: the work failed; a file that would have been renamed is
 *         removed instead
 *
 * What gets its name is on the disk by then.
 */
bool sink_close(struct sink *s, bool keep);

#endif
