/*
 * adapters.c - which formats are offered as a folder of Hugging Face's.
 */
#include "models/files/adapters.h"

#include "models/files/gguf_model.h"
#include "models/files/tensorflow_folder.h"

#include <stdlib.h>

/* The first one that finds its file is used. */
static const struct adapter {
    /* name is owned: free(); NULL: it is not here. */
    enum berth_status (*find)(const struct berth_folder *folder, char **name,
                              struct berth_error *err);
    enum berth_status (*offer)(struct berth_folder *folder, const char *name,
                               struct berth_error *err);
} adapters[] = {
    {berth_gguf_find_file, berth_gguf_offer},
    {berth_tensorflow_find, berth_tensorflow_offer},
};

enum berth_status berth_folder_adapt(struct berth_folder *folder,
                                     struct berth_error *err)
{
    enum berth_status status = BERTH_OK;
    char *name = NULL;

    for (size_t i = 0; status == BERTH_OK && name == NULL &&
                       i < sizeof(adapters) / sizeof(*adapters);
         i++) {
        status = adapters[i].find(folder, &name, err);
        if (status == BERTH_OK && name != NULL)
            status = adapters[i].offer(folder, name, err);
    }
    free(name);
    return status;
}
