/*
 * test_invariance.c - the promise: a text gives the same bits whatever batch it
 * is in, next to whatever, with any number of threads, padded or not; and a
 * forward pass allocates nothing.
 */
#include "lib/berth.h"
#include "tests/modernbert.h"
#include "tests/tap.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
    TEXTS = 40,
    LONGEST = 44
};

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) &&         \
    !defined(__clang__)
#define COUNTED 1

static _Atomic size_t allocations;

/* A program's own malloc wins over the C library's, which is still there under
 * these names. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t size);

void *malloc(size_t size)
{
    atomic_fetch_add(&allocations, 1);
    return __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    atomic_fetch_add(&allocations, 1);
    return __libc_calloc(n, size);
}

void *realloc(void *p, size_t size)
{
    atomic_fetch_add(&allocations, 1);
    return __libc_realloc(p, size);
}
#endif

/* Sanitizers slow the scalar kernels forty times over. */
#ifdef COUNTED
enum {
    ROUNDS = 30,
    PADDED = TEXTS
};
#else
enum {
    ROUNDS = 4,
    PADDED = 5
};
#endif

struct texts {
    int32_t ids[TEXTS][LONGEST];
    int32_t types[TEXTS][LONGEST];
    struct berth_sequence sequences[TEXTS];
    size_t hidden_size;
    float *alone[TEXTS]; /* hidden states of each text by itself */
    float *vectors;      /* (TEXTS, size) */
    size_t size;
};

static uint32_t seed = 20181011;

static uint32_t rng(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed;
}

static void make_texts(struct texts *t, size_t vocab_size)
{
    for (size_t i = 0; i < TEXTS; i++) {
        const size_t n = 1 + rng() % LONGEST;
        for (size_t j = 0; j < n; j++) {
            t->ids[i][j] = (int32_t)(rng() % vocab_size);
            t->types[i][j] = j > n / 2;
        }
        t->sequences[i] = (struct berth_sequence){
            .ids = t->ids[i], .type_ids = t->types[i], .n_tokens = n};
    }
}

static void run_alone(struct berth_context *ctx, struct texts *t)
{
    for (size_t i = 0; i < TEXTS; i++) {
        const size_t n = t->sequences[i].n_tokens * t->hidden_size;
        t->alone[i] = malloc(n * sizeof(float));
        berth_forward(ctx, &t->sequences[i], 1, BERTH_LAST_LAYER, NULL);
        memcpy(t->alone[i], berth_hidden(ctx, 0), n * sizeof(float));
        berth_embed(ctx, NULL, t->vectors + i * t->size, NULL);
    }
}

/* Whether texts order[0 .. n) give the bits that each gave alone. */
static bool same_in_batch(struct berth_context *ctx, const struct texts *t,
                          const size_t *order, size_t n)
{
    struct berth_sequence batch[TEXTS];
    float *vectors = malloc(n * t->size * sizeof(float));
    bool same = true;

    for (size_t i = 0; i < n; i++)
        batch[i] = t->sequences[order[i]];
    same = berth_forward(ctx, batch, n, BERTH_LAST_LAYER, NULL) == BERTH_OK &&
           berth_embed(ctx, NULL, vectors, NULL) == BERTH_OK;
    for (size_t i = 0; i < n; i++) {
        const size_t size = batch[i].n_tokens * t->hidden_size * sizeof(float);
        same = same &&
               memcmp(berth_hidden(ctx, i), t->alone[order[i]], size) == 0 &&
               memcmp(vectors + i * t->size, t->vectors + order[i] * t->size,
                      t->size * sizeof(float)) == 0;
    }
    free(vectors);
    return same;
}

static bool any_batches(struct berth_context *ctx, const struct texts *t)
{
    bool same = true;

    for (size_t round = 0; round < ROUNDS; round++) {
        size_t order[TEXTS];
        const size_t n = 1 + rng() % TEXTS;
        for (size_t i = 0; i < n; i++)
            order[i] = rng() % TEXTS;
        same = same_in_batch(ctx, t, order, n) && same;
    }
    return same;
}

/* Real tokens keep their bits when padding follows; padded keys have weight 0
 * and the lowest score. */
