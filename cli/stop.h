/*
 * stop.h - ending a run early: a signal, or an output that takes no more.
 */
#ifndef CLI_STOP_H
#define CLI_STOP_H

#include <stdbool.h>

/*
 * stop_install - from now on SIGINT, SIGTERM and SIGHUP ask for an end; a
 * second one has its old effect. Signals that are ignored stay ignored.
 */
void stop_install(void);

/* stop_fd - becomes readable when the run shall end; -1: not installed. */
int stop_fd(void);

/* stop_now - asks for an end from within. Any thread. */
void stop_now(void);

bool stop_asked(void);

/* stop_finish - where a signal asked, lets it have its effect. */
void stop_finish(void);

#endif
