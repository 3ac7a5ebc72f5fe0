/*
 * driver.h - a call of a command, from its words to its exit status.
 */
#ifndef CLI_DRIVER_H
#define CLI_DRIVER_H

#include "cli/frame/command.h"

/* command_run - argv[0] is the command's name; returns the exit status. */
int command_run(const struct command *command, int argc, char **argv);

#endif
