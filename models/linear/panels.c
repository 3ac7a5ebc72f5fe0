/*
 * panels.c - from tensors to panels: rows are widened into the cache and packed
 * from there, all at once or one panel when it is needed.
 */
#include "models/linear/panels.h"
#include "lib/kernels/pack.h"
#include "lib/status.h"
#include "models/files/tensor.h"

#include <string.h>

enum {
    LINE = 16, /* floats of a cache line */
    PIECE = 256,
    SPLIT_INPUTS = 768, /* of BERTH_SPLIT_ROWS rows: 1.3 MB in parts */
    SPLIT_TILE = 16     /* rows */
};

static size_t lines(size_t floats)
{
    return (floats + LINE - 1) / LINE * LINE;
}

/* Rows for which all inputs in parts stay in the cache. */
static size_t split_rows(const struct berth_linear *linear)
{
    const size_t all = (size_t)BERTH_SPLIT_ROWS * SPLIT_INPUTS;
    const size_t rows = all / linear->n_in / SPLIT_TILE * SPLIT_TILE;

    if (rows > BERTH_SPLIT_ROWS)
        return BERTH_SPLIT_ROWS;
    return rows > 0 ? rows : SPLIT_TILE;
}

/* With more rows, some inputs of many are better than all of few. A panel that
 * has to be made first is made once, and a gate's room has one result. */
struct berth_chunk berth_chunk_of(const struct berth_linear *linear,
                                  const struct berth_kernels *kernels, size_t m)
{
    const size_t n_in = linear->n_in, rows = split_rows(linear);

    if (!berth_splits(linear, kernels))
        return (struct berth_chunk){BERTH_CHUNK_ROWS, n_in};
    if (m > rows && n_in > SPLIT_INPUTS && linear->packed != NULL &&
        linear->gate == BERTH_GATE_NONE)
        return (struct berth_chunk){BERTH_SPLIT_ROWS, SPLIT_INPUTS};
    return (struct berth_chunk){rows, n_in};
}

/* Floats for the rows of a task in parts: of some inputs or of all. */
static size_t parts_size(const struct berth_linear *linear,
                         const struct berth_kernels *kernels)
{
    const enum berth_format format = linear->format;
    const size_t all =
        split_rows(linear) * berth_split_ld(kernels, format, linear->n_in);
    const size_t some =
        BERTH_SPLIT_ROWS * berth_split_ld(kernels, format, SPLIT_INPUTS);

    if (!berth_splits(linear, kernels))
        return 0;
    return linear->n_in > SPLIT_INPUTS && some > all ? some : all;
}

static size_t outputs_size(const struct berth_linear *linear,
                           const struct berth_kernels *kernels)
{
    return linear->gate != BERTH_GATE_NONE
               ? BERTH_CHUNK_ROWS * kernels->panel_width
               : BERTH_STRIP_ROWS * berth_strip_ld(kernels);
}

/* Scratch memory for a panel: rows of the file, the panel in floats, the panel
 * in its format, its scales and sums; outputs; with a gate, biases; rows of x
 * in parts. */
struct layout {
    size_t rows, floats, data, scales, sums, outputs, bias, parts, total;
};

static struct layout lay_out(const struct berth_linear *linear,
                             const struct berth_kernels *kernels)
{
    const size_t width = kernels->panel_width;
    const size_t panel = lines(width * (linear->n_in + BERTH_SPLIT_STEP));
    struct layout l = {0};

    l.floats = l.rows + panel;
    l.data = l.floats + panel;
    l.scales = l.data + panel;
    l.sums = l.scales + lines(width * berth_i8_groups(linear->n_in));
    l.outputs = l.sums + lines(width);
    l.bias = l.outputs + lines(outputs_size(linear, kernels));
    l.parts = l.bias + lines(width);
    l.total = l.parts + parts_size(linear, kernels);
    return l;
}

size_t berth_linear_room(const struct berth_linear *linear,
                         const struct berth_kernels *kernels)
{
    return lay_out(linear, kernels).total;
}

