# berth view: what is in the page, and that it works in a browser where there is
# one.

load common

setup() {
    cd "$BATS_TEST_TMPDIR" || return
}

# records PAGE - its JSON objects, one a line.
records() {
    sed -n 's|^<script type="application/json" class="record">\(.*\)</script>$|\1|p' "$1"
}

@test "the page needs no other file" {
    "$BERTH" view -t 'the cat' -o page.html
    equal "$(head -n 1 page.html)" '<!doctype html>'
    equal "$(tail -n 1 page.html)" '</html>'
    grep -q "default-src 'none'" page.html
    run ! grep -E 'src=|href=|url\(|@import' page.html
    equal "$(grep -o 'https*://[^"]*' page.html | sort -u)" http://www.w3.org/2000/svg
    run ! grep -E '@STYLE@|@SCRIPT@' page.html
    "$BERTH" view -t 'the cat' | cmp - page.html
}

@test "weights are those of attention-dump, as 8-bit logarithms" {
    "$BERTH" view -t 'the cat slept' --layer 1-2 --head 0,3 > page.html
    records page.html | valid_jsonl
    records page.html | perl -MJSON::PP -MMIME::Base64 -ne '
        $o = JSON::PP->new->utf8->decode($_);
        for (@{$o->{weights}}) {
            print $_ && 2 ** (($_ - 255) / 16), "\n" for unpack "C*", decode_base64($_);
        }' > got
    "$BERTH" attention-dump -t 'the cat slept' --layer 1-2 --head 0,3 -f csv --no-header |
        cut -d , -f 9 > want
    equal "$(wc -l < got)" "$(wc -l < want)"
    paste got want | awk '{ e = $1 - $2; if (e < 0) e = -e
        if (e > .022 * $2 + 2e-5) { print "differ: " $0; exit 1 } }'
    equal "$(records page.html | json 'join ",", @{$o->{layers}}, @{$o->{heads}}')" 1,2,0,3
}

@test "words put together are the text; nothing ends the script early" {
    text='Unbelievable: </script><!-- "x" & <b>'
    "$BERTH" view -t "$text" > page.html
    equal "$(records page.html | json 'join "", map { @$_ } @{$o->{words}}')" "$text"
    equal "$(grep -o '</script' page.html | wc -l | tr -d ' ')" 3
    run ! grep -q '<!--' page.html
    printf 'the cat\tis  here\n' | "$BERTH" view --pair > page.html
    equal "$(records page.html | json 'join "", map { @$_ } @{$o->{words}}')" 'the catis  here'
    equal "$(records page.html | json 'join "", @{$o->{types}}')" 0000111
    "$BERTH" view --overflow window --max-tokens 5 --overlap 1 \
        -t 'one two three four five' > page.html
    equal "$(records page.html | json '$o->{window} . join "", map { @$_ } @{$o->{words}}' |
        tr '\n' /)" '0one two three/1three four five/'
}

@test "records, failed records, and fields that are carried" {
    printf '{"n":7,"t":"the cat"}\n{"n":8}\n' > in
    run -1 "$BERTH" view -i jsonl --field t --id n -o page.html in
    equal "$(records page.html | json '$o->{record} . ($o->{error} ? "!" : "") . ($o->{id}{n} // "")' |
        tr '\n' ' ')" '07 1!8 '
    run -2 "$BERTH" view --layer 99 -t cat
    run -2 "$BERTH" view -f csv -t cat
}

@test "over 64 MB it refuses, with a hint, before it computes" {
    yes cat | head -n 30000 | tr '\n' ' ' > long
    run -1 "$BERTH" view --overflow window -o page.html long
    [[ $output == *'--layer and --head'* ]]
    equal "$(records page.html | json '$o->{error} ? "!" : ""')" '!'
    "$BERTH" view --overflow window --layer 0 --head 0 --quiet -o page.html long
}

# browse PAGE[#PLACE] - its elements, once its scripts have run.
browse() {
    browser=
    for name in chromium chromium-browser google-chrome; do
        [ -n "$browser" ] || browser=$(command -v "$name") || true
    done
    [ -n "$browser" ] || skip "no Chromium"
    HOME=$PWD timeout 60 "$browser" --headless --no-sandbox --disable-gpu \
        --user-data-dir="$PWD/profile" --virtual-time-budget=20000 \
        --dump-dom "file://$PWD/$1" > dom 2> log ||
        skip "Chromium does not run here: $(tail -n 1 log)"
}

