/*
 * command.c - the table of commands; finding one and printing its help.
 */
#include "cli/frame/command.h"

#include <string.h>

#include "cli/base/message.h"
#include "cli/output/sink.h"

const struct command *const commands[] = {
    &command_embed,      &command_fill_mask,
    &command_score,      &command_grep,
    &command_search,     &command_similar,
    &command_dedup,      &command_attention_dump,
    &command_head_stats, &command_position_dump,
    &command_view,       &command_tokenize,
    &command_info,       NULL};

const struct command *command_find(const char *name)
{
    for (const struct command *const *c = commands; *c != NULL; c++)
        if (strcmp((*c)->name, name) == 0)
            return *c;
    return NULL;
}

int print_whole(struct buffer *b)
{
    struct sink *sink = b->failed ? NULL : sink_open(NULL);
    bool ok = sink != NULL;

    if (b->failed)
        message_error("out of memory");
    if (ok)
        ok = sink_write(sink, b->data, b->size);
    if (!sink_close(sink, true))
        ok = false;
    buffer_free(b);
    return ok ? EXIT_DONE : EXIT_NOT_DONE;
}

int command_help(const struct command *command)
{
    struct buffer b = {0};

    buffer_printf(&b, "usage: berth %s [OPTION...] %s\n\nberth %s: %s.\n",
                  command->name, command->operands, command->name,
                  command->summary);
    options_help(command->groups, &b);
    return print_whole(&b);
}
