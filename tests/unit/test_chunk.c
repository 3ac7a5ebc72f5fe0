/*
 * test_chunk.c - records in a chunk: copied, cut into slices, sorted into
 * batches.
 */
#include "cli/stream/chunk.h"

#include "tests/tap.h"

/* What compute() was given: "item.window " for each job, "| " after a batch. */
struct seen {
    char text[1024];
    size_t n;
    size_t size_of_result;
    bool fail;
};

static enum berth_status compute(void *self, const struct batch *batch)
{
    struct seen *seen = self;

    for (size_t i = 0; i < batch->n; i++)
        seen->n += (size_t)snprintf(
            seen->text + seen->n, sizeof(seen->text) - seen->n, "%zu.%zu ",
            batch->jobs[i].item->record.index, batch->jobs[i].window);
    seen->n += (size_t)snprintf(seen->text + seen->n,
                                sizeof(seen->text) - seen->n, "| ");
    if (!seen->fail)
        return BERTH_OK;
    snprintf(batch->err->message, sizeof(batch->err->message), "as asked");
    return BERTH_ERR_MEMORY;
}

static size_t result_size(void *self, size_t n_tokens)
{
    const struct seen *seen = self;

    return n_tokens * seen->size_of_result;
}

enum {
    WINDOWS = 4
};

/* An item for each list of windows; a length of 0 ends a list. */
static void fill(struct chunk *chunk, struct berth_window *windows,
                 const size_t (*lengths)[WINDOWS], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct record record = {
            .index = i, .text.data = "", .pair.data = ""};
        struct item *item = chunk_add(chunk, &record, 0);

        item->windows = windows + i * WINDOWS;
        for (size_t w = 0; w < WINDOWS && lengths[i][w] > 0; w++) {
            windows[i * WINDOWS + w].n_tokens = lengths[i][w];
            item->n_windows++;
            chunk->n_tokens += lengths[i][w];
        }
    }
}

static void test_add(void)
{
    char text[] = "text", pair[] = "pa\0r", id[] = "17", error[] = "no text";
    const struct field ids[2] = {{.data = id, .size = 2, .json = true},
                                 {.data = text, .size = 4}};
    const struct record record = {.index = 5,
                                  .line = 9,
                                  .text = {.data = text, .size = 4},
                                  .pair = {.data = pair, .size = 4},
                                  .has_pair = true,
                                  .ids = ids,
                                  .error = error};
    struct chunk *chunk = chunk_new();
    const struct item *item = chunk_add(chunk, &record, 2);

    memset(text, 'x', 4);
    memset(pair, 'x', 4);
    memset(id, 'x', 2);
    memset(error, 'x', 7);
    EQUAL_TEXT(item->record.text.data, "text", "text is a copy");
    EQUAL_BYTES(item->record.pair.data, item->record.pair.size, "pa\0r", 4,
                "pair is a copy, with its NUL");
    EQUAL_TEXT(item->record.ids[0].data, "17", "the first id is a copy");
    EQUAL_INT(item->record.ids[0].json, true, "the first id stays JSON");
    EQUAL_TEXT(item->record.ids[1].data, "text", "the second id is a copy");
    EQUAL_INT(item->record.ids[1].json, false, "the second id stays a string");
    EQUAL_TEXT(item->record.error, "no text", "the error is a copy");
    EQUAL_SIZE(item->record.index, 5, "index");
    EQUAL_SIZE(item->record.line, 9, "line");
    EQUAL_SIZE(chunk->n_items, 1, "items");
    EQUAL_SIZE(chunk->n_bytes, 8, "bytes of text and pair");
    const struct record bare = {.text.data = "", .pair.data = ""};
    item = chunk_add(chunk, &bare, 1);
    EQUAL_SIZE(item->record.ids[0].size, 0, "bytes of an id that is missing");
    EQUAL_INT(item->record.ids[0].json, true, "a missing id is JSON's null");
    EQUAL_TEXT(item->record.error, NULL, "no error");
    EQUAL_SIZE(chunk->n_items, 2, "items after another one");
    chunk_reset(chunk);
    EQUAL_SIZE(chunk->n_items, 0, "items after a reset");
    EQUAL_SIZE(chunk->n_bytes, 0, "bytes after a reset");
    chunk_free(chunk);
    chunk_free(NULL);
}

