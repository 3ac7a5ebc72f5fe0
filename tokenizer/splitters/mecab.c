/*
 * mecab.c - of U+3059 U+3082 U+3082 ("sumomo") and so on the words; then what
 * the reference does to each: lower case, and white space parts it.
 */
#include "tokenizer/splitters/mecab.h"

#include "lib/status.h"

#ifdef BERTH_MECAB

#include "tokenizer/unicode/lower.h"

#include <dlfcn.h>
#include <mecab.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The stage. Threads share it: each run has a lattice of its own. The functions
 * are libmecab's, which is loaded by a model that needs it: any run of the
 * program would wait for it and for the library of C++. */
struct mecab {
    mecab_model_t *model;
    mecab_t *tagger;
    bool lowercase;
    bool characters;
    mecab_model_t *(*model_new2)(const char *arguments);
    void (*model_destroy)(mecab_model_t *model);
    mecab_t *(*model_new_tagger)(mecab_model_t *model);
    void (*destroy)(mecab_t *tagger);
    mecab_lattice_t *(*model_new_lattice)(mecab_model_t *model);
    void (*lattice_destroy)(mecab_lattice_t *lattice);
    void (*lattice_set_sentence2)(mecab_lattice_t *lattice, const char *text,
                                  size_t n);
    mecab_node_t *(*lattice_get_bos_node)(mecab_lattice_t *lattice);
    int (*parse_lattice)(mecab_t *tagger, mecab_lattice_t *lattice);
    const mecab_dictionary_info_t *(*model_dictionary_info)(
        mecab_model_t *model);
    const char *(*strerror)(mecab_t *tagger);
};

#define FUNCTION(name)                                                         \
    {                                                                          \
        "mecab_" #name, offsetof(struct mecab, name)                           \
    }

static const struct {
    const char *name;
    size_t offset;
} functions[] = {
    FUNCTION(model_new2),
    FUNCTION(model_destroy),
    FUNCTION(model_new_tagger),
    FUNCTION(destroy),
    FUNCTION(model_new_lattice),
    FUNCTION(lattice_destroy),
    FUNCTION(lattice_set_sentence2),
    FUNCTION(lattice_get_bos_node),
    FUNCTION(parse_lattice),
    FUNCTION(model_dictionary_info),
    FUNCTION(strerror),
};

/* The library stays: what it keeps for a thread may outlive the stage. */
static bool load(struct mecab *m)
{
    void *library = dlopen("libmecab.so.2", RTLD_NOW | RTLD_LOCAL);
    bool found = library != NULL;

    for (size_t i = 0; found && i < sizeof(functions) / sizeof(*functions);
         i++) {
        void *function = dlsym(library, functions[i].name);

        memcpy((char *)m + functions[i].offset, &function, sizeof(function));
        found = function != NULL;
    }
    return found;
}

/* Bytes [*begin, *end) once more after all others, in lower case; there is
 * room. */
static void lower(struct berth_flow *flow, size_t *begin, size_t *end)
{
    const size_t to = flow->n;

    for (size_t at = *begin, size; at < *end; at += size) {
        char lowered[2 * BERTH_UTF8_MAX];
        size_t n = berth_utf8_lower(flow->bytes + *begin, at - *begin,
                                    *end - *begin, &size, lowered);

        for (size_t i = 0; i < n; i++) {
            flow->bytes[flow->n] = lowered[i];
            flow->origin[flow->n++] = flow->origin[at];
        }
    }
    *begin = to;
    *end = flow->n;
}

/* What MeCab has as a word: its characters, or what white space leaves. */
static bool put(const struct mecab *m, struct berth_flow *flow, size_t begin,
                size_t end)
{
    size_t word;

    if (m->lowercase)
        lower(flow, &begin, &end);
    word = begin;
    while (begin < end) {
        uint32_t cp;
        size_t size =
            berth_utf8_read((unsigned char *)flow->bytes + begin, &cp);
        bool space = !m->characters && berth_char_is_python_space(cp);
        size_t stop = space ? begin : begin + size;

        begin += size;
        if (!space && !m->characters && begin < end)
            continue;
        if (word < stop && !berth_flow_word(flow, word, stop))
            return false;
        word = begin;
    }
    return true;
}

/* The text as libmecab must have it: at white space that ends it, it looks for
 * a NUL. */
static char *terminated(struct berth_flow *flow, size_t begin, size_t n)
{
    char *text = berth_room_grown(&flow->cutting[0], n + 1, 1);

    if (text != NULL) {
        memcpy(text, flow->bytes + begin, n);
        text[n] = '\0';
    }
    return text;
}

static bool run(const void *self, size_t begin, size_t end,
                struct berth_flow *flow)
{
    const struct mecab *m = self;
    const size_t n = strnlen(flow->bytes + begin, end - begin);
    const char *text = terminated(flow, begin, n);
    mecab_lattice_t *lattice = m->model_new_lattice(m->model);
    /* Lower case is at most half as long again. */
    bool ok = text != NULL && lattice != NULL &&
              (!m->lowercase || berth_flow_reserve(flow, 2 * n));

