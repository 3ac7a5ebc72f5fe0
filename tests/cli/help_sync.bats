# The options of a command are the same in its --help, in its manual page and
# in the completion for bash.

bats_require_minimum_version 1.5.0
load examples

setup() {
    man=$BATS_TEST_DIRNAME/../../man
}

help_options() {
    "$BERTH" "$1" --help |
        sed -n 's/^ \{2,6\}\(-., \)\{0,1\}\(--[a-z0-9-]*\).*/\2/p' | sort -u
}

# Named anywhere in the page: an option of another command is not.
manual_options() {
    sed -n 's/\\-/-/gp' "$man/berth-$1.1" | grep -o 'Fl -[a-z][a-z0-9-]*' |
        sed 's/^Fl -/--/' | sort -u
}

completed_options() {
    # shellcheck disable=SC1090
    source <("$BERTH" completion bash)
    function=$(complete -p berth | sed 's/.*-F \([^ ]*\).*/\1/')
    COMP_WORDS=(berth "$1" --)
    COMP_CWORD=2
    COMP_LINE="berth $1 --"
    COMP_POINT=${#COMP_LINE}
    COMPREPLY=()
    "$function" berth -- "$1"
    printf '%s\n' "${COMPREPLY[@]}" | sed 's/[ =]*$//' | sort -u
}

same_options() {
    help_options "$1" >"$BATS_TEST_TMPDIR/help"
    manual_options "$1" >"$BATS_TEST_TMPDIR/manual"
    completed_options "$1" >"$BATS_TEST_TMPDIR/completion"
    [ "$(wc -l <"$BATS_TEST_TMPDIR/help")" -ge 3 ]
    diff -u "$BATS_TEST_TMPDIR/help" "$BATS_TEST_TMPDIR/manual"
    diff -u "$BATS_TEST_TMPDIR/help" "$BATS_TEST_TMPDIR/completion"
}

@test "options of attention-dump" { same_options attention-dump; }
@test "options of convert" { same_options convert; }
@test "options of classify" { same_options classify; }
@test "options of embed" { same_options embed; }
@test "options of fill-mask" { same_options fill-mask; }
@test "options of head-stats" { same_options head-stats; }
@test "options of grep" { same_options grep; }
@test "options of search" { same_options search; }
@test "options of dedup" { same_options dedup; }
@test "options of info" { same_options info; }
@test "options of models" { same_options models; }
@test "options of pull" { same_options pull; }
@test "options of position-dump" { same_options position-dump; }
@test "options of score" { same_options score; }
@test "options of similar" { same_options similar; }
@test "options of sparse" { same_options sparse; }
@test "options of npy-join" { same_options npy-join; }
@test "options of next-sentence" { same_options next-sentence; }
@test "options of answer" { same_options answer; }
@test "options of tag" { same_options tag; }
@test "options of tokenize" { same_options tokenize; }
@test "options of view" { same_options view; }

@test "every option is described, with its letter" {
    for command in attention-dump convert dedup search grep embed fill-mask head-stats info models npy-join position-dump pull score similar sparse tokenize view; do
        "$BERTH" "$command" --help |
            sed -n 's/^ \{2,6\}\(-\(.\), \)\{0,1\}--\([a-z0-9-]*\).*/\2:\3/p' |
            while IFS=: read -r letter name; do
                want="^\.It .*Fl -$name\( \|$\)"
                [ -z "$letter" ] || want="^\.It Fl $letter , Fl -$name\( \|$\)"
                sed 's/\\-/-/g' "$man/berth.1" "$man/berth-$command.1" |
                    grep -q -- "$want" || {
                    echo "$command: no .It for --$name $letter"
                    exit 1
                }
            done
    done
}

# help_defaults COMMAND - "OPTION<TAB>DEFAULT" for each option with a default.
help_defaults() {
    "$BERTH" "$1" --help | perl -0777 -ne 's/\|\n +/|/g; s/\n {28}(?=\S)/ /g; tr/$//d;
        print "$1\t$2\n" while
            /^ {2,6}(?:-., )?--([a-z0-9-]+)[^\n]* \(default: ([^\n]*)\)$/mg'
}

# manual_defaults COMMAND - the same out of its page, else out of berth(1): what
# follows "Default:" in the item of the option.
manual_defaults() {
    "$BERTH" "$1" --help |
        sed -n 's/^ \{2,6\}\(-., \)\{0,1\}--\([a-z0-9-]*\).*/\2/p' |
        perl -e 'my ($own, $all) =
                map { local (@ARGV, $/) = $_; scalar <> } @ARGV;
            sub item {
                my ($option, $page) = @_;
                my $tag = qr/\.It [^\n]*Fl \\-$option(?![a-z-])/;
                return $page =~ /^($tag.*?)^\.(?:It|Bl|El)/ms ? $1 : undef;
            }
            while (my $option = <STDIN>) {
                chomp $option;
                $_ = item($option, $own) // item($option, $all);
                s/^\.Fl (\S+)/-$1/mg;
                s/^\.[A-Z][a-z] //mg;
                s/\\&//g;
                s/\\-/-/g;
                tr/\n/ /;
                s/ (?=[.,;:])//g;
                print "$option\t$1\n" if /efault: (.*)/;
            }' "$man/berth-$1.1" "$man/berth.1"
}

@test "what the built-in model cannot do: which one to fetch" {
    n=0
    while read -r command; do
        "$BERTH" "$command" --help > "$BATS_TEST_TMPDIR/help"
        grep -q 'has no head for this' "$BATS_TEST_TMPDIR/help" || continue
        model=$(sed -n 's/^  berth pull //p' "$BATS_TEST_TMPDIR/help")
        cut -f 1 "$BATS_TEST_DIRNAME/../data/named-models.tsv" | grep -qx "$model"
        grep -q "^  berth $command -m ${model##*/} " "$BATS_TEST_TMPDIR/help"
        n=$((n + 1))
    done < <(commands)
    [ "$n" -eq 5 ]
}

@test "--help and the manual name the same defaults" {
    while read -r command; do
        help_defaults "$command" >"$BATS_TEST_TMPDIR/help"
        manual_defaults "$command" >"$BATS_TEST_TMPDIR/manual"
        [ "$(wc -l <"$BATS_TEST_TMPDIR/help")" -ge 1 ]
        diff -u <(cut -f 1 "$BATS_TEST_TMPDIR/help") \
            <(cut -f 1 "$BATS_TEST_TMPDIR/manual")
        while IFS=$'\t' read -r option default; do
            grep -F "$option"$'\t'"$default" "$BATS_TEST_TMPDIR/manual" >&2 || {
                echo "$command --$option: $default"
                return 1
            }
        done <"$BATS_TEST_TMPDIR/help"
    done < <(commands)
}

# The commands of --help, one a line.
commands() {
    "$BERTH" --help | sed -n 's/^  \([a-z][a-z-]*\)  .*/\1/p'
}

@test "every command has a page, and berth(1) and the completion name it" {
    commands | grep -qx embed
    while read -r command; do
        [ -f "$man/berth-$command.1" ]
        grep -q "Xr berth-$command 1" "$man/berth.1"
        "$BERTH" completion bash | grep -q -- "$command"
        "$BERTH" completion zsh | grep -q -- "$command"
        "$BERTH" completion fish | grep -q -- "$command"
    done < <(commands)
}

# of_example PAGE - one of the examples of this page, which manual_examples.bats
# runs, is the example of the --help on standard input.
of_example() {
    command=$(sed -n '/^Example:$/,$s/^  //p')
    [ -n "$command" ]
    examples "$1" | grep -qxF "\$ $command" || {
        echo "$1: not an example there: $command"
        return 1
    }
}

@test "no line of --help is wider than 80 columns" {
    "$BERTH" --help > "$BATS_TEST_TMPDIR/all"
    while read -r command; do
        "$BERTH" "$command" --help >> "$BATS_TEST_TMPDIR/all"
    done < <(commands)
    [ "$(wc -l < "$BATS_TEST_TMPDIR/all")" -gt 500 ]
    run ! grep -E '.{81}' "$BATS_TEST_TMPDIR/all"
}

@test "SEE ALSO of berth(1) lists every page" {
    find "$man" -name '*.[17]' ! -name berth.1 | sed 's,.*/\(.*\)\.\(.\),\2 \1,' |
        LC_ALL=C sort > "$BATS_TEST_TMPDIR/pages"
    [ "$(wc -l < "$BATS_TEST_TMPDIR/pages")" -gt 20 ]
    sed -n '/^\.Sh SEE ALSO/,/^\.Sh STANDARDS/s/^\.Xr \([^ ]*\) \([17]\).*/\2 \1/p' \
        "$man/berth.1" | diff -u "$BATS_TEST_TMPDIR/pages" -
}

@test "--help ends with an example of the manual page and the name of the page" {
    "$BERTH" --help | of_example berth.1
    manuals=$(find "$man" -name '*.7' | sed 's,.*/\(.*\)\.7,\1,' | LC_ALL=C sort | paste -sd ,)
    [ "$("$BERTH" --help | tail -n 1)" = "Manual: man berth; man 7 ${manuals//,/, }" ]
    while read -r command; do
        "$BERTH" "$command" --help | of_example "berth-$command.1"
        [ "$("$BERTH" "$command" --help | tail -n 1)" = \
            "Manual: man berth-$command" ]
    done < <(commands)
}

@test "--help, berth(1) and the page of a command say in the same words what it does" {
    while read -r command; do
        summary=$("$BERTH" --help | sed -n "s/^  $command  *//p")
        grep -qxF ".Nd $summary" "$man/berth-$command.1"
        grep -xFA 1 ".It Xr berth-$command 1" "$man/berth.1" |
            grep -qxF "$summary"
        [[ $("$BERTH" "$command" --help) == *$'\n'"berth $command: $summary."* ]]
    done < <(commands)
}

@test "an option that can stand alone is written so in the manual" {
    while read -r command; do
        "$BERTH" "$command" --help | grep -o '^ *\(-., \)\{0,1\}--[a-z-]*\[=' |
            sed 's/.*--//; s/\[=$//' | while read -r name; do
            grep -q "^\.It Fl .*\\\\-$name Ns Op = Ns " "$man/berth-$command.1" || {
                echo "berth-$command.1: --$name can stand alone"
                exit 1
            }
        done
    done < <(commands)
}
