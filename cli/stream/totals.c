/*
 * totals.c - counting what was read, and what is said about it at the end.
 */
#include "cli/stream/stream.h"

#include "cli/base/message.h"

/* Only the first place is kept: a warning names one, not thousands. */
static void count(struct stream_count *c, const struct record *r)
{
    if (c->n++ > 0)
        return;
    c->file = r->file;
    c->line = r->line;
}

bool totals_mostly_unknown(const struct item *item)
{
    size_t n = item->n_full;

    if (item->n_unknown == 0)
        return false;
    /* Without [CLS] and [SEP]: in a text of two words they would be half of
     * it. */
    for (size_t i = 0; i < item->windows[0].n_tokens; i++)
        n -= item->special[item->windows[0].start + i];
    return item->n_unknown > n / 3;
}

void totals_add(struct stream_totals *t, const struct item *item)
{
    t->n_records++;
    t->n_tokens += item->n_tokens;
    t->n_unknown += item->n_unknown;
    t->n_invalid += item->n_invalid;
    if (item->truncated && t->truncated.n == 0)
        t->first_length = item->n_full;
    if (item->truncated)
        count(&t->truncated, &item->record);
    if (item->n_invalid > 0)
        count(&t->invalid, &item->record);
    if (item->record.missing_id != NULL && t->without_id.n == 0)
        t->missing_id = item->record.missing_id;
    if (item->record.missing_id != NULL)
        count(&t->without_id, &item->record);
    if (totals_mostly_unknown(item))
        count(&t->mostly_unknown, &item->record);
}

void totals_warn(const struct stream_totals *t)
{
    if (t->truncated.n > 0)
        message_warning("%zu text%s cut to the limit, the first at %s:%zu "
                        "(%zu tokens)",
                        t->truncated.n, t->truncated.n == 1 ? " was" : "s were",
                        t->truncated.file, t->truncated.line, t->first_length);
    if (t->invalid.n > 0)
        message_warning("%zu byte%s in %zu text%s %s not UTF-8 and not seen by "
                        "the model, the first at %s:%zu; for another encoding: "
                        "iconv -f LATIN1 -t UTF-8",
                        t->n_invalid, t->n_invalid == 1 ? "" : "s",
                        t->invalid.n, t->invalid.n == 1 ? "" : "s",
                        t->n_invalid == 1 ? "is" : "are", t->invalid.file,
                        t->invalid.line);
    if (t->mostly_unknown.n > 0)
        message_warning("%zu text%s more than a third unknown to the model "
                        "([UNK]), the first at %s:%zu",
                        t->mostly_unknown.n,
                        t->mostly_unknown.n == 1 ? " is" : "s are",
                        t->mostly_unknown.file, t->mostly_unknown.line);
    if (t->without_id.n > 0)
        message_warning("--id: %zu record%s no key '%s', the first at %s:%zu",
                        t->without_id.n,
                        t->without_id.n == 1 ? " has" : "s have", t->missing_id,
                        t->without_id.file, t->without_id.line);
}
