/*
 * linear.c - a matrix product as tasks: one panel of the weights, one chunk of
 * the rows.
 */
#include "models/linear/linear.h"
#include "lib/kernels/pack.h"
#include "models/linear/panels.h"

#include <string.h>

enum {
    /* 8 bits: from and up to how many rows the next panel is fetched ahead. */
    AHEAD_ROWS = 6,
    AHEAD_ROWS_MAX = 64,
    QUANTIZE_ROWS = 16,
    STRIP_BYTES = 3 << 20,
    TASKS = 8 /* of a thread, at least, where panels share rows in parts */
};

struct job {
    const struct berth_linear *linear;
    const struct berth_linear_tools *tools;
    const struct berth_kernels *kernels;
    const float *x;
    float *y;
    size_t ldx, ldy, m, n_panels;
    struct berth_chunk chunk;
    size_t group; /* panels of a task, where these have equally many */
    size_t n_groups;
    bool strips; /* results of some panels go to y together */
    enum berth_function f;
};

/* One product: rows row .. row + m - 1, columns first .. first + n - 1, inputs
 * k .. k + n_k - 1, of which parts has the rows where they are split. */
struct block {
    size_t panel, next; /* that of this thread, probably */
    size_t row, m, first, n, width, k, n_k;
    const float *parts;
    const float *bias; /* (n), or NULL */
    float *y;
    size_t ldy;
};

struct bytes {
    const char *data;
    size_t size;
};

/* The product with panel p, of the rows and inputs of another. */
static struct block block_of(const struct job *j, const struct block *like,
                             size_t p, float *room)
{
    const struct berth_linear *w = j->linear;
    const size_t width = j->kernels->panel_width;
    const size_t left = w->n_out - p * width;
    struct block b = *like;

    b.panel = p;
    b.first = p * width;
    b.n = left < width ? left : width;
    b.width = berth_panel_width(j->kernels, w->n_out, p);
    b.bias = w->bias != NULL ? w->bias + p * width : NULL;
    b.y = j->y + b.row * j->ldy + p * width;
    b.ldy = j->ldy;
    if (w->gate != BERTH_GATE_NONE) {
        const struct berth_gate_room to =
            berth_gate_room(w, j->kernels, p, room);
        b.bias = to.bias;
        b.y = to.y;
        b.ldy = width;
    }
    return b;
}

/* The panel that this thread will probably take next. */
static struct bytes next_panel(const struct job *j, const struct block *b)
{
    const struct berth_linear *w = j->linear;
    const size_t p = b->next;

    if (w->packed == NULL || p >= j->n_panels)
        return (struct bytes){0};
    const size_t at =
        berth_panel_offset(j->kernels, w->format, w->n_in, w->n_out, p);
    return (struct bytes){
        w->packed + at,
        berth_panel_offset(j->kernels, w->format, w->n_in, w->n_out, p + 1) -
            at};
}

/* Sums of some inputs wait in y for those of the next. The bias comes last,
 * with rows that are rounded first. */
static void multiply_split(const struct job *j, const struct block *b,
                           const struct berth_panel *panel)
{
    const struct berth_linear *w = j->linear;
    const size_t at =
        berth_panel_offset(j->kernels, w->format, b->k, b->width, 1);
    const bool first = b->k == 0, last = b->k + b->n_k == w->n_in;
    const struct bytes next = next_panel(j, b);

    j->kernels->gemm_split[w->format](&(struct berth_gemm){
        .a = b->parts,
        .lda = berth_split_ld(j->kernels, w->format, j->chunk.inputs),
        .panel = panel->data + at,
        .width = b->width,
        .c = b->y,
        .ldc = b->ldy,
        .m = b->m,
        .n = b->n,
        .k = b->n_k,
        .scale = 1.0f,
        .bias = (berth_has_pairs(j->kernels, w->format) ? first : last)
                    ? b->bias
                    : NULL,
        .ahead = w->packed != NULL ? j->kernels->fetch_ahead : 0,
        .next = next.data,
        .next_size = next.size,
        .more = !first,
    });
}

