/*
 * mapped.c - /proc/self/maps, read with nothing but what a signal handler may
 * call.
 *
 * A line is "BEGIN-END PERMISSIONS OFFSET DEVICE INODE  NAME", the first two in
 * hexadecimal (proc_pid_maps(5)).
 */
#include "cli/base/mapped.h"

#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

struct lines {
    int fd;
    char block[4096];
    size_t at, n;
};

/* The next byte, or -1. */
static int next_byte(struct lines *l)
{
    if (l->at == l->n) {
        ssize_t n = read(l->fd, l->block, sizeof(l->block));

        l->at = 0;
        l->n = n > 0 ? (size_t)n : 0;
        if (n <= 0)
            return -1;
    }
    return (unsigned char)l->block[l->at++];
}

/* Reads a number and the byte after it. */
static uintptr_t next_hex(struct lines *l, int *behind)
{
    uintptr_t value = 0;
    int c;

    while ((c = next_byte(l)) >= 0) {
        if (c >= '0' && c <= '9')
            value = value * 16 + (uintptr_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            value = value * 16 + (uintptr_t)(c - 'a' + 10);
        else
            break;
    }
    *behind = c;
    return value;
}

/* The rest of the line, from its fifth field on: the name. */
static size_t next_name(struct lines *l, char *name, size_t size)
{
    size_t n = 0;
    int c, blanks = 0;

    while ((c = next_byte(l)) >= 0 && c != '\n') {
        if (n == 0 && c == ' ')
            blanks++;
        else if ((n > 0 || blanks >= 4) && n + 1 < size)
            name[n++] = (char)c;
    }
    name[n] = '\0';
    return n;
}

bool mapped_file(const void *address, char *name, size_t size)
{
    struct lines l = {.fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC)};
    uintptr_t at = (uintptr_t)address;
    bool found = false;
    int behind = 0;

    while (l.fd >= 0 && !found && behind >= 0) {
        uintptr_t begin = next_hex(&l, &behind);
        uintptr_t end = behind == '-' ? next_hex(&l, &behind) : 0;
        size_t n = behind == ' ' ? next_name(&l, name, size) : 0;

        /* "[heap]" is no file. */
        found = at >= begin && at < end && n > 0 && name[0] != '[';
    }
    if (l.fd >= 0)
        close(l.fd);
    return found;
}
