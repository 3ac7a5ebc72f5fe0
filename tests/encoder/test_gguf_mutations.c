/*
 * test_gguf_mutations.c - a thousand GGUF files that are cut off, bent or
 * edited: each works or is refused in one line, and none makes more memory be
 * asked for than such a small file could need.
 */
#include "tests/mutations.h"

#include <sys/resource.h>

enum {
    MUTATIONS = 250, /* of each file */
    ROOM = 96        /* MB: a table of threads and the like, but no model */
};

/* The sanitizer has its own way to refuse. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "max_allocation_size_mb=96";
}

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#endif

static void limit_memory(void)
{
#ifndef SANITIZED
    struct rlimit limit = {0};
    FILE *f = fopen("/proc/self/statm", "r");
    unsigned long pages = 0;

    if (f == NULL || fscanf(f, "%lu", &pages) != 1)
        SKIP("/proc/self/statm: memory is not limited");
    if (f != NULL)
        fclose(f);
    limit.rlim_cur =
        pages * (rlim_t)sysconf(_SC_PAGESIZE) + ((rlim_t)ROOM << 20);
    limit.rlim_max = RLIM_INFINITY;
    CHECK(pages == 0 || setrlimit(RLIMIT_AS, &limit) == 0, "limits memory");
#endif
}

static const struct edit edits[] = {
    {"bert.gguf", "GGUF\x03", "GGUX\x03", "begins with GGUF"},
    {"bert.gguf", "GGUF\x03", "GGUF\x02", NULL},
    {"bert.gguf", "GGUF\x03", "GGUF\x01", "version 2 or 3"},
    {"bert.gguf", "general.architecture", "general.architecturr",
     "general.architecture"},
    {"bert.gguf", "bert.block_count", "bert.block_coung",
     "'bert.block_count': expected an integer"},
    {"bert.gguf", "bert.block_count\x04", "bert.block_count\x0d",
     "expected a type from 0 to 12"},
    {"bert.gguf", "bert.block_count\x04", "bert.block_count\x06",
     "expected an integer from 0 to 2^53, found a number"},
    {"bert.gguf", "tokenizer.ggml.tokens", "tokenizer.ggml.tokent",
     "'tokenizer.ggml.tokens': expected an array of texts"},
    {"bert.gguf", "tokenizer.ggml.token_type\x09",
     "tokenizer.ggml.token_typf\x09", NULL},
    {"bert.gguf", "tokenizer.ggml.model\x08", "tokenizer.ggml.modem\x08",
     "'tokenizer.ggml.model'"},
    {"bert.gguf", "tokenizer.ggml.unknown_token_id",
     "tokenizer.ggml.unknowm_token_id", NULL},
    {"bert.gguf", "bert.pooling_type\x04", "bert.poolinh_type\x04", NULL},
    {"bert.gguf", "token_embd.weight", "token_embe.weight",
     "'token_embd.weight', found none"},
    {"bert.gguf", "blk.1.ffn_up.weight", "blk.1.ffn_uq.weight",
     "'blk.1.ffn_uq.weight': expected one of bert"},
    {"bert.gguf", "blk.1.ffn_up.weight", "blk.0.ffn_up.weight", "twice"},
    {"bert.gguf", "blk.1.ffn_up.weight\x02", "blk.1.ffn_up.weight\x05",
     "1 to 4 dimensions"},
    {"xlmr.gguf", "tokenizer.ggml.scores", "tokenizer.ggml.scorex",
     "'tokenizer.ggml.scores': expected 702 numbers"},
    {"roberta.gguf", "tokenizer.ggml.merges", "tokenizer.ggml.mergez",
     "'tokenizer.ggml.merges': expected an array"},
    {"roberta.gguf", "roberta-bpe", "roberta-bpx", "roberta-bpx"},
    {"modernbert.gguf", "modern-bert.rope.freq_base_swa",
     "modern-bert.rope.freq_base_swb", NULL},
    {"modernbert.gguf", "modern-bert.attention.sliding_window\x04",
     "modern-bert.attention.sliding_windox\x04", "sliding_window"},
    {"modernbert.gguf", "none", "yarn", "rope.scaling.type"},
};

static uint32_t next(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

/* What a length, a count or a place may be that it must not. */
static const uint64_t numbers[] = {0,
                                   1,
                                   5,
                                   31,
                                   0x7fffffff,
                                   0x80000000,
                                   0xffffffff,
                                   1ULL << 32,
                                   1ULL << 40,
                                   INT64_MAX,
                                   1ULL << 63,
                                   UINT64_MAX,
                                   UINT64_MAX - 31};