static bool padding_changes_nothing(struct berth_context *ctx,
                                    const struct texts *t, size_t i)
{
    const size_t n = t->sequences[i].n_tokens;
    const size_t layer = 1, head = 1;
    struct berth_sequence s = t->sequences[i];
    struct berth_attention_request request = {BERTH_ATTENTION_WEIGHTS, &layer,
                                              1, &head, 1};
    float plain[LONGEST * LONGEST], padded[LONGEST * LONGEST];
    int32_t ids[LONGEST] = {0};
    bool same = berth_attend(ctx, &s, &request, plain, NULL) == BERTH_OK;

    memcpy(ids, s.ids, n * sizeof(*ids));
    s.ids = ids;
    s.type_ids = t->types[i];
    s.n_real = n;
    s.n_tokens = LONGEST;
    same = same && berth_attend(ctx, &s, &request, padded, NULL) == BERTH_OK;
    for (size_t q = 0; same && q < LONGEST; q++) {
        const float *row = padded + q * LONGEST;
        if (q < n)
            same = memcmp(row, plain + q * n, n * sizeof(float)) == 0;
        for (size_t k = n; k < LONGEST; k++)
            same = same && row[k] == 0.0f;
    }
    request.part = BERTH_ATTENTION_SCORES;
    same = same && berth_attend(ctx, &s, &request, padded, NULL) == BERTH_OK;
    for (size_t q = 0; same && q < LONGEST; q++) {
        for (size_t k = n; k < LONGEST; k++)
            same = same && padded[q * LONGEST + k] < -1e38f;
    }
    return same &&
           berth_forward(ctx, &s, 1, BERTH_LAST_LAYER, NULL) == BERTH_OK &&
           memcmp(berth_hidden(ctx, 0), t->alone[i],
                  n * t->hidden_size * sizeof(float)) == 0;
}

static void check_allocations(struct berth_context *ctx, const struct texts *t)
{
#ifdef COUNTED
    const size_t before = atomic_load(&allocations);
    for (size_t i = 0; i < TEXTS; i++) {
        berth_forward(ctx, &t->sequences[i], 1, BERTH_LAST_LAYER, NULL);
        berth_embed(ctx, NULL, t->vectors + i * t->size, NULL);
    }
    CHECK(atomic_load(&allocations) == before && before > 0,
          "a forward pass and its vectors allocate nothing");
#else
    (void)ctx, (void)t;
    SKIP("allocations are not counted under sanitizers or clang");
#endif
}

/* The first thread count runs on weights as the file has them, the others on
 * packed ones. */
static void check_level(const char *folder, enum berth_head_kind head,
                        const char *cpu, enum berth_precision precision)
{
    const struct berth_model_options o = {
        .cpu = cpu, .precision = precision, .head = head};
    static struct texts t;
    struct berth_model *model;
    struct berth_error err = {0};

    if (!CHECK(berth_model_open(folder, &o, &model, &err) == BERTH_OK,
               "%s: open %s", cpu, err.message))
        return;
    t.hidden_size = berth_model_get_facts(model)->hidden_size;
    t.size = berth_embed_size(model, NULL);
    t.vectors = malloc(TEXTS * t.size * sizeof(float));
    for (size_t threads = 1; threads <= 3; threads++) {
        struct berth_context *ctx;
        if (threads == 2)
            CHECK(berth_model_pack(model, 2, NULL) == BERTH_OK, "%s: pack",
                  cpu);
        berth_context_new(model, threads, 256, &ctx, NULL);
        if (threads == 1) {
            make_texts(&t, berth_model_get_facts(model)->vocab_size);
            run_alone(ctx, &t);
            check_allocations(ctx, &t);
        }
        CHECK(any_batches(ctx, &t), "%s: same bits in any batch, %zu threads",
              cpu, threads);
        bool same = true;
        for (size_t i = 0; i < PADDED; i++)
            same = padding_changes_nothing(ctx, &t, i) && same;
        CHECK(same, "%s: padding changes nothing, %zu threads", cpu, threads);
        berth_context_free(ctx);
    }
    for (size_t i = 0; i < TEXTS; i++)
        free(t.alone[i]);
    free(t.vectors);
    berth_model_close(model);
}

