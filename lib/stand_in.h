/*
 * stand_in.h - what may be in the place of a file of a model: half a download,
 * a pointer of git-lfs, a page of a web site.
 */
#ifndef LIB_STAND_IN_H
#define LIB_STAND_IN_H

#include "lib/berth.h"

enum {
    BERTH_STAND_IN_SIZE = 64 /* first bytes that show what a file is */
};

/*
 * berth_stand_in_refuse - whether a file begins as no file of a model does.
 *
 *   begin  its first n bytes, up to BERTH_STAND_IN_SIZE of them
 *
 * Errors: BERTH_ERR_FORMAT, with what to do.
 */
enum berth_status berth_stand_in_refuse(const char *path,
                                        const unsigned char *begin, size_t n,
                                        struct berth_error *err);

/*
 * berth_stand_in_hint - what to do where a path of the Hugging Face cache leads
 * to no file: " (not all of it downloaded? berth pull ORG/NAME)", cut to size
 * and terminated; "" for a path elsewhere. Returns buf. Cannot fail.
 */
const char *berth_stand_in_hint(const char *path, char *buf, size_t size);

#endif
