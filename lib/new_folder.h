/*
 * new_folder.h - a folder that is written beside its name and gets it when it
 * is whole: nobody ever finds half of it there.
 */
#ifndef LIB_NEW_FOLDER_H
#define LIB_NEW_FOLDER_H

#include "lib/berth.h"

struct berth_new_folder;

/*
 * berth_new_folder_open - begins one.
 *
 *   path  that it will have: nothing is there yet, or an empty folder
 *   tell  told of each file and folder before it is made, and where, a folder
 *         before what is in it: a program that ends in the middle may remove
 *         them; may be NULL
 *   out   owned: berth_new_folder_close()
 *
 * Errors: BERTH_ERR_ARGUMENT (something is there), BERTH_ERR_IO,
 * BERTH_ERR_MEMORY.
 */
enum berth_status
berth_new_folder_open(const char *path,
                      void (*tell)(void *arg, const char *path), void *arg,
                      struct berth_new_folder **out, struct berth_error *err);

/* berth_new_folder_has - whether a file was begun by that name. */
bool berth_new_folder_has(const struct berth_new_folder *folder,
                          const char *name);

/*
 * berth_new_folder_begin - a new file, to which berth_new_folder_write() then
 * adds, until berth_new_folder_end(). Sub-folders are made.
 *
 *   name  as for berth_folder_read()
 *
 * Errors of all three: BERTH_ERR_IO, which names the file by the folder's
 * path; BERTH_ERR_MEMORY.
 */
enum berth_status berth_new_folder_begin(struct berth_new_folder *folder,
                                         const char *name,
                                         struct berth_error *err);
enum berth_status berth_new_folder_write(struct berth_new_folder *folder,
                                         const void *data, size_t size,
                                         struct berth_error *err);
enum berth_status berth_new_folder_end(struct berth_new_folder *folder,
                                       struct berth_error *err);

/* berth_new_folder_put - a whole file. */
enum berth_status berth_new_folder_put(struct berth_new_folder *folder,
                                       const char *name, const void *data,
                                       size_t size, struct berth_error *err);

/* berth_new_folder_commit - gives the folder its name; all of it is on the disk
 * by then. Errors: BERTH_ERR_IO. */
enum berth_status berth_new_folder_commit(struct berth_new_folder *folder,
                                          struct berth_error *err);

/* berth_new_folder_close - unless it was committed, nothing of it is left. */
void berth_new_folder_close(struct berth_new_folder *folder);

#endif