    if (ok) {
        m->lattice_set_sentence2(lattice, text, n);
        ok = m->parse_lattice(m->tagger, lattice) != 0;
    }
    if (ok) {
        const mecab_node_t *node = m->lattice_get_bos_node(lattice)->next;

        for (; ok && node->next != NULL; node = node->next) {
            size_t at = begin + (size_t)(node->surface - text);

            ok = put(m, flow, at, at + node->length);
        }
    }
    if (lattice != NULL)
        m->lattice_destroy(lattice);
    return ok;
}

static void free_mecab(void *self)
{
    struct mecab *m = self;

    if (m->tagger != NULL)
        m->destroy(m->tagger);
    if (m->model != NULL)
        m->model_destroy(m->model);
    free(m);
}

/* Dictionaries of transformers have no name in their files: what tells one is
 * how many contexts its words may have on each side. */
static const struct {
    const char *name;
    unsigned contexts;
} known[] = {{"ipadic", 1316}, {"unidic_lite", 5981}};

/* Whether it is the one that is wanted, with no words of a user added. */
static bool is_wanted(const mecab_dictionary_info_t *info, const char *name)
{
    for (size_t i = 0; name != NULL && i < sizeof(known) / sizeof(*known);
         i++) {
        if (strcmp(known[i].name, name) == 0)
            return info->lsize == known[i].contexts &&
                   info->rsize == known[i].contexts && info->next == NULL;
    }
    return name == NULL;
}

static bool is_utf8(const char *charset)
{
    return strcasecmp(charset, "utf-8") == 0 ||
           strcasecmp(charset, "utf8") == 0;
}

static enum berth_status check(const mecab_dictionary_info_t *info,
                               const char *name, const char *where,
                               struct berth_error *err)
{
    if (is_utf8(info->charset) && is_wanted(info, name))
        return BERTH_OK;
    return berth_fail(
        err, BERTH_ERR_UNSUPPORTED,
        "%s: expected MeCab's dictionary%s%s in UTF-8, found %.160s (%.20s, "
        "%u and %u contexts%s); name the right folder as dicdir in ~/.mecabrc",
        where, name != NULL ? " " : "", name != NULL ? name : "",
        info->filename, info->charset, info->lsize, info->rsize,
        info->next != NULL ? ", another after it" : "");
}

static uint64_t rules_of(const struct mecab *m,
                         const mecab_dictionary_info_t *info)
{
    uint64_t rules =
        berth_rules_add('m', (uint64_t)m->lowercase << 1 | m->characters);

    for (; info != NULL; info = info->next)
        rules =
            berth_rules_add(rules, (uint64_t)info->size << 32 | info->lsize);
    return rules;
}

enum berth_status berth_mecab_splitter(const struct berth_mecab_rules *rules,
                                       const char *where,
                                       char file[BERTH_MECAB_FILE_MAX],
                                       struct berth_splitter *out,
                                       struct berth_error *err)
{
    struct mecab *m = calloc(1, sizeof(*m));
    const mecab_dictionary_info_t *info = NULL;
    enum berth_status status = BERTH_OK;

    if (m == NULL)
        return berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory", where);
    if (!load(m)) {
        free(m);
        return berth_fail(err, BERTH_ERR_UNSUPPORTED,
                          "%s: expected libmecab.so.2, found none; install "
                          "libmecab2 and mecab-ipadic-utf8",
                          where);
    }
    m->lowercase = rules->lowercase;
    m->characters = rules->characters;
    m->model = m->model_new2("");
    if (m->model != NULL) {
        m->tagger = m->model_new_tagger(m->model);
        info = m->model_dictionary_info(m->model);
    }
    if (m->tagger == NULL || info == NULL)
        status = berth_fail(err, BERTH_ERR_UNSUPPORTED,
                            "%s: expected a dictionary of MeCab, found none: "
                            "%.160s; install one (mecab-ipadic-utf8)",
                            where, m->strerror(NULL));
    else
        status = check(info, rules->dictionary, where, err);
    if (status != BERTH_OK) {
        free_mecab(m);
        return status;
    }
    snprintf(file, BERTH_MECAB_FILE_MAX, "%s", info->filename);
    *out = (struct berth_splitter){
        .run = run, .free = free_mecab, .self = m, .rules = rules_of(m, info)};
    return BERTH_OK;
}

#else

enum berth_status berth_mecab_splitter(const struct berth_mecab_rules *rules,
                                       const char *where,
                                       char file[BERTH_MECAB_FILE_MAX],
                                       struct berth_splitter *out,
                                       struct berth_error *err)
{
    (void)rules;
    (void)file;
    (void)out;
    return berth_fail(
        err, BERTH_ERR_UNSUPPORTED,
        "%s: expected a berth that was built with libmecab, found "
        "one without; install libmecab-dev and "
        "mecab-ipadic-utf8, and build it again",
        where);
}

#endif