static void test_full(void)
{
    const struct stream_ops batches = {.batch_tokens = 512};
    const struct stream_ops single = {.by_window = true};
    const struct {
        const char *title;
        size_t n_items, n_bytes, n_tokens, n_results;
        const struct stream_ops *ops;
        bool want;
    } cases[] = {
        {"empty", 0, 0, 0, 0, &batches, false},
        {"1023 records", 1023, 0, 0, 0, &batches, false},
        {"1024 records", 1024, 0, 0, 0, &batches, true},
        {"1 MiB of text less a byte", 9, 1048575, 0, 0, &batches, false},
        {"1 MiB of text", 9, 1048576, 0, 0, &batches, true},
        {"16 batches less a token", 9, 9, 8191, 0, &batches, false},
        {"16 batches", 9, 9, 8192, 0, &batches, true},
        {"1023 tokens, windows alone", 9, 9, 1023, 0, &single, false},
        {"1024 tokens, windows alone", 9, 9, 1024, 0, &single, true},
        {"32 MiB of results less a byte", 9, 9, 9, 33554431, &batches, false},
        {"32 MiB of results", 9, 9, 9, 33554432, &batches, true},
        {"32 MiB, windows alone", 9, 9, 9, 33554432, &single, false},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct chunk chunk = {.n_items = cases[i].n_items,
                                    .n_bytes = cases[i].n_bytes,
                                    .n_tokens = cases[i].n_tokens,
                                    .n_results = cases[i].n_results};

        EQUAL_INT(chunk_is_full(&chunk, cases[i].ops), cases[i].want,
                  "%s: full", cases[i].title);
    }
}

static const size_t lengths[][WINDOWS] = {
    {5}, {3, 9, 3}, {7}, {1}, {3}, {20},
};

enum {
    N = sizeof(lengths) / sizeof(lengths[0])
};

static void test_begin(void)
{
    struct berth_window windows[N * WINDOWS] = {{0}};
    const struct stream_ops whole = {.batch_tokens = 10, .compute = compute};
    struct chunk *chunk = chunk_new();
    struct seen seen = {0};
    size_t wrong = 0;

    fill(chunk, windows, lengths, N);
    chunk->items[2].record.error = "failed";
    CHECK(chunk_begin(chunk), "jobs are listed");
    EQUAL_SIZE(chunk->n_jobs, 7, "windows of the items that did not fail");
    static const size_t items[] = {0, 1, 1, 1, 3, 4, 5},
                        of[] = {0, 0, 1, 2, 0, 0, 0};
    for (size_t i = 0; i < chunk->n_jobs && i < 7; i++)
        wrong += chunk->jobs[i].item != &chunk->items[items[i]] ||
                 chunk->jobs[i].window != of[i];
    EQUAL_SIZE(wrong, 0, "jobs that are not in order");
    EQUAL_SIZE(job_tokens(&chunk->jobs[2]), 9, "tokens of item 1, window 1");
    for (size_t w = 0; w < 3; w++)
        wrong += chunk->items[1].results[w] != NULL;
    EQUAL_SIZE(wrong, 0, "results that are there before computing");
    CHECK(chunk_slice(chunk, &whole, &seen), "a slice");
    EQUAL_SIZE(chunk->end, 7, "the one slice is everything");
    CHECK(!chunk_slice(chunk, &whole, &seen), "no other slice");
    chunk_free(chunk);
}

