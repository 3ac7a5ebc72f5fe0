/*
 * main.c - prepares the process and runs the command.
 */
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/base/ending.h"
#include "cli/base/message.h"
#include "cli/base/thread.h"
#include "cli/driver.h"
#include "cli/no_command.h"

/*
 * A standard stream that the caller closed gets a file that can be neither read
 * (input) nor written (output): else the next file opened would take its place.
 */
static void occupy_standard_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 &&
            open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
            return;
}

/* jansson 2.14 goes on after its string buffer could not grow, and reads past
 * it: so it never sees that memory is out. */
static void *json_memory(size_t size)
{
    void *p = malloc(size);

    if (p == NULL && size > 0)
        ending_no_memory();
    return p;
}

struct call {
    const struct command *command;
    int argc;
    char **argv;
    int status;
};

static void *run_command(void *arg)
{
    struct call *call = arg;

    call->status = command_run(call->command, call->argc, call->argv);
    return NULL;
}

int main(int argc, char **argv)
{
    occupy_standard_streams();
    ending_install();
    json_set_alloc_funcs(json_memory, free);
    const int status = no_command(argc, argv);

    if (status >= 0)
        return status;
    const struct command *command = command_find(argv[1]);

    if (command->trouble != 0)
        ending_set_trouble(command->trouble);
    struct call call = {command, argc - 1, argv + 1, EXIT_NOT_DONE};

    thread_call(run_command, &call);
    return call.status;
}
