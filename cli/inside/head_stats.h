/*
 * head_stats.h - what heads do on average, summed up text by text (Clark et al.
 * 2019, arXiv:1906.04341, sections 3 and 6). Sums are in double, in the order
 * of the texts.
 */
#ifndef CLI_INSIDE_HEAD_STATS_H
#define CLI_INSIDE_HEAD_STATS_H

#include <stdbool.h>
#include <stddef.h>

/* What a key may be. */
enum head_share {
    SHARE_CLS,
    SHARE_SEP,
    SHARE_SELF,
    SHARE_PREVIOUS,
    SHARE_NEXT,
    SHARE_PUNCTUATION,
    N_SHARES
};

enum {
    HEAD_MEANS = 2 + N_SHARES /* entropy, distance, and the shares */
};

/* Sums over queries; divided by their number they are means. */
struct head_sums {
    double entropy;          /* in nats */
    double distance;         /* |query - key| in tokens, weighted */
    double shares[N_SHARES]; /* weight on such keys */
};

struct head_stats {
    size_t n_heads; /* of all layers */
    size_t n_queries;
    struct head_sums *heads; /* (n_heads) owned */
    double *distances; /* (n_heads, n_heads) owned; sums of the Jensen-Shannon
                          divergence where row < column; NULL: not asked for */
    double *entropies; /* (n_heads) of one query */
};

/* head_stats_init - false when memory is out; free in any case. */
bool head_stats_init(struct head_stats *s, size_t n_heads, bool distances);

/*
 * head_stats_add - one more text.
 *
 *   weights  (n_heads, n, n)
 *   kinds    (n) bits 1 << SHARE_CLS, SHARE_SEP, SHARE_PUNCTUATION of each
 *            token
 */
void head_stats_add(struct head_stats *s, const float *weights, size_t n,
                    const unsigned char *kinds);

/* head_stats_copy - the sums of another one of the same kind. */
void head_stats_copy(struct head_stats *to, const struct head_stats *from);

/* head_stats_mean - number k of HEAD_MEANS, over the queries that there were.
 */
double head_stats_mean(const struct head_stats *s, size_t head, size_t k);

/* head_stats_distance - the mean divergence of two heads. */
double head_stats_distance(const struct head_stats *s, size_t a, size_t b);

void head_stats_free(struct head_stats *s);

#endif
