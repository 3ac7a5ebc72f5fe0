/*
 * hash.c - numbers, texts, files and models, as bytes to a digest.
 */
#include "cli/base/hash.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/berth.h"

void hash_size(struct blake2b *hash, uint64_t n)
{
    blake2b_update(hash, &n, sizeof(n));
}

void hash_text(struct blake2b *hash, const char *text)
{
    hash_size(hash, text != NULL ? strlen(text) : UINT64_MAX);
    if (text != NULL)
        blake2b_update(hash, text, strlen(text));
}

bool hash_file(struct blake2b *hash, const char *path)
{
    enum {
        BLOCK = 256 << 10
    };
    char *block = malloc(BLOCK);
    struct stat st;
    uint64_t total = 0;
    ssize_t n = -1;
    /* Asked before it is opened: that alone would wake a FIFO's writer. */
    bool regular = stat(path, &st) == 0 && S_ISREG(st.st_mode);
    int fd = regular ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;

    if (fd >= 0 && block != NULL)
        while ((n = read(fd, block, BLOCK)) > 0) {
            blake2b_update(hash, block, (size_t)n);
            total += (uint64_t)n;
        }
    /* Add the length after each file: files "ab", "c" must not give the same
     * digest as "a", "bc". */
    blake2b_update(hash, &total, sizeof(total));
    free(block);
    if (fd >= 0)
        close(fd);
    return n == 0;
}

void hash_model(struct blake2b *hash, const struct berth_model *model)
{
    const size_t vocab_size = berth_model_get_facts(model)->vocab_size;
    const struct berth_setting *settings;
    size_t n;

    hash_size(hash, berth_model_hash(model));
    hash_size(hash, berth_tokenizer_hash(model));
    settings = berth_model_get_settings(model, &n);
    for (size_t i = 0; i < n; i++) {
        hash_text(hash, settings[i].key);
        hash_text(hash, settings[i].value);
    }
    /* Tokens after the vocabulary's rows tell texts apart, too. */
    for (int32_t i = 0;; i++) {
        struct berth_token token;
        bool found = berth_token_get(model, i, &token);

        if (!found && (size_t)i >= vocab_size)
            break;
        hash_text(hash, found ? token.text : NULL);
    }
}