/* Bytes of the header: the data of tensors may be any. */
static size_t header_size(const struct file *file)
{
    static const char last[] = ".weight";
    size_t size = 0;

    for (size_t i = 0; i + sizeof(last) < file->size; i++) {
        if (memcmp(file->data + i, last, sizeof(last) - 1) == 0)
            size = i + sizeof(last);
    }
    return size + 32;
}

/* One change to n bytes of data; the new n. what says which. */
static size_t change(unsigned char *data, size_t n, size_t header,
                     uint32_t *seed, char *what, size_t size)
{
    /* Half of the changes strike the small keys at the begin. */
    const size_t at = next(seed) % (next(seed) % 2 == 0 ? 700 : header);
    const uint64_t number =
        numbers[next(seed) % (sizeof(numbers) / sizeof(*numbers))];
    const size_t width = next(seed) % 2 == 0 ? 4 : 8;
    const size_t some = 1 + next(seed) % 16;

    switch (next(seed) % 5) {
    case 0:
        snprintf(what, size, "cut at %zu", at);
        return at;
    case 1:
        data[at] ^= (unsigned char)(1U << next(seed) % 8);
        snprintf(what, size, "a bit of byte %zu", at);
        return n;
    case 2:
        for (size_t i = 0; i < width; i++)
            data[at + i] = (unsigned char)(number >> (8 * i));
        snprintf(what, size, "%llu at %zu", (unsigned long long)number, at);
        return n;
    case 3:
        memmove(data + at, data + at + some, n - at - some);
        snprintf(what, size, "without %zu at %zu", some, at);
        return n - some;
    default:
        memmove(data + at + some, data + at, n - at);
        snprintf(what, size, "%zu twice at %zu", some, at);
        return n + some;
    }
}

/* A change may leave a model that computes other numbers, infinite ones too. */
static void check_change(const struct folder *folder, const char *name,
                         const char *what)
{
    struct berth_error err = {0};
    bool finite = false;

    alarm(SECONDS);
    const enum berth_status status = use(folder, &finite, &err);
    alarm(0);
    char said[sizeof(err.message)];
    snprintf(said, sizeof(said), "%s", tail(folder, err.message));
    print_safely(said);
    CHECK(status == BERTH_OK || (status != BERTH_ERR_MEMORY &&
                                 is_good_line(folder, status, &err)),
          "%s, %s: %s", name, what, status == BERTH_OK ? "works" : said);
}

static void bend(const struct folder *folder, const struct file *file,
                 uint32_t *seed)
{
    const size_t header = header_size(file);
    unsigned char *data = malloc(file->size + 32);
    char what[128];

    for (int i = 0; i < MUTATIONS; i++) {
        memcpy(data, file->data, file->size);
        const size_t n =
            change(data, file->size, header, seed, what, sizeof(what));
        scratch_write(&folder->scratch, file->name, data, n);
        check_change(folder, file->name, what);
    }
    free(data);
    write_back(folder, file);
}

/* Each alone in its folder, which is then that model. */
static void test_file(const char *name, uint32_t *seed)
{
    struct folder folder = {.n = 0};

    if (!CHECK(copy_folder(&folder, "tests/data/gguf", &name, 1), "copies %s",
               name))
        return;
    check(&folder, name, NULL);
    truncate_it(&folder, &folder.files[0]);
    for (size_t i = 0; i < sizeof(edits) / sizeof(*edits); i++) {
        if (strcmp(edits[i].file, name) == 0)
            edit_it(&folder, &edits[i]);
    }
    bend(&folder, &folder.files[0], seed);
    drop_folder(&folder);
}

int main(void)
{
    static const char *const names[] = {"bert.gguf", "roberta.gguf",
                                        "xlmr.gguf", "modernbert.gguf"};
    uint32_t seed = 20181011;

    printf("# seed %u\n", (unsigned)seed);
    limit_memory();
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        test_file(names[i], &seed);
    return tap_done();
}