static size_t columns_of(const struct berth_linear *linear,
                         const struct berth_kernels *kernels, size_t p)
{
    const size_t left = linear->n_out - p * kernels->panel_width;

    return left < kernels->panel_width ? left : kernels->panel_width;
}

/* Which row of W is column i of the n that begin at first: with a gate these
 * are as many of one half as of the other. */
static size_t row_of(const struct berth_linear *linear, size_t first, size_t n,
                     size_t i)
{
    if (linear->gate == BERTH_GATE_NONE)
        return first + i;
    return first / 2 + (i < n / 2 ? i : linear->n_out / 2 + i - n / 2);
}

/* Where row n is: its place in its part, and the rows from there on in it. */
struct place {
    const struct berth_tensor *part;
    size_t at, left;
};

static struct place find_row(const struct berth_stack *s, size_t n)
{
    size_t i = 0;

    while (i + 1 < s->n_parts && n >= s->parts[i]->shape[0])
        n -= s->parts[i++]->shape[0];
    return (struct place){s->parts[i], n, s->parts[i]->shape[0] - n};
}

/* Where column i of the n that begin at first is, and the columns from there on
 * whose rows follow it in its part. */
static struct place find_rows(const struct berth_linear *linear, size_t first,
                              size_t n, size_t i)
{
    struct place place = find_row(&linear->source, row_of(linear, first, n, i));
    const size_t end = linear->gate != BERTH_GATE_NONE && i < n / 2 ? n / 2 : n;

    if (place.left > end - i)
        place.left = end - i;
    return place;
}

/* Rows first .. first + n - 1 where the file has them, when it has them as the
 * kernels want them: floats, aligned, in one tensor. Else NULL. */
static const float *rows_in_place(const struct berth_stack *s, size_t first,
                                  size_t n, size_t n_in)
{
    const struct place place = find_row(s, first);

    if (place.left < n)
        return NULL;
    return berth_tensor_in_place(place.part, s->precision, place.at * n_in);
}

/* Numbers of a row that its part has. */
static size_t own_inputs(const struct berth_linear *linear)
{
    const struct berth_tensor *beside = linear->source.beside;

    return linear->n_in - (beside != NULL ? beside->shape[0] : 0);
}

/* The inputs beside those of the parts, of n rows: a row of the tensor is an
 * input of all. */
static void read_beside(const struct berth_linear *linear,
                        const struct berth_kernels *kernels, size_t first,
                        size_t n, float *rows)
{
    const struct berth_tensor *beside = linear->source.beside;
    const size_t n_in = linear->n_in, own = own_inputs(linear);
    float some[PIECE];

    for (size_t k = own; k < n_in; k++) {
        for (size_t i = 0; i < n; i += PIECE) {
            const size_t left = n - i < PIECE ? n - i : PIECE;

            berth_tensor_read(beside, kernels, linear->source.precision,
                              (k - own) * linear->n_out + first + i, left,
                              some);
            for (size_t j = 0; j < left; j++)
                rows[(i + j) * n_in + k] = some[j];
        }
    }
}

static const float *get_rows(const struct berth_linear *linear,
                             const struct berth_kernels *kernels, size_t first,
                             size_t n, float *room)
{
    const struct berth_stack *stack = &linear->source;
    const size_t n_in = linear->n_in, own = own_inputs(linear);
    const float *there = own == n_in && linear->gate == BERTH_GATE_NONE
                             ? rows_in_place(stack, first, n, n_in)
                             : NULL;

    if (there != NULL)
        return there;
    for (size_t i = 0, rows; i < n; i += rows) {
        const struct place place = find_rows(linear, first, n, i);

        rows = own < n_in ? 1 : place.left;
        berth_tensor_read(place.part, kernels, stack->precision, place.at * own,
                          rows * own, room + i * n_in);
    }
    if (own < n_in)
        read_beside(linear, kernels, first, n, room);
    return room;
}

