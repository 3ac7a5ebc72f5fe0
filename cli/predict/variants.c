/*
 * variants.c - batches of masked copies, and their answers.
 */
#include "cli/predict/variants.h"

#include <stdlib.h>
#include <string.h>

#include "cli/stream/stream.h"

enum {
    PLACES = 32 /* whose logits are in memory at a time */
};

void masked_init(struct masked *m, const struct session *session, void *self)
{
    *m = (struct masked){.session = session, .self = self};
}

void masked_free(struct masked *m)
{
    free(m->ids);
    free(m->sequences);
    free(m->places);
    free(m->tags);
    free(m->logits);
    *m = (struct masked){
        .session = m->session, .answer = m->answer, .self = m->self};
}

/* Nothing is collected when the arrays grow: no pointer into them is lost. */
static enum berth_status reserve(struct masked *m, size_t n_tokens,
                                 struct berth_error *err)
{
    size_t batch = m->session->settings.batch_tokens;
    size_t room = n_tokens > batch ? n_tokens : batch;

    if (m->room >= room)
        return BERTH_OK;
    masked_free(m);
    m->ids = calloc(room, sizeof(*m->ids));
    m->sequences = calloc(room, sizeof(*m->sequences));
    m->places = calloc(room, sizeof(*m->places));
    m->tags = calloc(room, sizeof(*m->tags));
    m->logits =
        calloc(m->session->facts->vocab_size, PLACES * sizeof(*m->logits));
    if (m->ids == NULL || m->sequences == NULL || m->places == NULL ||
        m->tags == NULL || m->logits == NULL)
        return stream_no_memory(err);
    m->room = room;
    return BERTH_OK;
}

/* Answers come in the order of the questions, whatever the batches were. */
static enum berth_status answer_some(struct masked *m, size_t begin, size_t n,
                                     struct berth_error *err)
{
    struct berth_context *context = m->session->context;
    size_t v = m->session->facts->vocab_size;
    double log_sums[PLACES];
    enum berth_status status =
        berth_predict(context, m->places + begin, n, m->logits, err);

    if (status == BERTH_OK)
        berth_log_sums(context, m->logits, n, v, log_sums);
    for (size_t i = 0; i < n && status == BERTH_OK; i++)
        status = m->answer(m->self, m->tags[begin + i], m->logits + i * v,
                           log_sums[i], err);
    return status;
}

enum berth_status masked_flush(struct masked *m, struct berth_error *err)
{
    enum berth_status status = BERTH_OK;

    if (m->n_places > 0)
        status = berth_forward(m->session->context, m->sequences,
                               m->n_sequences, BERTH_LAST_LAYER, err);
    for (size_t i = 0; i < m->n_places && status == BERTH_OK; i += PLACES) {
        size_t n = m->n_places - i;

        status = answer_some(m, i, n < PLACES ? n : PLACES, err);
    }
    m->n_sequences = 0;
    m->n_tokens = 0;
    m->n_places = 0;
    return status;
}

enum berth_status masked_add(struct masked *m,
                             const struct berth_sequence *sequence,
                             int32_t **out, struct berth_error *err)
{
    size_t n_tokens = sequence->n_tokens;
    enum berth_status status = BERTH_OK;

    if (m->n_tokens > 0 &&
        m->n_tokens + n_tokens > m->session->settings.batch_tokens)
        status = masked_flush(m, err);
    if (status == BERTH_OK && m->n_tokens == 0)
        status = reserve(m, n_tokens, err);
    if (status != BERTH_OK)
        return status;
    *out = m->ids + m->n_tokens;
    memcpy(*out, sequence->ids, n_tokens * sizeof(**out));
    m->sequences[m->n_sequences] = *sequence;
    m->sequences[m->n_sequences++].ids = *out;
    m->n_tokens += n_tokens;
    return BERTH_OK;
}

void masked_ask(struct masked *m, size_t position, void *tag)
{
    m->places[m->n_places] = (struct berth_place){m->n_sequences - 1, position};
    m->tags[m->n_places++] = tag;
}
