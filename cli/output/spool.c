/*
 * spool.c - a temporary file without a name.
 */
#include "cli/output/spool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/message.h"
#include "cli/output/sink.h"

bool spool_failed(void)
{
    const char *dir = getenv("TMPDIR");

    message_error("%s: temporary file: %s", dir && *dir ? dir : "/tmp",
                  strerror(errno));
    return false;
}

/* tmpfile() would not look in $TMPDIR. */
FILE *spool_open(void)
{
    const char *dir = getenv("TMPDIR");
    struct buffer path = {0};
    FILE *f = NULL;
    int fd = -1;

    buffer_puts(&path, dir && *dir ? dir : "/tmp");
    buffer_put(&path, "/berth-XXXXXX", sizeof("/berth-XXXXXX"));
    if (!path.failed)
        fd = mkstemp(path.data);
    if (fd >= 0) {
        unlink(path.data);
        f = fdopen(fd, "w+");
    }
    if (fd >= 0 && f == NULL)
        close(fd);
    if (f == NULL)
        spool_failed();
    buffer_free(&path);
    return f;
}
