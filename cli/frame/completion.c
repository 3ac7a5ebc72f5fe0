/*
 * completion.c - completions for bash, zsh and fish, made from the option
 * tables, so that a new option needs no work here. After `berth embed --format`
 * and `--format=` they offer its words, after --model the names in the cache,
 * which `berth models` tells at that moment, after "-" the options, and
 * otherwise files.
 */
#include <string.h>

#include "cli/base/message.h"
#include "cli/base/nearest.h"
#include "cli/frame/command.h"

static void put_command_names(struct buffer *b)
{
    for (const struct command *const *c = commands; *c != NULL; c++)
        buffer_printf(b, "%s ", (*c)->name);
}

#define MODELS "models --names --quiet 2>/dev/null"

static bool is_model(const struct option_row *row)
{
    return strcmp(row->name, "model") == 0;
}

typedef void row_function(struct buffer *b, const struct command *command,
                          const struct option_row *row);

/* A letter may be in two tables: only the row that has it in this command shows
 * it. */
static void each_row(struct buffer *b, const struct command *command,
                     row_function *put)
{
    for (const struct option_group *g = &command->options; g != NULL;
         g = g->next)
        for (const struct option_row *row = g->rows; row->name != NULL; row++) {
            struct option_row shown = *row;

            shown.letter = option_letter(&command->options, row);
            put(b, command, &shown);
        }
}

/* ----------------------------------------------------------------- bash */

static void bash_option(struct buffer *b, const struct command *command,
                        const struct option_row *row)
{
    (void)command;
    if (row->letter != 0)
        buffer_printf(b, "-%c ", row->letter);
    buffer_printf(b, "--%s ", row->name);
}

static void bash_choice(struct buffer *b, const struct command *command,
                        const struct option_row *row)
{
    if (!option_is_choice(row) && !is_model(row))
        return;
    buffer_printf(b, "    %s:--%s=", command->name, row->name);
    if (row->kind != OPTION_BARE)
        buffer_printf(b, " | %s:--%s", command->name, row->name);
    if (row->letter != 0)
        buffer_printf(b, " | %s:-%c", command->name, row->letter);
    if (is_model(row)) {
        buffer_puts(b, ") words=$(_berth_models) ;;\n");
        return;
    }
    buffer_puts(b, ") words='");
    option_put_words(row, ' ', b);
    buffer_puts(b, "' ;;\n");
}

/* Bash takes "@" and "=@" for words of their own; what is completed, $2, begins
 * with the "@". */
static void put_bash(struct buffer *b)
{
    buffer_puts(b,
                "# bash completion for berth\n"
                "_berth_models()\n{\n"
                "    echo @builtin\n    \"${COMP_WORDS[0]}\" " MODELS "\n}\n"
                "_berth()\n{\n"
                "    local current=${COMP_WORDS[COMP_CWORD]} words=\n"
                "    local previous=${COMP_WORDS[COMP_CWORD - 1]}\n"
                "    local command=${COMP_WORDS[1]} at=\n"
                "    COMPREPLY=()\n"
                "    case $previous in @ | =@)\n"
                "        at=$previous previous=${COMP_WORDS[COMP_CWORD - 2]} "
                ";;\n    esac\n"
                "    case $current in @ | =@) at=$current ;; esac\n"
                "    [ \"$at\" != =@ ] || previous+='='\n"
                "    [ -z \"$at\" ] || current=$2\n"
                "    if [ \"$current\" = = ]; then\n"
                "        previous+='=' current=\n"
                "    elif [ \"$previous\" = = ]; then\n"
                "        previous=${COMP_WORDS[COMP_CWORD - 2]}=\n"
                "    fi\n"
                "    if [ \"$COMP_CWORD\" -eq 1 ] || [ \"$command\" = help ]; "
                "then\n        words='");
    put_command_names(b);
    buffer_puts(b, "help version completion --help --version'\n"
                   "    elif [ \"$command\" = completion ]; then\n"
                   "        words='bash zsh fish'\n"
                   "    else\n        case $command:$previous in\n");
    for (const struct command *const *c = commands; *c != NULL; c++)
        each_row(b, *c, bash_choice);
    buffer_puts(b, "        esac\n    fi\n"
                   "    if [ -z \"$words\" ]; then\n"
                   "        case $command:$current in\n");
    for (const struct command *const *c = commands; *c != NULL; c++) {
        buffer_printf(b, "        %s:-*) words='", (*c)->name);
        each_row(b, *c, bash_option);
        buffer_puts(b, "' ;;\n");
    }
    buffer_puts(b, "        info:*) words=$(_berth_models) ;;\n"
                   "        esac\n    fi\n"
                   "    if [ -n \"$words\" ]; then\n"
                   "        mapfile -t COMPREPLY < "
                   "<(compgen -W \"$words\" -- \"$current\")\n"
                   "    fi\n}\n"
                   "complete -o default -F _berth berth\n");
}

