/*
 * command.c - the table of commands; finding one and printing its help.
 */
#include "cli/frame/command.h"

#include <stdio.h>
#include <string.h>

#include "cli/base/message.h"
#include "cli/output/sink.h"

/* One a line, in the order of --help. */
/* clang-format off */
const struct command *const commands[] = {
    &command_embed,
    &command_grep,
    &command_search,
    &command_similar,
    &command_dedup,
    &command_sparse,
    &command_npy_join,
    &command_fill_mask,
    &command_score,
    &command_classify,
    &command_tag,
    &command_rerank,
    &command_answer,
    &command_next_sentence,
    &command_attention_dump,
    &command_head_stats,
    &command_position_dump,
    &command_view,
    &command_tokenize,
    &command_info,
    &command_pull,
    &command_convert,
    &command_models,
    NULL,
};
/* clang-format on */

/* The headings of "berth --help", each before its first command. */
static const struct {
    const struct command *first;
    const char *title;
} headings[] = {{&command_embed, "Vectors and meaning"},
                {&command_fill_mask, "Words"},
                {&command_classify, "Fine-tuned models"},
                {&command_attention_dump, "Looking inside"},
                {&command_pull, "Files of models"}};

const struct command *command_find(const char *name)
{
    for (const struct command *const *c = commands; *c != NULL; c++)
        if (strcmp((*c)->name, name) == 0)
            return *c;
    return NULL;
}

int print_whole(struct buffer *b, const char *path, bool complete)
{
    struct sink *sink = b->failed ? NULL : sink_open(path);
    bool ok = sink != NULL && (complete || !sink_replaces(sink));

    if (b->failed)
        message_error("out of memory");
    ok = ok && (b->size == 0 || sink_write(sink, b->data, b->size));
    if (!sink_close(sink, ok))
        ok = false;
    buffer_free(b);
    return ok ? EXIT_DONE : EXIT_NOT_DONE;
}

/* The end of every help. */
static int print_with_example(struct buffer *b, const char *example,
                              const char *manuals, const char *command)
{
    buffer_printf(b, "\nExample:\n  %s\n\n%s%s\n", example, manuals, command);
    return print_whole(b, NULL, true);
}

/* The usage of all, and the commands with what each does. */
static void put_commands(struct buffer *b)
{
    buffer_puts(b, "usage: berth [-h | --help | -V | --version] COMMAND "
                   "[OPTION...] [FILE...]\n\n"
                   "BERT on the command line: vectors, words and attention "
                   "of texts.\n");
    for (const struct command *const *c = commands; *c != NULL; c++) {
        for (size_t i = 0; i < sizeof(headings) / sizeof(*headings); i++)
            if (headings[i].first == *c)
                buffer_printf(b, "\n%s:\n", headings[i].title);
        buffer_printf(b, "  %-16s%s\n", (*c)->name, (*c)->summary);
    }
}

int help_print(void)
{
    struct buffer b = {0};

    put_commands(&b);
    buffer_puts(&b, "\nHelp:\n"
                    "  help [COMMAND]  the same as COMMAND --help\n"
                    "  version, -V     what this program is made of\n"
                    "  completion SHELL\n"
                    "                  completions for bash, zsh or fish\n");
    return print_with_example(&b,
                              "echo 'She opened the [MASK] and went in.' | "
                              "berth fill-mask -k 1",
                              "Manual: man berth; man 7 berth-encoder, "
                              "berth-models, berth-recipes, berth-scale",
                              "");
}

int help_complain(void)
{
    struct buffer b = {0};

    put_commands(&b);
    if (!b.failed)
        fwrite(b.data, 1, b.size, stderr);
    buffer_free(&b);
    return message_usage("no command given");
}

int command_help(const struct command *command)
{
    const char *operands =
        command->operands != NULL ? command->operands : "[FILE...]";
    struct buffer b = {0};

    buffer_printf(&b, "usage: berth %s [OPTION...]%s%s\n\nberth %s: %s.\n",
                  command->name, *operands != '\0' ? " " : "", operands,
                  command->name, command->summary);
    if (command->notes != NULL)
        buffer_printf(&b, "\n%s\n", command->notes);
    options_help(&command->options, &b);
    return print_with_example(&b, command->example, "Manual: man berth-",
                              command->name);
}