static void multiply_floats(const struct job *j, const struct block *b,
                            const struct berth_panel *panel,
                            enum berth_format format)
{
    const struct berth_linear *w = j->linear;
    const struct bytes next = next_panel(j, b);

    j->kernels->gemm[format](&(struct berth_gemm){
        .a = j->x + b->row * j->ldx,
        .lda = j->ldx,
        .panel = panel->data,
        .width = b->width,
        .c = b->y,
        .ldc = b->ldy,
        .m = b->m,
        .n = b->n,
        .k = w->n_in,
        .scale = 1.0f,
        .bias = b->bias,
        .ahead = w->packed != NULL ? j->kernels->fetch_ahead : 0,
        .next = next.data,
        .next_size = next.size,
    });
}

/* The next panel, where rows are too few to wait for it, and enough for memory
 * to have time for more, or where that is always best. */
static struct bytes panel_ahead(const struct job *j, const struct block *b)
{
    if (j->kernels->fetch_ahead == 0 &&
        (j->m < AHEAD_ROWS || j->m > AHEAD_ROWS_MAX))
        return (struct bytes){0};
    return next_panel(j, b);
}

static void multiply_i8(const struct job *j, const struct block *b,
                        const struct berth_panel *panel)
{
    const struct berth_linear *w = j->linear;
    const struct berth_quantized *x = &j->tools->quantized;
    const struct bytes next = panel_ahead(j, b);

    j->kernels->gemm_i8(&(struct berth_gemm_i8){
        .a = x->q + b->row * x->ld,
        .lda = x->ld,
        .a_scale = x->scale + b->row,
        .a_min = x->min + b->row,
        .outliers = x->outliers + b->row * x->max_outliers,
        .n_outliers = x->n_outliers + b->row,
        .max_outliers = x->max_outliers,
        .panel = (const void *)panel->data,
        .scales = panel->scales,
        .sums = panel->sums,
        .width = b->width,
        .c = b->y,
        .ldc = b->ldy,
        .m = b->m,
        .n = b->n,
        .k = w->n_in,
        .bias = b->bias,
        .next = next.data,
        .next_size = next.size,
    });
}

/*
 * The halves of the block's columns, multiplied into y. All rows go through f
 * first: where a kernel ends a row with a masked store, a CPU cannot hand it to
 * the next load, which would wait until it is in the cache.
 */
static void gate(const struct job *j, const struct block *b)
{
    const size_t half = b->n / 2;
    float *opened = b->y + (j->linear->gate == BERTH_GATE_LAST ? half : 0);

    for (size_t i = 0; i < b->m; i++)
        j->kernels->function(j->f, opened + i * b->ldy, half);
    for (size_t i = 0; i < b->m; i++) {
        const float *x = b->y + i * b->ldy, *other = x + half;
        float *to = j->y + (b->row + i) * j->ldy + b->first / 2;

        for (size_t k = 0; k < half; k++)
            to[k] = x[k] * other[k];
    }
}

static void multiply_block(const struct job *j, const struct block *b,
                           const struct berth_panel *panel, float *room)
{
    const struct berth_linear *w = j->linear;

    if (b->parts != NULL) {
        multiply_split(j, b, panel);
    } else if (w->format != BERTH_FORMAT_I8) {
        multiply_floats(j, b, panel, w->format);
    } else if (berth_panel_is_exact(w, j->kernels, b->panel)) {
        const struct berth_panel wide =
            berth_panel_widen(w, j->kernels, panel, b->width, room);
        multiply_floats(j, b, &wide, BERTH_FORMAT_F32);
    } else {
        multiply_i8(j, b, panel);
    }
}

