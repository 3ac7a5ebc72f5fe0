/*
 * browser.h - a page shown in a browser: --open of view.
 */
#ifndef CLI_INSIDE_BROWSER_H
#define CLI_INSIDE_BROWSER_H

#include <stdbool.h>

/* browser_page - a name for a page in a new folder below $TMPDIR, which a
 * signal removes while it is empty; free(). NULL after one message. */
char *browser_page(void);

/* browser_unused - removes that folder if the page has not been written. */
void browser_unused(char *page);

/*
 * browser_open - starts what $BROWSER names, else the desktop's choice, and
 * does not wait for it. Says what was opened. False after a message: there is
 * none.
 *
 * $BROWSER: commands with ":" between, the first that can be started; each has
 * the file at its end.
 */
bool browser_open(const char *path);

#endif