@test "a browser shows it" {
    yes 'a cat and a dog.' | head -n 24 | tr '\n' ' ' > text
    "$BERTH" view -i file text -o page.html
    browse 'page.html#layer=2&head=1&token=3&to=1'
    grep -q 'data-ready="[0-9]*"' dom
    grep -q 'id="status"[^>]*>3 and, is looked at by<' dom
    grep -q 'id="matrix-title"[^>]*>Layer 2, head 1<' dom
    grep -q 'id="best-title"[^>]*>and is looked at by<' dom
    equal "$(grep -o 'aria-label="layer [0-9], head [0-9]"' dom | wc -l | tr -d ' ')" 24
    equal "$(grep -o 'class="token[^"]*active"' dom | wc -l | tr -d ' ')" 1
    grep -q '<path d="M' dom
}

@test "an address of a record that is not there shows one that is" {
    "$BERTH" view -t 'a cat' -o page.html
    for record in -1 7; do
        browse "page.html#record=$record"
        grep -q 'id="status"[^>]*>4 tokens<' dom
    done
}

# act SCRIPT - the page of a pair and a second text, after SCRIPT acted in it.
act() {
    printf 'the cat\tis here\na big dog\twas here\n' |
        "$BERTH" view --pair -o plain.html
    {
        sed '/^<\/body>/,$d' plain.html
        printf '<script>addEventListener("load", () => setTimeout(() => {
            const press = (key, shiftKey) => dispatchEvent.call(document.body,
                new KeyboardEvent("keydown", {key, shiftKey, bubbles: true}));
            %s }, 500));</script></body></html>\n' "$1"
    } > page.html
    browse page.html
}

@test "keys move among tokens, layers and heads" {
    act 'press("ArrowRight"); press("ArrowRight"); press("ArrowRight");
        press("ArrowLeft"); press("ArrowUp"); press("ArrowRight", true);
        press("ArrowDown"); press("ArrowDown"); press("d");'
    grep -q 'id="status"[^>]*>1 the, is looked at by<' dom
    grep -q 'id="matrix-title"[^>]*>Layer 1, head 1<' dom
    act 'press("t"); press("?"); press("ArrowLeft"); press("Escape");'
    grep -q '<html[^>]*data-theme="dark"' dom
    grep -q 'id="status"[^>]*>7 tokens<' dom
    grep -q '<p id="keys">' dom
}

@test "pointing at a token or a cell shows its weights, a click holds it" {
    act 'const chip = document.querySelectorAll(".token")[2];
        chip.dispatchEvent(new MouseEvent("mouseenter")); chip.click();
        chip.dispatchEvent(new MouseEvent("mouseleave"));'
    grep -q 'id="status"[^>]*>2 cat, looks at<' dom
    act 'const cells = document.getElementById("cells"), box = cells.getBoundingClientRect();
        cells.dispatchEvent(new MouseEvent("mousemove", {
            clientX: box.left + 100 + 28 * 4.5, clientY: box.top + 90 + 28 * 2.5}));'
    weight=$(printf 'the cat\tis here\n' | "$BERTH" attention-dump --pair --layer 0 \
        --head 0 -f csv | awk -F , '$5 == 2 && $7 == 4 {print $9}')
    shown=$(sed -n 's/.*id="status"[^>]*>2 cat → 4 is: \([0-9.e-]*\)<.*/\1/p' dom)
    awk -v a="$weight" -v b="$shown" 'BEGIN { exit !(b > a * .93 && b < a * 1.07) }'
}

@test "another text, another head by its thumbnail" {
    act 'const list = document.getElementById("record"); list.value = 1;
        list.dispatchEvent(new Event("change"));
        document.querySelectorAll("#grid button")[11].click();'
    grep -q 'id="matrix-title"[^>]*>Layer 2, head 1<' dom
    grep -q '>dog</span>' dom
    grep -q 'id="status"[^>]*>8 tokens<' dom
}