/* ------------------------------------------------------------------ zsh */

/* Help text within [...] and '...': the shell takes ' away, and zsh's
 * _arguments takes [ ] : and \ as its own. */
static void zsh_text(struct buffer *b, const char *s)
{
    for (; *s != '\0'; s++) {
        if (*s == '\'')
            buffer_puts(b, "'\\'");
        else if (strchr("[]:\\", *s) != NULL)
            buffer_putc(b, '\\');
        buffer_putc(b, *s);
    }
}

static void zsh_spec(struct buffer *b, const struct option_row *row,
                     const char *dashes, const char *name, size_t length)
{
    const bool repeats = row->kind == OPTION_LIST;
    const bool bare = row->kind == OPTION_BARE;
    const char *joined = bare                                  ? "=-"
                         : row->argument != NULL && length > 1 ? "="
                                                               : "";

    buffer_printf(b, "      '%s%s%.*s%s[", repeats ? "*" : "", dashes,
                  (int)length, name, joined);
    zsh_text(b, row->help);
    buffer_putc(b, ']');
    if (option_is_choice(row)) {
        buffer_puts(b, bare ? "::word:(" : ":word:(");
        option_put_words(row, ' ', b);
        buffer_putc(b, ')');
    } else if (row->argument != NULL) {
        buffer_printf(b, ":%s:%s", row->argument,
                      is_model(row)              ? "_berth_models"
                      : row->kind == OPTION_TEXT ? "_files"
                                                 : " ");
    }
    buffer_puts(b, "' \\\n");
}

static void zsh_option(struct buffer *b, const struct command *command,
                       const struct option_row *row)
{
    const char letter = (char)row->letter;

    (void)command;
    if (letter != '\0')
        zsh_spec(b, row, "-", &letter, 1);
    zsh_spec(b, row, "--", row->name, strlen(row->name));
}

static void put_zsh(struct buffer *b)
{
    buffer_puts(b, "#compdef berth\n# zsh completion for berth\n\n"
                   "_berth_models() {\n"
                   "  local -a names\n"
                   "  names=(@builtin ${(f)\"$($berth " MODELS ")\"})\n"
                   "  compadd -a names\n  _files\n}\n\n"
                   "_berth() {\n"
                   "  if (( CURRENT == 2 )); then\n"
                   "    local -a names\n    names=(\n");
    for (const struct command *const *c = commands; *c != NULL; c++) {
        buffer_printf(b, "      '%s:", (*c)->name);
        zsh_text(b, (*c)->summary);
        buffer_puts(b, "'\n");
    }
    buffer_puts(b, "      'help:help of a command'\n"
                   "      'version:what this program is made of'\n"
                   "      'completion:completions for a shell'\n    )\n"
                   "    _describe command names\n    return\n  fi\n"
                   "  local berth=${words[1]} command=${words[2]}\n"
                   "  shift words\n  (( CURRENT-- ))\n"
                   "  case $command in\n  help) _values command ");
    put_command_names(b);
    buffer_puts(b, ";;\n  completion) _values shell bash zsh fish ;;\n");
    for (const struct command *const *c = commands; *c != NULL; c++) {
        buffer_printf(b, "  %s)\n    _arguments -s \\\n", (*c)->name);
        each_row(b, *c, zsh_option);
        buffer_printf(b, "      '*:file:%s'\n    ;;\n",
                      *c == &command_info ? "_berth_models" : "_files");
    }
    buffer_puts(b, "  esac\n}\n\n"
                   "if [ \"$funcstack[1]\" = _berth ]; then\n"
                   "  _berth \"$@\"\nelse\n  compdef _berth berth\nfi\n");
}

