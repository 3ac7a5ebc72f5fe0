/*
 * test_threads.c - a program's own threads, one of them older than the model,
 * under signals, and a child process: the bits of the main thread. Registers
 * that Linux saves only on request must survive all of this.
 */
#include "lib/berth.h"
#include "tests/tap.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    TOKENS = 45, /* tiles of each kind of rows */
    TIMES = 20,
    MOST = 1024
};

/* Whether the encoder gives the vector want, TIMES times; with fill it is
 * written there first. */
static bool compute(const struct berth_model *model, float *want, bool fill)
{
    const size_t size = berth_embed_size(model, NULL) * sizeof(float);
    struct berth_context *ctx = NULL;
    float got[MOST];
    int32_t ids[TOKENS];
    const struct berth_sequence s = {.ids = ids, .n_tokens = TOKENS};
    bool same = size <= sizeof(got) &&
                berth_context_new(model, 1, TOKENS, &ctx, NULL) == BERTH_OK;

    for (int32_t i = 0; i < TOKENS; i++)
        ids[i] = i * 97 + 5;
    for (int i = 0; same && i < TIMES; i++) {
        same = berth_forward(ctx, &s, 1, BERTH_LAST_LAYER, NULL) == BERTH_OK &&
               berth_embed(ctx, NULL, got, NULL) == BERTH_OK;
        if (fill && i == 0)
            memcpy(want, got, size);
        same = same && memcmp(got, want, size) == 0;
    }
    berth_context_free(ctx);
    return same;
}

struct shared {
    const struct berth_model *model;
    float want[MOST];
    int go[2]; /* a pipe: a byte says that the model is there */
    bool same;
    atomic_bool done;
};

static void *thread_main(void *arg)
{
    struct shared *s = arg;
    char byte;

    s->same =
        read(s->go[0], &byte, 1) == 1 && compute(s->model, s->want, false);
    atomic_store(&s->done, true);
    return NULL;
}

static atomic_int signals;

static void count(int number)
{
    (void)number;
    atomic_fetch_add(&signals, 1);
}

static bool child_computes(const struct shared *s)
{
    int status = -1;

    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        float want[MOST];

        memcpy(want, s->want, sizeof(want));
        _exit(compute(s->model, want, false) ? 0 : 1);
    }
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

static void check(enum berth_precision precision, const char *name)
{
    const struct berth_model_options o = {.precision = precision};
    const struct sigaction counted = {.sa_handler = count};
    static struct shared s;
    struct berth_model *model = NULL;
    pthread_t thread;

    memset(&s, 0, sizeof(s));
    atomic_store(&signals, 0);
    if (!CHECK(pipe(s.go) == 0 && sigaction(SIGUSR1, &counted, NULL) == 0 &&
                   pthread_create(&thread, NULL, thread_main, &s) == 0,
               "%s: a thread before the model", name))
        return;
    const bool opened =
        berth_model_open("models/berth-mini", &o, &model, NULL) == BERTH_OK;
    s.model = model;
    CHECK(opened && compute(model, s.want, true), "%s: the main thread", name);
    CHECK(write(s.go[1], "", 1) == 1, "%s: go", name);
    while (!atomic_load(&s.done)) {
        pthread_kill(thread, SIGUSR1);
        usleep(50);
    }
    pthread_join(thread, NULL);
    CHECK(s.same, "%s: the thread, interrupted %d times", name,
          atomic_load(&signals));
    CHECK(child_computes(&s), "%s: a child process", name);
    close(s.go[0]);
    close(s.go[1]);
    berth_model_close(model);
}

int main(void)
{
    check(BERTH_PRECISION_I8, "int8");
    check(BERTH_PRECISION_STORED, "as stored");
    return tap_done();
}
