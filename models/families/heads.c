/*
 * heads.c - which heads a model has. One tensor may belong to several kinds:
 * "classifier.weight" is what a text, each token, or a choice is classified
 * with. The class that was saved says which; else the one with more steps
 * around it counts, which is of texts.
 */
#include "models/families/heads.h"

#include "lib/status.h"
#include "models/families/loader.h"
#include "models/files/tensor_set.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct berth_head_kind_row berth_head_kinds[BERTH_HEAD_KINDS] = {
    [BERTH_HEAD_NONE] = {"", "none", "", false, false, 0},
    [BERTH_HEAD_MASKED_LM] = {"ForMaskedLM", "masked-language-model",
                              "fill-mask", true, false, 0},
    [BERTH_HEAD_SEQUENCE] = {"ForSequenceClassification",
                             "sequence-classification", "classify", false, true,
                             0},
    [BERTH_HEAD_TOKENS] = {"ForTokenClassification", "token-classification",
                           "tag", true, true, 0},
    [BERTH_HEAD_ANSWER] = {"ForQuestionAnswering", "question-answering",
                           "answer", true, false, 2},
    [BERTH_HEAD_NEXT_SENTENCE] = {"ForNextSentencePrediction", "next-sentence",
                                  "next-sentence", false, false, 2},
    [BERTH_HEAD_DISCRIMINATOR] = {NULL, "discriminator", "", true, false, 1},
};

/* Kinds whose last tensor may have the name of another's. */
static const unsigned ambiguous = 1u << BERTH_HEAD_SEQUENCE |
                                  1u << BERTH_HEAD_TOKENS |
                                  1u << BERTH_HEAD_ANSWER;

/* The first tensor of a head that is not there, in name of BERTH_NAME_SIZE;
 * false: all are. The decoder that is tied may be the tokens. */
static bool lacks(const struct berth_tensor_set *set, const char *prefix,
                  const struct berth_head_row *head, char *name)
{
    for (const struct berth_step_row *s = head->steps; s->linear != NULL; s++) {
        snprintf(name, BERTH_NAME_SIZE, "%s%s.weight", s->inside ? prefix : "",
                 s->linear);
        if (!s->tied && berth_tensor_find(set, name) == NULL)
            return true;
    }
    return false;
}

static const char *last_linear(const struct berth_head_row *head)
{
    const struct berth_step_row *s = head->steps;

    while (s[1].linear != NULL)
        s++;
    return s->linear;
}

/* Whether the class that was saved says that tensors of one name are those of
 * this head: of no other, and where it is silent, of the first in the table. */
static bool may_be(const struct berth_heads *heads,
                   const struct berth_labels *labels,
                   const struct berth_head_row *head)
{
    const unsigned claimed = labels->claimed & ambiguous;

    if ((ambiguous >> head->kind & 1u) == 0)
        return true;
    if (claimed != 0 || labels->other)
        return claimed >> head->kind & 1u;
    for (size_t k = 0; k < BERTH_HEAD_KINDS; k++)
        if (heads->rows[k] != NULL &&
            strcmp(last_linear(heads->rows[k]), last_linear(head)) == 0)
            return false;
    return true;
}

static bool is_there(const struct berth_tensor_set *set, const char *prefix,
                     const struct berth_labels *labels,
                     const struct berth_heads *heads,
                     const struct berth_head_row *head)
{
    char name[BERTH_NAME_SIZE];

    if (set == NULL)
        return labels->claimed >> head->kind & 1u ||
               (labels->pretraining && head->pretraining);
    return !(head->unless != NULL &&
             berth_tensor_find(set, head->unless) != NULL) &&
           !lacks(set, prefix, head, name) && may_be(heads, labels, head);
}

static void tell_facts(struct berth_heads *heads, enum berth_head_kind kind,
                       const struct berth_config *config,
                       const struct berth_labels *labels)
{
    const struct berth_head_kind_row *row = &berth_head_kinds[kind];
    struct berth_head_facts *f = &heads->facts[heads->n++];

    *f = (struct berth_head_facts){
        .kind = kind,
        .name = row->name,
        .command = row->command,
        .of_tokens = row->of_tokens,
        .n_out = kind == BERTH_HEAD_MASKED_LM ? config->vocab_size : row->n_out,
    };
    if (!row->has_labels)
        return;
    f->n_out = labels->n;
    if (kind == BERTH_HEAD_SEQUENCE && labels->n == 1)
        f->command = "rerank";
    f->labels = (const char *const *)labels->names;
    f->problem = labels->problem;
    f->activation = labels->activation;
}

void berth_heads_find(const struct berth_tensor_set *set, const char *prefix,
                      const struct berth_config *config,
                      const struct berth_labels *labels,
                      struct berth_heads *out)
{
    const struct berth_head_row *row = config->family->heads;

