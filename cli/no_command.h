/*
 * no_command.h - calls that no command answers.
 */
#ifndef CLI_NO_COMMAND_H
#define CLI_NO_COMMAND_H

/* no_command - answers a call whose first word is no command, and returns the
 * exit status; -1: argv[1] is a command. */
int no_command(int argc, char **argv);

#endif
