/*
 * main.c - chooses the command, and answers what is asked of none.
 */
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/ending.h"
#include "cli/base/message.h"
#include "cli/base/thread.h"
#include "cli/driver.h"
#include "lib/berth.h"

/* The program's version, and the CPU level that it would choose here. */
static int print_version(void)
{
    struct berth_model_options options = {.part = BERTH_PART_TOKENIZER};
    struct berth_model *model = NULL;
    struct buffer b = {0};
    struct berth_error err;

    buffer_printf(&b, "berth %s\n", BERTH_VERSION_STRING);
    if (strcmp(berth_version(), BERTH_VERSION_STRING) != 0)
        buffer_printf(&b, "library %s\n", berth_version());
    switch (berth_model_open(NULL, &options, &model, &err)) {
    case BERTH_OK:
        buffer_printf(&b, "cpu %s\n", berth_model_get_facts(model)->cpu);
        berth_model_close(model);
        return print_whole(&b, NULL, true);
    case BERTH_ERR_UNSUPPORTED: /* built without a model */
        return print_whole(&b, NULL, true);
    default:
        message_error("%s", err.message);
        buffer_free(&b);
        return EXIT_NOT_DONE;
    }
}

static int unknown_command(const char *name)
{
    return message_usage("'%s' is not a command of berth", name);
}

static int help(const char *name)
{
    if (name == NULL)
        return help_print();
    const struct command *command = command_find(name);

    return command != NULL ? command_help(command) : unknown_command(name);
}

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
    const char *name = argc > 1 ? argv[1] : NULL;

    if (name == NULL)
        return message_usage("no command given");
    if (strcmp(name, "-h") == 0 || strcmp(name, "--help") == 0)
        return help_print();
    if (strcmp(name, "-V") == 0 || strcmp(name, "--version") == 0)
        return print_version();
    if (strcmp(name, "help") == 0)
        return help(argc > 2 ? argv[2] : NULL);
    if (strcmp(name, "completion") == 0)
        return completion_print(argc > 2 ? argv[2] : NULL);
    const struct command *command = command_find(name);

    if (command == NULL)
        return unknown_command(name);
    if (command->trouble != 0)
        ending_set_trouble(command->trouble);
    struct call call = {command, argc - 1, argv + 1, EXIT_NOT_DONE};

    thread_call(run_command, &call);
    return call.status;
}
