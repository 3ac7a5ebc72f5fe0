/*
 * version.c - the version at run time.
 */
#include "lib/berth.h"

const char *berth_version(void)
{
    return BERTH_VERSION_STRING;
}