/* Whether the file has the layer in 8 bits. */
static bool has_i8(const struct berth_linear *linear)
{
    const struct berth_stack *s = &linear->source;
    bool all = linear->format == BERTH_FORMAT_I8 && s->beside == NULL;

    for (size_t i = 0; all && i < s->n_parts; i++)
        all = s->parts[i]->scales != NULL;
    return all;
}

/* A panel of such a layer. */
static void make_from_i8(const struct berth_linear *linear,
                         const struct berth_kernels *kernels, size_t first,
                         size_t n, size_t width,
                         const struct berth_panel_room *to)
{
    const size_t n_in = linear->n_in;
    const size_t of_row = berth_i8_groups(n_in) * sizeof(float);

    for (size_t at = 0; at < n;) {
        const struct place place = find_rows(linear, first, n, at);
        const struct berth_tensor *t = place.part;
        const struct berth_rows_i8 rows = {
            (const char *)t->data + place.at * n_in,
            (const char *)t->scales + place.at * of_row,
            (const char *)t->sums + place.at * sizeof(float), place.left};

        berth_pack_rows_i8(kernels, &rows, n_in, at, width, (void *)to->data,
                           to->scales, to->sums);
        at += rows.n;
    }
}

bool berth_panel_is_exact(const struct berth_linear *linear,
                          const struct berth_kernels *kernels, size_t p)
{
    const size_t end =
        p * kernels->panel_width + columns_of(linear, kernels, p);

    return kernels->i8_levels < BERTH_I8_LEVELS &&
           end > linear->n_out - linear->n_exact;
}

void berth_panel_make(const struct berth_linear *linear,
                      const struct berth_kernels *kernels, size_t p,
                      const struct berth_panel_room *to, float *room)
{
    const struct layout l = lay_out(linear, kernels);
    const size_t first = p * kernels->panel_width;
    const size_t n = columns_of(linear, kernels, p);
    const size_t width = berth_panel_width(kernels, linear->n_out, p);

    if (has_i8(linear)) {
        make_from_i8(linear, kernels, first, n, width, to);
    } else {
        const float *rows = get_rows(linear, kernels, first, n, room + l.rows);

        if (linear->format == BERTH_FORMAT_I8)
            berth_pack_panel_i8(kernels, rows, n, linear->n_in, width,
                                (void *)to->data, to->scales, to->sums);
        else
            berth_pack_panel(kernels, linear->format, rows, n, linear->n_in,
                             width, room + l.floats, to->data);
    }
    if (linear->format == BERTH_FORMAT_I8 && kernels->fit_i8 != NULL &&
        !berth_panel_is_exact(linear, kernels, p))
        kernels->fit_i8((void *)to->data, to->scales, to->sums, width,
                        linear->n_in);
}

struct berth_panel berth_panel_widen(const struct berth_linear *linear,
                                     const struct berth_kernels *kernels,
                                     const struct berth_panel *panel,
                                     size_t width, float *room)
{
    float *to = room + lay_out(linear, kernels).floats;

    kernels->widen_i8((const void *)panel->data, panel->scales, width,
                      linear->n_in, to);
    return (struct berth_panel){.data = (const char *)to};
}

/* Where panel p of the whole matrix is. */
static struct berth_panel packed_panel(const struct berth_linear *linear,
                                       const struct berth_kernels *kernels,
                                       size_t p)
{
    const size_t first = p * kernels->panel_width;
    const bool scaled = linear->scales != NULL;

    return (struct berth_panel){
        .data =
            linear->packed + berth_panel_offset(kernels, linear->format,
                                                linear->n_in, linear->n_out, p),
        .scales = scaled
                      ? linear->scales + first * berth_i8_groups(linear->n_in)
                      : NULL,
        .sums = scaled ? linear->sums + first : NULL,
    };
}

