/*
 * spool.c - a temporary file without a name.
 */
#include "cli/output/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/ending.h"
#include "cli/base/message.h"

static const char *folder(void)
{
    const char *dir = getenv("TMPDIR");

    return dir != NULL && *dir != '\0' ? dir : "/tmp";
}

bool spool_failed(void)
{
    return message_error("%s: temporary file: %s", folder(), strerror(errno));
}

/* tmpfile() would not look in $TMPDIR. Not every file system has files without
 * a name. */
int spool_create(void)
{
    char *path;
    int fd = open(folder(), O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);

    if (fd >= 0)
        return fd;
    if (asprintf(&path, "%s/berth-XXXXXX", folder()) < 0)
        return -1;
    fd = ending_mkstemp(path);
    if (fd >= 0)
        ending_unlink(path);
    free(path);
    return fd;
}

FILE *spool_open(void)
{
    int fd = spool_create();
    FILE *f = fd >= 0 ? fdopen(fd, "w+") : NULL;

    if (f == NULL)
        spool_failed();
    if (fd >= 0 && f == NULL)
        close(fd);
    return f;
}
