/*
 * answer.h - answers to questions: spans of a context.
 */
#ifndef CLI_LABELS_ANSWER_H
#define CLI_LABELS_ANSWER_H

#include "cli/stream/stream.h"

struct answer {
    struct session session;
    const char *question; /* of every record; NULL: it has its own */
    size_t top_k;         /* 0: all */
    size_t max_tokens;    /* of an answer */
    bool impossible;      /* that there is none is an answer, too */
};

/* Bytes of the context. */
struct span {
    double score;
    size_t begin, end;
};

/* item->extra: the answers of a record, the best first. */
struct spans {
    struct span *list; /* (n) at least one */
    size_t n;
};

/* answer_context - the text of a record that answers are looked for in. */
static inline const struct field *answer_context(const struct item *item)
{
    return item->record.has_pair ? &item->record.pair : &item->record.text;
}

/*
 * answer_find - the answers of an item, as QuestionAnsweringPipeline of
 * transformers 4.57 finds them. False: memory is out.
 */
bool answer_find(const struct answer *self, struct item *item,
                 struct spans *out);

/* answer_columns, answer_print - of struct stream_ops. */
const struct column *answer_columns(const struct answer *self);
void answer_print(void *self, const struct item *item, struct output *out);

#endif