struct berth_panel berth_panel_get(const struct berth_linear *linear,
                                   const struct berth_kernels *kernels,
                                   size_t p, float *room)
{
    const struct layout l = lay_out(linear, kernels);
    const struct berth_panel_room to = {(char *)(room + l.data),
                                        room + l.scales, room + l.sums};

    if (linear->packed != NULL)
        return packed_panel(linear, kernels, p);
    berth_panel_make(linear, kernels, p, &to, room);
    return (struct berth_panel){to.data, to.scales, to.sums};
}

struct berth_gate_room berth_gate_room(const struct berth_linear *linear,
                                       const struct berth_kernels *kernels,
                                       size_t p, float *room)
{
    const struct layout l = lay_out(linear, kernels);
    const size_t first = p * kernels->panel_width;
    const size_t n = columns_of(linear, kernels, p);
    const struct berth_gate_room out = {
        room + l.outputs, linear->bias != NULL ? room + l.bias : NULL};

    for (size_t i = 0; out.bias != NULL && i < n; i++)
        out.bias[i] = linear->bias[row_of(linear, first, n, i)];
    return out;
}

float *berth_outputs_room(const struct berth_linear *linear,
                          const struct berth_kernels *kernels, float *room)
{
    return room + lay_out(linear, kernels).outputs;
}

float *berth_parts_room(const struct berth_linear *linear,
                        const struct berth_kernels *kernels, float *room)
{
    return berth_splits(linear, kernels) ? room + lay_out(linear, kernels).parts
                                         : NULL;
}

/* Rows first .. first + n - 1 are packed. They are not needed from the file any
 * more, and two copies of a large matrix would take too much memory. Word
 * embeddings that are tied to the decoder are taken from the packed copy as
 * well. */
static void release_rows(const struct berth_linear *linear, size_t first,
                         size_t n)
{
    const size_t end = first + n, own = own_inputs(linear);

    while (first < end) {
        const struct place place = find_row(&linear->source, first);
        const size_t left = place.left < end - first ? place.left : end - first;

        berth_tensor_release(place.part, place.at * own, left * own);
        first += left;
    }
}

void berth_linear_release(const struct berth_linear *linear)
{
    release_rows(linear, 0, linear->n_out);
}

/* out (n) = a column of 16-bit numbers, width apart, as kernels widen them;
 * where inputs are in pairs, some follow each other. */
static void widen_column(void (*widen)(const void *, float *, size_t),
                         const uint16_t *x, size_t width, size_t pair, size_t n,
                         float *out)
{
    uint16_t piece[PIECE];

    for (size_t i = 0; i < n; i += PIECE) {
        const size_t left = n - i < PIECE ? n - i : PIECE;
        for (size_t k = 0; k < left; k++)
            piece[k] = x[(i + k) / pair * pair * width + k % pair];
        widen(piece, out + i, left);
    }
}

void berth_linear_row(const struct berth_linear *linear,
                      const struct berth_kernels *kernels, size_t row, size_t n,
                      float *out)
{
    const size_t p = row / kernels->panel_width;
    const size_t at = row % kernels->panel_width;
    const size_t width = berth_panel_width(kernels, linear->n_out, p);
    const size_t pair = berth_has_pairs(kernels, linear->format) ? 2 : 1;
    const void *panel = packed_panel(linear, kernels, p).data;

    if (linear->format == BERTH_FORMAT_F16)
        widen_column(kernels->widen_f16, (const uint16_t *)panel + at, width, 1,
                     n, out);
    else if (linear->format == BERTH_FORMAT_BF16)
        widen_column(kernels->widen_bf16, (const uint16_t *)panel + at * pair,
                     width, pair, n, out);
    else
        for (size_t k = 0; k < n; k++)
            out[k] = ((const float *)panel)[k * width + at];
}

struct job {
    const struct berth_linear *linear;
    const struct berth_kernels *kernels;
    struct berth_panel_room to;
    float *room;
    size_t room_size;
};

