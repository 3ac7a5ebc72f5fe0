# recipes.bash - runs the recipes of a manual page, $page.
# shellcheck shell=bash
#
# A recipe is a subsection. Each of its displays is a script, and the lines "# ..."
# at its end are its output. The comment ".\" needs" names the programs that it takes,
# and modules as python3:MODULE; a recipe is skipped where one is missing, or fails if
# BERTH_RECIPES is set. They are other people's programs, which no sanitizer needs to see.

# recipes_setup PAGE - an empty folder to work in.
recipes_setup() {
    [ -z "${BERTH_SANITIZER-}" ] || skip "tried without sanitizers"
    man=$BATS_TEST_DIRNAME/../../man page=$BATS_TEST_DIRNAME/../../man/$1
    PATH=$(dirname "$BERTH"):${BERTH_PYTHON:+$(dirname "$BERTH_PYTHON"):}$PATH
    export PATH LC_ALL=C.UTF-8 XDG_CACHE_HOME=$BATS_TEST_TMPDIR/cache
    export HF_HUB_CACHE=$BATS_TEST_TMPDIR/hub
    unset BERTH_MODEL BERTH_CPU
    mkdir "$BATS_TEST_TMPDIR/work"
    cd "$BATS_TEST_TMPDIR/work"
}

# recipe_part TITLE - the lines of the page from that title to the next.
recipe_part() {
    awk -v title="$1" '/^\.S[hs] / { on = substr($0, 5) == title } on' "$page"
}

# need NAME - skips the test where this program or module is missing, or where what
# start_NAME starts, for +NAME, does not.
need() {
    case $1 in
    +*) "start_${1#+}" ;;
    python3:*) python3 -c "import importlib.util as u, sys
sys.exit(u.find_spec('${1#*:}') is None)" ;;
    Rscript:*) Rscript -e "quit(status = 1 - requireNamespace('${1#*:}'))" ;;
    *) command -v "$1" ;;
    esac >/dev/null 2>&1 || { [ -n "${BERTH_RECIPES-}" ] && return 1 || skip "no $1"; }
}

# run_display FILE - the script prints what stands behind it. It is run as it is
# copied from a page: each line is indented.
run_display() {
    perl -ne 'push @lines, $_;
        END { $n = @lines; $n-- while $n && $lines[$n - 1] =~ /^# /;
            print map { "           $_" } @lines;
            print STDERR map { substr $_, 2 } @lines[$n .. $#lines] }' "$1" \
        >script 2>want
    sh -e script >got 2>&1 || { cat got; return 1; }
    if [ "$(cat want)" = ... ]; then
        grep -q . got
    else
        diff -u want got
    fi
}

# run_part TITLE - each of its displays, one after another.
run_part() {
    recipe_part "$1" >part
    perl -CSD -0777 -ne 'while (/^\.Bd -literal.*?\n(.*?)^\.Ed/msg) {
        $_ = $1; s/^\\&//mg; s/\\-/-/g; s/\\\[u([0-9A-F]{4,5})\]/chr hex $1/ge;
        s/\\e/\\/g; open my $out, ">", "display." . ++$n; print $out $_ }' part
    [ -e display.1 ]
    for display in display.*; do
        run_display "$display"
    done
    rm display.*
}

# recipe_needs - of the recipe of this test; see need.
recipe_needs() {
    for name in $(recipe_part "$BATS_TEST_DESCRIPTION" | sed -n 's/^\.\\" needs //p'); do
        need "$name"
    done
}

recipe() {
    recipe_needs
    run_part "The files of the recipes"
    run_part "$BATS_TEST_DESCRIPTION"
}

# all_tested - every recipe of the page has its test in this file.
all_tested() {
    sed -n 's/^\.Ss //p' "$page" | grep -vx 'The files of the recipes' >titles
    while IFS= read -r title; do
        grep -qF "@test \"$title\"" "$BATS_TEST_FILENAME"
    done <titles
}
