/*
 * adapters.c - which formats are offered as a folder of Hugging Face's.
 */
#include "models/files/adapters.h"

/* The first one that is here is used. */
static const struct adapter {
    enum berth_status (*is_here)(const struct berth_folder *folder, bool *found,
                                 struct berth_error *err);
    enum berth_status (*offer)(struct berth_folder *folder,
                               struct berth_error *err);
} adapters[] = {
    {NULL, NULL}, /* the end */
};

enum berth_status berth_folder_adapt(struct berth_folder *folder,
                                     struct berth_error *err)
{
    for (const struct adapter *a = adapters; a->is_here != NULL; a++) {
        bool found = false;
        enum berth_status status = a->is_here(folder, &found, err);

        if (status != BERTH_OK || found)
            return status == BERTH_OK ? a->offer(folder, err) : status;
    }
    return BERTH_OK;
}