    for (; row->steps != NULL; row++)
        if (out->rows[row->kind] == NULL &&
            is_there(set, prefix, labels, out, row))
            out->rows[row->kind] = row;
    for (int k = 1; k < BERTH_HEAD_KINDS; k++)
        if (out->rows[k] != NULL)
            tell_facts(out, (enum berth_head_kind)k, config, labels);
}

/* "; it has token-classification (berth tag)" */
static void describe_others(const struct berth_heads *heads, char *buf,
                            size_t size)
{
    size_t used = 0;

    buf[0] = '\0';
    for (size_t i = 0; i < heads->n && used < size; i++) {
        const struct berth_head_facts *f = &heads->facts[i];

        used += (size_t)snprintf(buf + used, size - used, "%s%s",
                                 i > 0 ? ", " : "; it has ", f->name);
        if (f->command[0] != '\0' && used < size)
            used += (size_t)snprintf(buf + used, size - used, " (berth %s)",
                                     f->command);
    }
}

enum berth_status
berth_heads_open(struct berth_heads *heads, enum berth_head_kind kind,
                 const struct berth_tensor_set *set, const char *prefix,
                 const struct berth_config *config, struct berth_error *err)
{
    const struct berth_head_row *row = config->family->heads;
    char name[BERTH_NAME_SIZE], others[256], lack[BERTH_NAME_SIZE + 16] = "";

    for (size_t i = 0; i < heads->n; i++)
        if (heads->facts[i].kind == kind)
            heads->opened = &heads->facts[i];
    if (heads->opened != NULL)
        return BERTH_OK;
    while (row->steps != NULL && row->kind != kind)
        row++;
    if (row->steps != NULL && lacks(set, prefix, row, name))
        snprintf(lack, sizeof(lack), " (tensor '%s')", name);
    describe_others(heads, others, sizeof(others));
    return berth_fail(err, BERTH_ERR_UNSUPPORTED,
                      "%s: expected a %s head%s, found none%s%s",
                      berth_tensor_set_path(set), berth_head_kinds[kind].name,
                      lack, others, berth_tensor_set_no_head(set));
}

static enum berth_status tell_list(const struct berth_heads *heads,
                                   struct berth_settings *settings,
                                   const char *source, const char *key,
                                   bool commands)
{
    char list[256] = "none";
    size_t used = 0;

    for (size_t i = 0; i < heads->n && used < sizeof(list); i++) {
        const char *word =
            commands ? heads->facts[i].command : heads->facts[i].name;

        if (word[0] != '\0')
            used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s",
                                     used > 0 ? ", " : "", word);
    }
    return berth_settings_add(settings, key, source, "%s", list);
}

/* Labels with commas between, as one text. */
static enum berth_status tell_labels(const struct berth_labels *labels,
                                     struct berth_settings *settings)
{
    size_t size = 1, used = 0;

    for (size_t i = 0; i < labels->n; i++)
        size += strlen(labels->names[i]) + 2;
    char *list = calloc(size, 1);
    if (list == NULL)
        return BERTH_ERR_MEMORY;
    for (size_t i = 0; i < labels->n; i++)
        used += (size_t)snprintf(list + used, size - used, "%s%s",
                                 i > 0 ? ", " : "", labels->names[i]);
    enum berth_status status = berth_settings_add(
        settings, "labels", labels->found ? "config.json" : "default", "%s",
        list);
    free(list);
    return status;
}

/* What a cross-encoder makes of its one logit; berth rerank takes it. */
static enum berth_status tell_activation(const struct berth_labels *labels,
                                         struct berth_settings *settings)
{
    if (labels->n != 1)
        return BERTH_OK;
    if (labels->activation == NULL)
        return berth_settings_add(settings, "activation_fn", "default", "%s",
                                  "torch.nn.modules.activation.Sigmoid");
    return berth_settings_add(settings, "activation_fn",
                              labels->activation_source, "%s",
                              labels->activation);
}

enum berth_status berth_heads_tell(const struct berth_heads *heads,
                                   const struct berth_labels *labels,
                                   struct berth_settings *settings,
                                   const char *source, struct berth_error *err)
{
    bool labelled = false;

    for (size_t i = 0; i < heads->n; i++)
        labelled = labelled || heads->facts[i].labels != NULL;
    enum berth_status status =
        tell_list(heads, settings, source, "heads", false);
    if (status == BERTH_OK && labelled)
        status = tell_labels(labels, settings);
    if (status == BERTH_OK && labelled && labels->problem_type != NULL)
        status = berth_settings_add(settings, "problem_type", "config.json",
                                    "%s", labels->problem_type);
    if (status == BERTH_OK && heads->rows[BERTH_HEAD_SEQUENCE] != NULL)
        status = tell_activation(labels, settings);
    if (status == BERTH_OK && heads->n > 0)
        status = tell_list(heads, settings, source, "commands", true);
    return status == BERTH_OK
               ? status
               : berth_fail(err, BERTH_ERR_MEMORY, "out of memory");
}
