/*
 * fuzz_argv.c - hostile command lines: a whole command in this process, with a
 * tiny model. The first byte chooses the command; its arguments follow, each
 * with a NUL after it. After an empty argument come the bytes of standard
 * input.
 */
#include <jansson.h>

#include "cli/driver.h"
/* Included, not linked: what one run asked for must not end the next one. */
#include "cli/base/stop.c"
#include "tests/fuzz/folder.h"
#include "tests/scratch.h"

enum {
    MAX_ARGUMENTS = 60,
    MAX_ARGUMENT = 300,
    MAX_OUTPUT = 1 << 20
};

static const char model_name[] = "tests/fuzz/corpus/folder/bert";

/* Standard input, output and error while a command runs. */
static struct fuzz_file streams[3] = {{.fd = -1}, {.fd = -1}, {.fd = -1}};

/* Options that write to disk, walk through it, start threads, or ask for as
 * much memory as their argument says. */
static const char *const refused[] = {"output",
                                      "save-ranges",
                                      "index",
                                      "model",
                                      "ranges",
                                      "threads",
                                      "resume",
                                      "batch-tokens",
                                      "pad-to",
                                      "width",
                                      "max-record",
                                      "recursive",
                                      "dereference-recursive"};

/* getopt_long() takes any unambiguous beginning of a name. */
static bool is_refused_long(const char *name)
{
    size_t n = strcspn(name, "=");

    for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
        if (n > 0 && strncmp(refused[i], name, n) == 0)
            return true;
    return false;
}

/* A name of a file is refused where it leads out of the present folder; a
 * /REGEX/ may stay, but for braces, of which glibc makes gigabytes. */
static bool is_refused(const char *arg)
{
    size_t n = strlen(arg);

    if (n > MAX_ARGUMENT || strstr(arg, "..") != NULL)
        return true;
    if (strncmp(arg, "--", 2) == 0)
        return is_refused_long(arg + 2);
    if (arg[0] == '-' && strpbrk(arg, "ojmrR") != NULL)
        return true;
    return strchr(arg, '/') != NULL &&
           (arg[0] != '/' || arg[n - 1] != '/' || strchr(arg, '{') != NULL);
}

/* ------------------------------------------------------------ the streams */

static void take_stream(int fd)
{
    fuzz_file_write(&streams[fd], NULL, 0);
    EXPECT(dup2(streams[fd].fd, fd) == fd, "no stream %d", fd);
}

/* What was written to it, terminated; lasts until the next call. */
static const char *written(int fd)
{
    static char text[MAX_OUTPUT + 1];
    ssize_t n = pread(fd, text, MAX_OUTPUT, 0);

    text[n > 0 ? n : 0] = '\0';
    return text;
}

static void rewind_stream(int fd)
{
    EXPECT(ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0,
           "stream %d does not rewind", fd);
}

/* ------------------------------------------------------------ one command */

/* A message is a line that begins with the program's name. */
static bool has_message(const char *text)
{
    return strncmp(text, "berth: ", 7) == 0 ||
           strstr(text, "\nberth: ") != NULL;
}

static void expect_status(const char *command, int status)
{
    const char *text = written(STDERR_FILENO);
    bool none_found = status == 1 && strcmp(command, "grep") == 0;

    EXPECT(status >= 0 && status <= 2, "%s ends with %d", command, status);
    EXPECT(status == 0 || none_found || has_message(text),
           "%s ends with %d and says \"%s\"", command, status, text);
}

static bool asks_for_jsonl(int argc, char **argv)
{
    for (int i = 1; i + 1 < argc; i++)
        if (strcmp(argv[i], "-f") == 0)
            return strcmp(argv[i + 1], "jsonl") == 0;
    return false;
}

/* Every line is JSON, whatever the texts and the tokens were. */
static void expect_jsonl(const char *command)
{
    const char *text = written(STDOUT_FILENO);

    if (strncmp(text, "usage: ", 7) == 0) /* --help, whatever else was asked */
        return;
    while (*text != '\0') {
        size_t n = strcspn(text, "\n");
        json_error_t error;
        json_t *json = json_loadb(text, n, JSON_ALLOW_NUL, &error);

        EXPECT(json != NULL || text[n] == '\0', "%s: %s in %.*s", command,
               error.text, (int)n, text);
        json_decref(json);
        text += n + (text[n] == '\n');
    }
}

static void run_command(const struct command *command, int argc, char **argv)
{
    int status;

    rewind_stream(STDOUT_FILENO);
    rewind_stream(STDERR_FILENO);
    atomic_store(&asked, false);
    status = command_run(command, argc, argv);
    fflush(stdout);
    expect_status(command->name, status);
    if (status == 0 && asks_for_jsonl(argc, argv))
        expect_jsonl(command->name);
}

/* The arguments, and at *input what comes after them; false: refused. */
static bool split(char *data, char *end, int *argc, char **argv, char **input)
{
    char *p = data;

    while (p < end && *p != '\0' && *argc < MAX_ARGUMENTS) {
        if (is_refused(p))
            return false;
        argv[(*argc)++] = p;
        p += strlen(p) + 1;
    }
    argv[*argc] = NULL;
    *input = p < end ? p + 1 : end;
    return true;
}

/* ------------------------------------------------------------- the target */

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    size_t size = 0;
    unsigned char *data = scratch_read(model_name, &size);

    (void)argc;
    (void)argv;
    EXPECT(data != NULL, "no %s: run this where the sources are", model_name);
    folder_unpack(data, size);
    free(data);
    /* No cache of vectors, and none of Hugging Face. */
    unsetenv("HOME");
    unsetenv("XDG_CACHE_HOME");
    setenv("HF_HUB_OFFLINE", "1", 1); /* nor the network */
    setenv("TMPDIR", "/dev/shm", 1);  /* rows that wait, in memory */
    return 0;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static char jobs[] = "-j1";
    char *argv[MAX_ARGUMENTS + 1] = {NULL, jobs};
    size_t n_commands = 0;
    char *input;
    int argc = 2;

    if (size < 1)
        return 0;
    for (int fd = 0; fd <= STDERR_FILENO; fd++)
        if (streams[fd].fd < 0)
            take_stream(fd);
    while (commands[n_commands] != NULL)
        n_commands++;
    const struct command *command = commands[data[0] % n_commands];
    char *copy = malloc(size + 1);

    EXPECT(copy != NULL, "no memory");
    memcpy(copy, data + 1, size - 1);
    copy[size - 1] = copy[size] = '\0';
    argv[0] = (char *)(uintptr_t)command->name;
    if (split(copy, copy + size - 1, &argc, argv, &input)) {
        fuzz_file_write(
            &streams[0], (unsigned char *)input,
            (size_t)(copy + size - 1 > input ? copy + size - 1 - input : 0));
        lseek(STDIN_FILENO, 0, SEEK_SET);
        run_command(command, argc, argv);
    }
    free(copy);
    return 0;
}
