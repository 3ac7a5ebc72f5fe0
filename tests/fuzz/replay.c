/*
 * replay.c - runs a fuzz target over the files of its corpus, without
 * libFuzzer: of tests/fuzz/corpus/NAME for a program fuzz_NAME, or of the
 * files and folders named.
 */
#include <dirent.h>
#include <signal.h>

#include "tests/fuzz/fuzz.h"
#include "tests/scratch.h"

void __sanitizer_set_death_callback(void (*callback)(void));
void __sanitizer_set_report_fd(void *fd);

#pragma weak LLVMFuzzerInitialize
#pragma weak __sanitizer_set_death_callback
#pragma weak __sanitizer_set_report_fd

static FILE *report; /* standard output, which a target may take for itself */
static int n_files;
static char failure[1024]; /* what to say when the present file is the last */

/* An expectation did not hold, or a sanitizer speaks: say whose file it was. */
static void tell(void)
{
    if (write(fileno(report), failure, strlen(failure)) < 0)
        _exit(2);
}

static void on_signal(int number)
{
    (void)number;
    tell();
    _exit(1);
}

static void replay_file(const char *path)
{
    size_t size = 0;
    unsigned char *data = scratch_read(path, &size);

    n_files++;
    snprintf(failure, sizeof(failure), "not ok %d - %s\n", n_files, path);
    if (data == NULL) {
        fputs(failure, report);
        exit(1);
    }
    LLVMFuzzerTestOneInput(data, size);
    free(data);
    fprintf(report, "ok %d - %s\n", n_files, path);
    fflush(report);
}

static void replay(const char *path)
{
    struct dirent **entries;
    int n = scandir(path, &entries, NULL, alphasort);

    if (n < 0) {
        replay_file(path);
        return;
    }
    for (int i = 0; i < n; i++) {
        char file[1024];

        snprintf(file, sizeof(file), "%s/%s", path, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.')
            replay_file(file);
        free(entries[i]);
    }
    free(entries);
}

/* The corpus of fuzz_NAME. */
static void replay_own(const char *program)
{
    const char *name = strstr(program, "fuzz_");
    char path[256];

    while (name != NULL && strstr(name + 1, "fuzz_") != NULL)
        name = strstr(name + 1, "fuzz_");
    snprintf(path, sizeof(path), "tests/fuzz/corpus/%s",
             name != NULL ? name + strlen("fuzz_") : "");
    replay(path);
}

/* What is tested may say what it likes. */
static void close_streams(void)
{
    int null = open("/dev/null", O_WRONLY);

    if (__sanitizer_set_report_fd != NULL)
        __sanitizer_set_report_fd((void *)(intptr_t)fuzz_stderr);
    dup2(null, STDOUT_FILENO);
    dup2(null, STDERR_FILENO);
    close(null);
}

int main(int argc, char **argv)
{
    report = fdopen(dup(STDOUT_FILENO), "w");
    if (report == NULL)
        return 1;
    close_streams();
    signal(SIGABRT, on_signal);
    if (__sanitizer_set_death_callback != NULL)
        __sanitizer_set_death_callback(tell);
    else
        signal(SIGSEGV, on_signal);
    if (LLVMFuzzerInitialize != NULL)
        LLVMFuzzerInitialize(&argc, &argv);
    if (argc < 2)
        replay_own(argv[0]);
    for (int i = 1; i < argc; i++)
        replay(argv[i]);
    fprintf(report, "1..%d\n", n_files);
    return fclose(report) != 0;
}