static void pack_task(void *arg, size_t p, size_t thread)
{
    const struct job *j = arg;
    const struct berth_linear *w = j->linear;
    const size_t first = p * j->kernels->panel_width;
    const size_t n = columns_of(w, j->kernels, p);
    struct berth_panel_room to = j->to;

    to.data += berth_panel_offset(j->kernels, w->format, w->n_in, w->n_out, p);
    if (w->format == BERTH_FORMAT_I8) {
        to.scales += first * berth_i8_groups(w->n_in);
        to.sums += first;
    }
    berth_panel_make(w, j->kernels, p, &to, j->room + thread * j->room_size);
    if (w->gate == BERTH_GATE_NONE) {
        release_rows(w, first, n);
    } else {
        release_rows(w, row_of(w, first, n, 0), n / 2);
        release_rows(w, row_of(w, first, n, n / 2), n / 2);
    }
}

static size_t packed_bytes(const struct berth_linear *linear,
                           const struct berth_kernels *kernels)
{
    return berth_panel_offset(kernels, linear->format, linear->n_in,
                              linear->n_out,
                              berth_panels(kernels, linear->n_out));
}

static size_t packed_size(const struct berth_linear *linear,
                          const struct berth_kernels *kernels)
{
    const size_t columns = berth_padded_columns(kernels, linear->n_out);
    size_t size = berth_arena_piece(packed_bytes(linear, kernels), 1);

    if (linear->format == BERTH_FORMAT_I8)
        size += berth_arena_piece(columns * berth_i8_groups(linear->n_in),
                                  sizeof(float)) +
                berth_arena_piece(columns, sizeof(float));
    return size;
}

static void pack(struct berth_linear *linear,
                 const struct berth_kernels *kernels, struct berth_pool *pool,
                 struct berth_arena *arena, float *room, size_t room_size)
{
    const size_t columns = berth_padded_columns(kernels, linear->n_out);
    struct job j = {.linear = linear,
                    .kernels = kernels,
                    .room = room,
                    .room_size = room_size};

    j.to.data = berth_arena_take(arena, packed_bytes(linear, kernels), 1);
    if (linear->format == BERTH_FORMAT_I8) {
        j.to.scales = berth_arena_take(
            arena, columns * berth_i8_groups(linear->n_in), sizeof(float));
        j.to.sums = berth_arena_take(arena, columns, sizeof(float));
    }
    berth_pool_run(pool, pack_task, &j, berth_panels(kernels, linear->n_out));
    /* The pages, too, that two panels share. */
    berth_linear_release(linear);
    linear->packed = j.to.data;
    linear->scales = j.to.scales;
    linear->sums = j.to.sums;
}

size_t berth_linears_room(struct berth_linear *const *list, size_t n,
                          const struct berth_kernels *kernels)
{
    size_t most = 0;

    for (size_t i = 0; i < n; i++) {
        const size_t room = berth_linear_room(list[i], kernels);
        if (room > most)
            most = room;
    }
    return most;
}

enum berth_status berth_linears_pack(struct berth_linear *const *list, size_t n,
                                     const struct berth_kernels *kernels,
                                     struct berth_pool *pool,
                                     struct berth_arena *arena,
                                     struct berth_error *err)
{
    const size_t room_size = berth_linears_room(list, n, kernels);
    struct berth_arena room = {0};
    size_t bytes = 0, floats;

    for (size_t i = 0; i < n; i++)
        bytes += packed_size(list[i], kernels);
    if (!berth_mul(berth_pool_size(pool), room_size, &floats))
        return berth_fail(err, BERTH_ERR_MEMORY, "out of memory");
    enum berth_status status = berth_arena_reserve(
        &room, berth_arena_piece(floats, sizeof(float)), err);
    if (status == BERTH_OK)
        status = berth_arena_reserve(arena, bytes, err);
    if (status == BERTH_OK) {
        float *scratch = berth_arena_take(&room, floats, sizeof(float));
        for (size_t i = 0; i < n; i++)
            pack(list[i], kernels, pool, arena, scratch, room_size);
    }
    berth_arena_free(&room);
    return status;
}