static void multiply_panel(const struct job *j, const struct block *b,
                           float *room)
{
    const struct berth_panel panel =
        berth_panel_get(j->linear, j->kernels, b->panel, room);

    multiply_block(j, b, &panel, room);
    if (b->k + b->n_k < j->linear->n_in)
        return;
    if (j->linear->gate != BERTH_GATE_NONE) {
        gate(j, b);
        return;
    }
    for (size_t i = 0; j->f != BERTH_FUNCTION_IDENTITY && i < b->m; i++)
        j->kernels->function(j->f, b->y + i * b->ldy, b->n);
}

/*
 * Where so many weights come from memory they drive results out of the cache. A
 * line of each row for each panel would make the CPU fetch more of each, for
 * nothing; of some panels, lines follow each other.
 */
static bool in_strips(const struct job *j)
{
    const struct berth_linear *w = j->linear;
    const size_t bytes = berth_panel_offset(j->kernels, w->format, w->n_in,
                                            w->n_out, j->n_panels);

    return j->kernels->fetch_ahead > 0 && w->packed != NULL &&
           w->format != BERTH_FORMAT_I8 && w->gate == BERTH_GATE_NONE &&
           j->m <= BERTH_STRIP_ROWS && j->chunk.inputs == w->n_in &&
           bytes >= STRIP_BYTES;
}

/* The same block, with its results as panel i of a strip. */
static struct block in_strip(const struct job *j, const struct block *b,
                             size_t i, float *room)
{
    const size_t width = j->kernels->panel_width;
    struct block to = *b;

    to.y = berth_outputs_room(j->linear, j->kernels, room) + i * width;
    to.ldy = berth_strip_ld(j->kernels);
    return to;
}

/* The strip that ends with panel i, to where it belongs. */
static void keep_strip(const struct job *j, const struct block *b, size_t i)
{
    const size_t before = i * j->kernels->panel_width;

    for (size_t r = 0; r < b->m; r++)
        memcpy(j->y + (b->row + r) * j->ldy + b->first - before,
               b->y + r * b->ldy - before, (before + b->n) * sizeof(*b->y));
}

/* Panels of a task, and the first of the next one of its thread, probably. */
struct group {
    size_t first, n, next;
};

static void multiply_group(const struct job *j, const struct block *some,
                           struct group g, float *room)
{
    for (size_t i = 0; i < g.n; i++) {
        const size_t in = i % BERTH_STRIP_PANELS;
        struct block b = block_of(j, some, g.first + i, room);

        b.next = i + 1 < g.n ? b.panel + 1 : g.next;
        if (j->strips)
            b = in_strip(j, &b, in, room);
        multiply_panel(j, &b, room);
        if (j->strips && (in + 1 == BERTH_STRIP_PANELS || i + 1 == g.n))
            keep_strip(j, &b, in);
    }
}

/*
 * How many of the panels left are the next group. Strips are long first and
 * then shorter, so that no thread waits long for another's last: guided
 * self-scheduling, Polychronopoulos and Kuck 1987.
 */
static size_t group_size(const struct job *j, size_t left)
{
    const size_t threads = berth_pool_size(j->tools->pool);
    size_t n = j->group;

    if (j->strips && threads > 1) {
        n = left / (2 * threads);
        n = n > BERTH_STRIP_PANELS ? BERTH_STRIP_PANELS : n;
        n = n < 1 ? 1 : n;
    }
    return n < left ? n : left;
}

/* The group of that number; after the last one n is 0. */
static struct group find_group(const struct job *j, size_t number)
{
    size_t first = number * j->group;

    if (j->strips) {
        for (first = 0; number > 0; number--)
            first += group_size(j, j->n_panels - first);
    }
    first = first < j->n_panels ? first : j->n_panels;
    return (struct group){.first = first,
                          .n = group_size(j, j->n_panels - first)};
}

static size_t count_groups(const struct job *j)
{
    size_t n = 0;

    for (size_t at = 0; at < j->n_panels; n++)
        at += group_size(j, j->n_panels - at);
    return n;
}

static size_t count(size_t n, size_t each)
{
    return (n + each - 1) / each;
}

