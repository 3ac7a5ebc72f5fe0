/*
 * zip.h - the files in a zip archive that is in memory, as they are there or
 * inflated.
 */
#ifndef MODELS_FILES_ZIP_H
#define MODELS_FILES_ZIP_H

#include "lib/folder.h"

struct berth_zip_entry {
    const char *name; /* in the archive; not terminated */
    size_t name_size;
    unsigned method;     /* 0: stored, 8: deflated */
    uint32_t crc;        /* of what was deflated */
    size_t packed, size; /* bytes in the archive, and of the file */
    size_t header;       /* where its local header begins */
    struct berth_blob inflated;
};

struct berth_zip {
    const char *path; /* for messages */
    struct berth_blob archive;
    struct berth_zip_entry *entries; /* by name */
    size_t n;
};

/*
 * berth_zip_open - reads the central directory, of Zip64 too.
 *
 *   archive  borrowed, as is path
 *   out      owned, after a failure too: berth_zip_close()
 *
 * Errors: BERTH_ERR_FORMAT, BERTH_ERR_MEMORY; BERTH_ERR_UNSUPPORTED (encrypted,
 * another method than deflate).
 */
enum berth_status berth_zip_open(const struct berth_blob *archive,
                                 const char *path, struct berth_zip *out,
                                 struct berth_error *err);

void berth_zip_close(struct berth_zip *zip);

/* berth_zip_find - NULL: there is none of that name. */
struct berth_zip_entry *berth_zip_find(const struct berth_zip *zip,
                                       const char *name);

/*
 * berth_zip_read - the bytes of an entry: a part of the archive, or inflated
 * into memory that is the entry's. A second call gives the same.
 *
 * What is inflated has the size and the CRC-32 that the directory says, and no
 * more memory is taken than deflate can fill. What is stored is not looked at.
 * Errors: BERTH_ERR_FORMAT, BERTH_ERR_MEMORY.
 */
enum berth_status berth_zip_read(const struct berth_zip *zip,
                                 struct berth_zip_entry *entry,
                                 const unsigned char **out,
                                 struct berth_error *err);

#endif
