/*
 * messages.h - what a piece of the program says on standard error.
 */
#ifndef TESTS_MESSAGES_H
#define TESTS_MESSAGES_H

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static FILE *messages_file;
static int messages_saved = -1;

/* messages_begin - from here on messages are kept. */
static inline void messages_begin(void)
{
    messages_file = tmpfile();
    messages_saved = dup(STDERR_FILENO);
    if (messages_file != NULL)
        dup2(fileno(messages_file), STDERR_FILENO);
}

/* messages_end - those since messages_begin(), as text that the next call
 * replaces; standard error is what it was. */
static inline const char *messages_end(void)
{
    static char text[8192];
    size_t n = 0;

    dup2(messages_saved, STDERR_FILENO);
    close(messages_saved);
    if (messages_file != NULL) {
        rewind(messages_file);
        n = fread(text, 1, sizeof(text) - 1, messages_file);
        fclose(messages_file);
    }
    text[n] = '\0';
    return text;
}

#endif
