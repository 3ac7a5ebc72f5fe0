# Options, help and exit statuses that all commands share.

load common

@test "no command, an unknown command: exit 2, nothing on stdout" {
    run -2 --separate-stderr "$BERTH"
    equal "$output" ""
    run -2 --separate-stderr "$BERTH" nonsense
    equal "$output" ""
    [[ $stderr == *"'nonsense' is not a command of berth"* ]]
    [[ $stderr == *"try 'berth --help'"* ]]
}

@test "without a command berth lists them on stderr" {
    run -2 --separate-stderr "$BERTH"
    equal "$(sed '/^Help:/,$d' <<<"$(berth --help)")" \
        "$(sed '/^berth: no command given$/,$d' <<<"$stderr")"
}

@test "--version names berth, the CPU level, the model and the libraries" {
    run -0 --separate-stderr "$BERTH" --version
    [[ ${lines[0]} =~ ^berth\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
    [[ ${lines[1]} =~ ^cpu\ (scalar|vector|avx2|avx2vnni|avx512|avx512vnni|amx|dotprod)$ ]]
    [[ ${lines[2]} =~ ^fetch\ ahead\ [0-9]+\ bytes\ of\ weights$ ]]
    equal "${lines[3]}" "model berth-mini, built in"
    for library in jansson utf8proc zlib; do
        [[ $output =~ $'\n'$library\ [0-9]+\.[0-9.]+ ]]
    done
    [[ $output =~ $'\n'libcurl\ ([0-9]+\.[0-9.]+|left out) ]]
    [[ $output =~ $'\n'libmecab\ (loaded|left out) ]]
    equal "$(berth version)" "$output"
    equal "$(berth -V)" "$output"
}

@test "an unknown word is told the nearest that there is" {
    while IFS='|' read -r args reason; do
        # shellcheck disable=SC2086 # words
        run -2 --separate-stderr "$BERTH" $args </dev/null
        equal "$output" ""
        equal "${stderr_lines[0]}" "berth: $reason"
        [[ ${stderr_lines[1]} == "try 'berth"*" --help'" ]]
        equal "${#stderr_lines[@]}" 2
    done <<'END'
embd -t x|'embd' is not a command of berth; the nearest is 'embed'
FILLMASK|'FILLMASK' is not a command of berth; the nearest is 'fill-mask'
verison|'verison' is not a command of berth; the nearest is 'version'
help serach|'serach' is not a command of berth; the nearest is 'search'
nonsense|'nonsense' is not a command of berth
completion bsh|completion: bash, zsh or fish?; the nearest is 'bash'
embed --formt csv|unknown option '--formt'; the nearest is '--format'
embed --formt=csv|unknown option '--formt'; the nearest is '--format'
embed --ma 3|option '--ma' could be --max-tokens, --max-record
embed --zebra|unknown option '--zebra'
embed --csv|unknown option '--csv'; the nearest is '--format csv'
attention-dump --layers|unknown option '--layers'; the nearest is '--layer'
embed --Mean=3|unknown option '--Mean'; the nearest is '--pooling mean'
embed --beam 3|unknown option '--beam'; commands that have it: fill-mask
embed -f cvs|--format: 'cvs' is not one of text|csv|tsv|jsonl|npy|f32|npz; the nearest is 'csv'
info -f cvs|--format: 'cvs' is not one of text|jsonl
embed --pooling Mean|--pooling: 'Mean' is not one of mean|cls|max|mean-sqrt|weighted-mean|last; the nearest is 'mean'
--verson|unknown option '--verson'; the nearest is '--version'
-m X embed|options come after the command: berth embed -m X
-q -t x --model y tokenize -f csv|options come after the command: berth tokenize -q -t x --model y -f csv
-m X|unknown option '-m'
END
    run -2 "$BERTH" -t "it's a cat" embed
    [[ $output == *": berth embed -t 'it'\''s a cat'"* ]]
}

@test "--help lists every command; help COMMAND is COMMAND --help" {
    run -0 --separate-stderr "$BERTH" --help
    for c in embed fill-mask attention-dump tokenize info; do
        [[ $output == *"  $c "* ]]
        equal "$(berth help "$c")" "$(berth "$c" --help)"
        [[ $(berth "$c" -h) == "usage: berth $c "* ]]
    done
    equal "$(berth help)" "$(berth -h)"
    equal "$(berth --help info)" "$(berth help info)"
    equal "$(berth completion --help)" "$(berth help)"
    equal "$(berth help version)" "$(berth help)"
}

@test "help that cannot be written is exit 1" {
    [ -e /dev/full ] || skip "no /dev/full"
    run -1 bash -c '"$BERTH" embed --help > /dev/full'
    run -1 bash -c '"$BERTH" --version > /dev/full'
}

@test "wrong options are exit 2 with one reason and a hint" {
    while IFS='|' read -r args reason; do
        # shellcheck disable=SC2086
        run -2 --separate-stderr "$BERTH" $args </dev/null
        equal "$output" ""
        [[ ${stderr_lines[0]} == "berth: "*"$reason"* ]] || {
            echo "$args: $stderr"
            return 1
        }
        equal "${stderr_lines[1]}" "try 'berth ${args%% *} --help'"
    done <<'END'
embed --nonsense|unknown option '--nonsense'
embed -Q|unknown option '-Q'
embed --quiet=yes|option '--quiet' takes no argument
embed -m|option '-m' needs an argument
embed --digits 0|--digits: '0' is not a whole number from 1 to 17
embed --digits 3x|--digits: '3x' is not
embed --digits -3|--digits: '-3' is not
embed --threads 99999999999999999999|--threads: '99999999999999999999' is not
embed --max-record 4Q|--max-record: '4Q' is not
embed --format xml|--format: 'xml' is not one of text|csv|tsv|jsonl|npy|f32
embed --precision int4|--precision: 'int4' is not one of
embed --cpu pentium|--cpu: 'pentium' is not one of
embed --field a|--field and --id need
embed -i jsonl --field a --field b --field c|at most two
embed --id a|--field and --id need
embed --headerless-input|--headerless-input needs
embed -i csv --field a --pair|--pair is for lines
embed -i csv --field a -0|--null needs
embed -t text FILE|--text does not go with
embed -t text -i lines|--text does not go with
embed -f npy --keep|hold numbers only
embed --overlap 2 --overflow error|--overlap needs --overflow window
END
}

@test "an abbreviated long option works" {
    equal "$(berth tokenize --text A.)" "[CLS] a . [SEP]"
}

@test "-j from OMP_NUM_THREADS and --threads shows in --stats" {
    run -0 env OMP_NUM_THREADS=3,1 "$BERTH" tokenize --stats -t a
    [[ $output == *'"threads":3,'* ]]
    run -0 env OMP_NUM_THREADS=3 "$BERTH" tokenize --stats -j 2 -t a
    [[ $output == *'"threads":2,'* ]]
}

@test "--stats is one JSON object on stderr" {
    run -0 --separate-stderr "$BERTH" embed -m "$tiny" --quiet --stats \
        --max-tokens 4 -t one -t 'the cat and the dog'
    valid_jsonl <<<"$stderr"
    equal "$(json 'join " ", map { $o->{$_} }
        qw(records failed truncated)' <<<"$stderr")" "2 0 1"
    [[ $(json '$o->{weights_crc32}' <<<"$stderr") =~ ^[0-9a-f]{8}$ ]]
    [ "$(json '$o->{peak_memory} > 1e6 ? 1 : 0' <<<"$stderr")" = 1 ]
    equal "$(json '$o->{options}[0]' <<<"$stderr")" embed
    equal "fetch ahead $(json '$o->{fetch_ahead}' <<<"$stderr") bytes of weights" \
        "$(berth --version | grep fetch)"
}

@test "--progress reports on stderr only after two seconds" {
    run -0 --separate-stderr "$BERTH" tokenize --progress -t a
    equal "$stderr" ""
}

@test "completions: bash completes commands, options and words" {
    # shellcheck disable=SC1090
    source <(berth completion bash)
    COMP_WORDS=(berth fi) COMP_CWORD=1
    _berth
    equal "${COMPREPLY[*]}" "fill-mask"
    COMP_WORDS=(berth embed --pooling m) COMP_CWORD=3
    _berth
    equal "${COMPREPLY[*]}" "mean max mean-sqrt"
    COMP_WORDS=(berth embed -f t) COMP_CWORD=3
    _berth
    equal "${COMPREPLY[*]}" "text tsv"
    COMP_WORDS=(berth attention-dump --la) COMP_CWORD=2
    _berth
    equal "${COMPREPLY[*]}" "--layer"
    # Bash takes "=" as a word of its own.
    COMP_WORDS=(berth embed --pooling = m) COMP_CWORD=4
    _berth
    equal "${COMPREPLY[*]}" "mean max mean-sqrt"
    COMP_WORDS=(berth grep --color =) COMP_CWORD=3
    _berth
    equal "${COMPREPLY[*]}" "auto always never"
    COMP_WORDS=(berth grep --color a) COMP_CWORD=3
    _berth
    equal "${COMPREPLY[*]}" ""
}

@test "completions: bash offers the names in the cache for a model" {
    # shellcheck disable=SC1090
    source <(berth completion bash)
    cd "$BATS_TEST_TMPDIR"
    export HF_HUB_CACHE=$PWD/hub
    # compgen runs what is in a word.
    mkdir -p hub/models--org--first hub/models--second 'hub/models--$(touch made)'
    COMP_WORDS=(berth embed -m "") COMP_CWORD=3
    _berth berth "" -m
    equal "${COMPREPLY[*]}" "@builtin org/first second"
    [ ! -e made ]
    COMP_WORDS=(berth embed --model = or) COMP_CWORD=4
    _berth berth or =
    equal "${COMPREPLY[*]}" "org/first"
    # Bash takes "@" and "=@" as words of their own.
    COMP_WORDS=(berth embed -m @ b) COMP_CWORD=4
    _berth berth @b @
    equal "${COMPREPLY[*]}" "@builtin"
    COMP_WORDS=(berth embed --model =@) COMP_CWORD=3
    _berth berth @ --model
    equal "${COMPREPLY[*]}" "@builtin"
    COMP_WORDS=(berth info s) COMP_CWORD=2
    _berth berth s info
    equal "${COMPREPLY[*]}" "second"
    COMP_WORDS=(berth embed s) COMP_CWORD=2
    _berth berth s embed
    equal "${COMPREPLY[*]}" ""
    rm -r hub
    COMP_WORDS=(berth embed -m "") COMP_CWORD=3
    run -0 --separate-stderr _berth berth "" -m
    equal "$stderr" ""
    _berth berth "" -m
    equal "${COMPREPLY[*]}" "@builtin"
}

@test "completions: fish offers them, too" {
    command -v fish > /dev/null || skip "no fish"
    cd "$BATS_TEST_TMPDIR"
    export HF_HUB_CACHE=$PWD/hub HOME=$PWD
    mkdir -p hub/models--org--first bin
    ln -s "$BERTH" bin/berth
    for line in 'embed -m or' 'embed --model=or' 'info or'; do
        PATH=$PWD/bin:$PATH run -0 fish --no-config -c "berth completion fish |
            source; complete -C 'berth $line' | cut -f 1"
        [[ $output == *org/first ]]
    done
    PATH=$PWD/bin:$PATH run -0 fish --no-config -c "berth completion fish |
        source; complete -C 'berth embed --format=n' | cut -f 1"
    equal "$output" "--format=npy"
}

@test "completions: zsh offers them, too" {
    command -v zsh > /dev/null || skip "no zsh"
    cd "$BATS_TEST_TMPDIR"
    export HF_HUB_CACHE=$PWD/hub
    mkdir -p hub/models--org--first bin
    ln -s "$BERTH" bin/berth
    # A shell within the shell has the line editor that completes.
    cat > script <<'END'
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell 'PS1=; autoload -Uz compinit && compinit -u -D; . =(berth completion zsh)'
for line in 'embed -m or/first' 'embed --model=or/first' 'info or/first' \
    'embed --format=n/npy'; do
    zpty -w -n shell "berth ${line%/*}"$'\t'
    zpty -r -m shell seen "*${line#*/}*" && print -r -- "$line"
    zpty -w -n shell $'\C-u'
done
END
    PATH=$PWD/bin:$PATH run -0 timeout 60 zsh -f script
    equal "${#lines[@]}" 4
}

@test "completions: zsh and fish name every option" {
    berth embed --help | grep -o ' --[a-z0-9-]*' | tr -d ' -' | sort -u \
        > "$BATS_TEST_TMPDIR/options"
    berth completion fish | grep 'subcommand_from embed' |
        sed 's/.* -l \([a-z0-9-]*\).*/\1/' | tr -d - | sort -u |
        cmp - "$BATS_TEST_TMPDIR/options"
    berth completion zsh | sed -n '/^  embed)/,/;;/p' |
        grep -o "'\**--[a-z0-9-]*" | tr -d "'*-" | sort -u |
        cmp - "$BATS_TEST_TMPDIR/options"
    run -2 "$BERTH" completion tcsh
}