/* Rows are split into parts for each task anew. */
static size_t group_of(const struct job *j, size_t n_chunks)
{
    const size_t threads = berth_pool_size(j->tools->pool);
    const size_t n = 1 + j->n_panels * n_chunks / (threads * TASKS);

    if (!j->strips && !berth_splits(j->linear, j->kernels))
        return 1;
    return threads == 1 || n > j->n_panels ? j->n_panels : n;
}

/* A chunk of the rows, and the panels of a group. */
static void multiply(void *arg, size_t task, size_t thread)
{
    const struct job *j = arg;
    const struct berth_chunk c = j->chunk;
    const size_t row = task / j->n_groups * c.rows;
    const size_t number = task % j->n_groups;
    const size_t threads = berth_pool_size(j->tools->pool);
    struct group group = find_group(j, number);
    const size_t m = j->m - row < c.rows ? j->m - row : c.rows;
    float *room = j->tools->room + thread * j->tools->room_size;
    float *parts = berth_parts_room(j->linear, j->kernels, room);
    void (*split)(const float *, size_t, float *) =
        parts != NULL ? j->kernels->split[j->linear->format] : NULL;
    const size_t ld = berth_split_ld(j->kernels, j->linear->format, c.inputs);

    group.next = find_group(j, number + threads).first;
    for (size_t k = 0; k < j->linear->n_in; k += c.inputs) {
        const size_t left = j->linear->n_in - k;
        const struct block some = {.row = row,
                                   .m = m,
                                   .k = k,
                                   .n_k = left < c.inputs ? left : c.inputs,
                                   .parts = parts};

        for (size_t i = 0; parts != NULL && i < m; i++)
            split(j->x + (row + i) * j->ldx + k, some.n_k, parts + i * ld);
        multiply_group(j, &some, group, room);
    }
}

static void quantize(void *arg, size_t task, size_t thread)
{
    const struct job *j = arg;
    const struct berth_linear *w = j->linear;
    const struct berth_quantized *room = &j->tools->quantized;
    const size_t first = task * QUANTIZE_ROWS;
    const size_t end =
        j->m - first < QUANTIZE_ROWS ? j->m : first + QUANTIZE_ROWS;

    (void)thread;
    for (size_t i = first; i < end; i++) {
        uint8_t *q = room->q + i * room->ld;
        struct berth_quantized_row row = {.outliers = room->outliers +
                                                      i * room->max_outliers};
        j->kernels->quantize(j->x + i * j->ldx, w->n_in, j->kernels->i8_levels,
                             q, &row);
        room->scale[i] = row.scale;
        room->min[i] = row.min;
        room->n_outliers[i] = row.n_outliers;
        for (size_t k = w->n_in; k % BERTH_I8_STEP != 0; k++)
            q[k] = 0;
    }
}

void berth_linear_apply(const struct berth_linear *linear,
                        const struct berth_linear_tools *tools, const float *x,
                        size_t ldx, size_t m, enum berth_function f, float *y,
                        size_t ldy)
{
    const struct berth_chunk chunk = berth_chunk_of(linear, tools->kernels, m);
    const size_t n_chunks = count(m, chunk.rows);
    const size_t n_panels = berth_panels(tools->kernels, linear->n_out);
    struct job j = {
        .linear = linear,
        .tools = tools,
        .kernels = tools->kernels,
        .x = x,
        .y = y,
        .ldx = ldx,
        .ldy = ldy,
        .m = m,
        .n_panels = n_panels,
        .chunk = chunk,
        .f = f,
    };

    if (linear->format == BERTH_FORMAT_I8)
        berth_pool_run(tools->pool, quantize, &j, count(m, QUANTIZE_ROWS));
    j.strips = in_strips(&j);
    j.group = group_of(&j, n_chunks);
    j.n_groups = count_groups(&j);
    berth_pool_run(tools->pool, multiply, &j, n_chunks * j.n_groups);
}
