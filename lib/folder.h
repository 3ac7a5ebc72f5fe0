/*
 * folder.h - the files of a model: a folder on disk, or one linked into the
 * program, and files that were made from others. Callers cannot tell which.
 */
#ifndef LIB_FOLDER_H
#define LIB_FOLDER_H

#include "lib/berth.h"

/* A file that was linked into the program. */
struct berth_embedded_file {
    const char *name; /* relative path, '/' between parts */
    const unsigned char *data;
    size_t size;
};

/* The bytes of a file, read-only. */
struct berth_blob {
    const unsigned char *data; /* not terminated; NULL when size is 0 */
    size_t size;
    bool mapped;                   /* private: berth_blob_release() unmaps it */
    struct berth_offered *offered; /* private: whose bytes they are */
};

struct berth_folder;

/*
 * berth_folder_open - a folder on disk.
 *
 *   path  a folder, or a file in one; copied
 *   out   owned: berth_folder_close()
 *
 * Errors: BERTH_ERR_IO (names path), BERTH_ERR_MEMORY.
 */
enum berth_status berth_folder_open(const char *path, struct berth_folder **out,
                                    struct berth_error *err);

/* berth_folder_open_embedded - the same over files linked in; files borrowed.
 */
enum berth_status
berth_folder_open_embedded(const char *name,
                           const struct berth_embedded_file *files, size_t n,
                           struct berth_folder **out, struct berth_error *err);

/* berth_folder_watch - from now on tell(arg, path) of each file on disk that is
 * found or read; tell may be NULL. */
void berth_folder_watch(struct berth_folder *folder,
                        void (*tell)(void *arg, const char *path), void *arg);

/*
 * berth_folder_open_sub - a folder in a folder, watched as that one is; it must
 * not outlive that one.
 *
 *   path  relative, without a part ".."
 *
 * Errors: BERTH_ERR_IO, _FORMAT, _MEMORY. That there is such a folder is
 * seen when a file is read.
 */
enum berth_status berth_folder_open_sub(const struct berth_folder *folder,
                                        const char *path,
                                        struct berth_folder **out,
                                        struct berth_error *err);

void berth_folder_close(struct berth_folder *folder);

/* berth_folder_path - the folder as messages name it. Cannot fail. */
const char *berth_folder_path(const struct berth_folder *folder);

/*
 * berth_folder_file - a file of the folder as messages name it ("x/vocab.txt"),
 * cut to size and terminated. Returns buf. Cannot fail.
 */
const char *berth_folder_file(const struct berth_folder *folder,
                              const char *name, char *buf, size_t size);

/*
 * berth_folder_offer - lays a file that was made into a folder: it is found and
 * read there, and in a sub-folder, before one on disk of its name.
 *
 *   folder  not a sub-folder
 *   name    as for berth_folder_read()
 *   origin  what it is called in place of name, "x.gguf: config.json"; copied
 *   data    from malloc(); the folder's, after a failure too
 *
 * It is not watched, and berth_pages_release() is not for its bytes. A second
 * one of a name replaces the first.
 * Errors: BERTH_ERR_FORMAT, _MEMORY.
 */
enum berth_status berth_folder_offer(struct berth_folder *folder,
                                     const char *name, const char *origin,
                                     void *data, size_t size,
                                     struct berth_error *err);

/* berth_folder_origin - what a file is called: the origin of one that is
 * offered, else the name itself. Cannot fail. */
const char *berth_folder_origin(const struct berth_folder *folder,
                                const char *name);

/* berth_folder_given - the name of the file that berth_folder_open() was given,
 * or that berth_folder_reduce() left; NULL: it was given a folder. */
const char *berth_folder_given(const struct berth_folder *folder);

/*
 * berth_folder_reduce - from now on the folder has one file, and those
 * that are offered; it is called as that file is.
 *
 *   folder  not a sub-folder
 *   name    of the file; copied
 *
 * Errors: BERTH_ERR_MEMORY.
 */
enum berth_status berth_folder_reduce(struct berth_folder *folder,
                                      const char *name,
                                      struct berth_error *err);

/* berth_folder_list - calls entry(arg, name) for each name of a folder, but not
 * for what is offered, in no order, until it says false. Errors: BERTH_ERR_IO.
 */
enum berth_status berth_folder_list(const struct berth_folder *folder,
                                    bool (*entry)(void *arg, const char *name),
                                    void *arg, struct berth_error *err);

/* berth_folder_allows - whether a name stays inside a folder: relative, not
 * empty and without a part "..". Cannot fail. */
bool berth_folder_allows(const char *name);

/*
 * berth_folder_find - whether name is a file here.
 *
 *   name   as for berth_folder_read()
 *   found  false only where the folder has no entry of that name at all
 *
 * What is there and cannot be read is never taken for absent: a link to
 * nothing, a folder of that name, one that may not be searched, a disk that
 * fails. Those files would change results, were they left out.
 * Errors: BERTH_ERR_IO, BERTH_ERR_FORMAT; both name the file.
 */
enum berth_status berth_folder_find(const struct berth_folder *folder,
                                    const char *name, bool *found,
                                    struct berth_error *err);

/*
 * berth_folder_read - maps a file of the folder.
 *
 *   name  relative; a part ".." or an absolute name is BERTH_ERR_FORMAT
 *   out   owned: berth_blob_release(), which may come after folder_close()
 *
 * Regular files only; on disk they are mapped read-only.
 * Errors: BERTH_ERR_IO, BERTH_ERR_FORMAT; both name the file.
 */
enum berth_status berth_folder_read(const struct berth_folder *folder,
                                    const char *name, struct berth_blob *out,
                                    struct berth_error *err);

/* berth_blob_make - size bytes, all zero, to be filled: like those of a file,
 * berth_pages_release() does not lose them. NULL: no memory. size is 1 or
 * more. */
unsigned char *berth_blob_make(size_t size, struct berth_blob *out);

void berth_blob_release(struct berth_blob *blob);

/* berth_pages_release - lets the system take back the whole pages among these
 * mapped, unchanged bytes; reading them again reads the file. */
void berth_pages_release(const void *data, size_t size);

#endif
