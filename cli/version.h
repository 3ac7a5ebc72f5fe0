/*
 * version.h - what this program is made of.
 */
#ifndef CLI_VERSION_H
#define CLI_VERSION_H

/* version_print - "berth --version"; returns the status. */
int version_print(void);

#endif