/* ----------------------------------------------------------------- fish */

static void fish_text(struct buffer *b, const char *s)
{
    buffer_putc(b, '\'');
    for (; *s != '\0'; s++) {
        if (*s == '\'' || *s == '\\')
            buffer_putc(b, '\\');
        buffer_putc(b, *s);
    }
    buffer_putc(b, '\'');
}

static void fish_option(struct buffer *b, const struct command *command,
                        const struct option_row *row)
{
    buffer_printf(b,
                  "complete -c berth -n '__fish_seen_subcommand_from %s' -l %s",
                  command->name, row->name);
    if (row->letter != 0)
        buffer_printf(b, " -s %c", row->letter);
    if (option_is_choice(row)) {
        buffer_puts(b, row->kind == OPTION_BARE ? " -f -a '" : " -x -a '");
        option_put_words(row, ' ', b);
        buffer_putc(b, '\'');
    } else if (is_model(row)) {
        buffer_puts(b, " -r -a '@builtin (berth " MODELS ")'");
    } else if (row->argument != NULL) {
        buffer_puts(b, row->kind == OPTION_TEXT ? " -r" : " -x");
    }
    buffer_puts(b, " -d ");
    fish_text(b, row->help);
    buffer_putc(b, '\n');
}

static void put_fish(struct buffer *b)
{
    buffer_puts(b, "# fish completion for berth\n"
                   "complete -c berth -n __fish_use_subcommand -f "
                   "-l help -s h -d 'list the commands'\n"
                   "complete -c berth -n __fish_use_subcommand -f "
                   "-l version -s V -d 'the version'\n");
    for (const struct command *const *c = commands; *c != NULL; c++) {
        buffer_printf(b,
                      "complete -c berth -n __fish_use_subcommand -f -a %s -d ",
                      (*c)->name);
        fish_text(b, (*c)->summary);
        buffer_putc(b, '\n');
    }
    buffer_puts(b, "complete -c berth -n __fish_use_subcommand -f -a help "
                   "-d 'help of a command'\n"
                   "complete -c berth -n __fish_use_subcommand -f -a version "
                   "-d 'what this program is made of'\n"
                   "complete -c berth -n __fish_use_subcommand -f "
                   "-a completion -d 'completions for a shell'\n"
                   "complete -c berth -n '__fish_seen_subcommand_from "
                   "completion' -f -a 'bash zsh fish'\n");
    for (const struct command *const *c = commands; *c != NULL; c++)
        each_row(b, *c, fish_option);
    buffer_puts(b, "complete -c berth -n '__fish_seen_subcommand_from info' "
                   "-a '@builtin (berth " MODELS ")'\n");
}

int completion_print(const char *shell)
{
    static const struct {
        const char *name;
        void (*put)(struct buffer *b);
    } shells[] = {{"bash", put_bash}, {"zsh", put_zsh}, {"fish", put_fish}};
    struct nearest nearest = nearest_of(shell != NULL ? shell : "");
    struct buffer b = {0};

    for (size_t i = 0; i < sizeof(shells) / sizeof(*shells); i++) {
        nearest_try(&nearest, shells[i].name, strlen(shells[i].name));
        if (shell != NULL && strcmp(shell, shells[i].name) == 0) {
            shells[i].put(&b);
            return print_whole(&b, NULL, true);
        }
    }
    return message_usage("completion: bash, zsh or fish?%s",
                         nearest_phrase(&nearest));
}
