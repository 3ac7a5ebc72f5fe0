/*
 * encoder.h - the Transformer encoder, step by step.
 */
#ifndef MODELS_ENCODER_ENCODER_H
#define MODELS_ENCODER_ENCODER_H

#include "models/encoder/attention.h"
#include "models/model.h"

/*
 * berth_context_reserve - room for a batch of n_tokens whose longest sequence
 * has longest tokens. Allocates only when the room there is is too small.
 * Errors: BERTH_ERR_MEMORY; ctx then has no room at all.
 */
enum berth_status berth_context_reserve(struct berth_context *ctx,
                                        size_t n_tokens, size_t longest,
                                        struct berth_error *err);

enum berth_status berth_context_reserve_sequences(struct berth_context *ctx,
                                                  size_t n,
                                                  struct berth_error *err);

/*
 * berth_context_part - sequences first .. first + n - 1 of a batch, and their
 * rows, as a batch of their own that runs on one thread of ctx's pool.
 *
 *   thread  whose scratch memory it uses
 *
 * Owns nothing; lives as long as ctx and the batch.
 */
struct berth_context berth_context_part(const struct berth_context *ctx,
                                        size_t first, size_t n, size_t thread);

/*
 * berth_embeddings - hidden = LayerNorm(word + type + position).
 *
 *   sequences  (ctx->n_sequences) as laid out in ctx->sequences; ids and types
 *              were checked
 */
void berth_embeddings(struct berth_context *ctx,
                      const struct berth_sequence *sequences);

/* berth_add_norm - hidden = LayerNorm(hidden + projected), for every token. */
void berth_add_norm(struct berth_context *ctx, const struct berth_norm *norm);

/* berth_feed_forward - projected = W2 f(W1 hidden + b1) + b2. */
void berth_feed_forward(struct berth_context *ctx,
                        const struct berth_layer *layer);

/*
 * berth_encoder_layers - layers first .. end - 1 over the batch in ctx->hidden.
 *
 *   tap  keeps attention of one layer; NULL: none
 */
void berth_encoder_layers(struct berth_context *ctx, size_t first, size_t end,
                          const struct berth_attention_tap *tap);

/*
 * berth_tap_rows - keeps rows x (N, width), ldx floats between rows, where the
 * tap wants this part; tap may be NULL.
 */
void berth_tap_rows(const struct berth_context *ctx,
                    const struct berth_attention_tap *tap,
                    enum berth_attention_part part, const float *x, size_t ldx);

/*
 * berth_tap_norms - where the tap wants norms, multiplies the weights in it by
 * |f(x)| of their keys. Reads V in ctx->wide; overwrites ctx->attended and
 * ctx->projected.
 */
void berth_tap_norms(struct berth_context *ctx, const struct berth_layer *layer,
                     const struct berth_attention_tap *tap);

/* berth_encoder_start - lays a batch out and embeds it: hidden state 0.
 * Errors: those of berth_forward(). */
enum berth_status berth_encoder_start(struct berth_context *ctx,
                                      const struct berth_sequence *sequences,
                                      size_t n, struct berth_error *err);

#endif