/* In layer 1 a query reaches 6 tokens to each side. Where none is left, it has
 * neither weights nor context, and nothing is divided by their sum. */
static void check_reach(const char *folder, size_t n_real, size_t n_ignored)
{
    enum {
        N = 40,
        REACH = 6
    };
    const size_t layer = 1, head = 1;
    const struct berth_attention_request request = {BERTH_ATTENTION_WEIGHTS,
                                                    &layer, 1, &head, 1};
    static float weights[N * N];
    int32_t ids[N] = {5};
    bool ignored[N] = {false}, ok = true;
    const struct berth_sequence s = {
        .ids = ids, .n_tokens = N, .n_real = n_real, .ignored = ignored};
    struct berth_model *model = NULL;
    struct berth_context *ctx = NULL;

    for (size_t i = 0; i < n_ignored; i++)
        ignored[i] = true;
    ok = berth_model_open(folder, NULL, &model, NULL) == BERTH_OK &&
         berth_context_new(model, 2, N, &ctx, NULL) == BERTH_OK &&
         berth_attend(ctx, &s, &request, weights, NULL) == BERTH_OK;
    for (size_t q = 0; ok && q < N; q++) {
        double sum = 0.0;
        size_t left = 0;

        for (size_t k = 0; k < N; k++) {
            const bool seen = k >= n_ignored && k < n_real && k + REACH >= q &&
                              k <= q + REACH;
            left += seen;
            sum += (double)weights[q * N + k];
            ok = ok && (weights[q * N + k] > 0.0f) == seen;
        }
        ok = ok && tap_near(sum, left > 0 ? 1.0 : 0.0, 1e-5);
    }
    CHECK(ok, "weights within reach, of %zu real keys from %zu on", n_real,
          n_ignored);
    ok = ok && berth_forward(ctx, &s, 1, BERTH_LAST_LAYER, NULL) == BERTH_OK;
    for (size_t i = 0; ok && i < (size_t)N * MODERNBERT_C; i++)
        ok = isfinite(berth_hidden(ctx, 0)[i]);
    CHECK(ok, "and states are numbers");
    berth_context_free(ctx);
    berth_model_close(model);
}

int main(void)
{
    static const char *const levels[] = {"scalar",   "vector", "avx2",
                                         "avx2vnni", "avx512", "avx512vnni",
                                         "amx",      "dotprod"};

    static const enum berth_precision precisions[] = {
        BERTH_PRECISION_STORED, BERTH_PRECISION_F16, BERTH_PRECISION_BF16,
        BERTH_PRECISION_I8};
    struct tensors modern;

    CHECK(modernbert_make(&modern, 12), "a small ModernBERT is written");
    for (size_t i = 0; i < sizeof(levels) / sizeof(*levels); i++) {
        for (size_t k = 0; k < sizeof(precisions) / sizeof(*precisions); k++) {
            printf("# precision %d, with the head: packed, tokens are read "
                   "from its decoder\n",
                   (int)precisions[k]);
            check_level("tests/data/bert-uncased", BERTH_HEAD_MASKED_LM,
                        levels[i], precisions[k]);
            printf("# with a Dense after the pooling\n");
            check_level("tests/data/st-mean-dense-norm", BERTH_HEAD_NONE,
                        levels[i], precisions[k]);
            printf("# with distances, and a convolution\n");
            check_level("tests/data/deberta", BERTH_HEAD_MASKED_LM, levels[i],
                        precisions[k]);
            printf("# with bottlenecks, and trigrams\n");
            check_level("tests/data/mobilebert", BERTH_HEAD_MASKED_LM,
                        levels[i], precisions[k]);
            printf("# rotated, near and far\n");
            check_level(modern.folder.path, BERTH_HEAD_MASKED_LM, levels[i],
                        precisions[k]);
        }
    }
    check_reach(modern.folder.path, 40, 0);
    check_reach(modern.folder.path, 40, 20);
    check_reach(modern.folder.path, 3, 0);
    check_reach(modern.folder.path, 30, 10);
    tensors_close(&modern);
    return tap_done();
}
