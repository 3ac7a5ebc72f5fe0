/*
 * browser.c - starts a browser that lives on when this program ends.
 */
#include "cli/inside/browser.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/ending.h"
#include "cli/base/message.h"

extern char **environ;

/* Linux and the BSDs, Linux within Windows, macOS. */
static const char desktop[] = "xdg-open:wslview:open";

enum {
    MOST_WORDS = 16 /* of a command */
};

char *browser_page(void)
{
    const char *dir = getenv("TMPDIR");
    char *folder, *page = NULL;

    if (asprintf(&folder, "%s/berth-XXXXXX",
                 dir != NULL && *dir != '\0' ? dir : "/tmp") < 0) {
        message_error("out of memory");
        return NULL;
    }
    if (mkdtemp(folder) == NULL) {
        message_error("%s: %s", folder, strerror(errno));
    } else {
        ending_add(folder);
        if (asprintf(&page, "%s/page.html", folder) < 0) {
            rmdir(folder);
            message_error("out of memory");
            page = NULL;
        }
    }
    free(folder);
    return page;
}

void browser_unused(char *page)
{
    *strrchr(page, '/') = '\0';
    rmdir(page);
}

/* In a session of its own, with nothing to read and nowhere to write. Returns
 * 0, or the number of an error. */
static int start(char *const *words)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    pid_t pid;

    if (posix_spawn_file_actions_init(&files) != 0)
        return ENOMEM;
    if (posix_spawnattr_init(&attributes) != 0) {
        posix_spawn_file_actions_destroy(&files);
        return ENOMEM;
    }
    int error = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);

    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO && error == 0; fd++)
        error = posix_spawn_file_actions_addopen(&files, fd, "/dev/null",
                                                 O_RDWR, 0);
    if (error == 0)
        error =
            posix_spawnp(&pid, words[0], &files, &attributes, words, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return error;
}

/* One command, which is cut into words; false: it cannot be started. */
static bool try_one(char *command, char *path)
{
    char *words[MOST_WORDS + 2];
    char *rest;
    size_t n = 0;

    for (char *word = strtok_r(command, " ", &rest);
         word != NULL && n < MOST_WORDS; word = strtok_r(NULL, " ", &rest))
        words[n++] = word;
    if (n == 0)
        return false;
    words[n] = path;
    words[n + 1] = NULL;
    return start(words) == 0;
}

bool browser_open(const char *path)
{
    const char *chosen = getenv("BROWSER");
    char *list = strdup(chosen != NULL && *chosen != '\0' ? chosen : desktop);
    char *page = realpath(path, NULL);
    bool opened = false;
    char *rest;

    if (list == NULL || page == NULL) {
        free(list);
        free(page);
        return message_error("%s: %s", path, strerror(errno));
    }
    for (char *one = strtok_r(list, ":", &rest); one != NULL && !opened;
         one = strtok_r(NULL, ":", &rest))
        opened = try_one(one, page);
    if (opened)
        message_note("opening %s", page);
    else
        message_error("%s: no browser was found: open it yourself, or name one "
                      "in $BROWSER",
                      page);
    free(list);
    free(page);
    return opened;
}