@test "the mean of heads, by its key and as a thumbnail of each layer" {
    act 'press("m"); press("ArrowDown"); press("ArrowRight");'
    grep -q 'id="matrix-title"[^>]*>Layer 1, mean of heads<' dom
    equal "$(grep -o 'aria-label="layer [0-9], mean of heads"' dom | wc -l | tr -d ' ')" 6
    act 'press("m");
        document.title = [...bytesOf(2, 4)].map((b) => weightOf[b]).join(" ");'
    sed -n 's|.*<title>\(.*\)</title>.*|\1|p' dom | tr ' ' '\n' > got
    printf 'the cat\tis here\n' | "$BERTH" attention-dump --pair --layer 2 --reduce mean \
        -f csv --no-header | cut -d , -f 9 > want
    equal "$(wc -l < got)" 49
    paste got want | awk '{ e = $1 - $2; if (e < 0) e = -e
        if (e > .045 * $2 + 2e-5) { print "differ: " $0; exit 1 } }'
    # One head is its own mean.
    "$BERTH" view --head 1 -t 'a cat' -o page.html
    browse page.html
    grep -q 'aria-label="layer 0, head 1"' dom
    run ! grep -q 'aria-label="layer 0, mean of heads"' dom
}

@test "the scale ends with the largest weight" {
    act ''
    most=$(printf 'the cat\tis here\n' | "$BERTH" attention-dump --pair --layer 0 \
        --head 0 -f csv --no-header | cut -d , -f 9 | sort -g | tail -n 1)
    grep -o 'id="scale".*' dom | grep -o '<span>[0-9.]*' | tr -dc '0-9.\n' > ticks
    equal "$(head -n 1 ticks)" 0
    equal "$(wc -l < ticks | tr -d ' ')" 5
    awk -v a="$most" 'END { exit !($1 > a * .93 && $1 < a * 1.07) }' ticks
}

@test "the matrix is saved as SVG, with its tokens as text" {
    act 'press("m"); const text = new XMLSerializer().serializeToString(figure());
        document.body.append(Object.assign(document.createElement("pre"),
            {id: "saved", textContent: btoa(unescape(encodeURIComponent(text)))}));
        document.getElementById("save").click();'
    grep -q 'id="status"[^>]*>saved layer-0-mean-of-heads.svg<' dom
    sed -n 's/.*id="saved">\([^<]*\)<.*/\1/p' dom |
        perl -MMIME::Base64 -0777 -ne 'print decode_base64($_)' > saved.svg
    well_formed saved.svg
    equal "$(grep -o 'text-anchor="end">[^<]*' saved.svg | cut -d '>' -f 2 | tr '\n' ' ')" \
        '[CLS] the cat [SEP] is here [SEP] '
    run ! grep -q '[(]-*NaN\|undefined' saved.svg
}

@test "--open shows a file, and waits for no browser" {
    printf '#!/bin/sh\nprintf "%%s\\n" "$@" > arguments.part\nmv arguments.part arguments\ncat pipe\n' > browser
    chmod +x browser
    mkfifo pipe
    export BROWSER="nosuch:$PWD/browser --new" TMPDIR=$PWD
    run -0 --separate-stderr timeout 60 "$BERTH" view --open -o page.html -t cat
    equal "$output" ''
    equal "$stderr" "berth: opening $PWD/page.html"
    eventually 2 cat arguments
    equal "$(tr '\n' ' ' < arguments)" "--new $PWD/page.html "
    : > pipe
    rm arguments
    run -0 --separate-stderr timeout 60 "$BERTH" view --open -t cat
    page=${stderr#berth: opening }
    [[ $page == "$PWD"/berth-*/page.html ]]
    cmp "$page" page.html
    eventually 2 cat arguments
    : > pipe
    rm -r berth-*
    run -1 --separate-stderr env BROWSER=nosuch "$BERTH" view --open -o new.html -t cat
    [[ $stderr == "berth: $PWD/new.html: no browser was found"* ]]
    cmp new.html page.html
    # What fails leaves nothing.
    run -1 "$BERTH" view --open nosuch
    run -1 "$BERTH" view --open -m nosuch -t cat
    run -1 env TMPDIR="$PWD/nosuch" "$BERTH" view --open -t cat
    equal "$(find . -name 'berth-*')" ''
    run -2 "$BERTH" view --open -o - -t cat
}

@test "a terminal gets no page, unless it is asked for" {
    on_terminal "$BERTH view -t cat" > out
    grep -q 'a page is not for a terminal: give --open or --output FILE' out
    run ! grep -q '<html' out
    on_terminal "$BERTH view -o - -t cat" | tr -d '\r' > out
    grep -q '</html>' out
    on_terminal "$BERTH view -o page.html -t cat" > out
    equal "$(tr -d '\r' < out)" ''
    grep -q '</html>' page.html
}
