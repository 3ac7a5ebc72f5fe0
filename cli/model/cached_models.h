/*
 * cached_models.h - what is in a Hugging Face cache, as the disk has it: no
 * model is opened.
 */
#ifndef CLI_MODEL_CACHED_MODELS_H
#define CLI_MODEL_CACHED_MODELS_H

#include <stdbool.h>
#include <stddef.h>

/* One revision of a repository, or a repository without any. */
struct cached_model {
    char *name;     /* ORG/NAME */
    char *revision; /* the commit; "": none */
    char *refs;     /* the branches and tags that are this one: "main,v2" */
    char *path;     /* of its files; of the repository where there are none */
    char *problem;  /* why there is nothing to open; NULL: there is */
    size_t size;    /* bytes of its files, each once */
};

/* Start with {0}. */
struct cached_models {
    struct cached_model *items;
    size_t n, room;
    char *trouble; /* the first "PATH: WHY" of what could not be looked at, so
                      that the list may be wrong; NULL: none */
    bool failed;   /* memory is out */
};

/*
 * cached_models_add - appends the models of the cache at root, by their names,
 * those with refs before the others of a name.
 *
 * A root that is not there has no models. all->trouble or all->failed may be
 * set.
 */
void cached_models_add(struct cached_models *all, const char *root);

/* cached_models_add_names - appends the models of the cache at root in no
 * order, and of them nothing but their names, which takes one look at its
 * folder. */
void cached_models_add_names(struct cached_models *all, const char *root);

/* cached_models_trouble - sets all->trouble, unless it is set, where error, an
 * errno, says more than that there is no such file. */
void cached_models_trouble(struct cached_models *all, int error,
                           const char *path);

void cached_models_free(struct cached_models *all);

#endif
