/*
 * positions.c - rotations and what is added for a distance: tables that grow
 * with the longest text.
 */
#include "models/encoder/positions.h"

#include <math.h>

/* By how much pair j is turned from one position to the next. float32, as the
 * reference has it, and so are angles: in double those of far positions are
 * others. */
static float speed_of(const struct berth_rotation *rope, size_t D, size_t j)
{
    const double power = (double)((float)(2 * j) / (float)D);

    return 1.0f / (float)pow(rope->theta, power) / (float)rope->slower;
}

/* Row t: cosines, then sines, of each pair. */
static void fill_rotations(const struct berth_context *ctx,
                           const struct berth_rotation *rope, size_t n,
                           float *out)
{
    const size_t D = ctx->model->config.head_size;

    for (size_t j = 0; j < D / 2; j++) {
        const float speed = speed_of(rope, D, j);

        for (size_t t = ctx->n_positions; t < n; t++) {
            float *row = out + t * D;
            row[j] = cosf((float)t * speed);
            row[D / 2 + j] = sinf((float)t * speed);
        }
    }
}

/* Which of 32 buckets a distance is in: 16 are for keys after the query, half
 * of each side for one distance alone, the rest for more and more of them, up
 * to 128. MPNetEncoder.relative_position_bucket of transformers. */
static size_t bucket_of(size_t distance, bool after)
{
    enum {
        HALF = BERTH_DISTANCE_N_BUCKETS / 2,
        EXACT = HALF / 2
    };
    const double far = log((double)distance / EXACT) / log(128.0 / EXACT);
    size_t bucket = distance;

    if (distance >= EXACT)
        bucket = EXACT + (size_t)(far * (HALF - EXACT));
    if (bucket >= HALF)
        bucket = HALF - 1;
    return bucket + (after ? HALF : 0);
}

static float of_bucket(const struct berth_model *model, size_t head,
                       size_t distance, bool after)
{
    return model->weights.distance_buckets
        [bucket_of(distance, after) * model->config.num_attention_heads + head];
}

/* Where the heads are a power of two, 2^(-8 / H) to the powers 1, 2, ... ; else
 * those of the power of two below, and then every other one of the next. */
static float of_slope(const struct berth_model *model, size_t head,
                      size_t distance, bool after)
{
    const size_t H = model->config.num_attention_heads;
    size_t n = 1;

    (void)after;
    while (2 * n <= H)
        n *= 2;
    const double power = head < n
                             ? (double)(head + 1) / (double)n
                             : (double)(2 * (head - n) + 1) / (double)n / 2;
    return -(float)exp2(-8.0 * power) * (float)distance;
}

/* What a head adds for a key so far before or after its query. */
static float of_distance(const struct berth_model *model, size_t head,
                         size_t distance, bool after)
{
    static float (*const kinds[])(const struct berth_model *, size_t, size_t,
                                  bool) = {
        [BERTH_DISTANCE_BUCKETS] = of_bucket,
        [BERTH_DISTANCE_SLOPES] = of_slope,
    };

    return kinds[model->config.family->distance](model, head, distance, after);
}

/* From the middle of each head's row to both sides. */
static void fill_distances(const struct berth_context *ctx, size_t n)
{
    const size_t T = ctx->max_sequence;

    for (size_t h = 0; h < ctx->model->config.num_attention_heads; h++) {
        float *middle = ctx->distances + h * (2 * T - 1) + T - 1;
        for (size_t i = ctx->n_positions; i < n; i++) {
            middle[i] = of_distance(ctx->model, h, i, i > 0);
            *(middle - i) = of_distance(ctx->model, h, i, false);
        }
    }
}

void berth_positions_fill(struct berth_context *ctx, size_t n)
{
    const struct berth_config *config = &ctx->model->config;

    if (ctx->rotations[0] != NULL)
        fill_rotations(ctx, &config->rope, n, ctx->rotations[0]);
    if (ctx->rotations[1] != NULL)
        fill_rotations(ctx, &config->local_rope, n, ctx->rotations[1]);
    if (ctx->distances != NULL)
        fill_distances(ctx, n);
    if (ctx->n_positions < n)
        ctx->n_positions = n;
}

struct job {
    const struct berth_context *ctx;
    const float *rotations; /* of the layer */
};

static void rotate_sequence(void *arg, size_t task, size_t thread)
{
    const struct job *job = arg;
    const struct berth_context *ctx = job->ctx;
    const struct berth_config *config = &ctx->model->config;
    const struct berth_kernels *kernels = &ctx->model->kernels;
    const struct berth_sequence_rows *sequence = &ctx->sequences[task];
    const size_t D = config->head_size;
    const size_t n = config->num_attention_heads + config->num_key_value_heads;
    float *row = ctx->wide + (sequence->start - ctx->first_row) * ctx->wide_ld;

    (void)thread;
    for (size_t t = 0; t < sequence->n_tokens; t++, row += ctx->wide_ld) {
        for (size_t h = 0; h < n; h++)
            kernels->rotate(row + h * D, job->rotations + t * D, D / 2);
    }
}

void berth_positions_rotate(struct berth_context *ctx, size_t layer)
{
    const bool local = berth_config_is_local(&ctx->model->config, layer);
    struct job job = {ctx, ctx->rotations[local ? 1 : 0]};

    if (job.rotations != NULL)
        berth_pool_run(ctx->pool, rotate_sequence, &job, ctx->n_sequences);
}

const float *berth_positions_distances(const struct berth_context *ctx,
                                       size_t head)
{
    const size_t T = ctx->max_sequence;

    return ctx->distances == NULL ? NULL
                                  : ctx->distances + head * (2 * T - 1) + T - 1;
}

/* The mean over pairs of the cosine of what they are turned by. */
static float of_rotation(const struct berth_rotation *rope, size_t D,
                         size_t distance)
{
    double sum = 0.0;

    for (size_t j = 0; j < D / 2; j++)
        sum += cos((double)((float)distance * speed_of(rope, D, j)));
    return (float)(sum / (double)(D / 2));
}

void berth_model_read_distances(const struct berth_model *model, size_t layer,
                                size_t head, size_t n, float *out)
{
    const struct berth_config *c = &model->config;
    const struct berth_rotation *rope =
        berth_config_is_local(c, layer) ? &c->local_rope : &c->rope;
    const bool turned = model->facts.distances == BERTH_DISTANCES_TURNED;

    for (size_t i = 0; i < n; i++) {
        out[n - 1 + i] = turned ? of_rotation(rope, c->head_size, i)
                                : of_distance(model, head, i, i > 0);
        out[n - 1 - i] =
            turned ? out[n - 1 + i] : of_distance(model, head, i, false);
    }
}
