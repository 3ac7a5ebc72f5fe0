/*
 * ending.h - ends of the program that no function returns from, by a signal
 * above all, and the files that are not whole yet, which none of them leaves.
 */
#ifndef CLI_BASE_ENDING_H
#define CLI_BASE_ENDING_H

#include <sys/types.h>

/*
 * ending_install - every signal that would end the program first removes the
 * files made by ending_open() and ending_mkstemp(), and then ends it. Signals
 * that are ignored stay ignored; SIGXFSZ becomes so: what is written then fails
 * with EFBIG. A mapped file that another program cut short is one message, and
 * the end. May be called again, which does nothing.
 */
void ending_install(void);

/* ending_set_trouble - the exit status where something could not be done; 1 if
 * it is not set. */
void ending_set_trouble(int status);

/* ending_no_memory - ends the program, after a message. Any thread. */
_Noreturn void ending_no_memory(void);

/* ending_arm - gives one signal that effect again. Async-signal-safe. */
void ending_arm(int number);

/* ending_by - ends the program by this signal, at once. */
_Noreturn void ending_by(int number);

/*
 * ending_open - creates a file that did not exist, for reading and writing; a
 * signal removes it from here on. -1 with errno set, as open().
 *
 *   path  copied
 */
int ending_open(const char *path, mode_t mode);

/* ending_mkstemp - the same as mkstemp() does it. */
int ending_mkstemp(char *pattern);

/* ending_add - a file or folder that someone else is about to make: a signal
 * removes it from here on, those that were added last first. */
void ending_add(const char *path);

/* ending_rename - gives a file its name, which it keeps whatever happens. 0,
 * or -1 with errno set, as rename(). */
int ending_rename(const char *path, const char *name);

/* ending_unlink - removes a file. */
void ending_unlink(const char *path);

#endif