/* Which batches of at most batch_tokens a chunk of lengths[] makes. */
static void batches(size_t batch_tokens, const char *want)
{
    struct berth_window windows[N * WINDOWS] = {{0}};
    const struct stream_ops ops = {.batch_tokens = batch_tokens,
                                   .compute = compute};
    struct chunk *chunk = chunk_new();
    struct seen seen = {0};

    fill(chunk, windows, lengths, N);
    CHECK(chunk_begin(chunk) && chunk_slice(chunk, &ops, &seen),
          "batches of %zu tokens: a slice", batch_tokens);
    EQUAL_INT(chunk_compute(chunk, &ops, &seen, NULL), BERTH_OK,
              "batches of %zu tokens: status", batch_tokens);
    EQUAL_TEXT(seen.text, want, "batches of %zu tokens", batch_tokens);
    chunk_free(chunk);
}

static void test_compute(void)
{
    /* Lengths in order: 1, 3 3 3, 5, 7, 9, 20. */
    batches(0, "3.0 | 1.0 | 1.2 | 4.0 | 0.0 | 2.0 | 1.1 | 5.0 | ");
    batches(10, "3.0 1.0 1.2 4.0 | 0.0 | 2.0 | 1.1 | 5.0 | ");
    batches(12, "3.0 1.0 1.2 4.0 | 0.0 2.0 | 1.1 | 5.0 | ");
    batches(1000, "3.0 1.0 1.2 4.0 0.0 2.0 1.1 5.0 | ");
}

/* Each slice has at most 32 MiB of results, but one window at least. */
static void test_slices(void)
{
    struct berth_window windows[N * WINDOWS] = {{0}};
    const struct stream_ops ops = {
        .by_window = true, .compute = compute, .result_size = result_size};
    struct chunk *chunk = chunk_new();
    struct seen seen = {.size_of_result = 2 << 20};
    size_t n_slices = 0;

    fill(chunk, windows, lengths, N);
    CHECK(chunk_begin(chunk), "jobs are listed for slices");
    while (n_slices < 20 && chunk_slice(chunk, &ops, &seen)) {
        chunk_compute(chunk, &ops, &seen, NULL);
        strcpy(seen.text + seen.n, "/ ");
        seen.n += 2;
        if (n_slices++ == 0) /* is left out of the next slices */
            chunk->items[4].record.error = "failed";
    }
    /* 2 MiB for each token: 5 + 3, and 9 would be 17; 9 + 3, 7 would be 19;
     * 7 + 1 (+ 3, failed); 20 alone. */
    EQUAL_TEXT(seen.text, "1.0 | 0.0 | / 1.2 | 1.1 | / 3.0 | 2.0 | / 5.0 | / ",
               "slices of 16 tokens");
    EQUAL_SIZE(n_slices, 4, "slices");
    chunk_free(chunk);
}

static void test_failure(void)
{
    struct berth_window windows[N * WINDOWS] = {{0}};
    const struct stream_ops ops = {.batch_tokens = 10, .compute = compute};
    struct chunk *chunk = chunk_new();
    struct seen seen = {.fail = true};
    struct berth_error err = {0};

    EQUAL_INT(chunk_compute(chunk, &ops, &seen, &err), BERTH_OK,
              "an empty slice: status");
    EQUAL_TEXT(seen.text, "", "an empty slice: batches");
    fill(chunk, windows, lengths, N);
    CHECK(chunk_begin(chunk) && chunk_slice(chunk, &ops, &seen), "a slice");
    EQUAL_INT(chunk_compute(chunk, &ops, &seen, &err), BERTH_ERR_MEMORY,
              "a failure: status");
    EQUAL_TEXT(err.message, "as asked", "a failure: message");
    EQUAL_TEXT(seen.text, "3.0 1.0 1.2 4.0 | ", "a failure: no batch after it");
    chunk_free(chunk);
}

int main(void)
{
    test_add();
    test_full();
    test_begin();
    test_compute();
    test_slices();
    test_failure();
    return tap_done();
}
