/*
 * stop.h - ending a run early: a signal, or an output that takes no more.
 */
#ifndef CLI_BASE_STOP_H
#define CLI_BASE_STOP_H

#include <stdbool.h>

/*
 * stop_install - from now on the first SIGINT, SIGTERM or SIGHUP asks for an
 * end; where it has not come 0.1 s later, as when a pipe takes nothing, or at
 * the next one, the program ends at once. Signals that are ignored stay
 * ignored.
 */
void stop_install(void);

/* stop_fd - becomes readable when the run is to end; -1: not installed. */
int stop_fd(void);

/* stop_now - asks for an end from within. Any thread. */
void stop_now(void);

bool stop_asked(void);

/* stop_finish - where a signal asked, lets it have its effect; else signals end
 * the program at once again. */
void stop_finish(void);

#endif
